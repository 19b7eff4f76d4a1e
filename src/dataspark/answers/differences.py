"""What two releases differ in, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dataspark.answers.plain import plain


class State(StrEnum):
    """What became of a table between two releases."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    ADDED = "added"
    """Only the later release has it."""
    REMOVED = "removed"
    """Only the earlier release has it."""


@dataclass(frozen=True)
class Retyped:
    """A column whose type changed. Types are Delta's: `long`, `decimal(12,2)`."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Commonest:
    """The change of a column that most rows made."""

    before: Any
    after: Any
    rows: int


@dataclass(frozen=True)
class Move:
    """What moved in one column, over the rows that both releases have."""

    column: str
    rows: int
    """How many rows changed in it."""
    sum_before: Any = None
    """Of a number that is no `id_…` or `…_id`: the sum over those rows, before and after."""
    sum_after: Any = None
    largest: Any = None
    """Of a number: the largest move up or down, with its sign."""
    largest_at: tuple[str | None, ...] = ()
    """The key of the row that made it, as text."""
    commonest: Commonest | None = None
    """Of anything else."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain values; what the column's type does not have is left out."""
        told: dict[str, Any] = {"column": self.column, "rows": self.rows}
        if self.commonest is not None:
            one = self.commonest
            told["commonest"] = {"before": plain(one.before), "after": plain(one.after), "rows": one.rows}
        else:
            told |= {"sum_before": plain(self.sum_before), "sum_after": plain(self.sum_after)}
            told |= {"largest": plain(self.largest), "largest_at": list(self.largest_at)}
        return told


@dataclass(frozen=True)
class ChangedRow:
    """One row before and after, with the values of all columns."""

    before: tuple[Any, ...]
    after: tuple[Any, ...]
    differs: tuple[bool, ...]
    """Which columns changed."""


@dataclass(frozen=True)
class Sample:
    """Some of the rows that differ, in the order of the key."""

    columns: tuple[str, ...] = ()
    """The later release's, then those that only the earlier one has."""
    numbers: tuple[bool, ...] = ()
    """Which columns hold numbers."""
    added: tuple[tuple[Any, ...], ...] = ()
    removed: tuple[tuple[Any, ...], ...] = ()
    changed: tuple[ChangedRow, ...] = ()

    def as_json(self, key: Sequence[str]) -> dict[str, Any]:
        """The same as plain values. A changed row has its key, and the columns that changed before and after."""
        return {
            "added": [self._row(row) for row in self.added],
            "removed": [self._row(row) for row in self.removed],
            "changed": [self._changed(row, key) for row in self.changed],
        }

    def _row(self, row: Sequence[Any]) -> dict[str, Any]:
        return {column: plain(value) for column, value in zip(self.columns, row, strict=True)}

    def _changed(self, row: ChangedRow, key: Sequence[str]) -> dict[str, Any]:
        before, after = self._row(row.before), self._row(row.after)
        moved = [column for column, differs in zip(self.columns, row.differs, strict=True) if differs]
        return {
            "key": {column: after[column] for column in key},
            "before": {column: before[column] for column in moved},
            "after": {column: after[column] for column in moved},
        }


@dataclass(frozen=True)
class TableDiff:
    """What one table differs in."""

    table: str
    """`gold.fact_achats`."""
    state: State
    rows_before: int | None
    """None where the earlier release does not have the table."""
    rows_after: int | None
    columns_added: tuple[tuple[str, str], ...] = ()
    """(name, type)."""
    columns_removed: tuple[tuple[str, str], ...] = ()
    retyped: tuple[Retyped, ...] = ()
    key: tuple[str, ...] = ()
    """What rows are told by; empty where whole rows are compared, or there is one row, or nothing had to be."""
    note: str = ""
    """Why whole rows are compared: then a changed row counts as one removed and one added."""
    added: int = 0
    removed: int = 0
    changed: int = 0
    """Rows of one key with other values in the columns that both releases have."""
    moves: tuple[Move, ...] = ()
    """The columns that changed, in the table's order."""
    sample: Sample = field(default_factory=Sample)

    @property
    def schema_changed(self) -> bool:
        """Whether its columns or their types are others."""
        return bool(self.columns_added or self.columns_removed or self.retyped)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "table": self.table,
            "state": self.state.value,
            "rows_before": self.rows_before,
            "rows_after": self.rows_after,
            "columns": {
                "added": dict(self.columns_added),
                "removed": dict(self.columns_removed),
                "retyped": {one.name: {"before": one.before, "after": one.after} for one in self.retyped},
            },
            "key": list(self.key),
            "note": self.note,
            "added": self.added,
            "removed": self.removed,
            "changed": self.changed,
            "moves": [one.as_json() for one in self.moves],
            "sample": self.sample.as_json(self.key),
        }


@dataclass(frozen=True)
class Side:
    """One of the two releases."""

    id: str
    created: str
    """When it was published (ISO, UTC)."""
    as_of: str
    """The date of the run that made it (ISO, UTC)."""


@dataclass(frozen=True)
class Diff:
    """What two releases differ in."""

    before: Side
    after: Side
    tables: tuple[TableDiff, ...]
    """Every table that was asked for, by layer and name, unchanged ones too."""

    def table(self, name: str) -> TableDiff:
        """What became of one table: `fact_achats`, `silver.achats`. Raises KeyError."""
        for one in self.tables:
            if name in (one.table, one.table.removeprefix("gold.")):
                return one
        raise KeyError(name)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "before": vars(self.before),
            "after": vars(self.after),
            "tables": [one.as_json() for one in self.tables],
        }
