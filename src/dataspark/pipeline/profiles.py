"""What the columns of a table look like: one scan a table, helped by what its log says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataspark.pipeline.ports import Bounds, Engine
from dataspark.sql import profiles as sql
from dataspark.sql.profiles import BINS, Bins, Kind
from dataspark.sql.text import name
from dataspark.tables import TableRef

EXACT_UP_TO = 200_000
"""Rows up to which all of them are looked at. Above, an excerpt is: a profile should cost little beside the run."""
_PLACES, _EACH = 16, 8_192
"""The places of a table that an excerpt is of, and the rows from each."""
_EXCERPT = "quality__excerpt"
_LONGEST = 200
"""Characters of a text that a profile keeps."""


Classified = Callable[[TableRef, Iterable[str]], frozenset[str]]
"""Those of a table's columns whose values are not for everybody."""


def nothing_classified(table: TableRef, columns: Iterable[str]) -> frozenset[str]:
    """What is hidden of a table where nobody says more: nothing."""
    return frozenset()


@dataclass(frozen=True)
class Subject:
    """A table to profile."""

    table: TableRef
    version: int
    rows: int
    classified: Classified = nothing_classified
    """What of its columns may not be shown."""
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
    """Whether `distinct`, `mean` and `bins` are of all rows; else they are estimated from an excerpt."""
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
    """What may be asked of an excerpt."""
    whole: dict[str, str] = field(default_factory=dict)
    """What must be asked of all rows."""
    found: dict[str, Any] = field(default_factory=dict)


def profile(run: Engine, subject: Subject) -> list[ColumnProfile]:
    """The profile of every column of a table. The position of rows (`_file`, `_line`) is none."""
    run.bind(subject.table, subject.version)
    logged = run.bounds(subject.table, subject.version)
    described = run.columns(f"SELECT * FROM {subject.table}")
    hidden = subject.classified(subject.table, [column for column, _kind in described])
    asked = [
        _ask(column, kind, logged, subject, column in hidden)
        for column, kind in described
        if not column.startswith("_")
    ]
    rows = str(subject.table)
    _answer(run, rows, asked, [one.whole for one in asked])
    if subject.rows > EXACT_UP_TO:
        run.excerpt(_EXCERPT, subject.table, subject.version, _PLACES, _EACH)
        rows = _EXCERPT
    numbers = {number: binned for number, one in enumerate(asked) if (binned := _by_bounds(one))}
    _answer(run, rows, asked, [one.sql for one in asked])
    texts = {number: shown for number, one in enumerate(asked) if (shown := _by_values(one))}
    for groups in (numbers, texts):
        _count(run, rows, asked, groups)
    run.drop([_EXCERPT])
    return [_profile(one, subject.rows) for one in asked]


def _ask(column: str, type_: str, logged: Mapping[str, Bounds], subject: Subject, hidden: bool) -> _Asked:
    kind, known = sql.kind_of(type_), logged.get(column, Bounds(None, None, None))
    one = _Asked(column, type_, kind, known, hidden)
    if known.nulls is None:
        one.whole["nulls"] = f"count(*) - count({name(column)})"
    if kind is Kind.OTHER or not subject.rows:
        return one
    if not one.hidden and known.minimum is None:
        one.whole["minimum"] = sql.text_of(f"min({name(column)})")
        one.whole["maximum"] = sql.text_of(f"max({name(column)})")
    one.sql["looked"] = f"count({name(column)})"
    if column not in subject.unique:
        one.sql["distinct"] = f"count(DISTINCT {name(column)})"
    if not one.hidden and kind is Kind.NUMBER:
        one.sql["mean"] = f"CAST(avg({name(column)}) AS DOUBLE)"
    return one


def _by_bounds(one: _Asked) -> str:
    """The number of each value's bin, for what has bounds.

    Where each bin holds one value, the bins also say how many values there are.
    """
    if one.hidden or not one.sql:
        return ""
    low, high = one.known.minimum, one.known.maximum
    if low is None and one.kind is Kind.NUMBER and one.found.get("minimum") is not None:
        low, high = float(one.found["minimum"]), float(one.found["maximum"])
    if low is None or one.kind in (Kind.TEXT, Kind.BOOLEAN):
        return ""
    one.bins = Bins.between(one.kind, low, high, one.type)
    if one.bins and one.bins.single:
        one.sql.pop("distinct", None)
    return one.bins.number(one.column) if one.bins else ""


def _by_values(one: _Asked) -> str:
    """The values as text of what has only two, and of texts once it is known that they are few."""
    if one.hidden or not one.sql:
        return ""
    if one.kind is Kind.BOOLEAN:
        return sql.text_of(name(one.column))
    few = one.kind is Kind.TEXT and 0 < one.found.get("distinct", BINS + 1) <= BINS
    return name(one.column) if few else ""


def _count(run: Engine, rows: str, asked: Sequence[_Asked], groups: Mapping[int, str]) -> None:
    """Count the rows of each value of some expressions, all of them in one statement: place in `asked` → expression."""
    if not groups:
        return
    counts = (
        f"SELECT {place} AS place, v, count(*) FROM (SELECT {expression} AS v FROM {rows}) WHERE v IS NOT NULL GROUP BY v"
        for place, expression in groups.items()
    )
    for place in groups:
        asked[place].found["bins"] = {}
    for place, value, times in run.rows(" UNION ALL ".join(counts)):
        asked[place].found["bins"][value] = times


def _answer(run: Engine, rows: str, asked: Sequence[_Asked], questions: Sequence[Mapping[str, str]]) -> None:
    """Ask all of it in one SELECT."""
    wanted = [
        (one, what, query) for one, question in zip(asked, questions, strict=True) for what, query in question.items()
    ]
    if not wanted:
        return
    (row,) = run.rows(f"SELECT {', '.join(query for _one, _what, query in wanted)} FROM {rows}")
    for (one, what, _query), value in zip(wanted, row, strict=True):
        one.found[what] = value


def _profile(one: _Asked, rows: int) -> ColumnProfile:
    nulls = one.known.nulls if one.known.nulls is not None else one.found["nulls"]
    distinct, exact = _distinct(one, rows - nulls)
    found = ColumnProfile(one.column, one.type, rows, nulls, distinct, exact and rows <= EXACT_UP_TO)
    return found if one.hidden else _with_values(found, one)


def _distinct(one: _Asked, filled: int) -> tuple[int | None, bool]:
    """How many different values there are, and whether that was counted."""
    looked = one.found.get("looked")
    if one.kind is Kind.OTHER or looked is None:
        return None if one.kind is Kind.OTHER else 0, True
    if "distinct" in one.found:
        seen = one.found["distinct"]
    elif one.bins and one.bins.single:
        seen = len(one.found["bins"] or ())
    else:
        return filled, True
    return (seen, True) if looked == filled else (estimated(seen, looked, filled), False)


def estimated(seen: int, looked: int, filled: int) -> int:
    """How many different values `filled` rows have, of which `looked` have `seen`, if each is as frequent as the others.

    So many values D show D · (1 - e^(-looked / D)) of them; frequent and rare ones together are underestimated.
    """
    if seen >= looked:
        return filled
    low, high = float(seen), float(filled)
    for _ in range(60):
        middle = (low + high) / 2
        shown = -middle * math.expm1(-looked / middle) if middle else 0.0
        low, high = (middle, high) if shown < seen else (low, middle)
    return round(high)


def _with_values(found: ColumnProfile, one: _Asked) -> ColumnProfile:
    low, high = (
        sql.shown(logged if logged is not None else one.found.get(what))
        for what, logged in (("minimum", one.known.minimum), ("maximum", one.known.maximum))
    )
    bins, rows = _histogram(one.bins, one.found.get("bins") or {})
    looked, filled = one.found.get("looked"), found.rows - found.nulls
    if looked and looked != filled:  # of an excerpt: as if all rows were like it
        rows = tuple(round(number * filled / looked) for number in rows)
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
        return tuple(bins.label(n) for n in range(bins.count)), bins.counted(counted)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], str(item[0])))[:BINS]
    return tuple(str(value) for value, _rows in ordered), tuple(rows for _value, rows in ordered)
