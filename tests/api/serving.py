"""A server of a project in a process of its own, and what asks it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from dataspark.api.keys import Keys

_MOST_PAGES = 50


class Server:
    """`dataspark api` at a free port, with a key for each scope."""

    def __init__(self, project: Path, *arguments: str, **settings: str) -> None:
        self.project = project
        self.keys = Keys(project / ".dataspark" / "api" / "keys.json")
        self.tokens = {scope: self._key(scope) for scope in ("read", "run", "admin", "unmasked")}
        more = {f"DATASPARK_API_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "dataspark", "api", "--port", "0", "--project", str(project), "--json"]
        self.process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **more},
        )
        assert self.process.stdout
        told = ""
        while not told.rstrip().endswith("}"):
            line = self.process.stdout.readline()
            assert line, self.stop()
            told += line
        self.address: str = json.loads(told)["address"]
        self.client = httpx.Client(base_url=self.address, timeout=30, trust_env=False)

    def _key(self, scope: str) -> str:
        known = [one.name for one in self.keys.all()]
        if scope in known:
            self.keys.revoke(scope)
        return self.keys.create(scope, ["read", scope])[0]

    def headers(self, scope: str = "read") -> dict[str, str]:
        """What a request with the key of a scope has."""
        return {"Authorization": f"Bearer {self.tokens[scope]}"}

    def get(
        self, path: str, scope: str = "read", headers: dict[str, str] | None = None, **query: Any
    ) -> httpx.Response:
        """Ask."""
        return self.client.get(path, params=query or None, headers={**self.headers(scope), **(headers or {})})

    def post(self, path: str, body: Any, scope: str = "read") -> httpx.Response:
        """Ask with a body."""
        return self.client.post(path, json=body, headers=self.headers(scope))

    def rows(self, table: str, scope: str = "read", **query: Any) -> list[dict[str, Any]]:
        """All rows of a table, page by page."""
        found: list[dict[str, Any]] = []
        for _ in range(_MOST_PAGES):
            page = self.get(f"/v1/tables/{table}/rows", scope, **query)
            assert page.status_code == 200, page.text
            found += page.json()["rows"]
            if page.json()["next"] is None:
                return found
            query["cursor"] = page.json()["next"]
        raise AssertionError(f"{table} has no last page")

    def stop(self) -> str:
        """End it in good order; what it wrote to stderr."""
        if not hasattr(self, "told"):
            self.process.terminate()
            _, self.told = self.process.communicate(timeout=30)
            if hasattr(self, "client"):
                self.client.close()
        return self.told
