"""Every expression and every query of the files beside this one: the same values, of the same types, on both engines.

A file of `expressions` has one a line, over the table that its first line names; a file of `queries` has whole queries.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dialect.engines import HERE, Engines

EXPRESSIONS = sorted((HERE / "expressions").glob("*.sql"))
QUERIES = sorted((HERE / "queries").glob("*.sql"))
AT_ONCE = 24
"""Expressions in one query."""


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and not line.startswith("--")]


@pytest.mark.parametrize("path", EXPRESSIONS, ids=lambda path: path.stem)
def test_expressions(engines: Engines, path: Path) -> None:
    table = path.read_text().splitlines()[0].removeprefix("-- from: ")
    listed = lines(path)
    different = []
    for start in range(0, len(listed), AT_ONCE):
        different += engines.different(listed[start : start + AT_ONCE], table)
    assert not different, "\n".join(different)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_queries(engines: Engines, path: Path) -> None:
    found = [(query, engines.difference(query)) for query in lines(path)]
    different = [f"{query}  →  {how}" for query, how in found if how]
    assert not different, "\n".join(different)


@pytest.mark.parametrize("line", lines(HERE / "failures.sql"))
def test_what_stops_one_engine_stops_the_other(engines: Engines, line: str) -> None:
    table, _, expression = line.partition(": ")
    assert engines.stops(f"SELECT {expression} AS x FROM {table}") == (True, True)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT sum(b::HUGEINT * 1000000000) AS s FROM t WHERE k = 6",
        "SELECT sum(x) AS s FROM (VALUES (9223372036854775807), (1)) v(x)",
        "SELECT range(DATE '2024-01-31', DATE '2024-05-01', INTERVAL 1 MONTH) AS r",
    ],
)
def test_what_spark_cannot_hold_stops_it(engines: Engines, query: str) -> None:
    assert engines.stops(query) == (False, True)
