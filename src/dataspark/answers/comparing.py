"""Two states of one table, compared by the engine: two versions of it, or one of each of two lakes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataspark.answers.differences import ChangedRow, Commonest, Move, Retyped, Sample, State, TableDiff
from dataspark.lake.delta import DataFile, DeltaTables, Field
from dataspark.reader import Result
from dataspark.sql import difference as sql
from dataspark.sql.difference import AFTER, BEFORE, CLOSER, DIFFERING, Compared
from dataspark.tables import Layer, TableRef

if TYPE_CHECKING:
    from dataspark.engines.duckdb.engine import DuckDBEngine

_POSITION = ("_file", "_line")
_LEADING = 3
"""Columns at the front of a gold table that may be its key together: `annee, mois`."""
_IDS = 4
"""Columns called `id_…` or `…_id` that are tried one by one."""


@dataclass(frozen=True)
class Version:
    """One version of a table, and the release that it is called by."""

    release: str
    number: int
    fields: tuple[Field, ...]
    files: tuple[DataFile, ...]

    @classmethod
    def of(cls, tables: DeltaTables, table: TableRef, number: int, release: str) -> Version:
        """Read what the log says of a version."""
        return cls(release, number, tuple(tables.fields(table, number)), tuple(tables.files(table, number)))

    @property
    def rows(self) -> int:
        """How many rows it has, as the log says."""
        return sum(file.rows for file in self.files)

    def without(self, other: Version) -> tuple[DataFile, ...]:
        """The files that the other version does not have."""
        # Only files of one schema can be left out: otherwise every row has to be read under both.
        shared = {file.path for file in other.files} if self.fields == other.fields else set()
        return tuple(file for file in self.files if file.path not in shared)


@dataclass(frozen=True)
class Rows:
    """One of the two states: what it is called by, and where its rows are."""

    label: str
    """What a sentence calls it: a release."""
    count: int
    show: Callable[[str], None]
    """Lets a relation of this name stand for those rows among which a difference can be."""
    show_all: Callable[[str], None]
    """Lets a relation of this name stand for all of them."""


@dataclass(frozen=True)
class _Key:
    columns: tuple[Compared, ...] = ()
    whole: str = ""
    """Why whole rows are compared; empty where they are not."""


def compare(
    start: Callable[[], DuckDBEngine],
    table: TableRef,
    before: Version,
    after: Version,
    promised: Sequence[str],
    sample: int,
) -> TableDiff:
    """What two versions differ in. `promised` is the primary key of the table's contract, `sample` a number of rows.

    Files that both versions have are not read. Nothing is read, and the engine not started, where there are no others.
    """
    unshared = before.without(after), after.without(before)
    if not any(unshared):
        return TableDiff(str(table), State.UNCHANGED, before.rows, after.rows)
    ours = _POSITION if table.layer is Layer.SILVER else ()
    columns = compared(before.fields, after.fields, ours)
    sides = [_rows(start, table, *pair) for pair in zip((before, after), unshared, strict=True)]
    return Comparison(start, table, sides[0], sides[1], columns).run(promised, sample)


def _rows(start: Callable[[], DuckDBEngine], table: TableRef, version: Version, unshared: Sequence[DataFile]) -> Rows:
    def show(files: Sequence[DataFile]) -> Callable[[str], None]:
        return lambda name: start().show_files(name, table, version.number, files)

    return Rows(version.release, version.rows, show(unshared), show(version.files))


def compared(before: Sequence[Field], after: Sequence[Field], ours: Collection[str] = ()) -> tuple[Compared, ...]:
    """The columns of either state: the later one's, then those that only the earlier one has; `ours` are left out."""
    old, new = ({field.name: field.type for field in fields} for fields in (before, after))
    return tuple(Compared(n, old.get(n), new.get(n)) for n in dict.fromkeys([*new, *old]) if n not in ours)


@dataclass(frozen=True)
class Comparison:
    """What two states of a table differ in, over `columns`."""

    start: Callable[[], DuckDBEngine]
    table: TableRef
    before: Rows
    after: Rows
    columns: tuple[Compared, ...]

    @property
    def engine(self) -> DuckDBEngine:
        """What compares; started when it is asked first."""
        return self.start()

    def run(self, promised: Sequence[str], sample: int) -> TableDiff:
        """Compare. `promised` is the primary key of the table's contract, `sample` a number of rows of each kind."""
        if not any(column.shared for column in self.columns):
            reason = "no column is in both: every row is another one"
            counts = self.after.count, self.before.count, 0
            return _told(self.table, self.before, self.after, self.columns, _Key(whole=reason), counts)
        try:
            key = self._key(promised)
            self._show()
            self._keep(key)
            return self._tell(key, sample)
        finally:
            self.engine.drop([DIFFERING, BEFORE, AFTER])

    def key(self, promised: Sequence[str]) -> tuple[Compared, ...]:
        """What rows are told by on both sides; empty where whole rows are compared."""
        try:
            return self._key(promised).columns
        finally:
            self.engine.drop([BEFORE, AFTER])

    def _show(self) -> None:
        self.before.show(BEFORE)
        self.after.show(AFTER)

    def _show_all(self) -> None:
        self.before.show_all(BEFORE)
        self.after.show_all(AFTER)

    def _key(self, promised: Sequence[str]) -> _Key:
        by_name = {column.name: column for column in self.columns if column.shared}
        if promised and all(column in by_name for column in promised):
            return self._promised([by_name[column] for column in promised])
        if self.table.layer is Layer.GOLD:
            if self.before.count == self.after.count == 1:
                return _Key()
            self._show_all()
            found = next((key for key in _candidates(self.columns) if not self._repeats_in(key)), None)
            if found:
                return _Key(found)
        reason = f"its key, {', '.join(promised)}, is not in both" if promised else "no key"
        return _Key(whole=f"{reason}: {_WHOLE}")

    def _promised(self, key: Sequence[Compared]) -> _Key:
        # A key that silver enforces is unique in all files where it is in these.
        if self.table.layer is Layer.GOLD:
            self._show_all()
        else:
            self._show()
        twice = self._repeats_in(key)
        names = ", ".join(column.name for column in key)
        return _Key(whole=f"{names} is not unique in {twice}: {_WHOLE}") if twice else _Key(tuple(key))

    def _repeats_in(self, key: Sequence[Compared]) -> str:
        """The state in which a key comes more than once; empty for none."""
        for relation, rows in ((BEFORE, self.before), (AFTER, self.after)):
            if self.engine.rows(sql.repeated(key, relation)):
                return rows.label
        return ""

    def _keep(self, key: _Key) -> None:
        if not key.whole:
            self.engine.keep(DIFFERING, sql.by_key(self.columns, key.columns))
            return
        self.engine.keep(DIFFERING, sql.by_whole_rows(self.columns))
        if any(column.floats for column in self.columns if column.shared):
            self.engine.keep(CLOSER, sql.without_close_rows(self.columns))
            self.engine.keep(DIFFERING, f"SELECT * FROM {CLOSER}")
            self.engine.drop([CLOSER])

    def _tell(self, key: _Key, sample: int) -> TableDiff:
        judged = self.columns if key.whole else key.columns  # of whole rows no column can move
        added, removed, changed, *moves = self.engine.rows(sql.totals(self.columns, judged))[0]
        counts = int(added), int(removed), int(changed)
        found = tuple(self._moves(judged, moves)) if changed else ()
        shown = self._sample(key, counts, sample) if any(counts) and sample else Sample()
        return _told(self.table, self.before, self.after, self.columns, key, counts, found, shown)

    def _moves(self, key: Sequence[Compared], values: list[Any]) -> Iterator[Move]:
        judged = [(n, column) for n, column in enumerate(self.columns) if column.shared and column not in key]
        for place, (n, column) in enumerate(judged):
            rows, before, after, largest, at = values[place * sql.MOVES : (place + 1) * sql.MOVES]
            if not rows:
                continue
            if column.summed:
                yield Move(column.name, rows, before, after, largest, tuple(at or ()))
            else:
                yield Move(column.name, rows, commonest=Commonest(*self._rows(sql.commonest(n, column))[0]))

    def _sample(self, key: _Key, counts: tuple[int, int, int], limit: int) -> Sample:
        added, removed, changed = counts
        order = key.columns or [column for column in self.columns if column.shared]
        query = sql.sample_of_changed(self.columns, key.columns, limit)
        width = len(self.columns)
        return Sample(
            tuple(column.name for column in self.columns),
            tuple(column.number for column in self.columns),
            tuple(self._rows(sql.sample(self.columns, order, "came", limit))) if added else (),
            tuple(self._rows(sql.sample(self.columns, order, "gone", limit))) if removed else (),
            tuple(ChangedRow(r[:width], r[width : 2 * width], r[2 * width :]) for r in self._rows(query))
            if changed
            else (),
        )

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return Result(self.engine.session, query).rows()


_WHOLE = "whole rows are compared, a changed one counts as removed and added"


def _told(
    table: TableRef,
    before: Rows,
    after: Rows,
    columns: Sequence[Compared],
    key: _Key,
    counts: tuple[int, int, int],
    moves: tuple[Move, ...] = (),
    sample: Sample | None = None,
) -> TableDiff:
    added = tuple((c.name, c.after) for c in columns if c.before is None and c.after is not None)
    removed = tuple((c.name, c.before) for c in columns if c.after is None and c.before is not None)
    retyped = tuple(Retyped(c.name, *c.types) for c in columns if c.retyped)
    state = State.CHANGED if any(counts) or added or removed or retyped else State.UNCHANGED
    return TableDiff(
        str(table),
        state,
        before.count,
        after.count,
        added,
        removed,
        retyped,
        tuple(column.name for column in key.columns),
        key.whole,
        *counts,
        moves,
        sample or Sample(),
    )


def _candidates(columns: Sequence[Compared]) -> Iterator[tuple[Compared, ...]]:
    """What may be the key of a table that promises none, the smallest first."""
    fit = [column for column in columns if column.shared and not any(map(_no_key, column.types))]
    ids = [column for column in fit if column.identifier]
    leading = [column for column in columns if column.shared][:_LEADING]
    tried: list[tuple[Compared, ...]] = [(column,) for column in leading[:1]]
    tried += [(column,) for column in ids[:_IDS]]
    tried += [tuple(leading[:length]) for length in range(2, len(leading) + 1)]
    tried.append(tuple(column for column in fit if column in ids or not column.number))
    for key in dict.fromkeys(tried):
        if key and all(column in fit for column in key):
            yield key


def _no_key(kind: str) -> bool:
    return sql.is_measure(kind) or kind.startswith("array") or kind == "binary"
