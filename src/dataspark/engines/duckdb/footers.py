"""Parquet files that somebody else wrote → what their footers say. Not a row is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataspark.engines.duckdb.session import Session
from dataspark.engines.duckdb.writing import bound
from dataspark.lake.delta import Field
from dataspark.lake.types import sql_type
from dataspark.sql.text import text

_BOUNDED = ("byte", "short", "integer", "long", "decimal", "timestamp", "date", "string")
"""The beginnings of the Delta types that have bounds in the log."""


@dataclass(frozen=True)
class Footer:
    """What the footer of one file says, in the words of the Delta log."""

    rows: int
    minimum: dict[str, Any] = field(default_factory=dict)
    """Column → smallest value. Columns without a known one are missing."""
    maximum: dict[str, Any] = field(default_factory=dict)
    nulls: dict[str, int] = field(default_factory=dict)


def footers(session: Session, paths: Sequence[str], fields: Sequence[Field]) -> dict[str, Footer]:
    """Path → what the file's footer says about these columns."""
    if not paths:
        return {}
    listed = f"[{', '.join(map(text, paths))}]"
    rows = dict(session.rows(f"SELECT file_name, num_rows FROM parquet_file_metadata({listed})"))
    found = {path: Footer(int(rows[path])) for path in paths}
    for path, place, low, high, nulls in session.rows(_columns(listed, fields)):
        column, footer = fields[place], found[path]
        if nulls is not None:
            footer.nulls[column.name] = int(nulls)
        bounds = bound(low, column.type), bound(high, column.type)
        if None not in bounds:
            footer.minimum[column.name], footer.maximum[column.name] = bounds
    return found


def _columns(listed: str, fields: Sequence[Field]) -> str:
    """The query for (path, place in `fields`, smallest value, largest value, nulls), over all groups of rows of a file."""
    known = "file_name, path_in_schema, num_values, stats_min_value, stats_max_value, stats_null_count"
    parts = " UNION ALL ".join(_column(place, column) for place, column in enumerate(fields))
    return f"WITH chunks AS MATERIALIZED (SELECT {known} FROM parquet_metadata({listed})) {parts}"


def _column(place: int, column: Field) -> str:
    low, high = _bounds(column)
    return (
        f"SELECT file_name, {place}, {low}, {high}, CAST(sum(stats_null_count) AS BIGINT) "
        f"FROM chunks WHERE path_in_schema = {text(column.name)} GROUP BY file_name"
    )


def _bounds(column: Field) -> Iterator[str]:
    """Values are compared as values. Where one group of rows with a value says nothing, nothing is known of the file."""
    silent = "bool_or(stats_min_value IS NULL AND stats_null_count IS DISTINCT FROM num_values)"
    for side in ("min", "max"):
        if not column.type.startswith(_BOUNDED):
            yield "NULL"
            continue
        value = f"{side}(CAST(stats_{side}_value AS {sql_type(column.type)}))"
        yield f"CASE WHEN NOT {silent} THEN CAST({value} AS VARCHAR) END"
