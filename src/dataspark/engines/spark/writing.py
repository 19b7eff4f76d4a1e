"""Query → a new version of a Delta table, written by Spark's workers.

In a folder Spark writes files and `lake/delta.py` commits them. Object storage cannot rename, so that Delta's own writer,
which needs no file to be moved, adds the rows there; and it is the one that takes rows out of files anywhere.

For it, a table that is made or replaced is first committed without a row by `lake/delta.py`, with the columns, the
settings and the protocol that every table of a lake has. Readers ask for recorded versions only, so nobody sees the empty
one, and Spark need not list what it replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dataspark.engines.spark.parquet import Files
from dataspark.engines.spark.relations import Relations
from dataspark.engines.spark.text import address
from dataspark.errors import StorageError
from dataspark.lake.delta import DataFile, DeltaTables, Field
from dataspark.lake.types import stored_fields, stored_type
from dataspark.pipeline.ports import Written
from dataspark.sql.spark.writing import name as identifier
from dataspark.sql.spark.writing import text as literal
from dataspark.sql.text import name as quoted
from dataspark.tables import TableRef

_BOUNDED = ("BIGINT", "INTEGER", "VARCHAR")
"""Types whose bounds let Spark pass over files."""
_TRIES = 3


@dataclass(frozen=True)
class Writer:
    """Writes the tables of one lake."""

    relations: Relations
    tables: DeltaTables
    files: Files

    def overwrite(self, table: TableRef, query: str) -> Written:
        """Replace a table by a query."""
        fields, body = self._storable(query)
        if not self.tables.area(table).is_remote:
            files = self._files(table, fields, body)
            return Written(self.tables.replace(table, fields, files), _rows(files))
        return self._insert(table, fields, body, lambda: self.tables.replace(table, fields, []))

    def append(self, table: TableRef, base: int, query: str) -> Written:
        """Add rows to version `base`."""
        fields, body = self._storable(query)
        if not self.tables.area(table).is_remote:
            files = self._files(table, fields, body)
            return Written(self.tables.change(table, base, fields, files, []), _rows(files))
        return self._insert(table, fields, body, lambda: self.tables.put_back(table, base))

    def replace_rows(self, table: TableRef, base: int, gone: str, query: str, key: Sequence[str]) -> Written:
        """Take the rows of relation `gone` out of version `base` and add those of `query`, in one commit."""
        fields, body = self._storable(query)
        place = list(dict.fromkeys((*key, "_file", "_line")))
        taken = self.relations.translated(f"SELECT {', '.join(map(quoted, place))} FROM {gone}").sql
        nothing = (f"CAST(NULL AS {f.type}) AS {identifier(f.name)}" for f in fields if f.name not in place)
        source = (
            f"SELECT {', '.join([*map(identifier, place), *nothing])}, TRUE AS _gone FROM ({taken}) UNION ALL "
            f"SELECT {', '.join(self._names(fields, place))}, FALSE AS _gone FROM ({body})"
        )
        same = [f"t.{identifier(column)} <=> s.{identifier(column)}" for column in place]
        columns = [identifier(field.name) for field in fields]
        statement = (
            f"MERGE INTO {self._path(table)} AS t USING ({source}) AS s "
            f"ON {' AND '.join(['s._gone', *same, *self._between(gone, key[0])])} "
            f"WHEN MATCHED THEN DELETE WHEN NOT MATCHED AND NOT s._gone THEN "
            f"INSERT ({', '.join(columns)}) VALUES ({', '.join(f's.{column}' for column in columns)})"
        )
        _before, version = self._alone(table, lambda: self.tables.put_back(table, base), statement)
        return Written(version, self._rows(table, version) - self._rows(table, base))

    def _names(self, fields: Sequence[Field], place: Sequence[str]) -> list[str]:
        return [*map(identifier, place), *(identifier(f.name) for f in fields if f.name not in place)]

    def _between(self, gone: str, column: str) -> list[str]:
        """Bounds of the rows that go, as literals: files that hold none of these keys are not looked at."""
        kind = self.relations.columns(f"SELECT {quoted(column)} FROM {gone}")[0][1]
        if kind not in _BOUNDED:
            return []
        low, high = self.relations.rows(f"SELECT min({quoted(column)}), max({quoted(column)}) FROM {gone}")[0]
        if low is None:
            return []
        shown = [literal(value) if isinstance(value, str) else str(value) for value in (low, high)]
        return [f"t.{identifier(column)} BETWEEN {shown[0]} AND {shown[1]}"]

    def _files(self, table: TableRef, fields: Sequence[Field], body: str) -> list[DataFile]:
        columns = ", ".join(identifier(field.name) for field in fields)
        query = f"SELECT {columns} FROM ({body})"
        return self.files.write(query, self.tables.area(table), self.tables.folder(table), fields)

    def _insert(self, table: TableRef, fields: Sequence[Field], body: str, begin: Callable[[], int]) -> Written:
        columns = ", ".join(identifier(field.name) for field in fields)
        before, version = self._alone(table, begin, f"INSERT INTO {self._path(table)} ({columns}) {body}")
        return Written(version, self._rows(table, version) - self._rows(table, before))

    def _alone(self, table: TableRef, begin: Callable[[], int], statement: str) -> tuple[int, int]:
        """The version that a table has to begin with, and the one that the statement makes of it.

        A statement of a run that was killed may be carried out late (a Connect server goes on without its client), and
        Delta lets rows in beside other rows: where another commit came between, all is begun once more.
        """
        for _ in range(_TRIES):
            before = begin()
            self.relations.session.run(statement)
            version = self._latest(table)
            if version <= before + 1:
                return before, version
        raise StorageError(f"somebody else goes on writing {table}", "see who, and run again")

    def _storable(self, query: str) -> tuple[list[Field], str]:
        """The columns of the table that holds a query, and the query in Spark's words with exactly these types."""
        translated = self.relations.translated(query)
        fields = stored_fields(translated.columns)
        if all(stored_type(kind) == kind for _name, kind in translated.columns):
            return fields, f"SELECT * FROM ({translated.sql})"
        columns = list(map(quoted, (column for column, _kind in translated.columns)))
        casts = (
            f"CAST({column} AS {stored_type(kind)}) AS {column}"
            for column, (_name, kind) in zip(columns, translated.columns, strict=True)
        )
        return fields, self.relations.translated(f"SELECT {', '.join(casts)} FROM ({query}\n)").sql

    def _path(self, table: TableRef) -> str:
        return f"delta.{identifier(address(self.tables.location(table)))}"

    def _latest(self, table: TableRef) -> int:
        version = self.tables.latest(table)
        if version is None:
            raise StorageError(f"{table} vanished while it was written")
        return version

    def _rows(self, table: TableRef, version: int) -> int:
        return _rows(self.tables.files(table, version))


def _rows(files: Sequence[DataFile]) -> int:
    return sum(file.rows for file in files)
