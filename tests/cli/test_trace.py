"""`dataspark trace`: what a person and a program are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.calling import dataspark


@pytest.fixture(scope="module")
def planted(project: Path) -> list[dict[str, Any]]:
    return json.loads((project / "data/sources/truth.json").read_text())["tables"]["achats"]["lines"]


def line_of(planted: list[dict[str, Any]], kind: str, outcome: str) -> int:
    return next(int(line["line"]) for line in planted if (line["kind"], line["outcome"]) == (kind, outcome))


def raw(project: Path, line: int) -> str:
    return (project / "data/sources/achats.csv").read_text().splitlines()[line - 1]


def test_a_rejected_row_is_told_from_top_to_bottom(project: Path, planted: list[dict[str, Any]]) -> None:
    line = line_of(planted, "montant_negative", "quarantined")
    text = raw(project, line)
    shown = dataspark("trace", "achats", text.split(",")[0], project=project)
    assert shown.code == 0
    story = [
        "silver.achats",
        f"achats.csv, line {line:,}",
        f"│ {text}",
        "quarantined, 1 reason",
        f"montant.exclusiveMinimum  montant `{text.split(',')[3]}` is not above 0",
        "what happened",
        "as of 2025-12-31  quarantined",
        "it counts in no row of gold",
    ]
    places = [shown.out.find(part) for part in story]
    assert -1 not in places, story[places.index(-1)]
    assert places == sorted(places)


def test_an_accepted_row_is_followed_into_gold(project: Path, planted: list[dict[str, Any]]) -> None:
    line = line_of(planted, "montant_eleve", "accepted")
    key = raw(project, line).split(",")[0]
    shown = dataspark("trace", "achats", key, project=project).out
    assert "accepted: it is in silver, with a warning" in shown
    assert "row.montant_eleve  breaks montant <= 5000" in shown
    assert "counts in 12 gold tables" in shown
    told = dataspark("trace", "silver.achats", key, "--json", project=project).json
    assert (told["table"], told["key"], told["release"]["id"]) == ("silver.achats", key, "r000001")
    assert told["rows"][0]["line"] == line
    assert told["rows"][0]["warnings"][0]["code"] == "row.montant_eleve"
    facts = next(table for table in told["counts_in"] if table["table"] == "gold.fact_achats")
    assert (facts["count"], facts["first"][0]["id_achat"]) == (1, int(key))


def test_gold_is_followed_back_to_its_lines(project: Path) -> None:
    pays = dataspark("query", "from kpi_ca_par_pays where pays = 'France'", "--format", "json", project=project).json
    shown = dataspark("trace", "gold.kpi_ca_par_pays", "France", "--limit", 2, project=project).out
    assert f"gold.fact_achats  {pays[0]['nb_achats']:,} rows" in shown
    assert f"silver.achats  {pays[0]['nb_achats']:,} rows" in shown
    assert shown.count("achats.csv, line") == 2
    last = shown.splitlines()[-1]
    assert "the whole story of a line:" in last
    again = last.split("trace ")[1].split(" --project")[0].split()
    assert dataspark("trace", *again, project=project).code == 0
    told = dataspark("trace", "kpi_ca_par_pays", "France", "--json", project=project).json
    assert told["start"]["first"][0]["nb_achats"] == pays[0]["nb_achats"]
    assert {table["table"] for table in told["made_from"]} >= {"gold.fact_achats", "silver.achats", "silver.clients"}


def test_what_is_not_there(project: Path) -> None:
    for table, key, words in (
        ("achat", "5", "did you mean `achats`?"),
        ("achats", "99999", "looked in silver, quarantine and repeats"),
        ("achats", "achats:00000000:5", "there is no raw file"),
        ("fact_achats", "nothing", "is of type BIGINT"),
    ):
        answer = dataspark("trace", table, key, project=project)
        assert (answer.code, answer.out) == (2, "")
        assert words in answer.err
