"""What the columns of a table look like: one scan a table, helped by what its log says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataspark.pipeline.ports import Bounds, Engine
from dataspark.sql import profiles as sql
from dataspark.sql.profiles import BINS, Bins, Kind
from dataspark.sql.text import name
from dataspark.tables import TableRef

EXACT_UP_TO = 1_000_000
"""Rows up to which different values are counted one by one; above they are estimated (HyperLogLog, about 2 %)."""
_LONGEST = 200
"""Characters of a text that a profile keeps."""


@dataclass(frozen=True)
class Subject:
    """A table to profile."""

    table: TableRef
    version: int
    rows: int
    hidden: frozenset[str] = frozenset()
    """Columns whose values may not be shown: classified ones."""
    unique: frozenset[str] = frozenset()
    """Columns that are known to hold no value twice."""


@dataclass(frozen=True)
class ColumnProfile:
    """One column of one version of a table."""

    column: str
    type: str
    """Its SQL type."""
    rows: int
    nulls: int
    distinct: int | None
    exact: bool
    """Whether `distinct` was counted; else it is an estimate."""
    minimum: str | None = None
    maximum: str | None = None
    mean: float | None = None
    bins: tuple[str, ...] = ()
    """Of numbers, dates and moments the lower edges of equally wide bins; else the most frequent values."""
    bin_rows: tuple[int, ...] = ()


@dataclass
class _Asked:
    """What one SELECT is asked about one column: what → SQL, and then what → answer."""

    column: str
    type: str
    kind: Kind
    known: Bounds
    hidden: bool
    bins: Bins | None = None
    sql: dict[str, str] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)


def profile(run: Engine, subject: Subject) -> list[ColumnProfile]:
    """The profile of every column of a table. The position of rows (`_file`, `_line`) is none."""
    run.bind(subject.table, subject.version)
    logged = run.bounds(subject.table, subject.version)
    described = run.columns(f"SELECT * FROM {subject.table}")
    asked = [_ask(column, kind, logged, subject) for column, kind in described if not column.startswith("_")]
    _answer(run, subject.table, asked)
    for one in asked:
        one.sql = _second(one, subject.rows)
    _answer(run, subject.table, asked)
    return [_profile(one, subject.rows) for one in asked]


def _ask(column: str, type_: str, logged: Mapping[str, Bounds], subject: Subject) -> _Asked:
    kind, known = sql.kind_of(type_), logged.get(column, Bounds(None, None, None))
    one = _Asked(column, type_, kind, known, column in subject.hidden)
    if known.nulls is None:
        one.sql["nulls"] = f"count(*) - count({name(column)})"
    if kind is Kind.OTHER:
        return one
    if not one.hidden:
        one.sql |= _described(one)
    told_by_bins = "bins" in one.sql and (one.bins is None or one.bins.single)
    if subject.rows and column not in subject.unique and not told_by_bins:
        one.sql["distinct"] = sql.distinct(column, subject.rows <= EXACT_UP_TO)
    return one


def _described(one: _Asked) -> dict[str, str]:
    """What shows values: not asked of a classified column."""
    asked: dict[str, str] = {}
    if one.known.minimum is None:
        asked["minimum"] = f"min({name(one.column)})"
        asked["maximum"] = f"max({name(one.column)})"
    if one.kind is Kind.NUMBER:
        asked["mean"] = f"CAST(avg({name(one.column)}) AS DOUBLE)"
    if one.kind is Kind.BOOLEAN:
        asked["bins"] = f"histogram({sql.text_of(name(one.column))})"
    elif one.kind is not Kind.TEXT and one.known.minimum is not None:
        asked |= _binned(one, one.known.minimum, one.known.maximum)
    return {what: sql.text_of(query) if what in ("minimum", "maximum") else query for what, query in asked.items()}


def _binned(one: _Asked, low: Any, high: Any) -> dict[str, str]:
    one.bins = Bins.between(one.kind, low, high, one.type)
    return {"bins": f"histogram({one.bins.number(one.column)})"} if one.bins else {}


def _second(one: _Asked, rows: int) -> dict[str, str]:
    """What could only be asked once the first answers were there: texts that are few, numbers without logged bounds."""
    if one.hidden or not rows:
        return {}
    if one.kind is Kind.TEXT and 0 < one.found.get("distinct", BINS + 1) <= BINS:
        return {"bins": f"histogram({name(one.column)})"}
    if one.kind is Kind.NUMBER and one.bins is None and one.found.get("minimum") is not None:
        return _binned(one, float(one.found["minimum"]), float(one.found["maximum"]))
    return {}


def _answer(run: Engine, table: TableRef, asked: Sequence[_Asked]) -> None:
    wanted = [(one, what, query) for one in asked for what, query in one.sql.items()]
    if not wanted:
        return
    (row,) = run.rows(f"SELECT {', '.join(query for _one, _what, query in wanted)} FROM {table}")
    for (one, what, _query), value in zip(wanted, row, strict=True):
        one.found[what] = value


def _profile(one: _Asked, rows: int) -> ColumnProfile:
    nulls = one.known.nulls if one.known.nulls is not None else one.found["nulls"]
    estimated = "distinct" in one.found and rows > EXACT_UP_TO
    found = ColumnProfile(one.column, one.type, rows, nulls, _distinct(one, rows - nulls), not estimated)
    return found if one.hidden else _with_values(found, one)


def _distinct(one: _Asked, filled: int) -> int | None:
    if one.kind is Kind.OTHER:
        return None
    if "distinct" in one.found:
        return min(int(one.found["distinct"]), filled)
    return len(one.found["bins"] or ()) if one.kind is Kind.BOOLEAN or (one.bins and one.bins.single) else filled


def _with_values(found: ColumnProfile, one: _Asked) -> ColumnProfile:
    low, high = (
        sql.shown(logged if logged is not None else one.found.get(what))
        for what, logged in (("minimum", one.known.minimum), ("maximum", one.known.maximum))
    )
    bins, rows = _histogram(one.bins, one.found.get("bins") or {})
    return ColumnProfile(
        found.column,
        found.type,
        found.rows,
        found.nulls,
        found.distinct,
        found.exact,
        low and low[:_LONGEST],
        high and high[:_LONGEST],
        _finite(one.found.get("mean")),
        tuple(label[:_LONGEST] for label in bins),
        rows,
    )


def _finite(mean: float | None) -> float | None:
    return mean if mean is not None and math.isfinite(mean) else None


def _histogram(bins: Bins | None, counted: Mapping[Any, int]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    if bins:
        numbers = range(bins.count)
        return tuple(bins.label(n) for n in numbers), tuple(counted.get(n, 0) for n in numbers)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], str(item[0])))[:BINS]
    return tuple(str(value) for value, _rows in ordered), tuple(rows for _value, rows in ordered)
