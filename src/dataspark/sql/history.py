"""Questions to `quality.counts`: what came with each run."""

from __future__ import annotations

from collections.abc import Iterable

from dataspark.sql.text import ALWAYS, text

COUNTS = "quality.counts"
PROFILES = "quality.profiles"


def arrivals(table: str, newest: int) -> str:
    """The newest runs that had new files of a table, newest first: (run, rows read from those files)."""
    return (
        f"SELECT run, sum(rows) AS arrived FROM ({_first_ledgers(table)}) "
        f"WHERE kind = 'outcome' AND code = 'read' GROUP BY run ORDER BY run DESC LIMIT {newest}"
    )


def batches(table: str, newest: int) -> str:
    """What became of the rows of new files, in the newest runs that had some, oldest first.

    (run, started, as of, files, kind, code, rows), moments as text; a file counts as it was judged when it came.
    """
    first = _first_ledgers(table)
    runs = f"SELECT DISTINCT run FROM ({first}) ORDER BY run DESC LIMIT {newest}"
    return (
        "SELECT run, CAST(min(started) AS VARCHAR), CAST(min(as_of) AS VARCHAR), count(DISTINCT sha256), kind, code, "
        f"CAST(sum(rows) AS BIGINT) FROM ({first}) WHERE run IN ({runs}) GROUP BY run, kind, code ORDER BY run, kind, code"
    )


def _first_ledgers(table: str) -> str:
    """Each file's ledger as it was recorded first. Names of runs sort by time."""
    rows = f"SELECT * FROM {COUNTS} WHERE table_name = {text(table)}"
    return f"SELECT * FROM ({rows}) QUALIFY run = min(run) OVER (PARTITION BY sha256)"


PROFILE_FIELDS = {
    "column": "column_name",
    "type": "type",
    "rows": "rows",
    "nulls": "nulls",
    "distinct": "distinct_values",
    "exact": "exact",
    "minimum": "minimum",
    "maximum": "maximum",
    "mean": "mean",
    "bins": "bins",
    "bin_rows": "bin_rows",
}
"""What a column's profile is called in the pipeline → in `quality.profiles`."""

PROFILED_VALUES = ("minimum", "maximum", "mean", "bins", "bin_rows")
"""The columns of `quality.profiles` that tell of values."""


def profiles_but_of(columns: Iterable[str]) -> str:
    """The condition for rows of `quality.profiles` that are about other columns than these (`silver.clients.pays`)."""
    known = ", ".join(map(text, columns))
    return f"coalesce(table_name || '.' || column_name NOT IN ({known}), true)" if known else ALWAYS


def profiles(table: str, newest: int) -> str:
    """The newest profiles of a table, oldest first, columns in their order: (run, as of, version, the column's profile)."""
    rows = f"SELECT *, row_number() OVER () AS place FROM {PROFILES} WHERE table_name = {text(table)}"
    runs = f"SELECT DISTINCT run FROM ({rows}) ORDER BY run DESC LIMIT {newest}"
    return (
        f"SELECT run, CAST(as_of AS VARCHAR), version, {', '.join(PROFILE_FIELDS.values())} FROM ({rows}) "
        f"WHERE run IN ({runs}) ORDER BY run, place"
    )
