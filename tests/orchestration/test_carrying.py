"""Steps in threads, without anybody's orchestrator: what holds whoever starts the threads."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import place_in_s3
from dataspark.carrying import Carrier, Done, Stop, Threads
from dataspark.engines.branches import Branches
from dataspark.engines.duckdb.engine import DuckDBEngine
from dataspark.engines.duckdb.session import Session
from dataspark.errors import EngineError, Interrupted, StepTimedOut, StorageError
from dataspark.pipeline.steps import Step, steps_of
from dataspark.project import EngineSettings
from dataspark.sample import write_sample
from dataspark.tables import Layer, TableRef
from dataspark.wiring import open_engine
from workbench import EXAMPLES, Bench

LONG = "SELECT sum(hash(a.range + b.range)) FROM range(100000000) AS a, range(50) AS b"


@pytest.fixture
def branches(tmp_path: Path) -> Any:
    workspace = Bench.of_files(tmp_path / "empty", {}).workspace
    made = Branches(lambda: open_engine(EngineSettings(), workspace.lake, workspace.tables))
    yield made
    made.close()


def carrier(branches: Branches, stop: Stop | None = None, parallel: int = 4, step_timeout: float = 0) -> Carrier:
    return Carrier(branches, Threads(parallel), stop or Stop(), parallel, step_timeout)


DIAMOND = (
    Step("model", "a"),
    Step("model", "b", (("model", "a"),)),
    Step("model", "c", (("model", "a"),)),
    Step("model", "d", (("model", "b"), ("model", "c"))),
)


def test_a_step_waits_for_what_it_comes_after_and_for_nothing_else(branches: Branches) -> None:
    seen: list[str] = []
    both = threading.Barrier(2)

    def do(step: Step) -> None:
        seen.append(step.name)
        if step.name in "bc":
            both.wait(10)  # neither gets here alone

    carrier(branches)(DIAMOND, do)
    assert (seen[0], set(seen[1:3]), seen[3]) == ("a", {"b", "c"}, "d")


def test_no_more_steps_at_a_time_than_allowed(branches: Branches) -> None:
    at_once, most = 0, 0
    counting = threading.Lock()

    def do(_step: Step) -> None:
        nonlocal at_once, most
        with counting:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.05)
        with counting:
            at_once -= 1

    carrier(branches, parallel=2)([Step("model", str(number)) for number in range(6)], do)
    assert most == 2


def test_after_a_failure_nothing_is_begun_and_what_runs_may_end(branches: Branches) -> None:
    seen: list[str] = []
    running = threading.Event()

    def do(step: Step) -> None:
        seen.append(f"{step.name} begun")
        if step.name == "a":
            running.wait(10)
            raise StorageError("the disk is gone")
        running.set()
        time.sleep(0.3)
        seen.append(f"{step.name} ended")

    with pytest.raises(StorageError, match="the disk is gone"):
        carrier(branches, parallel=2)([Step("model", name) for name in "abc"], do)
    assert set(seen) == {"a begun", "b begun", "b ended"}


def test_a_step_that_takes_too_long_is_stopped_in_the_middle_of_its_query(branches: Branches) -> None:
    started = time.monotonic()
    with pytest.raises(StepTimedOut, match=r"`model long` took longer than 0\.5 s and was stopped"):
        carrier(branches, step_timeout=0.5)([Step("model", "long")], lambda _step: branches().rows(LONG))  # type: ignore[arg-type,return-value]
    assert time.monotonic() - started < 10


def test_whoever_is_stopped_leaves_no_step_behind(branches: Branches) -> None:
    stop = Stop()
    ended = threading.Event()

    def do(_step: Step) -> None:
        threading.Timer(0.3, stop.ask, ["somebody pressed a button"]).start()
        try:
            branches().rows(LONG)
        finally:
            ended.set()

    started = time.monotonic()
    with pytest.raises(Interrupted, match="somebody pressed a button"):
        carrier(branches, stop)([Step("model", "long"), Step("model", "next", (("model", "long"),))], do)
    assert ended.is_set()
    assert time.monotonic() - started < 10


def test_a_step_that_failed_gets_another_engine(branches: Branches) -> None:
    used: list[object] = []

    def do(_step: Step) -> None:
        branches().keep("left_over", "SELECT 1 AS x")
        used.append(branches())
        raise EngineError("half-way")

    def twice(step: Step, body: Callable[[], None], done: Done) -> None:
        def carry_out() -> None:
            for _try in range(2):
                with pytest.raises(EngineError, match="half-way"):
                    body()
            done(None)

        threading.Thread(target=carry_out, daemon=True).start()

    Carrier(branches, twice, Stop(), 1, 0)([Step("model", "a")], do)
    assert used[0] is not used[1]


def test_engines_of_one_database_share_no_names(branches: Branches) -> None:
    found: dict[str, list[Any]] = {}
    meet = threading.Barrier(2)

    def do(step: Step) -> None:
        engine = branches()
        assert isinstance(engine, DuckDBEngine)
        engine.bind(TableRef(Layer.SILVER, "ventes"), None, [(step.name, "BIGINT")])
        engine.keep("ventes__new", f"SELECT '{step.name}' AS who")
        meet.wait(10)
        found[step.name] = [engine.columns("SELECT * FROM silver.ventes"), engine.rows("FROM ventes__new")]

    carrier(branches)([Step("model", "a"), Step("model", "b")], do)
    assert found == {name: [[(name, "BIGINT")], [(name,)]] for name in "ab"}


def test_the_steps_of_the_example_are_its_dependencies() -> None:
    plan = Bench(EXAMPLES / "retail").workspace.plan
    after = {step.name: {name for _kind, name in step.after} for step in steps_of(plan)}
    assert after["sources"] == set()
    assert after["achats"] == {"sources", "clients"}
    assert after["dim_pays"] == {"sources", "clients"}
    assert after["fact_achats"] == {"sources", "achats", "clients", "dim_produit"}
    assert after["checks"] == {"history"}
    assert after["release"] == {"checks"}
    assert {"clients", "achats", "kpi_volumes_mois"} <= after["history"]


@pytest.mark.parametrize("place", ["folders", "s3"])
def test_in_threads_a_run_leaves_what_it_leaves_in_order(
    place: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same tables, the same report in the same order, and nothing to do for the next run."""
    in_order, in_threads = Bench.of_example(tmp_path / "one"), Bench.of_example(tmp_path / "other")
    session = Session(EngineSettings())
    for bench in (in_order, in_threads):
        write_sample(bench.sources, rows=2000, execute=session.run)
    session.close()
    reports = [in_order.run()]
    wanted = rounded(in_order.everything())
    if place == "s3":
        place_in_s3(request.getfixturevalue("s3"), monkeypatch, "bronze", "silver", "gold")
    reports.append(in_threads.run(carrying=carrier))
    one, other = ({**report.as_json(), **UNLIKE} for report in reports)
    steps = [[(step.kind, step.name) for step in report.steps] for report in reports]
    assert one == other
    assert steps[0] == steps[1]
    assert rounded(in_threads.everything()) == wanted
    before = in_threads.versions()
    assert not in_threads.run(carrying=carrier).published
    assert in_threads.versions() == before


def rounded(seen: Any) -> Any:
    """Every float to nine digits: in which order an engine adds them up is nobody's business."""
    if isinstance(seen, dict):
        return {name: rounded(value) for name, value in seen.items()}
    if isinstance(seen, list | tuple):
        return [rounded(value) for value in seen]
    return f"{float(seen):.9g}" if isinstance(seen, str) and re.fullmatch(r"-?\d+\.\d{7,}", seen) else seen


UNLIKE = {"id": "", "started": "", "seconds": 0, "steps": [], "project": ""}
"""What differs between any two runs."""
