"""One Prefect server for all tests of a process: it takes ten seconds to start."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from prefectserver import PATIENCE, Prefect, prefect_server
from workbench import Bench

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: ventes
version: 1.0.0
status: active
schema:
  - name: ventes
    properties:
      - name: id
        logicalType: integer
        primaryKey: true
      - name: pays
        logicalType: string
        required: true
"""
SHOP = {
    "contracts/ventes.odcs.yaml": CONTRACT,
    "models/par_pays.sql": "SELECT pays, count(*) AS n FROM silver.ventes GROUP BY pays",
    "models/total.sql": "SELECT sum(n) AS n FROM par_pays",
    "data/sources/ventes.csv": "id,pays\n1,France\n2,Italie\n3,\n",
}
SLOW = "SELECT sum(hash(a.range + b.range) % 7) AS n FROM range(100000000) AS a, range(1000) AS b, (FROM silver.ventes LIMIT 1)"
"""A model that takes longer than anybody waits."""


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    """A Prefect server, started once for each process of the tests."""
    with prefect_server(tmp_path_factory.mktemp("prefect")) as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    """A small project with a name that no other test has."""
    name = f"p{abs(hash(request.node.nodeid)) % 10**9}"
    return Bench.of_files(tmp_path / "shop", {**SHOP, "dataspark.toml": f'[project]\nname = "{name}"\n'})


@dataclass(frozen=True)
class Started:
    """A command that runs in a process of its own."""

    process: subprocess.Popen[str]

    def end(self) -> tuple[int, str, str]:
        """Its exit code and what it said: to stdout, to stderr."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def answer(self) -> Any:
        """The JSON document that it answered with, after it went well."""
        code, out, err = self.end()
        assert code == 0, err
        return json.loads(out)


Begin = Callable[..., Started]


@pytest.fixture
def begin(prefect: Prefect) -> Iterator[Begin]:
    """Starts `dataspark …` for a project, with the server in its environment."""
    started: list[subprocess.Popen[str]] = []

    def start(bench: Bench, *arguments: str, server: Prefect = prefect, **environment: str) -> Started:
        command = [sys.executable, "-m", "dataspark", *arguments, "--project", str(bench.root)]
        process = subprocess.Popen(
            command,
            env={**server.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return Started(process)

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
