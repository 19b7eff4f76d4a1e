"""`dataspark schedule`: what it refuses, what it writes, and a deployment of a real server."""

from __future__ import annotations

import signal
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import yaml

from cli.calling import dataspark
from orchestration.conftest import SLOW, Begin
from prefectserver import Prefect, until
from workbench import Bench, csv


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "nothing says when runs begin"),
        (["--cron", "0 6 * * *", "--timezone", "Europe/Pari"], "there is no time zone `Europe/Pari`"),
        (["--cron", "0 6 * * *", "--timezone", "../Paris"], "there is no time zone `../Paris`"),
        (["--cron", "0 6 * * *"], "a schedule needs a Prefect server, and none is named"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(
    shop: Bench, monkeypatch: pytest.MonkeyPatch, given: list[str], said: str
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    answer = dataspark("schedule", *given, project=shop.root)
    assert (answer.code, said in answer.err) == (2, True), answer.err


def test_the_file_for_a_work_pool_says_the_project_and_the_clock(shop: Bench) -> None:
    answer = dataspark("schedule", "--write", "--pool", "nuit", "--profile", "prod", project=shop.root)
    assert answer.code == 2, "there is no such profile"
    (shop.root / "dataspark.toml").write_text('[project]\nname = "boutique"\n[profiles.prod.lake]\ngold = "g"\n')
    answer = dataspark("schedule", "--write", "--pool", "nuit", "--profile", "prod", "--json", project=shop.root)
    assert answer.json["deployment"] == "dataspark run/boutique"
    written = yaml.safe_load((shop.root / "prefect.yaml").read_text())
    (deployment,) = written["deployments"]
    assert deployment["parameters"] == {"project": ".", "profile": "prod"}
    assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
    assert deployment["work_pool"] == {"name": "nuit"}
    again = dataspark("schedule", "--write", project=shop.root)
    assert (again.code, "is there already" in again.err) == (2, True)


def test_a_project_is_served_by_the_clock_and_when_files_arrive(begin: Begin, prefect: Prefect, shop: Bench) -> None:
    (name, slow) = shop.workspace.project.name, shop.root / "models" / "lent.sql"
    wrong = begin(shop, "schedule", "--cron", "0 25 * * *").end()
    assert (wrong[0], "`0 25 * * *` is no cron expression" in wrong[2]) == (2, True), wrong[2]
    shop.run()
    slow.write_text(SLOW)
    options = ["--cron", "0 6 * * *", "--timezone", "Europe/Paris", "--watch", "--every", "0.3"]
    served = begin(shop, "schedule", *options, PREFECT_RUNNER_POLL_FREQUENCY="1")
    due = until(lambda: _due(prefect, name), "the clock's runs are in the list")
    assert {datetime.fromisoformat(moment).astimezone(ZoneInfo("Europe/Paris")).hour for moment in due} == {6}

    shop.put("ventes_2.csv", csv("id,pays", "4,Espagne"))
    run = until(lambda: _begun(prefect, name), "the file begins a run")
    until(lambda: prefect.tasks(run).get("model lent", {}).get("state_name") == "Running", "it goes on")
    deployment = prefect.ask(f"deployments/name/dataspark run/{name}".replace(" ", "%20"))["id"]
    second = prefect.ask(f"deployments/{deployment}/create_flow_run", {})["id"]
    ended = until(lambda: _ended(prefect, second), "the second run is not kept for later")
    assert ended["type"] == "CANCELLED"
    assert prefect.ask(f"flow_runs/{run}")["state"]["type"] == "RUNNING"

    slow.unlink()
    prefect.cancel(run)
    assert until(lambda: _ended(prefect, run), "the first run ends")["type"] == "CANCELLED"
    assert shop.run().published, "the lake is free"
    served.process.send_signal(signal.SIGINT)
    code, _out, err = served.end()
    assert (code, "ventes_2.csv arrived: a run begins" in err) == (0, True), err


def _due(prefect: Prefect, name: str) -> list[str]:
    return [run["expected_start_time"] for run in prefect.runs(name) if run["state"]["type"] == "SCHEDULED"]


def _begun(prefect: Prefect, name: str) -> str | None:
    return next((run["id"] for run in prefect.runs(name) if run["state"]["type"] == "RUNNING"), None)


def _ended(prefect: Prefect, run: str) -> dict[str, str] | None:
    state: dict[str, str] = prefect.ask(f"flow_runs/{run}")["state"]
    return state if state["type"] in ("COMPLETED", "FAILED", "CANCELLED", "CRASHED") else None
