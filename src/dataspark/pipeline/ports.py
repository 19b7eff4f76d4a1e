"""What the pipeline needs from the outside: an engine that runs SQL, and a lake that keeps what it made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

from dataspark.contracts.contract import Contract, Dialect
from dataspark.pipeline.decisions import Decisions
from dataspark.tables import TableRef

Row = tuple[Any, ...]
Select = Callable[[str], str]
"""A query over a relation that the engine chooses: relation → SQL."""


class Judge(Protocol):
    """The query that types and judges raw rows."""

    def __call__(self, raw: str, passed_through: Collection[str] = ()) -> str:
        """Over the relation `raw`; `passed_through` are columns of it that the result has, too."""


@dataclass(frozen=True)
class RawFile:
    """One file of the bronze archive."""

    number: int
    """Its place in order of arrival, per table, from 1: what `_file` holds in silver and quarantine."""
    name: str
    """Its path below `sources` when it arrived first."""
    object: str
    """Its path below `bronze`: `<table>/<sha256>.csv`."""
    sha256: str
    size: int
    """Bytes."""
    header: tuple[str, ...]
    """The column names as the file has them; empty for an empty file."""
    lines: int | None
    """Physical lines, counted while the bytes were copied; None where only a closer look can tell."""
    arrived: str
    """When it was archived, ISO 8601 UTC."""
    origin: str = ""
    """The SHA-256 that it had when it arrived, where rows were erased since: that content is never taken in again."""
    erased: tuple[int, ...] = ()
    """The lines that were erased. They are blank now."""

    @property
    def first_sha256(self) -> str:
        """The SHA-256 that it arrived with."""
        return self.origin or self.sha256


@dataclass(frozen=True)
class BrokenLine:
    """A line that is no record."""

    file: int
    line: int
    reason: str
    """`csv.columns`, `csv.quote`, `csv.encoding` or `csv.nul`."""
    text: str


@dataclass(frozen=True)
class Staged:
    """What staging read, counted apart from the SQL that judges it."""

    read: Mapping[int, int]
    """File → rows, broken lines included."""
    broken: tuple[BrokenLine, ...] = ()


@dataclass(frozen=True)
class Bounds:
    """What the log of a table says about one column, without a scan."""

    minimum: Any
    """The smallest value: a number, a text, a date or a moment in UTC; None where the log does not say."""
    maximum: Any
    nulls: int | None


@dataclass(frozen=True)
class Written:
    """What a write did."""

    version: int
    rows: int
    """How many rows the table has more than before; of a table that was replaced, how many it has."""


class Engine(Protocol):
    """What runs the SQL. Names are DuckDB's: `schema.table` for bound tables, bare names for temporary relations."""

    name: str
    in_order: bool
    """Whether staged rows come in the order of their files, so that neighbours can be compared at little cost."""
    by_row: bool
    """Whether expressions are evaluated row by row, so that what a row does not need costs nothing."""

    def stage(self, name: str, files: Sequence[RawFile], contract: Contract, judge: Judge) -> Staged:
        """Read raw files as text, one column for each of the contract's, and keep `judge(relation)` as `name`.

        The relation `name` has the columns of the query and `_file` and `_line`.
        """

    def bind(self, table: TableRef, version: int | None, fields: Sequence[tuple[str, str]] = ()) -> None:
        """Let a version of a table answer to its name; None: an empty relation with `fields` (name, SQL type)."""

    def keep(self, name: str, query: str) -> None:
        """Materialise a query as the temporary relation `name`."""

    def show(self, name: str, query: str) -> None:
        """Let the temporary relation `name` stand for a query."""

    def excerpt(self, name: str, table: TableRef, version: int, places: int, rows: int) -> None:
        """Let the relation `name` stand for some rows of a version: `rows` at each of `places` evenly spread places.

        Little more than these rows is read.
        """

    def drop(self, names: Sequence[str]) -> None:
        """Forget temporary relations; those that do not exist are none to forget."""

    def rows(self, query: str) -> list[Row]:
        """A small answer."""

    def values(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> None:
        """Make the temporary relation `name` from rows; `columns` are (name, SQL type)."""

    def overwrite(self, table: TableRef, query: str, slices: tuple[str, Select] | None = None) -> Written:
        """Replace a table by a query. With `slices` (a staged relation and a query over it) in several files."""

    def append(self, table: TableRef, base: int, query: str) -> Written:
        """Add rows to version `base`."""

    def replace_rows(self, table: TableRef, base: int, gone: str, query: str, key: Sequence[str]) -> Written:
        """Take the rows at the positions of relation `gone` (`_file`, `_line`, key) out of version `base`, add `query`."""

    def bounds(self, table: TableRef, version: int) -> Mapping[str, Bounds]:
        """What the log says about the columns of a version; nothing is scanned."""

    def sample(self, query: str, limit: int) -> tuple[list[str], list[Row]]:
        """The column names and the first rows of a query, every value as text."""

    def branch(self) -> Engine:
        """Another engine on the same database or application, for another thread: its relations are its own."""

    def interrupt(self) -> None:
        """From another thread: stop the statement that is running. Whoever waits for it gets an error."""

    def close(self) -> None:
        """Let go of memory and scratch files."""

    def columns(self, query: str) -> list[tuple[str, str]]:
        """The (name, SQL type) of a query's columns; the query is bound, not run. Raises StatementRejected."""


@runtime_checkable
class Translates(Protocol):
    """An engine whose own SQL is not the one that it is given."""

    def translated(self, query: str) -> str:
        """A query as it is sent, over the relations that are bound and kept now."""


EngineSource = Callable[[], Engine]
"""Gives the engine, starting it at the first call: a run with nothing to do never pays for one."""


@dataclass
class Archive:
    """What the bronze archive holds of one table."""

    files: list[RawFile] = field(default_factory=list)
    seen: dict[str, tuple[int, int, int | str, str]] = field(default_factory=dict)
    """Path below sources → its stamp and its SHA-256: an unchanged file is not read again."""

    @property
    def erased(self) -> int:
        """How many lines were erased in all."""
        return sum(len(file.erased) for file in self.files)

    @cached_property
    def unwanted(self) -> frozenset[str]:
        """The contents of which rows were erased: never taken in again."""
        return frozenset(file.origin for file in self.files if file.origin)

    def erased_places(self) -> frozenset[tuple[int, int]]:
        """(file, line) of each erased line."""
        return frozenset((file.number, line) for file in self.files for line in file.erased)


@dataclass(frozen=True)
class SourceFile:
    """A file that waits in `sources`."""

    name: str
    """Its path below `sources`."""
    stamp: tuple[int, int, int | str]
    """Size, time of modification (ns), and the time of change (ns) of a file or the ETag of an object."""


@dataclass(frozen=True)
class Copied:
    """A file that was copied into bronze."""

    object: str
    sha256: str
    size: int
    lines: int | None


class Lake(Protocol):
    """Where a run keeps what it made."""

    def hold(self, purpose: str) -> AbstractContextManager[None]:
        """One writer at a time. Raises LakeBusy."""

    def foresee(self, silver: Collection[str], gold: Collection[str]) -> None:
        """Say which tables will be asked about, by name, so that what is recorded of them can be fetched at once."""

    def source_files(self) -> list[SourceFile]:
        """Every file in `sources`, by name."""

    def looking_at(self, files: Sequence[SourceFile]) -> AbstractContextManager[None]:
        """Say which files will be looked at, in this order."""

    def source_header(self, name: str, dialect: Dialect) -> tuple[str, ...]:
        """The first record of a file in `sources`; empty for an empty file."""

    def source_sample(self, name: str, dialect: Dialect) -> tuple[tuple[str, ...], ...]:
        """The first records of a file in `sources`, its header included: enough to see what they look like."""

    def source_sha256(self, name: str) -> str:
        """The SHA-256 of a file in `sources`."""

    def copy_in(
        self, files: Sequence[SourceFile], table: str, dialect: Dialect, unwanted: Collection[str] = ()
    ) -> Iterator[Copied]:
        """Copy files of `sources` into bronze, byte by byte, each content once, in this order.

        A content whose SHA-256 is `unwanted` is looked at and not kept.

        Raises StorageError when a file is not the one any more that was listed.
        """

    def archive(self, table: str) -> Archive:
        """What bronze holds of a table."""

    def save_archive(self, table: str, archive: Archive) -> None:
        """Record what bronze holds of a table."""

    def decisions(self, table: str) -> Decisions:
        """What people decided about the rows of a table."""

    def save_decisions(self, table: str, decisions: Decisions) -> None:
        """Record what people decided about the rows of a table."""

    def is_forgetting(self, table: str) -> bool:
        """Whether rows of a table were being forgotten when that was interrupted."""

    def state(self, table: TableRef) -> dict[str, Any]:
        """The recorded head of a table: its version and what it was made from; empty before the first run."""

    def save_state(self, table: TableRef, state: dict[str, Any]) -> None:
        """Record the head of a table."""

    def release(self, identifier: str | None = None) -> dict[str, Any] | None:
        """The newest release, or the one named; None where there is none."""

    def release_ids(self) -> list[str]:
        """The id of every release, oldest first."""

    def publish(self, release: dict[str, Any]) -> None:
        """Let all readers see a release. Raises ReleaseConflict where another one came first."""

    def save_run(self, record: dict[str, Any]) -> None:
        """Keep the record of a run."""
