"""`dataspark quarantine` and its commands, as a person works a queue off."""

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


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def save(path: Path, rows: list[dict[str, str]], delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def test_every_table_in_numbers(project: Path, truth: dict[str, Any]) -> None:
    shown = dataspark("quarantine", project=project).out
    for table in ("clients", "achats"):
        line = next(line.split() for line in shown.splitlines() if line.strip().startswith(f"{table} "))
        assert line == [table, str(truth[table]["quarantined"]), "0", "0", "0", "0"]
    for code in truth["achats"]["reasons"]:
        assert f" {code} " in shown
    found = {one["table"]: one for one in dataspark("quarantine", "--json", project=project).json}
    assert {table: one["reasons"] for table, one in found.items()} == {t: truth[t]["reasons"] for t in truth}
    assert found["achats"]["files"] == {"achats.csv": truth["achats"]["quarantined"]}


def test_rows_with_file_line_and_reasons(project: Path, truth: dict[str, Any]) -> None:
    answer = dataspark("quarantine", "achats", "--limit", 5, project=project)
    head, *rows = answer.out.splitlines()
    assert head.split()[:4] == ["_row", "_file", "_line", "_reasons"]
    assert len(rows) == 5
    assert f"5 of {truth['achats']['quarantined']:,} rows" in answer.err


def test_rows_by_reason_file_and_status(project: Path, truth: dict[str, Any]) -> None:
    call = ("quarantine", "achats", "--limit", 1000, "--json")
    found = dataspark(*call, "--reason", "montant.type", project=project).json
    assert found["rows"] == len(found["first"]) == truth["achats"]["reasons"]["montant.type"]
    assert all("montant.type" in row["reasons"] for row in found["first"])
    several = dataspark(*call, "--reason", "montant.*", project=project).json
    assert several["rows"] > found["rows"]
    assert dataspark(*call, "--file", "achats*", project=project).json["rows"] == truth["achats"]["quarantined"]
    assert dataspark(*call, "--status", "held", project=project).json["rows"] == 0
    for wrong, hint in (
        (("--reason", "montant.typ"), "did you mean `montant.type`?"),
        (("--file", "achat.csv"), "did you mean `achats.csv`?"),
        (("--status", "opne"), "did you mean `open`?"),
    ):
        unknown = dataspark("quarantine", "achats", *wrong, project=project)
        assert (unknown.code, hint in unknown.err) == (2, True), unknown.err
    assert "which table?" in dataspark("quarantine", "--reason", "x", project=project).err


def test_one_row_with_its_bytes_and_its_history(project: Path, truth: dict[str, Any]) -> None:
    planted = next(one for one in truth["achats"]["lines"] if len(one["reasons"]) > 1)
    listed = dataspark("quarantine", "achats", "--limit", 1000, "--json", project=project).json["first"]
    row = next(one["row"] for one in listed if one["line"] == planted["line"])
    shown = dataspark("quarantine", "show", row, project=project).out
    raw = (project / "data/sources/achats.csv").read_bytes()
    line = raw.split(b"\n")[planted["line"] - 1]
    assert f"    {line.decode()}\n" in shown
    for code in planted["reasons"]:
        assert code in shown
    assert "quarantined  as of 2025-12-31" in shown
    found = dataspark("quarantine", "show", row, "--json", project=project).json
    start, end = found["bytes"]
    assert bytes.fromhex(found["raw_hex"]) == raw[start:end] == line
    gone = dataspark("quarantine", "show", f"{row}9", project=project)
    assert (gone.code, "was never in the quarantine" in gone.err) == (2, True)
    assert "names no row" in dataspark("quarantine", "show", "achats:42", project=project).err


def test_export_has_every_row_as_it_came(project: Path, truth: dict[str, Any], tmp_path: Path) -> None:
    target = tmp_path / "out" / "rejetés.csv"
    assert dataspark("quarantine", "export", "clients", target, project=project).code == 0
    rows = rows_of(target)
    assert len(rows) == truth["clients"]["quarantined"]
    planted = {one["line"]: one["reasons"] for one in truth["clients"]["lines"] if one["outcome"] == "quarantined"}
    assert {int(row["_line"]): row["_reasons"].split("; ") for row in rows} == planted
    lines = (project / "data/sources/clients.csv").read_text().split("\n")
    for row in rows:
        assert row["_file"] == "clients.csv"
        original = next(csv.reader([lines[int(row["_line"]) - 1]]))
        assert [row[column] for column in ("id_client", "nom", "email", "date_inscription", "pays")] == original
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert dataspark("quarantine", "export", "clients", tmp_path, project=project).code == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_mend_in_a_spreadsheet_and_take_back(own: Path, tmp_path: Path, delimiter: str) -> None:
    target = tmp_path / "mend.csv"
    dataspark("quarantine", "export", "achats", target, "--reason", "montant.*", project=own)
    rows = rows_of(target)
    meant = [row for row in rows if row["_reasons"] == "montant.type"]
    assert 0 < len(meant) < len(rows)
    for row in meant:
        row["montant"] = "12.5"
    save(target, rows, delimiter)
    answer = dataspark("quarantine", "fix", target, "--by", "Anne", project=own)
    assert f"{len(meant)} mended row" in answer.out
    assert "from Anne" in answer.out
    listed = dataspark("quarantine", "achats", "--reason", "montant.type", "--limit", 1000, project=own).out
    assert listed.count(" open, mended ") == len(meant)
    replayed = dataspark("quarantine", "replay", "--as-of", AS_OF, "--quiet", project=own).out
    assert f"{len(meant)} mended row" in replayed
    keys = ", ".join(row["id_achat"] for row in meant)
    found = dataspark("query", f"SELECT id_achat, montant FROM fact_achats WHERE id_achat IN ({keys})", project=own).out
    assert found.count(" 12.50") == len(meant)
    again = dataspark("quarantine", "replay", "--as-of", AS_OF, "--quiet", project=own).out
    assert "nothing new" in again
    assert dataspark("quarantine", "fix", target, project=own).out.startswith("no row of `achats` differs")
    assert dataspark("quarantine", "achats", "--status", "fixed", "--json", project=own).json["rows"] == len(meant)


def test_waive(own: Path) -> None:
    none = dataspark("quarantine", "waive", "--table", "achats", "--because", "montant.required", project=own)
    assert (none.code, "a waiver needs a reason" in none.err) == (2, True)
    done = dataspark(
        *("quarantine", "waive", "--table", "achats", "--because", "montant.required"),
        *("--reason", "nobody knows", "--by", "Anne", "--json"),
        project=own,
    )
    listed = dataspark("quarantine", "achats", "--status", "waived", "--json", project=own).json["first"]
    assert len(listed) == done.json["rows"] > 0
    assert {(row["status"], row["waiver"]["reason"], row["waiver"]["by"]) for row in listed} == {
        ("waived", "nobody knows", "Anne")
    }
    assert all("montant.required" in row["reasons"] for row in listed)
    assert "which rows?" in dataspark("quarantine", "waive", "--reason", "x", project=own).err
    shown = dataspark("quarantine", "show", listed[0]["row"], project=own).out
    assert "nobody knows" in shown


def test_lines_that_are_no_record_are_shown(fresh: Path) -> None:
    with (fresh / "data/sources/ventes.csv").open("a") as file:
        file.write("20,2025-03-01\n")
    dataspark("run", "--quiet", project=fresh)
    shown = dataspark("quarantine", "ventes", "--reason", "csv.*", project=fresh).out
    assert "csv.columns" in shown
    assert "20,2025-03-01" in shown


def test_before_the_first_run(tmp_path: Path) -> None:
    dataspark("init", tmp_path / "boutique")
    assert "no table was refined yet" in dataspark("quarantine", project=tmp_path / "boutique").out
    assert "was never refined" in dataspark("quarantine", "ventes", project=tmp_path / "boutique").err
