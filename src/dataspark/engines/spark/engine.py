"""The engine port on Spark."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from dataspark.contracts.contract import Contract
from dataspark.engines.duckdb.binding import Binder
from dataspark.engines.spark import raw
from dataspark.engines.spark.parquet import Files
from dataspark.engines.spark.relations import Relations
from dataspark.engines.spark.session import Session
from dataspark.engines.spark.text import address
from dataspark.engines.spark.writing import Writer
from dataspark.lake.delta import DeltaTables
from dataspark.lake.excerpts import bounds_of, spread
from dataspark.lake.files import FileLake
from dataspark.lake.types import sql_type, stored_fields
from dataspark.pipeline.ports import Bounds, Judge, RawFile, Row, Select, Staged, Written
from dataspark.project import EngineSettings
from dataspark.sql.spark import Translator
from dataspark.sql.spark.writing import name as identifier
from dataspark.sql.spark.writing import text as literal
from dataspark.sql.text import name
from dataspark.tables import TableRef

_SCRATCH = "_scratch"
"""Below silver and gold: where what was split here waits to be read by Spark, and what Spark writes until it is whole.

A run that was killed leaves it to the next one."""
_ROWS_A_TEXT = 20_000


class SparkEngine:
    """Translates the pipeline's SQL and lets Spark carry it out; no row passes through this process."""

    name = "spark"
    in_order = False
    by_row = True

    def __init__(self, settings: EngineSettings, lake: FileLake, tables: DeltaTables) -> None:
        self._begin(Session(settings, lake.spark_settings(), lake.ca_file), settings, lake, tables, _SCRATCH)
        self._clear()

    def _begin(
        self, session: Session, settings: EngineSettings, lake: FileLake, tables: DeltaTables, scratch: str
    ) -> None:
        self.session, self.settings, self._scratch = session, settings, scratch
        self.binder = Binder(EngineSettings(threads=1, temp_directory=settings.temp_directory))
        self.lake, self.tables = lake, tables
        self.relations = Relations(self.session, Translator(self.binder))
        self.writer = Writer(self.relations, tables, Files(session, self.binder.session, scratch))
        self._bound: dict[TableRef, int | None] = {}

    def stage(self, name_: str, files: Sequence[RawFile], contract: Contract, judge: Judge) -> Staged:
        """Read raw files as text and keep `judge(relation)`, with `_file` and `_line`, as `name_`."""
        return raw.stage(self.session, self.relations, name_, files, contract, judge, raw.Raw(self.lake, self._scratch))

    def bind(self, table: TableRef, version: int | None, fields: Sequence[tuple[str, str]] = ()) -> None:
        """Let a version of a table answer to its name; None: an empty relation with `fields`."""
        if version is not None and self._bound.get(table) == version:
            return
        view = f"{table.layer}__{table.name}"
        if version is None:
            self.session.view(view, _empty(fields))
            self.relations.bound(table, view, fields)
        else:
            self._bind_files(view, table, version)
        self._bound[table] = version

    def _bind_files(self, view: str, table: TableRef, version: int) -> None:
        """The files are those that the log names: Spark need not read it."""
        described = self.tables.fields(table, version)
        fields = [(field.name, sql_type(field.type)) for field in described]
        if paths := [address(path) for path in self.tables.paths(table, version)]:
            schema = ", ".join(f"{identifier(field.name)} {field.type}" for field in described)
            self.session.files(view, "parquet", paths, schema, ("*",))
        else:
            self.session.view(view, _empty(fields))
        self.relations.bound(table, view, fields)

    def keep(self, name_: str, query: str) -> None:
        """Materialise a query as the temporary relation `name_`."""
        self.relations.keep(name_, query)

    def show(self, name_: str, query: str) -> None:
        """Let the temporary relation `name_` stand for a query."""
        self.relations.show(name_, query)

    def excerpt(self, name_: str, table: TableRef, version: int, places: int, rows: int) -> None:
        """Let the relation `name_` stand for `rows` rows at each of `places` places of a version.

        Files without such a place are not opened; of the others Spark looks at every row of the columns in question.
        """
        files = self.tables.files(table, version)
        slices = spread([file.rows for file in files], places, rows)
        addresses = [address(path) for path in self.tables.paths(table, version)]
        described = self.tables.fields(table, version)
        columns = ", ".join(identifier(field.name) for field in described)
        wanted = " OR ".join(
            f"(_name = {literal(files[number].path.rpartition('/')[2])} AND _row >= {start} AND _row < {end})"
            for number, start, end in slices
        )
        schema = ", ".join(f"{identifier(field.name)} {field.type}" for field in described)
        opened = [addresses[number] for number in dict.fromkeys(number for number, _start, _end in slices)]
        view = f"{name_}__files"
        place = ("*", "_metadata.file_name AS _name", "_metadata.row_index AS _row")
        self.session.files(view, "parquet", opened, schema, place)
        query = f"SELECT {columns} FROM {identifier(view)} WHERE {wanted}"
        self.relations.put(name_, query, [(field.name, sql_type(field.type)) for field in described])

    def drop(self, names_: Sequence[str]) -> None:
        """Forget temporary relations; those that do not exist are none to forget."""
        for name_ in names_:
            self.relations.drop([name_, *(f"{name_}__{part}" for part in raw.PARTS)])

    def rows(self, query: str) -> list[Row]:
        """A small answer."""
        return self.relations.rows(query)

    def values(self, name_: str, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> None:
        """Make the temporary relation `name_` from rows; `columns` are (name, SQL type). They travel as JSON texts."""
        kinds = [field.type for field in stored_fields(columns)]
        picked = ", ".join(
            f"CAST(r[{number}] AS {kind}) AS {identifier(column)}"
            for number, ((column, _type), kind) in enumerate(zip(columns, kinds, strict=True))
        )
        texts = [json.dumps(rows[start : start + _ROWS_A_TEXT]) for start in range(0, len(rows), _ROWS_A_TEXT)]
        lists = (f"SELECT explode(from_json({literal(text)}, 'ARRAY<ARRAY<STRING>>')) AS r" for text in texts)
        query = f"SELECT {picked} FROM ({' UNION ALL '.join(lists)})" if rows else _empty(columns)
        self.relations.put(name_, query, columns)

    def overwrite(self, table: TableRef, query: str, slices: tuple[str, Select] | None = None) -> Written:
        """Replace a table by a query. `slices` say nothing here: each task writes a file."""
        return self.writer.overwrite(table, query)

    def append(self, table: TableRef, base: int, query: str) -> Written:
        """Add rows to version `base`."""
        return self.writer.append(table, base, query)

    def replace_rows(self, table: TableRef, base: int, gone: str, query: str, key: Sequence[str]) -> Written:
        """Take the rows of relation `gone` (key, `_file`, `_line`) out of version `base` and add those of `query`."""
        return self.writer.replace_rows(table, base, gone, query, key)

    def bounds(self, table: TableRef, version: int) -> dict[str, Bounds]:
        """What the log says about the columns of a version; nothing is scanned."""
        return bounds_of(self.tables.files(table, version))

    def sample(self, query: str, limit: int) -> tuple[list[str], list[Row]]:
        """The column names and the first rows of a query, every value as text."""
        columns = [column for column, _kind in self.relations.columns(query)]
        shown = ", ".join(f"CAST({name(column)} AS VARCHAR) AS {name(column)}" for column in columns)
        return columns, self.rows(f"SELECT {shown} FROM ({query}\n) LIMIT {limit}")

    def translated(self, query: str) -> str:
        """A query as it is sent, over the relations that are bound and kept now."""
        return self.relations.translated(query).sql

    def branch(self) -> SparkEngine:
        """Another engine in the same application, for another thread: workers are shared, relations are not."""
        branch = SparkEngine.__new__(SparkEngine)
        session = Session(self.settings, self.lake.spark_settings(), self.lake.ca_file)
        branch._begin(session, self.settings, self.lake, self.tables, f"{_SCRATCH}/{uuid.uuid4().hex}")
        return branch

    def interrupt(self) -> None:
        """From another thread: stop what this session asked Spark for."""
        self.session.interrupt()

    def close(self) -> None:
        """Let go of memory and scratch files."""
        self.binder.close()
        self.session.close()
        self._clear()

    def _clear(self) -> None:
        for area in (self.lake.silver, self.lake.gold):
            area.delete_folder(self._scratch)

    def columns(self, query: str) -> list[tuple[str, str]]:
        """The (name, SQL type) of a query's columns; the query is bound, not run. Raises StatementRejected."""
        return self.relations.columns(query)


def _empty(fields: Sequence[tuple[str, str]]) -> str:
    described = zip(fields, stored_fields(fields), strict=True)
    columns = ", ".join(f"CAST(NULL AS {field.type}) AS {identifier(column)}" for (column, _kind), field in described)
    return f"SELECT {columns} WHERE FALSE"
