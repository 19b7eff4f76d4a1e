"""The engine port on DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataspark.contracts.contract import Contract
from dataspark.engines.duckdb import raw
from dataspark.engines.duckdb.session import Session
from dataspark.engines.duckdb.writing import storable, write_parquet
from dataspark.lake.delta import DataFile, DeltaTables, Field
from dataspark.lake.excerpts import bounds_of, spread
from dataspark.lake.files import FileLake
from dataspark.lake.types import sql_type
from dataspark.pipeline.ports import Bounds, Judge, RawFile, Row, Select, Staged, Written
from dataspark.project import EngineSettings
from dataspark.sql.silver import SAME_POSITION, within, without
from dataspark.sql.text import ALWAYS, name, text
from dataspark.tables import TableRef

_SLICE = 1 << 20
"""Rows of one file of a large table: a later correction rewrites the files it touches, not the table."""


class DuckDBEngine:
    """Runs the SQL in this process; writes Parquet files that `lake/delta.py` commits."""

    name = "duckdb"
    in_order = True
    by_row = False

    def __init__(self, settings: EngineSettings, lake: FileLake, tables: DeltaTables) -> None:
        self._begin(Session(settings, lake.remote_statements(), lake.renewals()), lake, tables)

    def _begin(self, session: Session, lake: FileLake, tables: DeltaTables) -> None:
        self.session = session
        self.lake, self.tables = lake, tables
        self._staged: dict[str, raw.Rows] = {}
        self._made: dict[str, str] = {}
        self._bound: dict[TableRef, int | None] = {}

    def stage(self, name_: str, files: Sequence[RawFile], contract: Contract, judge: Judge) -> Staged:
        """Read raw files as text and keep `judge(relation)`, with `_file` and `_line`, as `name_`."""
        read, self._staged[name_] = raw.stage(self.session, self.lake, name_, files, contract, judge)
        return read

    def bind(self, table: TableRef, version: int | None, fields: Sequence[tuple[str, str]] = ()) -> None:
        """Let a version of a table answer to its name; None: an empty relation with `fields`."""
        if version is not None and self._bound.get(table) == version:
            return
        paths = [] if version is None else self.tables.paths(table, version)
        if version is not None and not paths:
            fields = [(f.name, sql_type(f.type)) for f in self.tables.fields(table, version)]
        body = _parquet(paths) if paths else _empty(fields)
        self.session.run(f"CREATE OR REPLACE VIEW {_qualified(table)} AS {body}")
        self._bound[table] = version

    def mask(self, table: TableRef, hidden: Mapping[str, str]) -> None:
        """Let columns of a bound table read as NULL, of their own type, in rows for which a condition holds.

        Nothing can be asked then about their values.
        """
        shown = (_shown(column, kind, hidden) for column, kind in self.session.columns(f"FROM {_qualified(table)}"))
        paths = self.tables.paths(table, version) if (version := self._bound[table]) is not None else []
        if paths:  # no file: no value to hide
            body = f"SELECT {', '.join(shown)} FROM ({_parquet(paths)})"
            self.session.run(f"CREATE OR REPLACE VIEW {_qualified(table)} AS {body}")

    def numbered(
        self, table: TableRef, columns: Sequence[tuple[str, str]], hidden: Mapping[str, str], file: str, row: str
    ) -> str:
        """A bound table as a relation, with where each row stands: columns `file` and `row`, both from 0.

        A version's files are never written again, so its rows stand there for ever. `columns` are the table's (name,
        type), and `hidden` ones read as for `mask`. Nothing is asked of the engine: any thread may ask this.
        """
        version = self._bound[table]
        paths = [] if version is None else self.tables.paths(table, version)
        if not paths:
            return f"(SELECT *, 0 AS {name(file)}, 0 AS {name(row)} FROM {_qualified(table)})"
        shown = ", ".join(_shown(column, kind, hidden) for column, kind in columns)
        places = f"file_index AS {name(file)}, file_row_number AS {name(row)}"
        return f"({_parquet(paths).replace('SELECT *', f'SELECT {shown}, {places}', 1)})"

    def show_files(
        self, name_: str, table: TableRef, version: int, files: Sequence[DataFile], tables: DeltaTables | None = None
    ) -> None:
        """Let the temporary relation `name_` stand for some files of a version of a table, also of another lake's."""
        tables = tables or self.tables
        if files:
            self.show(name_, _parquet([tables.path(table, file) for file in files]))
        else:
            self.show(name_, _empty([(f.name, sql_type(f.type)) for f in tables.fields(table, version)]))

    def keep(self, name_: str, query: str) -> None:
        """Materialise a query as the temporary relation `name_`."""
        self.session.run(f"CREATE OR REPLACE TEMP TABLE {name(name_)} AS {query}")
        self._made[name_] = "TABLE"

    def show(self, name_: str, query: str) -> None:
        """Let the temporary relation `name_` stand for a query."""
        self.session.run(f"CREATE OR REPLACE TEMP VIEW {name(name_)} AS {query}")
        self._made[name_] = "VIEW"

    def excerpt(self, name_: str, table: TableRef, version: int, places: int, rows: int) -> None:
        """Let the relation `name_` stand for `rows` rows at each of `places` places of a version.

        A range of a file's rows is read without what stands before it: groups of rows are passed over.
        """
        files = self.tables.files(table, version)
        slices = spread([file.rows for file in files], places, rows)
        parts = (
            "SELECT * EXCLUDE (file_row_number) FROM "
            f"read_parquet({text(self.tables.path(table, files[number]))}, file_row_number = TRUE) "
            f"WHERE file_row_number BETWEEN {start} AND {end - 1}"
            for number, start, end in slices
        )
        self.show(name_, " UNION ALL ".join(parts))

    def drop(self, names_: Sequence[str]) -> None:
        """Forget temporary relations; those that do not exist are none to forget."""
        for name_ in names_:
            if kind := self._made.pop(name_, None):
                self.session.run(f"DROP {kind} {name(name_)}")
            if self._staged.pop(name_, None):
                raw.forget(self.session, name_)

    def rows(self, query: str) -> list[Row]:
        """A small answer."""
        return self.session.rows(query)

    def values(self, name_: str, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> None:
        """Make the temporary relation `name_` from rows; `columns` are (name, SQL type)."""
        described = ", ".join(f"{name(column)} {kind}" for column, kind in columns)
        self.session.run(f"CREATE OR REPLACE TEMP TABLE {name(name_)} ({described})")
        self._made[name_] = "TABLE"
        self.session.insert(name(name_), rows)

    def bounds(self, table: TableRef, version: int) -> dict[str, Bounds]:
        """What the log says about the columns of a version; nothing is scanned."""
        return bounds_of(self.tables.files(table, version))

    def sample(self, query: str, limit: int) -> tuple[list[str], list[Row]]:
        """The column names and the first rows of a query, every value as text."""
        shown = f"SELECT COLUMNS(*)::VARCHAR FROM ({query}\n) LIMIT {limit}"
        return [column for column, _kind in self.session.columns(query)], self.session.rows(shown)

    def branch(self) -> DuckDBEngine:
        """Another engine on the same database, for another thread: memory and workers are shared, relations are not."""
        branch = DuckDBEngine.__new__(DuckDBEngine)
        branch._begin(self.session.branch(), self.lake, self.tables)
        return branch

    def interrupt(self) -> None:
        """From another thread: stop the statement that is running."""
        self.session.interrupt()

    def close(self) -> None:
        """Let go of memory and scratch files."""
        self.session.close()

    def columns(self, query: str) -> list[tuple[str, str]]:
        """The (name, SQL type) of a query's columns; the query is bound, not run. Raises StatementRejected."""
        return self.session.columns(query)

    def overwrite(self, table: TableRef, query: str, slices: tuple[str, Select] | None = None) -> Written:
        """Replace a table by a query. With `slices` (a staged relation and a query over it) in several files."""
        plain, fields = storable(self.session, query)
        files = [self._write(table, part, fields) for part in self._parts(plain, slices)]
        kept = [file for file in files if file.rows] or files[:1]
        return Written(self.tables.replace(table, fields, kept), sum(file.rows for file in kept))

    def append(self, table: TableRef, base: int, query: str) -> Written:
        """Add rows to version `base`."""
        plain, fields = storable(self.session, query)
        file = self._write(table, plain, fields)
        return Written(self.tables.change(table, base, fields, [file], []), file.rows)

    def replace_rows(self, table: TableRef, base: int, gone: str, query: str, key: Sequence[str]) -> Written:
        """Take the rows of relation `gone` (key, `_file`, `_line`) out of version `base` and add those of `query`.

        Only the files that hold such a row are written again.
        """
        plain, fields = storable(self.session, query)
        touched = self._touched(table, base, gone, key)
        rewritten = []
        for file in touched:
            path = _parquet([self.tables.path(table, file)])
            kept = without(f"({path})", gone, SAME_POSITION)
            rewritten.append(self._write(table, storable(self.session, kept)[0], fields))
        rewritten.append(self._write(table, plain, fields))
        added = [file for file in rewritten if file.rows]
        more = sum(file.rows for file in added) - sum(file.rows for file in touched)
        return Written(self.tables.change(table, base, fields, added, touched), more)

    def _touched(self, table: TableRef, base: int, gone: str, key: Sequence[str]) -> list[DataFile]:
        bounds = self._bounds(gone, key[0])
        touched = []
        for file in self.tables.files(table, base):
            if not _overlaps(file, key[0], *bounds):
                continue
            path = _parquet([self.tables.path(table, file)])
            if self.session.rows(f"SELECT EXISTS ({within(f'({path})', gone, SAME_POSITION)})")[0][0]:
                touched.append(file)
        return touched

    def _bounds(self, rows: str, column: str) -> tuple[Any, Any]:
        """The smallest and the largest value, of the types whose statistics can be compared here; else (None, None)."""
        kind = self.session.columns(f"SELECT {name(column)} FROM {rows}")[0][1]
        if kind not in ("BIGINT", "INTEGER", "VARCHAR"):
            return None, None
        low, high = self.session.rows(f"SELECT min({name(column)}), max({name(column)}) FROM {rows}")[0]
        return low, high

    def _parts(self, query: str, slices: tuple[str, Select] | None) -> list[str]:
        if slices is None or (staged := self._staged[slices[0]]).rows <= _SLICE:
            return [query]
        parts = (staged.between(start, start + _SLICE) for start in range(0, staged.rows, _SLICE))
        return [storable(self.session, slices[1](part))[0] for part in parts]

    def _write(self, table: TableRef, query: str, fields: Sequence[Field]) -> DataFile:
        return write_parquet(self.session, query, self.tables.area(table), self.tables.folder(table), fields)


def _qualified(table: TableRef) -> str:
    return f"{name(table.layer)}.{name(table.name)}"


def _shown(column: str, kind: str, hidden: Mapping[str, str]) -> str:
    condition = hidden.get(column)
    if condition is None:
        return name(column)
    if condition == ALWAYS:  # the file is not even read for it
        return f"CAST(NULL AS {kind}) AS {name(column)}"
    return f"CASE WHEN {condition} THEN CAST(NULL AS {kind}) ELSE {name(column)} END AS {name(column)}"


def _parquet(paths: Sequence[str]) -> str:
    files = ", ".join(text(path) for path in paths)
    return f"SELECT * FROM read_parquet([{files}])"


def _empty(fields: Sequence[tuple[str, str]]) -> str:
    columns = ", ".join(f"CAST(NULL AS {kind}) AS {name(column)}" for column, kind in fields)
    return f"SELECT {columns} LIMIT 0"


def _overlaps(file: DataFile, column: str, low: Any, high: Any) -> bool:
    """Whether a file may hold a value between the bounds; TRUE where its statistics do not say."""
    smallest, largest = file.minimum.get(column), file.maximum.get(column)
    kinds = {type(bound) for bound in (smallest, largest, low, high)}
    if kinds not in ({int}, {str}):
        return True
    return bool(smallest <= high and largest >= low)
