"""A step of one application in a thread can be stopped. That runs in threads leave the same, all other tests show."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dataspark.carrying import Carrier, Stop, Threads
from dataspark.engines.branches import Branches
from dataspark.errors import StepTimedOut
from dataspark.pipeline.steps import Step
from dataspark.wiring import open_engine
from workbench import Bench


def test_a_query_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    workspace = Bench.of_files(
        tmp_path / "empty",
        {"dataspark.toml": ""},
    ).workspace
    engine = Bench(workspace.project.root, "spark").workspace.project.engine
    branches = Branches(lambda: open_engine(engine, workspace.lake, workspace.tables))
    forever = "SELECT sum(a.range * b.range) FROM range(1000000) AS a, range(10000000) AS b"
    started = time.monotonic()
    with pytest.raises(StepTimedOut, match="took longer than 1 s and was stopped"):
        Carrier(branches, Threads(1), Stop(), 1, 1.0)([Step("model", "long")], lambda _step: _ask(branches, forever))
    branches.close()
    assert time.monotonic() - started < 30


def _ask(branches: Branches, query: str) -> None:
    branches().rows(query)
