"""The Prefect server of the tests: a real one, on loopback, in a folder of its own. Nothing of it is in the home folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 90.0
"""Seconds that anything may take, on a machine that is busy."""


@dataclass(frozen=True)
class Prefect:
    """A running server."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to use it."""
        return {**_environment(self.home), "PREFECT_API_URL": self.url}

    def ask(self, path: str, body: object = None) -> Any:
        """What the API answers: to GET, or to POST with a body. While its SQLite is busy it says 503: ask again."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data, {"content-type": "application/json"})
        for left in reversed(range(20)):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as error:
                if error.code != 503 or not left:
                    raise
                time.sleep(0.5)
        raise AssertionError("unreachable")

    def runs(self, tag: str) -> list[Any]:
        """The flow runs with a tag, the oldest first."""
        wanted = {"flow_runs": {"tags": {"all_": [tag]}}, "sort": "EXPECTED_START_TIME_ASC"}
        return list(self.ask("flow_runs/filter", wanted))

    def tasks(self, run: str) -> dict[str, Any]:
        """The task runs of a flow run, by name."""
        wanted = {"flow_runs": {"id": {"any_": [run]}}, "limit": 100}
        return {task["name"]: task for task in self.ask("task_runs/filter", wanted)}

    def cancel(self, run: str) -> None:
        """What the Cancel button does."""
        self.ask(f"flow_runs/{run}/set_state", {"state": {"type": "CANCELLING", "name": "Cancelling"}})

    def kill(self) -> None:
        """End it at once, without a word to anybody."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def prefect_server(home: Path) -> Iterator[Prefect]:
    """A server that is started and ended here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "prefect",
        "server",
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-ui",
    ]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=_environment(home), stdout=log, stderr=log, start_new_session=True)
    server = Prefect(f"http://127.0.0.1:{port}/api", home, process)
    try:
        until(lambda: _answers(server), "the server answers")
        yield server
    finally:
        if process.poll() is None:
            server.kill()


def until(holds: Callable[[], Any], what: str) -> Any:
    """What `holds` gives, once that is something. Fails when it takes too long."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.2)
    raise AssertionError(f"it did not happen that {what}")


def _answers(server: Prefect) -> bool:
    assert server.process.poll() is None, (server.home / "server.log").read_text()[-2000:]
    try:
        return bool(server.ask("health"))
    except OSError:
        return False


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "DATASPARK_"))}
    ours = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1", "PREFECT_SERVER_LOGGING_LEVEL": "WARNING"}
    return {**kept, **ours, "HOME": str(home), "PREFECT_HOME": str(home / "prefect")}
