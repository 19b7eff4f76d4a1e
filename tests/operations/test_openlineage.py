"""Runs in OpenLineage's words, to a real receiver and to a file."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from dataspark.errors import ModelError
from dataspark.observed import run_observed
from operations.conftest import CONTRACT, HEADER
from operations.receiving import Receiver
from workbench import AS_OF, Bench, csv

Event = dict[str, Any]


def settings(shop: Bench, text: str) -> None:
    (shop.root / "dataspark.toml").write_text(f"[openlineage]\n{text}\n")


def of(events: list[Event], job: str, state: str) -> Event:
    (found,) = [one for one in events if (one["job"]["name"], one["eventType"]) == (job, state)]
    return found


def check_spec(events: list[Event]) -> None:
    """What the specification asks of every event, and of the events of one run."""
    states: dict[str, list[str]] = {}
    for event in events:
        assert {"eventTime", "producer", "schemaURL", "run", "job"} <= event.keys()
        uuid.UUID(event["run"]["runId"])
        states.setdefault(event["run"]["runId"], []).append(event["eventType"])
        facets = [*event["run"]["facets"].values(), *event["job"]["facets"].values()]
        for dataset in (*event["inputs"], *event["outputs"]):
            assert dataset["namespace"] == "file"
            assert dataset["name"].startswith("/")
            facets += [*dataset["facets"].values()]
            facets += [*dataset.get("inputFacets", {}).values(), *dataset.get("outputFacets", {}).values()]
        assert all(
            "_producer" in facet and facet["_schemaURL"].startswith("https://openlineage.io/") for facet in facets
        )
    for said in states.values():
        assert said[0] == "START"
        assert len(said) == 2
        assert said[1] in ("COMPLETE", "FAIL", "ABORT")


def test_a_run_to_a_receiver(shop: Bench, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(shop, f'url = "{receiver.url}"\nnamespace = "prod"')
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "topsecret")
    report = run_observed(shop.workspace, AS_OF)
    assert report.notices == []
    assert {path for _method, path, _body in receiver.requests} == {"/api/v1/lineage"}
    assert {headers["Authorization"] for headers in receiver.headers} == {"Bearer topsecret"}
    events = receiver.documents
    check_spec(events)
    assert [(one["eventType"], one["job"]["name"]) for one in events] == [
        ("START", "boutique"),
        ("START", "boutique.ingest"),
        ("COMPLETE", "boutique.ingest"),
        ("START", "boutique.silver.ventes"),
        ("COMPLETE", "boutique.silver.ventes"),
        *[(state, f"boutique.gold.{name}") for name in ("par_client", "total") for state in ("START", "COMPLETE")],
        ("START", "boutique.audit"),
        ("COMPLETE", "boutique.audit"),
        ("COMPLETE", "boutique"),
    ]
    assert {one["job"]["namespace"] for one in events} == {"prod"}
    whole = of(events, "boutique", "START")
    assert whole["run"]["facets"]["nominalTime"]["nominalStartTime"].startswith(AS_OF)
    assert whole["run"]["facets"]["tags"]["tags"][0]["value"] == report.id
    parents = {one["run"]["facets"]["parent"]["run"]["runId"] for one in events if one["job"]["name"] != "boutique"}
    assert parents == {whole["run"]["runId"]}


def test_schema_rows_columns_and_checks(shop: Bench, receiver: Receiver) -> None:
    settings(shop, f'url = "{receiver.url}"')
    shop.put("ventes_2.csv", csv(HEADER, "3,Cy,-1", "4,Di,7"))
    run_observed(shop.workspace, AS_OF)
    events = receiver.documents
    silver = of(events, "boutique.silver.ventes", "COMPLETE")
    made, quarantined = silver["outputs"]
    assert made["name"] == str(shop.root / "lake/silver/ventes")
    assert [(one["name"], one["type"]) for one in made["facets"]["schema"]["fields"]] == [
        ("id", "long"),
        ("client", "string"),
        ("montant", "decimal(10,2)"),
        ("_file", "integer"),
        ("_line", "long"),
    ]
    assert made["outputFacets"]["outputStatistics"]["rowCount"] == 3
    assert quarantined["outputFacets"]["outputStatistics"]["rowCount"] == 1
    assert silver["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"] == 4
    gold = of(events, "boutique.gold.par_client", "COMPLETE")
    assert gold["job"]["facets"]["sql"]["query"].startswith("SELECT upper(client)")
    fields = gold["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert {
        column: [(one["name"], one["field"], one["transformations"][0]["subtype"]) for one in field["inputFields"]]
        for column, field in fields.items()
    } == {
        "nom": [(made["name"], "client", "TRANSFORMATION")],
        "ca": [(made["name"], "montant", "AGGREGATION")],
    }
    (judged,) = of(events, "boutique.audit", "COMPLETE")["inputs"]
    checks = judged["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [(one["assertion"], one["success"], one["severity"]) for one in checks] == [
        ("silver.ventes.table.freshness", True, "warn"),
        ("pas_trop", True, "error"),
    ]


def test_a_run_that_fails(shop: Bench) -> None:
    settings(shop, 'file = "out/events.jsonl"')
    (shop.root / "models/total.sql").write_text("SELECT CAST(client AS INTEGER) AS nb FROM silver.ventes")
    with pytest.raises(ModelError):
        run_observed(shop.workspace, AS_OF)
    (shop.root / "contracts/ventes.odcs.yaml").write_text(CONTRACT.replace(", classification: confidential", ""))
    with pytest.raises(ModelError):
        run_observed(shop.workspace, AS_OF)
    events = [json.loads(line) for line in (shop.root / "out/events.jsonl").read_text().splitlines()]
    check_spec(events)
    failed = [one["run"]["facets"]["errorMessage"]["message"] for one in events if one["eventType"] == "FAIL"]
    assert len(failed) == 4, "the step and the run, twice"
    assert failed[:2] == ["ModelError (its words are in the run's record)"] * 2
    assert all("Could not convert string 'Ada'" in message for message in failed[2:])


def test_a_check_that_blocks_fails_the_run_and_no_step(shop: Bench) -> None:
    settings(shop, 'file = "events.jsonl"')
    shop.put("ventes_2.csv", csv(HEADER, "5,Evelyne,2000"))
    assert not run_observed(shop.workspace, AS_OF).ok
    events = [json.loads(line) for line in (shop.root / "events.jsonl").read_text().splitlines()]
    (failed,) = [one for one in events if one["eventType"] == "FAIL"]
    assert failed["run"]["facets"]["errorMessage"]["message"] == "blocked by pas_trop"
    assert "Evelyne" not in json.dumps(events)


@pytest.mark.parametrize(("status", "words"), [(500, "too many 500 error responses"), (0, "Connection refused")])
def test_a_dead_receiver_is_one_notice(
    shop: Bench, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    receiver.status = status
    monkeypatch.setenv("DATASPARK_OPENLINEAGE_URL", receiver.url if status else "http://127.0.0.1:1")
    report = run_observed(shop.workspace, AS_OF)
    assert report.ok
    (notice,) = report.notices
    assert notice.startswith("openlineage: events were not sent: ")
    assert words in notice
    assert len(receiver.requests) == (1 if status else 0), "a dead receiver is asked once"


def test_a_slow_receiver_does_not_hold_the_run(
    shop: Bench, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataspark.telemetry import events

    monkeypatch.setattr(events, "_PATIENCE", 0.3)
    receiver.delay = 2.0
    settings(shop, f'url = "{receiver.url}"')
    began = time.monotonic()
    report = run_observed(shop.workspace, AS_OF)
    assert report.notices == ["openlineage: events were not sent: it took longer than 0.3 s to send them"]
    assert report.seconds < 2.0
    assert time.monotonic() - began < 4.0


def test_openlineages_own_variables(shop: Bench, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", receiver.url)
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    run_observed(shop.workspace, AS_OF)
    assert receiver.requests == []
    monkeypatch.delenv("OPENLINEAGE_DISABLED")
    assert run_observed(shop.workspace, AS_OF).notices == []
    check_spec(receiver.documents)
