"""A piece of Spark SQL with its type in DuckDB."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from dataspark.errors import StatementRejected
from dataspark.sql.spark.types import spark_type, unnamed

Node = dict[str, Any]
"""A node of DuckDB's syntax tree, as its JSON has it."""


class Untranslatable(StatementRejected):
    """SQL that has no Spark SQL of the same meaning, or none that is known here; `line` is its line in the text."""


NO_VALUE = "\0"
"""The SQL of what Spark has no value for: an INTERVAL. Wherever it would be written, the query is refused."""


@dataclass(frozen=True)
class Span:
    """An INTERVAL, which Spark has as no one type: whole months, days and microseconds, each a BIGINT or absent."""

    months: str = ""
    days: str = ""
    micros: str = ""

    @property
    def some(self) -> str:
        """One of its parts: NULL where the interval is."""
        return self.months or self.days or self.micros


@dataclass(frozen=True)
class Expr:
    """An expression in both worlds."""

    sql: str
    """In Spark. It can stand anywhere without brackets."""
    type: str
    """In DuckDB: `DECIMAL(12,2)`."""
    stand: str
    """What stands for it where DuckDB is asked for the type of something made of it."""
    exact: bool = True
    """Whether Spark, too, gives it its type."""
    constant: Any = None
    """The value of a literal."""
    literal: bool = False
    span: Span | None = field(default=None, compare=False)
    """Of an INTERVAL."""

    @property
    def is_null(self) -> bool:
        """Whether it is the literal NULL."""
        return self.type == '"NULL"' and self.literal

    def typed(self) -> str:
        """The SQL, cast where Spark would give it another type."""
        return self.sql if self.exact else f"CAST({self.sql} AS {spark_type(self.type)})"

    def cast(self, kind: str) -> str:
        """The SQL as another type of Spark's."""
        return f"CAST({self.sql} AS {kind})"

    def settled(self) -> Expr:
        """The same with its type for sure."""
        return self if self.exact else replace(self, sql=self.typed(), exact=True)


def of_type(sql: str, type_: str, exact: bool = True) -> Expr:
    """An expression that is no literal."""
    return Expr(sql, type_, standing(type_), exact)


def standing(type_: str) -> str:
    """A column of a type: what stands for a value of it in a question to DuckDB. (A typed NULL would be folded away.)"""
    return "NULL" if type_ == '"NULL"' else '"«' + type_.replace('"', '""') + '»"'


_STANDING = re.compile('"«((?:[^"]|"")*)»"')


def with_columns(expression: str) -> str:
    """An expression of values that stand for others, as a query that has them for columns."""
    kinds = {found.replace('""', '"') for found in _STANDING.findall(expression)}
    columns = ", ".join(f"{_nothing(kind)} AS {standing(kind)}" for kind in sorted(kinds))
    return f"SELECT {expression} FROM (SELECT {columns})" if kinds else f"SELECT {expression}"


def _nothing(kind: str) -> str:
    """Some expression of a type. A row without names has one that no CAST can name."""
    if kind.endswith("[]") and not (inner := _nothing(kind[:-2])).startswith("CAST("):
        return f"[{inner}]"
    if kind.startswith("STRUCT(") and kind.endswith(")") and (parts := unnamed(kind)):
        return f"row({', '.join(map(_nothing, parts))})"
    return f"CAST(NULL AS {kind})"
