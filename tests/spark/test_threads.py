"""Steps of one application in threads: a session each, and a query that can be stopped."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from dataspark.engines.branches import Branches
from dataspark.errors import StepTimedOut
from dataspark.orchestration.carrying import Carrier, Stop
from dataspark.pipeline.steps import Step
from dataspark.wiring import open_engine
from orchestration.conftest import SHOP
from orchestration.test_carrying import threads
from workbench import Bench


def test_in_threads_a_run_leaves_what_it_leaves_in_order(tmp_path: Path) -> None:
    files = {**SHOP, "models/nombre.sql": "SELECT count(*) AS n FROM silver.ventes", "dataspark.toml": ""}
    in_order = Bench.of_files(tmp_path / "one", files)
    in_threads = Bench(Path(shutil.copytree(in_order.root, tmp_path / "other")), "spark")
    one = in_order.run()
    other = in_threads.run(carrying=lambda branches: Carrier(branches, threads, Stop(), 4, 0))
    assert [(step.kind, step.name) for step in one.steps] == [(step.kind, step.name) for step in other.steps]
    assert [table.ledger for table in one.tables] == [table.ledger for table in other.tables]
    assert in_order.everything() == in_threads.everything()
    assert not (in_threads.root / "lake" / "silver" / "_scratch").exists()


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
        Carrier(branches, threads, Stop(), 1, 1.0)([Step("model", "long")], lambda _step: _ask(branches, forever))
    branches.close()
    assert time.monotonic() - started < 30


def _ask(branches: Branches, query: str) -> None:
    branches().rows(query)
