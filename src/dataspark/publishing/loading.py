"""One table of a release → the staging schema, with its own keys, ready to take the old one's place."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dataspark.errors import RowsRefused
from dataspark.publishing.database import Database
from dataspark.publishing.dependents import make_indexes
from dataspark.publishing.shapes import Shape
from dataspark.reader import Reader
from dataspark.sql.text import name

Told = Callable[[str, int, int], object]
"""Hears of a table, of its rows that are there so far, and of its rows in all."""
_AT_ONCE = 5_000
"""Rows that travel together: enough to make little of each trip, and a few MB of wide rows."""


def load(database: Database, staging: str, shape: Shape, reader: Reader, total: int, told: Told) -> int:
    """Load a table. Returns its rows. Raises RowsRefused, with table and column, for what PostgreSQL does not take."""
    doing = f"loading {shape.table}"
    table = f"{name(staging)}.{name(shape.table)}"
    with database.transaction():
        database.run(shape.created(staging), doing)
        # FREEZE: the table is as new as its rows, so they need no second writing, and a transaction of a reader that began
        # before the swap sees all of them rather than none.
        try:
            lines = _lines(reader, shape, total, told)
            rows = database.copy(f"COPY {table} FROM STDIN (FORMAT text, FREEZE)", lines, doing)
        except RowsRefused as error:
            raise RowsRefused(f"{error.message}{_with_nul(reader, shape)}", error.hint) from error
    for statement in shape.keyed(staging):
        database.run(statement, f"keys of {shape.table}")
    for statement in shape.described(staging):
        database.run(statement, doing)
    return rows


def _lines(reader: Reader, shape: Shape, total: int, told: Told) -> Iterator[str]:
    done = 0
    told(shape.table, 0, total)
    for rows in reader.sql(f"SELECT {shape.line()} AS line FROM gold.{name(shape.table)}").batches(_AT_ONCE):
        yield "".join(f"{line}\n" for (line,) in rows)
        done += len(rows)
        told(shape.table, done, total)


def _with_nul(reader: Reader, shape: Shape) -> str:
    """The columns with a NUL character, of which the server tells no place."""
    texts = [field.name for field in shape.fields if field.kind == "VARCHAR" and not field.masked]
    if not texts:
        return ""
    asked = ", ".join(f"coalesce(bool_or(contains({name(column)}, chr(0))), FALSE)" for column in texts)
    found = reader.sql(f"SELECT {asked} FROM gold.{name(shape.table)}").rows()[0]
    there = [f"gold.{shape.table}.{column}" for column, nul in zip(texts, found, strict=True) if nul]
    return f" ({', '.join(there)})" if there else ""


def finish(database: Database, staging: str, shape: Shape, old: int | None) -> None:
    """Give a loaded table the indexes that others made on the old one, and the statistics that plans are made from."""
    table = f"{name(staging)}.{name(shape.table)}"
    if old is not None:
        make_indexes(database, old, table, {field.name: field.type for field in shape.fields})
    database.run(f"ANALYZE {table}", f"analysing {shape.table}")
