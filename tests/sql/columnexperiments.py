"""What columns come from, found by experiment: the values of one column of a table are changed, and the results compared.

`test_column_experiments.py` tries a few random queries by fixed seeds. By hand, in the folder `tests`, whatever lineage does
not know is printed:

    PYTHONPATH=../src python -m sql.columnexperiments SEED COUNT
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from dataspark.sql.parsing import Parser
from dialect.engines import HERE
from dialect.randomqueries import Grammar, Writer

TABLES = """
CREATE TABLE t AS SELECT * FROM (VALUES
    (1, 2, 'alpha', 'a'), (2, 1, 'b', 'b'), (3, 3, NULL, 'a'), (4, 2, 'a', 'bc'), (5, NULL, 'delta', 'x'), (6, 4, 'b', NULL)
) AS t(id, q, n, p);
CREATE TABLE u AS SELECT * FROM (VALUES
    (1, 2, 'a', 'x'), (2, 3, 'm', 'y'), (2, 1, 'b', 'a'), (3, NULL, 'z', 'b'), (9, 4, NULL, 'k')
) AS u(uid, w, v, x);
"""
"""Small tables, where much is equal and something is missing. No two have a column of the same name."""
SIGN = "§"
"""In texts of a changed column, and nowhere else."""
Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class World:
    """The tables once more, in a schema of their own, where one column has other values."""

    schema: str
    table: str
    column: str


@dataclass
class Laboratory:
    """Tables in a database, and worlds in which one of their columns is another one."""

    parser: Parser
    layer: str
    columns: dict[str, list[str]] = field(default_factory=dict)
    worlds: list[World] = field(default_factory=list)
    engine: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    tried: int = 0
    followed: int = 0

    @classmethod
    def of(cls, parser: Parser, layer: str, tables: str, names: Sequence[str]) -> Laboratory:
        """With the tables that statements make."""
        made = cls(parser, layer)
        made.engine.execute(f"SET threads = 1; SET TimeZone = 'UTC'; CREATE SCHEMA {layer}; SET schema = '{layer}'")
        made.engine.execute(tables)
        for name in names:
            described = made.engine.execute(f"DESCRIBE {name}").fetchall()
            made.columns[f"{layer}.{name}"] = [row[0] for row in described]
        for name in names:
            for column in made.columns[f"{layer}.{name}"]:
                for value in made._other_values(name, column):
                    made._add_world(names, name, column, value)
        return made

    def unknown(self, query: str) -> Iterator[str]:
        """What moves in the result of a query, and in truth should not. Nothing of a query that the engine refuses."""
        before = self._answer(query, self.layer)
        if before is None:
            return
        self.tried += 1
        known = self.parser.origins(query, self.columns)
        self.followed += bool(known)
        deciders = {(one.table, one.column) for one in self.parser.deciders(query, self.columns)}
        titles, rows = before
        for world in (one for one in self.worlds if known and re.search(rf"\b{one.table}\b", query)):
            source = (f"{self.layer}.{world.table}", world.column)
            told = {title for title, of in known.items() if source in {(one.table, one.column) for one in of}}
            kept = [place for place, title in enumerate(titles) if title in known and title not in told]
            after = self._answer(query, world.schema) if kept else None
            if after is None:
                continue
            if any(SIGN in repr(row[place]) for row in after[1] for place in kept):
                yield f"{'.'.join(source)}, whose value is shown: {query}"
            elif source not in deciders and _sorted(rows, kept) != _sorted(after[1], kept):
                yield f"{'.'.join(source)}, by which other columns or rows change: {query}"

    def _other_values(self, table: str, column: str) -> Iterator[str]:
        """The next row's value in each row; then values that no row has."""
        kind = self.engine.execute(f"SELECT typeof({column}) FROM {table} LIMIT 1").fetchall()[0][0]
        yield f"lead({column}, 1, (SELECT first({column}) FROM {table})) OVER (ORDER BY rowid)"
        if kind == "VARCHAR":
            yield f"CASE WHEN rowid % 3 < 2 THEN '{SIGN}' || rowid % 2 ELSE '{SIGN}' || coalesce({column}, '') END"
        elif kind == "INTEGER":
            yield "(rowid * 7) % 5"

    def _add_world(self, names: Sequence[str], table: str, column: str, value: str) -> None:
        world = World(f"world{len(self.worlds)}", table, column)
        self.engine.execute(f"CREATE SCHEMA {world.schema}")
        for name in names:
            items = f"* REPLACE ({value} AS {column})" if name == table else "*"
            self.engine.execute(f"CREATE TABLE {world.schema}.{name} AS SELECT {items} FROM {self.layer}.{name}")
        self.worlds.append(world)

    def _answer(self, query: str, schema: str) -> tuple[list[str], Rows] | None:
        try:
            self.engine.execute(f"SET schema = '{schema}'")
            found = self.engine.execute(query.replace(f"{self.layer}.", f"{schema}."))
            return [one[0].lower() for one in found.description], found.fetchall()
        except duckdb.Error:
            return None


class SmallWriter(Writer):
    """Writes queries over the small tables."""

    nested = ("int", "str", "bool", "source")

    def __init__(self, seed: int) -> None:
        super().__init__(seed, Grammar.read(Path(__file__).with_name("lineage.sql")))

    def query(self) -> str:
        return self._filled(self._template("query"), "t", self.chance.choice((1, 2, 2, 3)))


def _sorted(rows: Rows, places: Sequence[int]) -> list[str]:
    return sorted(repr([row[place] for place in places]) for row in rows)


def unknown(seed: int, count: int, folder: Path, hard: bool = False) -> tuple[list[str], Laboratory]:
    """What is found by so many random queries, each of which the engine runs; `hard`: those of the dialect's tests."""
    tables = (HERE / "tables.sql").read_text() if hard else TABLES
    laboratory = Laboratory.of(Parser(folder), "gold" if hard else "silver", tables, ("t", "u"))
    writer = Writer(seed) if hard else SmallWriter(seed)
    found: list[str] = []
    while laboratory.tried < count:
        found += laboratory.unknown(writer.query())
    return found, laboratory


def main(seed: int, count: int) -> None:
    """Print what is found, and how many queries were followed."""
    for hard in (False, True):
        found, laboratory = unknown(seed, count, Path("/nowhere"), hard)
        sys.stdout.writelines(f"{one}\n" for one in found)
        sys.stderr.write(f"{laboratory.tried} queries, {laboratory.followed} followed\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
