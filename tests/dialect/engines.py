"""One query on both engines: its rows and its types, in a form in which they can be compared."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dataspark.engines.duckdb.binding import Binder
from dataspark.errors import StatementRejected
from dataspark.project import EngineSettings
from dataspark.sql.spark import Relation, Translator, Untranslatable
from dataspark.sql.spark.types import spark_type

HERE = Path(__file__).parent
TABLES = ("t", "u", "m", "h", "n", "o")
Columns = tuple[tuple[str, str], ...]


@dataclass
class Engines:
    """The tables of `tables.sql` on DuckDB and on Spark."""

    duck: duckdb.DuckDBPyConnection
    spark: Any
    translator: Translator
    relations: Mapping[str, Relation]

    @classmethod
    def over(cls, spark: Any, folder: Path) -> Engines:
        duck = duckdb.connect()
        duck.execute("SET TimeZone = 'UTC'")
        duck.execute((HERE / "tables.sql").read_text())
        relations = {}
        for table in TABLES:
            path = folder / f"{table}.parquet"
            duck.execute(f"COPY {table} TO '{path}'")
            spark.read.parquet(str(path)).createOrReplaceTempView(table)
            columns = tuple((row[0], row[1]) for row in duck.execute(f"DESCRIBE {table}").fetchall())
            relations[table] = Relation(f"`{table}`", columns)
        return cls(duck, spark, Translator(Binder(EngineSettings())), relations)

    def difference(self, query: str) -> str:
        """What is different between the engines; empty where nothing is."""
        columns, wanted = self._on_duckdb(query)
        try:
            translated = self.translator.query(query, self.relations)
        except Untranslatable as error:
            return f"refused: {error.message}"
        assert translated.columns == columns
        frame = self.spark.sql(translated.sql)
        theirs = [kind.upper().replace(" ", "") for _name, kind in frame.dtypes]
        ours = [re.sub("[` ]", "", spark_type(kind)).upper() for _name, kind in columns]
        if theirs != ours:
            return f"types {theirs}, not {ours}"
        found = self._on_spark(translated.sql, frame.dtypes)
        if not _ordered(query):
            wanted, found = sorted(wanted, key=_sorting), sorted(found, key=_sorting)
        if len(wanted) != len(found):
            return f"{len(found)} rows, not {len(wanted)}"
        pairs = [(theirs_, ours_) for ours_, theirs_ in zip(wanted, found, strict=True) if not _same(ours_, theirs_)]
        return f"Spark {pairs[0][0]}, DuckDB {pairs[0][1]}" if pairs else ""

    def different(self, expressions: Sequence[str], table: str) -> list[str]:
        """The expressions over a table that differ, each with how. Many go into one query, as long as they are the same."""
        key = "k" if table in ("t", "u") else "id"
        listed = ", ".join(f"({expression}) AS c{number}" for number, expression in enumerate(expressions))
        try:
            difference = self.difference(f"SELECT {key}, {listed} FROM {table}")
        except Exception as error:  # noqa: BLE001 - which of many it is, is looked for below
            difference = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        if not difference:
            return []
        if len(expressions) == 1:
            return [f"{expressions[0]}  →  {difference}"]
        half = len(expressions) // 2
        return [*self.different(expressions[:half], table), *self.different(expressions[half:], table)]

    def stops(self, query: str) -> tuple[bool, bool]:
        """Whether a query that has a plan stops, on DuckDB and on Spark."""
        columns = self.translator.query(query, self.relations)
        return _fails(lambda: self.duck.execute(query).fetchall()), _fails(
            lambda: self.spark.sql(columns.sql).collect()
        )

    def _on_duckdb(self, query: str) -> tuple[Columns, list[tuple[Any, ...]]]:
        columns = tuple((row[0], row[1]) for row in self.duck.execute(f"DESCRIBE {query}").fetchall())
        names = [f"c{number}" for number in range(len(columns))]
        items = ", ".join(_comparable(name, kind) for name, (_old, kind) in zip(names, columns, strict=True))
        rows = self.duck.execute(f"SELECT {items} FROM ({query}) AS q ({', '.join(names)})").fetchall()
        return columns, [_plain(row) for row in rows]

    def _on_spark(self, query: str, columns: Sequence[tuple[str, str]]) -> list[tuple[Any, ...]]:
        names = [f"c{number}" for number in range(len(columns))]
        items = (
            f"unix_micros(CAST({name} AS TIMESTAMP))" if kind in ("date", "timestamp", "timestamp_ntz") else name
            for name, (_old, kind) in zip(names, columns, strict=True)
        )
        rows = self.spark.sql(f"SELECT {', '.join(items)} FROM ({query}) AS q ({', '.join(names)})").collect()
        return [_plain(tuple(row)) for row in rows]


def _comparable(name: str, kind: str) -> str:
    """Moments as microseconds: Python has none of the years that the engines have."""
    if kind == "DATE" or (kind.startswith("TIMESTAMP") and "[" not in kind):
        return f"epoch_us({name})"
    return f"CAST({name} AS VARCHAR)" if kind in ("TIME", "UUID") else name


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return "nan" if math.isnan(value) else value
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, dict):
        return tuple(map(_plain, value.values()))
    if isinstance(value, tuple | list):
        return (tuple if isinstance(value, tuple) else list)(map(_plain, value))
    return value


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a == b or math.isclose(a, b, rel_tol=1e-9)
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return bool(a == b)


def _sorting(row: tuple[Any, ...]) -> tuple[str, list[float]]:
    """Nearly equal floats sort alike in both; of different ones with the same first digits, the lesser first."""
    texts = repr([f"{value:.6g}" if isinstance(value, float) else repr(value) for value in row])
    return texts, [value for value in row if isinstance(value, float)]


def _ordered(query: str) -> bool:
    """Whether the whole query has an ORDER BY."""
    return re.search(r"\bORDER BY\b[^()]*(\([^()]*(\([^()]*\)[^()]*)*\)[^()]*)*$", query, re.IGNORECASE) is not None


def _fails(run: Any) -> bool:
    try:
        run()
    except Exception:  # noqa: BLE001 - whatever an engine stops with
        return True
    return False


__all__ = ["HERE", "Engines", "StatementRejected"]
