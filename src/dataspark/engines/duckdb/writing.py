"""Query → Parquet files with their statistics. The commit that makes them a version is `lake/delta.py`'s."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from dataspark.engines.duckdb.session import Session
from dataspark.errors import WorldError
from dataspark.lake.delta import DataFile, Field
from dataspark.lake.storage import Area
from dataspark.lake.types import stored_fields, stored_type
from dataspark.sql.text import name, text

_LONGEST_BOUND = 32
"""Characters up to which a text bound goes into the log; a longer one is left out."""


def storable(session: Session, query: str) -> tuple[str, list[Field]]:
    """The query with every column in a type that a Delta table has, and those types.

    Raises EngineError for a type that has no such form.
    """
    columns = session.columns(query)
    fields = stored_fields(columns)
    if all(stored_type(kind) == kind for _column, kind in columns):
        return query, fields
    casts = (f"CAST({name(column)} AS {stored_type(kind)}) AS {name(column)}" for column, kind in columns)
    return f"SELECT {', '.join(casts)} FROM ({query})", fields


def write_parquet(session: Session, query: str, area: Area, folder: str, fields: Sequence[Field]) -> DataFile:
    """Write a query to one new Parquet file in a table's folder, which no reader sees yet."""
    area.prepare(folder)
    made = f"part-{uuid.uuid4().hex}.parquet"
    target = f"{folder}/{made}"
    try:
        written = session.rows(f"COPY ({query}) TO {text(area.location(target))} (FORMAT parquet, RETURN_STATS)")
        _file, rows, size, _footer, statistics, _keys = written[0]
    except BaseException:
        with suppress(WorldError):  # the first error is the one to tell
            area.delete([target])
        raise
    minimum, maximum, nulls = _bounds(statistics, {field.name: field.type for field in fields})
    return DataFile(made, size, rows, minimum, maximum, nulls)


def _bounds(statistics: Mapping[str, Mapping[str, str]], types: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    minimum: dict[str, Any] = {}
    maximum: dict[str, Any] = {}
    nulls: dict[str, Any] = {}
    for quoted, known in statistics.items():
        column = quoted[1:-1].replace('""', '"')
        if types.get(column) is None:  # a part of a nested column
            continue
        nulls[column] = int(known.get("null_count", 0))
        bounds = [bound(known.get(side), types[column]) for side in ("min", "max")]
        if None not in bounds:
            minimum[column], maximum[column] = bounds
    return minimum, maximum, nulls


def bound(shown: str | None, kind: str) -> Any:
    """A bound as the Delta protocol writes it in JSON; None where it has none."""
    if shown is None:
        return None
    if kind in ("byte", "short", "integer", "long"):
        return int(shown)
    if kind.startswith("decimal"):
        return json.loads(shown)
    if kind == "timestamp":
        return shown.replace(" ", "T").replace("+00", "Z")
    if kind == "date":
        return shown
    if kind == "string" and len(shown) < _LONGEST_BOUND:
        return shown
    return None
