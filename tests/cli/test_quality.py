"""`dataspark quality` and `export`."""

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
    assert "hint: dataspark quarantine export TABLE FILE" in hint
