"""What a column's values say about its type; a sample judges a value as the engine does."""

from __future__ import annotations

from collections import Counter

import pytest

from dataspark.contracts.contract import Column, Contract, Dialect, LogicalType, Rule, RuleKind
from dataspark.inference.dialects import has_header, sniff
from dataspark.inference.guessing import counted, guess
from dataspark.inference.titles import column_names, table_name
from dataspark.inference.values import fits
from dataspark.sql.casts import Casts
from dataspark.sql.text import name, text
from workbench import _session


@pytest.mark.parametrize(
    ("values", "kind", "formats"),
    [
        ("1 2 -3", "integer", ()),
        ("1 2 3 4 x", "integer", ()),
        ("1 2 x y", "string", ()),
        ("007 12 13", "string", ()),
        ("+33612345678 +33712345678", "string", ()),
        ("12345678901234567890 1", "string", ()),
        ("1.5 2 3.25", "number", ()),
        ("true false TRUE", "boolean", ()),
        ("oui non", "boolean", ()),
        ("0 1 1", "integer", ()),
        ("f m", "string", ()),
        ("2025-01-31 2024-02-29", "date", ()),
        ("31/01/2025 03/04/2025", "date", ("dd/MM/yyyy",)),
        ("01/31/2025 03/04/2025", "date", ("MM/dd/yyyy",)),
        ("3/4/2025 13/12/2025", "date", ("d/M/yyyy",)),
        ("2025-01-31 31/01/2025 30/01/2025", "date", ("dd/MM/yyyy", "iso")),
        ("2025-01-31T10:00:00Z 2025-01-31", "timestamp", ()),
        ("31.01.2025T10:00 30.01.2025T09:30", "timestamp", ("dd.MM.yyyy'T'HH:mm",)),
        ("20250131 20240229 20231231", "date", ("yyyyMMdd",)),
        ("20250131 20240229 20231399", "integer", ()),
        ("9:30 10:00", "time", ("H:mm",)),
        ("31/01/25 30/01/25", "string", ()),
    ],
)
def test_types_and_formats(values: str, kind: str, formats: tuple[str, ...]) -> None:
    found = guess("x", counted(values.split()))
    assert (found.column.type.value, found.column.formats) == (kind, formats)


def test_the_order_of_day_and_month_is_told() -> None:
    said = " ".join(guess("x", counted(["03/04/2025", *(f"{day}/05/2025" for day in range(13, 30))])).evidence)
    assert "03/04/2025 could be either; 17 values with a day above 12 say day first" in said
    assert "is a guess" in " ".join(guess("x", counted(["03/04/2025", "05/06/2025"])).evidence)
    both = " ".join(guess("x", counted(["13/04/2025", "14/04/2025", "04/13/2025", "15/04/2025"])).evidence)
    assert "3 values say day first, but 1 month first" in both


def test_null_words_are_no_misfits_and_decimals_have_room() -> None:
    found = guess("x", counted(["12,50", "1234,5", "NA", "-", ""]), ",")
    assert (found.column.decimal, found.null_words) == ((10, 2), {"NA", "-"})
    assert guess("x", counted(["1.123456789", "2.5"])).column.decimal is None


TEXTS = [
    "", "1", "-3", "+7", "1.0", "1e3", "1_000", " 12 ", "9223372036854775807", "9223372036854775808", "0.005", "999.994",
    "999.995", "1000", "-999.99", "1,5", "inf", "nan", "5.", ".5", "1e400", "yes", "Y", "0", "oui", "2025-02-28",
    "2025-02-30", "2025-2-3", "0000-01-01", "28/02/2025", "8/2/2025", "30/02/2025", "2025-01-01 10:00", "2025-01-01T10:00:61",
    "2025-01-01T10:00:00.123Z", "2025-01-01T10:00:00+02", "10:00", "25:00", "10:00:00.5", "20250228", "x",
]  # fmt: skip
COLUMNS = [
    Column("c", LogicalType.INTEGER), Column("c", LogicalType.NUMBER), Column("c", LogicalType.NUMBER, decimal=(5, 2)),
    Column("c", LogicalType.BOOLEAN), Column("c", LogicalType.BOOLEAN, true_values=("oui",), false_values=("non",)),
    Column("c", LogicalType.DATE), Column("c", LogicalType.DATE, formats=("dd/MM/yyyy", "iso")),
    Column("c", LogicalType.DATE, formats=("d/M/yyyy", "yyyyMMdd")), Column("c", LogicalType.TIMESTAMP),
    Column("c", LogicalType.TIME),
]  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: f"{c.type}{c.decimal or ''}{c.formats or ''}")
@pytest.mark.parametrize("by_row", [False, True])
@pytest.mark.parametrize("decimal", [".", ","])
def test_a_sample_judges_as_the_engine_does(column: Column, decimal: str, by_row: bool) -> None:
    dialect = Dialect(decimal=decimal)
    contract = Contract("t", (Column("c", column.type, rules=(Rule("c.type", RuleKind.TYPE, "c"),)),), dialect=dialect)
    rows = ", ".join(f"({text(value)})" for value in TEXTS)
    query = f"SELECT v AS {name('r.c')}, v FROM (VALUES {rows}) AS t(v)"
    for called, expression in Casts(contract, by_row).steps(column).items():
        query = f"SELECT *, {expression} AS {name(called)} FROM ({query})"
    engine = {row[0] for row in _session(()).rows(f"SELECT v FROM ({query}) WHERE c IS NOT NULL")}
    fit = fits(column, dialect)
    assert {value for value in TEXTS if value.strip() and fit(value.strip())} == engine


@pytest.mark.parametrize(
    ("content", "delimiter", "quote", "escape"),
    [
        ("a;b;c\n1,5;x;2\n", ";", '"', '"'),
        ("a\tb\n1,2\t3\n", "\t", '"', '"'),
        ('a|b\n"x | y"|1\n', "|", '"', '"'),
        ("a,b\n'x','y, z'\n'u','v'\n", ",", "'", "'"),
        ('a,b\n"x \\"q\\" y",1\n', ",", '"', "\\"),
        ('a,b\n"x ""q"" y",1\n', ",", '"', '"'),
        ('a,b\n"one\ntwo, three",1\nx,2\n', ",", '"', '"'),
    ],
)
def test_dialects(content: str, delimiter: str, quote: str, escape: str) -> None:
    found = sniff(content).dialect
    assert (found.delimiter, found.quote, found.escape) == (delimiter, quote, escape)


def test_headers() -> None:
    assert has_header([["id", "nom"], ["1", "x"]])[0]
    assert has_header([["nom", "ville"], ["Ada", "Lyon"]])[0]
    assert not has_header([["1", "Lyon"], ["2", "Paris"]])[0]
    assert not has_header([["Lyon", "x"], ["Lyon", "y"]])[0]


def test_names() -> None:
    header = ["id", "Prix HT", "prix_ht", "a", "A", "", "as_of", "1er", "_x"]
    found = column_names(header)
    assert found.names == ("id", "prix_ht_2", "prix_ht", None, None, None, "as_of_2", "c_1er", "x")
    assert (found.twice, found.empty) == (("a", "A"), 1)
    assert table_name("achats-2025-01.csv.gz") == ("achats", "achats-*.csv.gz")
    assert table_name("Ventes 2025.tsv") == ("ventes", "Ventes *.tsv")


def test_a_boolean_needs_both_words() -> None:
    assert guess("x", Counter({"oui": 9})).column.type is LogicalType.STRING
