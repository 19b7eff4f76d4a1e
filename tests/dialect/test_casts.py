"""Raw texts as values: the form for engines that work row by row says the same as the one for columns, on both engines.

What a CASE has seen of a text spares Spark the question how DuckDB reads it; so every text here is one that the engines'
own casts may read differently, and that only nearly has the shape which is asked for.
"""

from __future__ import annotations

import pytest

from dataspark.contracts.contract import Column, Contract, Dialect, LogicalType, Rule, RuleKind
from dataspark.sql.casts import Casts
from dataspark.sql.text import name, text
from dialect.engines import Engines

TEXTS = [
    *(
        "",
        " ",
        "0",
        "-0",
        "+0",
        "00",
        "007",
        "1",
        "-3",
        "+7",
        " 12",
        "12 ",
        "\t12\u00a0",
        "1_000",
        "0x1F",
        "0b11",
        "1d",
    ),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "12345678901234567890123", "\u0661\u0662"),
    *(
        "1.0",
        "1.",
        ".5",
        "12.50",
        "12.5",
        "12.505",
        "12.495",
        "-12.50",
        "+12.50",
        "012.50",
        "1e2",
        "1E-7",
        "1e400",
        "0.00",
    ),
    *(
        "0.0000001",
        "999.994",
        "999.995",
        "9999999999.99",
        "99999999999.99",
        "inf",
        "-Infinity",
        "nan",
        "1,5",
        "1.234,5",
    ),
    *("2024-02-29", "2023-02-29", "2024-2-3", "0000-01-01", "9999-12-31", "10000-01-01", "2024-02-29 ", " 2024-02-29"),
    *("2024-02-29x", "2024/02/29", "29/02/2024", "20240229", "2024-13-05", "2024-05-13", "epoch", "infinity", "today"),
    *(
        "2024-02-29 10:20:30",
        "2024-02-29T10:20:30",
        "2024-02-29 24:00:00",
        "2024-02-29 23:59:60",
        "2024-02-29 25:00:00",
    ),
    *(
        "2024-02-29 10:20:3 ",
        "2024-02-3 ",
        "2024-02-29 10:20",
        "2024-02-29 10:20:30.5",
        "2024-02-29 10:20:30Z",
        "2024-02-30 10:20:30",
    ),
    *(
        "2024-02-29 10:20:30+02",
        "29/02/2024 10:20:30",
        "2024-13-05 10:20:30",
        "10:20",
        "10:20:30.5",
        "true",
        "N/A",
        "x",
    ),
]
COLUMNS = [
    Column("c", LogicalType.STRING),
    Column("c", LogicalType.STRING, trim=False),
    Column("c", LogicalType.INTEGER),
    Column("c", LogicalType.NUMBER),
    Column("c", LogicalType.NUMBER, decimal=(12, 2)),
    Column("c", LogicalType.NUMBER, decimal=(10, 7)),
    Column("c", LogicalType.BOOLEAN),
    Column("c", LogicalType.DATE),
    Column("c", LogicalType.DATE, formats=("yyyy-MM-dd", "yyyy-dd-MM")),
    Column("c", LogicalType.DATE, formats=("iso", "dd/MM/yyyy")),
    Column("c", LogicalType.TIMESTAMP),
    Column("c", LogicalType.TIMESTAMP, formats=("yyyy-MM-dd HH:mm:ss", "yyyy-dd-MM HH:mm:ss")),
    Column("c", LogicalType.TIMESTAMP, formats=("iso", "dd/MM/yyyy HH:mm:ss")),
]


def query(column: Column, dialect: Dialect, timezone: str, by_row: bool) -> str:
    contract = Contract(
        "t",
        (Column("c", column.type, rules=(Rule("c.type", RuleKind.TYPE, "c"),)),),
        dialect=dialect,
        timezone=timezone,
    )
    rows = ", ".join(f"({number}, {text(value)})" for number, value in enumerate(TEXTS))
    made = f"SELECT n, v AS {name('r.c')} FROM (VALUES {rows}) AS t(n, v)"
    casts = Casts(contract, by_row)
    for called, expression in casts.steps(column).items():
        made = f"SELECT *, {expression} AS {name(called)} FROM ({made})"
    return f"SELECT n, c, {casts.empty(column)} AS empty FROM ({made}) ORDER BY n"


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: f"{c.type}{c.decimal or ''}{c.formats or ''}{c.trim}")
@pytest.mark.parametrize(
    ("dialect", "timezone"),
    [(Dialect(), "UTC"), (Dialect(decimal=",", null_tokens=("N/A", "0", "12.50", "2024-02-29")), "Europe/Paris")],
    ids=["plain", "odd"],
)
def test_both_forms_on_both_engines(engines: Engines, column: Column, dialect: Dialect, timezone: str) -> None:
    rows, columns = (query(column, dialect, timezone, by_row) for by_row in (True, False))
    assert engines.duck.execute(rows).fetchall() == engines.duck.execute(columns).fetchall()
    assert engines.difference(rows) == ""


def test_what_was_seen_of_a_text_is_believed_of_that_text_alone(engines: Engines) -> None:
    """`1_000` and ` 7` are numbers for DuckDB: they must not be read by Spark's own cast because another text is plain."""
    texts = "(VALUES ('5', '1_000'), ('x', ' 7'), ('6', '0x10')) AS t(a, b)"
    for shape in ("regexp_full_match({}, '[+-]?[0-9]+')", "CAST(TRY_CAST({0} AS BIGINT) AS VARCHAR) = {0}"):
        condition = shape.format("a")
        seen = f"CASE WHEN {condition} THEN TRY_CAST(b AS BIGINT) END"
        negated = f"CASE WHEN NOT {condition} THEN TRY_CAST(b AS BIGINT) END"
        other = f"CASE WHEN {condition} OR b > '' THEN TRY_CAST(b AS BIGINT) ELSE TRY_CAST(b AS INTEGER) END"
        unlike = f"CASE WHEN {shape.format('b')} THEN 1 ELSE TRY_CAST(b AS BIGINT) END"
        assert engines.difference(f"SELECT a, b, {seen}, {negated}, {other}, {unlike} FROM {texts} ORDER BY a") == ""
