"""`dataspark quality`, `quarantine` and `export`."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from cli.calling import AS_OF, dataspark


@pytest.fixture(scope="session")
def truth(project: Path) -> dict[str, Any]:
    return json.loads((project / "data/sources/truth.json").read_text())["tables"]


def test_quality_is_the_planted_truth(project: Path, truth: dict[str, Any]) -> None:
    for table in dataspark("quality", "--json", project=project).json:
        told = truth[table["name"]]
        for key in ("read", "accepted", "quarantined", "duplicates", "superseded", "reasons", "warnings"):
            assert table[key] == told[key], key
        assert [file["name"] for file in table["files"]] == [f"{table['name']}.csv"]


def test_quality_of_one_table_has_every_reason_with_its_share(project: Path, truth: dict[str, Any]) -> None:
    shown = dataspark("quality", "silver.achats", project=project).out
    assert "silver.clients" not in shown
    for code, rows in truth["achats"]["reasons"].items():
        line = next(line.split() for line in shown.splitlines() if line.endswith(f" {code}"))
        assert int(line[0]) == rows
        assert "%" in line
    assert "id_client.relationship" in shown
    unknown = dataspark("quality", "achat", project=project)
    assert (unknown.code, "did you mean `achats`?" in unknown.err) == (2, True)


def test_quality_tells_files_apart(own: Path) -> None:
    (own / "data/sources/achats_2.csv").write_text(
        "id_achat,id_client,date_achat,montant,produit\nx,1,2025-03-01,1,Mouse\n"
    )
    dataspark("run", "--as-of", AS_OF, "--quiet", project=own)
    shown = dataspark("quality", "achats", project=own).out
    assert "achats_2.csv" in shown
    assert "all files" in shown


def test_quarantine_shows_rows_with_file_line_and_reasons(project: Path, truth: dict[str, Any]) -> None:
    answer = dataspark("quarantine", "achats", "--limit", 5, project=project)
    head, *rows = answer.out.splitlines()
    assert head.split()[:3] == ["_file", "_line", "_reasons"]
    assert len(rows) == 5
    assert f"5 of {truth['achats']['quarantined']:,} rows" in answer.err


def test_quarantine_by_reason(project: Path, truth: dict[str, Any]) -> None:
    found = dataspark(
        "quarantine", "achats", "--reason", "montant.type", "--limit", 1000, "--json", project=project
    ).json
    assert found["rows"] == len(found["first"]) == truth["achats"]["reasons"]["montant.type"]
    assert all("montant.type" in row["_reasons"] for row in found["first"])
    several = dataspark("quarantine", "achats", "--reason", "montant.*", "--json", project=project).json
    assert several["rows"] > found["rows"]
    unknown = dataspark("quarantine", "achats", "--reason", "montant.typ", project=project)
    assert (unknown.code, "did you mean `montant.type`?" in unknown.err) == (2, True)


def test_quarantine_export_has_every_row_as_it_came(project: Path, truth: dict[str, Any], tmp_path: Path) -> None:
    target = tmp_path / "out" / "rejetés.csv"
    answer = dataspark("quarantine", "clients", "--export", target, project=project)
    assert answer.code == 0
    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == truth["clients"]["quarantined"]
    planted = {one["line"]: one["reasons"] for one in truth["clients"]["lines"] if one["outcome"] == "quarantined"}
    assert {int(row["_line"]): row["_reasons"].split("; ") for row in rows} == planted
    lines = (project / "data/sources/clients.csv").read_text().split("\n")
    for row in rows:
        assert row["_file"] == "clients.csv"
        original = next(csv.reader([lines[int(row["_line"]) - 1]]))
        assert [row[column] for column in ("id_client", "nom", "email", "date_inscription", "pays")] == original
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert dataspark("quarantine", "clients", "--export", tmp_path, project=project).code == 2


def test_quarantine_shows_lines_that_are_no_record(fresh: Path) -> None:
    with (fresh / "data/sources/ventes.csv").open("a") as file:
        file.write("20,2025-03-01\n")
    dataspark("run", "--quiet", project=fresh)
    shown = dataspark("quarantine", "ventes", "--reason", "csv.*", project=fresh).out
    assert "csv.columns" in shown
    assert "20,2025-03-01" in shown


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_export_a_layer(form: str, project: Path, tmp_path: Path) -> None:
    answer = dataspark("export", "gold", "--format", form, "--to", tmp_path / "out", "--json", project=project)
    assert len(answer.json["files"]) == 14
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        f"{name.removeprefix('gold.')}.{form}" for name in answer.json["files"]
    )


def test_export_a_silver_table_has_the_columns_of_its_contract(project: Path, tmp_path: Path) -> None:
    answer = dataspark("export", "silver.clients", "--format", "csv", "--to", tmp_path, project=project)
    assert "1 tables of release r000001" in answer.out
    with (tmp_path / "clients.csv").open() as file:
        assert next(csv.reader(file)) == ["id_client", "nom", "email", "date_inscription", "pays"]


def test_export_refuses_what_is_not_there(project: Path, tmp_path: Path) -> None:
    assert "did you mean `dim_pays`?" in dataspark("export", "dim_pay", "--to", tmp_path, project=project).err
    hint = dataspark("export", "quarantine.achats", "--to", tmp_path, project=project).err
    assert "hint: dataspark quarantine TABLE --export FILE" in hint
