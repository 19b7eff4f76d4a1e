"""How quality moves: what came with the last runs that had new files, and how columns changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from dataspark.pipeline.ports import Engine
from dataspark.pipeline.profiles import ColumnProfile
from dataspark.pipeline.record import COUNTS, PROFILES, STATE, versions
from dataspark.sql import history as sql
from dataspark.wiring import Workspace

NEWEST = 12
"""Runs that a trend shows."""
_EMPTIER = 0.05
"""A change of the share of empty values that is worth telling."""
_MOVED = 0.25
"""A change of a mean, in parts of what it was, that is worth telling."""
_FEWER = 0.2
"""A loss of rows, in parts, that is worth telling."""


@dataclass
class Batch:
    """The rows of the files that came with one run, as they were judged then."""

    run: str
    started: str
    as_of: str
    files: int = 0
    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    superseded: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    orphans: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {key: dict(value) if isinstance(value, Counter) else value for key, value in vars(self).items()}

    def share(self, rows: int) -> float:
        """A part of the rows that were read; 0 of none."""
        return rows / self.read if self.read else 0.0


@dataclass(frozen=True)
class TableProfile:
    """The columns of one version of a table."""

    run: str
    as_of: str
    version: int
    columns: tuple[ColumnProfile, ...]


@dataclass(frozen=True)
class Trend:
    """One table over its last runs."""

    batches: tuple[Batch, ...] = ()
    """Oldest first."""
    changes: tuple[str, ...] = ()
    """What is worth telling about its columns since the version before."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {"trend": [batch.as_json() for batch in self.batches], "changes": list(self.changes)}


def trends(workspace: Workspace, tables: Sequence[str], newest: int = NEWEST) -> dict[str, Trend]:
    """The trend of each of these silver tables, as of the last run (released or not)."""
    with history(workspace) as past:
        return {table: Trend(past.batches(table, newest), past.changes(f"silver.{table}")) for table in tables}


class History:
    """The history of a lake, as the last run left it. Nothing is opened before the first question that has an answer."""

    def __init__(self, workspace: Workspace, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._versions = versions(workspace.lake.state(STATE))

    def batches(self, table: str, newest: int = NEWEST) -> tuple[Batch, ...]:
        """What came with the newest runs that had new files of a silver table, oldest first."""
        if COUNTS not in self._versions:
            return ()
        self._engine().bind(COUNTS, self._versions[COUNTS])
        return tuple(_batches(self._engine().rows(sql.batches(table, newest))))

    def profiles(self, table: str, newest: int = 2) -> tuple[TableProfile, ...]:
        """The newest profiles of a table (`silver.achats`), oldest first."""
        if PROFILES not in self._versions:
            return ()
        self._engine().bind(PROFILES, self._versions[PROFILES])
        rows = self._engine().rows(sql.profiles(table, newest))
        return tuple(
            TableProfile(run, _iso(as_of), version, tuple(_column(row[3:]) for row in columns))
            for (run, as_of, version), columns in groupby(rows, key=lambda row: row[:3])
        )

    def changes(self, table: str) -> tuple[str, ...]:
        """What is worth telling about a table's columns since the version before."""
        found = self.profiles(table)
        return tuple(changes(found[0].columns, found[1].columns)) if len(found) == 2 else ()


@contextmanager
def history(workspace: Workspace) -> Iterator[History]:
    """Open the history of a lake for some questions."""
    with workspace.engine() as engine:
        yield History(workspace, engine)


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[Batch]:
    for run, counted in groupby(rows, key=lambda row: row[0]):
        found = list(counted)
        started, as_of = (_iso(moment) for moment in found[0][1:3])
        batch = Batch(run, started, as_of, max(row[3] for row in found))
        for _run, _started, _as_of, _files, kind, code, number in found:
            if kind == "outcome":
                setattr(batch, code, number)
            elif kind != "status":  # how many rows wait or were mended is told by today's ledger
                getattr(batch, f"{kind}s")[code] += number
        yield batch


def _iso(shown: str) -> str:
    """A moment as the engine writes it, in ISO 8601."""
    return f"{shown.replace(' ', 'T')}:00"


def _column(row: Sequence[Any]) -> ColumnProfile:
    named: dict[str, Any] = dict(zip(sql.PROFILE_FIELDS, row, strict=True))
    return ColumnProfile(**{**named, "bins": tuple(named["bins"] or ()), "bin_rows": tuple(named["bin_rows"] or ())})


def changes(before: Sequence[ColumnProfile], after: Sequence[ColumnProfile]) -> Iterator[str]:
    """What is worth telling about the columns of a table, as sentences."""
    old, new = ({one.column: one for one in columns} for columns in (before, after))
    yield from (f"`{column}` is new" for column in new if column not in old)
    yield from (f"`{column}` is gone" for column in old if column not in new)
    if before and after and after[0].rows < before[0].rows * (1 - _FEWER):
        yield f"rows {before[0].rows:,} → {after[0].rows:,}"
    for column in new:
        if column in old:
            yield from (f"`{column}`: {change}" for change in column_changes(old[column], new[column]))


def column_changes(before: ColumnProfile, after: ColumnProfile) -> Iterator[str]:
    """What is worth telling about one column."""
    if before.type != after.type:
        yield f"type {before.type} → {after.type}"
        return
    empty = [one.nulls / one.rows if one.rows else 0.0 for one in (before, after)]
    if abs(empty[1] - empty[0]) >= _EMPTIER:
        yield f"empty {empty[0]:.1%} → {empty[1]:.1%}".replace("%", " %")
    if before.mean is not None and after.mean is not None and not _is_key(after):
        moved = abs(after.mean - before.mean)
        if moved and moved >= _MOVED * abs(before.mean):
            yield f"mean {before.mean:,.6g} → {after.mean:,.6g}"
    yield from _other_values(before, after)


def _is_key(one: ColumnProfile) -> bool:
    """Whether every row has a value of its own: the mean of numbers that count up only ever grows."""
    return one.distinct == one.rows


def _other_values(before: ColumnProfile, after: ColumnProfile) -> Iterator[str]:
    """Of a column of few texts: the ones that came and went."""
    if after.type != "VARCHAR" or not (_complete(before) and _complete(after)):
        return
    for words, left, right in (("new", after, before), ("gone", before, after)):
        values = [value for value in left.bins if value not in right.bins]
        if values:
            more = f" and {len(values) - 3} more" if len(values) > 3 else ""
            yield f"{words}: {', '.join(values[:3])}{more}"


def _complete(one: ColumnProfile) -> bool:
    return bool(one.bins) and one.distinct == len(one.bins)


def recent(batches: Sequence[Batch], kind: str) -> Mapping[str, list[int]]:
    """Code → its rows in each batch, the most frequent code first; `kind` is `reasons`, `warnings` or `orphans`."""
    totals: Counter[str] = Counter()
    for batch in batches:
        totals.update(getattr(batch, kind))
    codes = sorted(totals, key=lambda code: (-totals[code], code))
    return {code: [getattr(batch, kind)[code] for batch in batches] for code in codes}
