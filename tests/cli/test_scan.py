"""`dataspark scan`: what it proposes is a contract, and a run under it rejects what the evidence says and no more."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.calling import dataspark
from dataspark.contracts.contract import LogicalType, RuleKind
from dataspark.contracts.reading import read_contracts
from workbench import Bench


def project(root: Path) -> Bench:
    return Bench.of_files(root, {})


def written(bench: Bench, name: str, content: bytes) -> tuple[dict[str, Any], Any]:
    """Scan a file of the project with `--write`; the findings, and the contract as our own reader reads it."""
    path = bench.put(name, content)
    answer = dataspark("scan", path, "--write", "--json", project=bench.root)
    assert answer.code == 0, answer
    (contract,) = read_contracts(bench.workspace.project)
    return answer.json, contract


MESSY = """\
Numéro;Client;Date d'achat;Prix HT;actif;code;note;note
1;Éva;31/12/2024;12,50;oui;007;a;b
2;Léo;03/04/2025;1234,5;non;012;a;b
3;;17/05/2025;NULL;oui;100;a;b
4;Zoé;soon;7;oui;5;a;b
5;Ann;18/05/2025;8,25;non;6;a
6;Bob;19/05/2025;x;non;7;a;b
"""


def test_a_messy_file_by_hand(tmp_path: Path) -> None:
    bench = project(tmp_path)
    found, contract = written(bench, "Ventes 2025.csv", MESSY.encode("cp1252"))
    assert (contract.name, contract.files) == ("ventes", ("Ventes *.csv",))
    dialect = contract.dialect
    assert (dialect.delimiter, dialect.encoding, dialect.decimal, dialect.null_tokens) == (
        ";",
        "cp1252",
        ",",
        ("", "NULL"),
    )
    kinds = {column.name: (column.type.value, column.aliases, column.required) for column in contract.columns}
    assert kinds == {
        "numero": ("integer", ("Numéro",), True),
        "Client": ("string", (), False),
        "date_d_achat": ("date", ("Date d'achat",), True),
        "prix_ht": ("number", ("Prix HT",), False),
        "actif": ("boolean", (), True),
        "code": ("string", (), True),
    }
    assert contract.primary_key == ("numero",)
    assert contract.column("date_d_achat").formats == ("dd/MM/yyyy",)
    assert contract.column("prix_ht").decimal == (10, 2)
    assert contract.column("actif").true_values == ("oui",)
    evidence = {one["name"]: " ".join(one["evidence"]) for one in found["columns"]}
    assert 'of 5 values are dd/MM/yyyy, 1 is not: "soon"' in evidence["date_d_achat"]
    assert "03/04/2025 could be either; 3 values with a day above 12 say day first" in evidence["date_d_achat"]
    assert "begin with 0 (007)" in evidence["code"]
    assert any("`note`: a title that comes twice" in note for note in found["notes"])
    assert any("1 line is no record (1 csv.columns), the first is line 6" in note for note in found["notes"])
    assert found["would_quarantine"] == 3
    bench.run()
    assert bench.ledgers("ventes")[1].quarantined == 3
    assert bench.silver("ventes", "numero, prix_ht") == [("1", "12.50"), ("2", "1234.50"), ("3", None)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_and_packings(tmp_path: Path, encoding: str, packed: bool) -> None:
    content = "id,prénom\n1,Éloïse\n2,Zoé\n3,François\n".encode(encoding)
    bench = project(tmp_path)
    name = "gens.csv.gz" if packed else "gens.csv"
    found, _contract = written(bench, name, gzip.compress(content) if packed else content)
    bench.run()
    assert (found["would_quarantine"], bench.silver("gens", "id, prenom")[0]) == (0, ("1", "Éloïse"))


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (None, 2, "is not there"),
        (b"", 1, "is empty: there is nothing to propose from"),
        (b"\n \n", 1, "is empty"),
        (b"\x89PNG\r\n\x1a\n", 1, "begins like a PNG picture"),
        (bytes(range(256)) * 20, 1, "is no text"),
        (b'{"a": 1}\n', 1, "looks like JSON"),
        (b"<html>\n", 1, "looks like XML or HTML"),
        (b"a,a\n1,2\n", 1, "no column of x.csv has a title of its own"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes | None, code: int, words: str) -> None:
    path = tmp_path / "x.csv"
    if content is not None:
        path.write_bytes(content)
    answer = dataspark("scan", path, project=tmp_path)
    assert (answer.code, answer.out, words in answer.err) == (code, "", True), answer.err


def test_write_refuses_what_is_there_and_needs_a_project(tmp_path: Path, fresh: Path) -> None:
    other = tmp_path / "magasins.csv"
    other.write_text("id\n1\n")
    assert "is no project" in dataspark("scan", other, "--write", project=tmp_path).err
    assert dataspark("scan", other, project=tmp_path).code == 0
    assert "already" in dataspark("scan", fresh / "data/sources/ventes.csv", "--write", project=fresh).err
    assert dataspark("scan", other, "--write", project=fresh).code == 0
    kept = (fresh / "contracts/magasins.odcs.yaml").read_text()
    again = dataspark("scan", other, "--write", project=fresh)
    assert (again.code, (fresh / "contracts/magasins.odcs.yaml").read_text()) == (2, kept)
    assert "is no name of a table" in dataspark("scan", other, "--name", "A b").err


def test_a_file_in_a_folder_is_found_by_a_run(tmp_path: Path) -> None:
    bench = project(tmp_path)
    _found, contract = written(bench, "export/ventes_2025.csv", b"id,nom\n1,Ada\n2,Bob\n")
    assert contract.files == ("export/ventes_*.csv",)
    bench.run()
    assert bench.ledgers("ventes")[1].accepted == 2


def test_a_foreign_key_and_valid_values_are_suggested_only(own: Path) -> None:
    (own / "contracts/achats.odcs.yaml").unlink()
    said = dataspark("scan", own / "data/sources/achats.csv", project=own).out
    assert "# could say: relationships: [{to: clients.id_client}]" in said
    assert "# could say: enum: [" in said


DAYS = st.dates().filter(lambda day: day.year > 999)
COLUMNS = {
    "whole": st.integers(-(10**6), 10**6).map(str),
    "money": st.decimals(-9999, 9999, places=2).map(str),
    "day": DAYS.map(lambda day: f"{day:%d/%m/%Y}"),
    "iso": DAYS.map(lambda day: f"{day:%Y-%m-%d}"),
    "moment": st.datetimes().filter(lambda at: at.year > 999).map(lambda at: f"{at:%Y-%m-%d %H:%M:%S}"),
    "word": st.text("abé ,;'\"x-", max_size=6),
    "flag": st.sampled_from(["oui", "non"]),
    "code": st.integers(0, 999).map(lambda number: f"{number:03d}"),
}
JUNK = ["", "", "?", "soon", "NULL", "1,2", "12/31/2024", "99999999999999999999"]


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, str, list[list[str]]]:
    """(delimiter, decimal mark, header and rows) of a file that is mostly what it seems, with some junk in it."""
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=2, max_size=5, unique=True))
    delimiter = draw(st.sampled_from(",;\t|"))
    mark = draw(st.sampled_from(".,"))
    rows = []
    for number in range(draw(st.integers(5, 25))):
        row = [draw(COLUMNS[name]) for name in names]
        if mark == "," and "money" in names:
            row[names.index("money")] = row[names.index("money")].replace(".", ",")
        if draw(st.integers(0, 7)) == 0:
            row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from(JUNK))
        rows.append([str(number), *row])
    return delimiter, mark, [["id", *names], *rows]


@settings(max_examples=25)
@given(tables())
def test_a_run_rejects_what_the_scan_said_and_no_more(table: tuple[str, str, list[list[str]]]) -> None:
    delimiter, _mark, records = table
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(records)
    with tempfile.TemporaryDirectory() as folder:
        bench = project(Path(folder))
        found, contract = written(bench, "t.csv", out.getvalue().encode())
        bench.run()
        ledger = bench.ledgers("t")[1]
    assert found["rows"] == ledger.read == len(records) - 1
    assert found["would_quarantine"] == ledger.quarantined
    assert (found["would_collapse"], found["would_supersede"]) == (ledger.duplicates, ledger.superseded)
    codes = {code for code in ledger.reasons if ledger.reasons[code]}
    assert all(code.endswith(".type") for code in codes)
    for code in codes:  # a type that most values do not have would be no type to propose
        assert ledger.reasons[code] <= max(1, 0.1 * ledger.read)
    for index, name in enumerate(records[0]):
        values = [row[index].strip(" ") for row in records[1:]]
        column = contract.column(name)
        required = any(rule.kind is RuleKind.REQUIRED for rule in column.rules)
        assert required == all(value not in column_nulls(contract) for value in values) or name == "id"
        if name == "code" and any(value.startswith("0") and len(value) > 1 for value in values):
            assert column.type is LogicalType.STRING


def column_nulls(contract: Any) -> set[str]:
    return set(contract.dialect.null_tokens)


@pytest.mark.parametrize("content", ["id,no,true,y\n1,a,b,c\n2,d,e,f\n", "id,no\n", "no\u2028,x\u0085y\n1,2\n"])
def test_names_that_yaml_reads_as_something_else_and_files_without_rows(tmp_path: Path, content: str) -> None:
    bench = project(tmp_path)
    found, contract = written(bench, "t.csv", content.encode())
    assert len(contract.columns) == len(content.splitlines()[0].split(",")) or "\u2028" in content
    bench.run()
    assert bench.ledgers("t")[1].quarantined == found["would_quarantine"] == 0
