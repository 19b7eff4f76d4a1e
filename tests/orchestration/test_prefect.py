"""Runs through a real Prefect server, called as a user calls them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cli.calling import dataspark
from orchestration.conftest import SLOW, Begin
from prefectserver import Prefect, prefect_server, until
from workbench import Bench


def test_a_run_through_prefect_is_the_same_run_and_reads_well_there(
    begin: Begin, prefect: Prefect, shop: Bench
) -> None:
    plain = Bench(Path(shutil.copytree(shop.root, shop.root.with_name("plain"))))
    through = begin(shop, "run", "--as-of", "2025-12-31", "--json").answer()
    alone = begin(plain, "run", "--as-of", "2025-12-31", "--json", "--orchestrator", "none").answer()
    for report in (through, alone):
        report["steps"] = [(step["kind"], step["name"]) for step in report["steps"]]
        for name in ("id", "started", "seconds"):
            del report[name]
    assert through == alone
    assert shop.everything() == plain.everything()

    name = shop.workspace.project.name
    (run,) = prefect.runs(name)
    assert run["name"] == f"{name} as of 2025-12-31"
    assert set(run["tags"]) == {"dataspark", name, "duckdb"}
    assert run["state"]["type"] == "COMPLETED"
    assert run["state"]["message"].startswith("released r000001 in")
    expected = {"ingest sources", "refine ventes", "model par_pays", "model total", "record history"}
    expected |= {"audit checks", "publish release"}
    tasks = until(lambda: _all_there(prefect, run["id"], expected), "all tasks are there")
    assert {task["state"]["type"] for task in tasks.values()} == {"COMPLETED"}
    waited_for = {one["id"] for one in tasks["model par_pays"]["task_inputs"]["wait_for"]}
    assert waited_for == {tasks["ingest sources"]["id"], tasks["refine ventes"]["id"]}
    _look_at_artifacts(prefect, name)


def _all_there(prefect: Prefect, run: str, names: set[str]) -> object:
    tasks = prefect.tasks(run)
    ended = [task for task in tasks.values() if task["state"]["type"] == "COMPLETED"]
    return tasks if set(tasks) == names and len(ended) == len(names) else None


def _look_at_artifacts(prefect: Prefect, name: str) -> None:
    found = prefect.ask("artifacts/filter", {"artifacts": {"key": {"like_": f"{name}-%"}}})
    artifacts = {one["key"].removeprefix(f"{name}-"): one for one in found}
    assert set(artifacts) == {"ledger", "quality", "release"}
    (row,) = json.loads(artifacts["ledger"]["data"])
    assert (row["table"], row["read"], row["accepted"], row["quarantined"]) == ("ventes", 3, 2, 1)
    assert "| `pays.required` | 1 | 100.0 % |" in artifacts["quality"]["data"]
    assert artifacts["release"]["data"].startswith("[r000001](file:///")


def test_what_passes_by_itself_is_tried_again(begin: Begin, prefect: Prefect, shop: Bench) -> None:
    """A file where the folder of a table must be: the storage fails, until somebody takes it away."""
    in_the_way = shop.root / "lake" / "gold" / "par_pays"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("")
    running = begin(shop, "run", "--json", DATASPARK_PREFECT_RETRY_DELAY="1", DATASPARK_PREFECT_RETRIES="8")
    name = shop.workspace.project.name
    until(lambda: _state(prefect, name, "model par_pays") == "AwaitingRetry", "the model waits for its next try")
    in_the_way.unlink()
    report = running.answer()
    assert [(step["kind"], step["name"]) for step in report["steps"]].count(("model", "par_pays")) == 1
    assert report["published"]


def test_what_stays_is_not_tried_again(begin: Begin, prefect: Prefect, shop: Bench) -> None:
    contract = shop.root / "contracts" / "ventes.odcs.yaml"
    contract.write_text(
        contract.read_text().replace(
            "required: true",
            "required: true\n        customProperties: [{property: severity, value: {required: fail}}]",
        )
    )
    running = begin(shop, "run", DATASPARK_PREFECT_RETRY_DELAY="1")
    code, _out, err = running.end()
    name = shop.workspace.project.name
    assert (code, "pays.required" in err) == (1, True), err
    (run,) = prefect.runs(name)
    assert run["state"]["type"] == "FAILED"
    task = until(lambda: prefect.tasks(run["id"]).get("refine ventes"), "the task is there")
    assert task["run_count"] == 1


def test_a_run_that_waited_for_the_lake_in_vain_was_refused_once(begin: Begin, shop: Bench) -> None:
    """Whoever is told of runs (here the log) hears of one, however often it was tried."""
    tries = {"DATASPARK_PREFECT_RETRIES": "2", "DATASPARK_PREFECT_RETRY_DELAY": "0"}
    with shop.workspace.lake.hold("test"):
        code, _out, err = begin(shop, "run", "--log-format", "json", **tries).end()
    assert code == 3, err
    records = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert len([one for one in records if "began: LakeBusy" in one["message"]]) == 1, err


def test_cancelled_in_prefect_a_run_stops_cleanly(begin: Begin, prefect: Prefect, shop: Bench) -> None:
    slow = shop.root / "models" / "lent.sql"
    slow.write_text(SLOW)
    running = begin(shop, "run")
    name = shop.workspace.project.name
    until(lambda: _state(prefect, name, "model lent") == "Running", "the slow model is being built")
    (run,) = prefect.runs(name)
    prefect.cancel(run["id"])
    code, _out, err = running.end()
    assert code == 130
    assert "cancelled in Prefect: nothing half-written is visible" in err
    assert prefect.runs(name)[0]["state"]["type"] == "CANCELLED"
    last = shop.workspace.lake.runs(newest=1)[-1]
    assert (last["ok"], last["error"]) == (False, "cancelled in Prefect")
    slow.unlink()
    assert shop.run().published, "the lake is free, and goes on from what was finished"


def test_a_server_that_dies_changes_nothing_for_the_data(begin: Begin, shop: Bench, tmp_path: Path) -> None:
    (tmp_path / "mortal").mkdir()
    (shop.root / "models" / "lent.sql").write_text(
        SLOW.replace("range(100000000)", "range(60000000)").replace("range(1000)", "range(1)")
    )
    with prefect_server(tmp_path / "mortal") as mortal:
        running = begin(shop, "run", server=mortal)
        until(
            lambda: _state(mortal, shop.workspace.project.name, "model lent") == "Running",
            "the slow model is being built",
        )
        mortal.kill()
        code, out, err = running.end()
    assert code == 0, err
    assert "r000001 is what readers see now" in out
    assert f"Prefect's server at {mortal.url} stopped answering" in err
    assert shop.workspace.lake.runs(newest=1)[-1]["published"]


def _state(prefect: Prefect, tag: str, task: str) -> str | None:
    runs = prefect.runs(tag)
    found = prefect.tasks(runs[-1]["id"]).get(task) if runs else None
    return str(found["state_name"]) if found else None


@pytest.mark.parametrize("asked", [[], ["--orchestrator", "prefect"]])
def test_a_server_that_is_not_there_is_named_before_anything_begins(
    shop: Bench, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    said = dataspark("run", *asked, project=shop.root)
    assert said.code == 3
    assert "the Prefect server at http://127.0.0.1:9/api does not answer" in said.err
    assert "--orchestrator none" in said.err
    assert not shop.workspace.lake.runs()


def test_no_server_is_started_behind_anybodys_back(shop: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    said = dataspark("run", "--orchestrator", "prefect", project=shop.root)
    assert (said.code, "PREFECT_API_URL is not set" in said.err) == (2, True)
    assert dataspark("run", project=shop.root).code == 0, "without an address nobody asks for Prefect"


def test_an_orchestrator_that_there_is_not(shop: Bench) -> None:
    said = dataspark("run", "--orchestrator", "airflow", project=shop.root)
    assert (said.code, "there is no orchestrator `airflow`" in said.err) == (2, True)
