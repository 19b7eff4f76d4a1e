"""The footers of Parquet files, read without a row: bounds are compared as values, over all groups of rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dataspark.engines.duckdb.footers import Footer, footers
from dataspark.engines.duckdb.session import Session
from dataspark.lake.delta import Field
from dataspark.project import EngineSettings

GROUPS = "FORMAT parquet, ROW_GROUP_SIZE 2048"


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    session = Session(EngineSettings(threads=1))
    yield session
    session.close()


def footer(session: Session, path: Path, query: str, *fields: tuple[str, str]) -> Footer:
    session.run(f"COPY ({query}) TO '{path}' ({GROUPS})")
    return footers(session, [str(path)], [Field(*field) for field in fields])[str(path)]


def test_bounds_are_those_of_all_groups(session: Session, tmp_path: Path) -> None:
    found = footer(
        session,
        tmp_path / "é #1.parquet",
        "SELECT n, 9 - n AS falling, CAST(n / 8 AS DECIMAL(9, 3)) AS d, 't' || n AS t, DATE '2024-01-01' + n::INT AS day, "
        "TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_milliseconds(500 * n) AS at, n > 5 AS b FROM range(10000) AS r(n)",
        *(("n", "long"), ("falling", "long"), ("d", "decimal(9,3)"), ("t", "string")),
        *(("day", "date"), ("at", "timestamp"), ("b", "boolean")),
    )
    assert found.rows == 10_000
    assert found.minimum == {
        "n": 0,
        "falling": -9990,
        "d": 0.0,
        "t": "t0",
        "day": "2024-01-01",
        "at": "2024-01-01T00:00:00Z",
    }
    # As texts, 999 would be the largest, and the last half second would come before the second that it is in.
    assert found.maximum == {
        "n": 9999,
        "falling": 9,
        "d": 1249.875,
        "t": "t9999",
        "day": "2051-05-18",
        "at": "2024-01-01T01:23:19.5Z",
    }
    assert found.nulls == dict.fromkeys(("n", "falling", "d", "t", "day", "at", "b"), 0)


def test_a_group_of_nulls_hides_no_bound(session: Session, tmp_path: Path) -> None:
    query = "SELECT CASE WHEN n >= 4096 THEN n END AS some, CAST(NULL AS VARCHAR) AS none FROM range(6144) AS r(n)"
    found = footer(session, tmp_path / "nulls.parquet", query, ("some", "long"), ("none", "string"))
    assert (found.minimum, found.maximum) == ({"some": 4096}, {"some": 6143})
    assert found.nulls == {"some": 4096, "none": 6144}


def test_long_texts_and_lists_have_no_bounds(session: Session, tmp_path: Path) -> None:
    query = "SELECT repeat('x', 40) AS long, ['a', NULL] AS list, CAST('nan' AS DOUBLE) AS f"
    found = footer(
        session, tmp_path / "odd.parquet", query, ("long", "string"), ("list", "array<string>"), ("f", "double")
    )
    assert (found.minimum, found.maximum, found.nulls) == ({}, {}, {"long": 0, "f": 0})


def test_of_no_files_nothing_is_asked(session: Session) -> None:
    assert footers(session, [], [Field("a", "long")]) == {}
