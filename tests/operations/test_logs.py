"""Runs as log records."""

from __future__ import annotations

import json
import logging

import pytest

from cli.calling import AS_OF, dataspark
from dataspark.observed import run_observed
from operations.conftest import HEADER
from workbench import Bench, csv


def records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_on_stderr_is_a_record(shop: Bench) -> None:
    shop.put("ventes_2.csv", csv(HEADER, "3,Cy,-1", "4,,7", "5,Eve,2000"))
    said = dataspark("run", "--as-of", AS_OF, "--log-format", "json", project=shop.root)
    assert said.code == 1
    found = records(said.err)
    assert all({"time", "level", "message", "run_id", "step", "table", "project"} <= record.keys() for record in found)
    assert len({record["run_id"] for record in found}) == 1
    assert found[0]["message"] == "run of boutique begins"
    refined = next(record for record in found if record["step"] == "refine ventes")
    assert refined["table"] == "silver.ventes"
    assert (refined["read"], refined["accepted"], refined["quarantined"]) == (5, 3, 2)
    modelled = next(record for record in found if record["table"] == "gold.total")
    assert (modelled["step"], modelled["rows"]) == ("model total", 1)
    failed = [record for record in found if record["level"] == "error"]
    assert [record["message"] for record in failed] == [
        "check pas_trop failed",
        "run of boutique ended: a check that blocks the release failed",
    ]
    assert "Eve" not in said.err


def test_an_error_is_a_record_too(shop: Bench) -> None:
    (shop.root / "models" / "total.sql").write_text("SELECT nb FROM silver.ventse")
    said = dataspark("run", "--log-format", "json", project=shop.root)
    assert (said.code, said.out) == (2, "")
    refused, error = records(said.err)
    assert (refused["message"], refused["run_id"]) == ("no run of boutique began: ModelError", None)
    assert error["exit_code"] == 2
    assert "silver.ventse" in str(error["mistakes"])


def test_the_environment_chooses_the_form(shop: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATASPARK_LOG_FORMAT", "text")
    said = dataspark("run", "--as-of", AS_OF, project=shop.root)
    assert said.code == 0
    begins = said.err.splitlines()[0]
    assert 'info    run of boutique begins  project="boutique" run_id=' in begins
    monkeypatch.setenv("DATASPARK_LOG_FORMAT", "yaml")
    assert dataspark("run", project=shop.root).code == 2


def test_a_program_hears_the_records_and_stderr_stays_silent(
    shop: Bench, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO, "dataspark"):
        report = run_observed(shop.workspace, AS_OF)
    assert {record.run_id for record in caplog.records} == {report.id}  # type: ignore[attr-defined]
    assert capfd.readouterr().err == ""


def test_a_step_that_is_stopped_is_an_error(shop: Bench) -> None:
    (shop.root / "models" / "total.sql").write_text("SELECT CAST(client AS INTEGER) AS nb FROM silver.ventes")
    said = dataspark("run", "--as-of", AS_OF, "--log-format", "json", project=shop.root)
    found = [record for record in records(said.err) if record["level"] == "error"]
    assert found[0]["message"] == "model total stopped"
    assert found[0]["table"] == "gold.total"
    assert found[1]["message"] == "run of boutique stopped: ModelError"
