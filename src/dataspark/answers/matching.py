"""One table of two lakes: whether it is the same, and the rows in which it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from dataspark.answers.comparing import Comparison, Rows, compared
from dataspark.answers.differences import State, TableDiff
from dataspark.engines.duckdb.engine import DuckDBEngine
from dataspark.lake.delta import DeltaTables, Field
from dataspark.sql import difference, parity
from dataspark.sql.difference import AFTER, BEFORE, CLOSER, DIFFERING, Compared
from dataspark.sql.parity import FIRST, ONLY_FIRST, ONLY_SECOND, SECOND, UNEQUAL
from dataspark.tables import Layer, TableRef


@dataclass(frozen=True)
class Half:
    """A table in one of the lakes."""

    label: str
    """The engine that made it."""
    tables: DeltaTables
    version: int | None
    """None where this lake does not have it."""

    def fields(self, table: TableRef) -> tuple[Field, ...]:
        """Its columns, in their order."""
        return () if self.version is None else tuple(self.tables.fields(table, self.version))


@dataclass(frozen=True)
class Match:
    """A table of both lakes, side by side."""

    diff: TableDiff
    """`before` is the first lake's table, `after` the second's."""
    columns: int
    """How many there are in either."""
    order: tuple[tuple[str, ...], ...] = ()
    """The names of both in their order, where only that differs."""
    looked_at: float = 1.0
    """The share of all rows that was looked at one by one, where very many differ: counts are of that part then."""

    @property
    def equal(self) -> bool:
        """Whether no program could tell the two apart."""
        return self.diff.state is State.UNCHANGED and not self.order


def match(engine: DuckDBEngine, table: TableRef, first: Half, second: Half, key: Sequence[str], sample: int) -> Match:
    """Compare a table of two lakes. `key` is what its rows are told by, `sample` a number of rows of each kind."""
    fields = first.fields(table), second.fields(table)
    if first.version is None or second.version is None:
        return _one_sided(engine, table, first, second, max(map(len, fields)))
    columns = compared(*fields)
    matching = _Matching(engine, table, (first, second), fields, columns)
    try:
        diff = matching.run(key, sample)
    finally:
        engine.drop([FIRST, SECOND, UNEQUAL, ONLY_FIRST, ONLY_SECOND, DIFFERING, CLOSER, BEFORE, AFTER])
    names = tuple(tuple(field.name for field in one) for one in fields)
    order = names if names[0] != names[1] and sorted(names[0]) == sorted(names[1]) else ()
    return Match(diff, len(columns), order, matching.parts / parity.PARTS)


def _one_sided(engine: DuckDBEngine, table: TableRef, first: Half, second: Half, columns: int) -> Match:
    def count(half: Half) -> int | None:
        if half.version is None:
            return None
        _show(engine, table, half, FIRST)
        return int(engine.rows(f"SELECT count(*) FROM {FIRST}")[0][0])

    state = State.ADDED if first.version is None else State.REMOVED
    found = TableDiff(str(table), state, count(first), count(second))
    engine.drop([FIRST])
    return Match(found, columns)


def _show(engine: DuckDBEngine, table: TableRef, half: Half, name: str) -> None:
    version = half.version or 0
    engine.show_files(name, table, version, half.tables.files(table, version), half.tables)


_MANY = 1_000_000
"""Rows that are looked at one by one: where more may differ, a part of them shows what is wrong."""


@dataclass
class _Matching:
    engine: DuckDBEngine
    table: TableRef
    halves: tuple[Half, Half]
    fields: tuple[tuple[Field, ...], tuple[Field, ...]]
    columns: tuple[Compared, ...]
    parts: int = parity.PARTS
    """Of a thousand: what was looked at one by one."""

    def run(self, key: Sequence[str], sample: int) -> TableDiff:
        first, second = (self._rows(*one) for one in zip(self.halves, self.fields, (FIRST, SECOND), strict=True))
        if any(column.shared for column in self.columns):
            buckets = parity.buckets_for(max(first.count, second.count))
            self.engine.keep(UNEQUAL, parity.unequal(self.columns, buckets))
            key = self._choose_part(first, second, key)
            self._keep_differing(buckets, key)
            first = self._only(first, ONLY_FIRST)
            second = self._only(second, ONLY_SECOND)
        return Comparison(lambda: self.engine, self.table, first, second, self.columns).run(key, sample)

    def _rows(self, half: Half, fields: Sequence[Field], relation: str) -> Rows:
        _show(self.engine, self.table, half, relation)
        if self.table.layer is Layer.QUARANTINE:
            ordered = parity.reasons_in_order([field.name for field in fields])
            files = f"{relation}__files"
            _show(self.engine, self.table, half, files)
            self.engine.show(relation, f"SELECT {ordered} FROM {files}")
        count = int(self.engine.rows(f"SELECT count(*) FROM {relation}")[0][0])
        return Rows(half.label, count, self._shower(relation), self._shower(relation))

    def _shower(self, relation: str) -> Callable[[str], None]:
        return partial(self.engine.show, query=f"SELECT * FROM {relation}")

    def _only(self, rows: Rows, relation: str) -> Rows:
        return Rows(rows.label, rows.count, self._shower(relation), rows.show_all)

    def _choose_part(self, first: Rows, second: Rows, promised: Sequence[str]) -> Sequence[str]:
        """Settle how many rows are looked at, and return what they are told by."""
        rows = int(self.engine.rows(f"SELECT coalesce(sum(times), 0) FROM {UNEQUAL}")[0][0])
        if rows <= _MANY:
            return promised
        self.parts = max(1, parity.PARTS * _MANY // rows)
        key = Comparison(lambda: self.engine, self.table, first, second, self.columns).key(promised)
        return [column.name for column in key]

    def _keep_differing(self, buckets: int, key: Sequence[str]) -> None:
        """Keep the rows that one side has more often than the other; close floats are the same."""
        # The two versions of a row must both be in the part, or neither: by its key, else the whole row.
        told_by = [column for column in self.columns if column.shared and (not key or column.name in key)]
        part = "TRUE" if self.parts == parity.PARTS else parity.part_of(told_by, self.parts)
        for relation, side in ((FIRST, BEFORE), (SECOND, AFTER)):
            self.engine.show(side, parity.in_unequal(self.columns, relation, buckets, part))
        self.engine.keep(DIFFERING, difference.by_whole_rows(self.columns))
        if any(column.floats for column in self.columns if column.shared):
            self.engine.keep(CLOSER, difference.without_close_rows(self.columns))
            self.engine.keep(DIFFERING, f"SELECT * FROM {CLOSER}")
        for relation, letter in ((ONLY_FIRST, "a"), (ONLY_SECOND, "b")):
            self.engine.keep(relation, parity.only(self.columns, letter))
