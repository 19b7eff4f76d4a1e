"""The way in: one SELECT of DuckDB's dialect and the relations that it reads → one SELECT of Spark's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dataspark.sql.spark.expr import NO_VALUE, Node, Untranslatable, with_columns
from dataspark.sql.spark.scopes import Environment
from dataspark.sql.spark.selects import Selects
from dataspark.sql.spark.types import spark_type
from dataspark.sql.spark.writing import name

Columns = tuple[tuple[str, str], ...]
"""(name, DuckDB's type) of each column."""


@dataclass(frozen=True)
class Relation:
    """What a name in a query stands for."""

    sql: str
    """What Spark reads in its place: the quoted name of a view, or a query in brackets."""
    columns: Columns


@dataclass(frozen=True)
class Translated:
    """A query of Spark's."""

    sql: str
    columns: Columns
    """Of its result."""


class Duck(Protocol):
    """What is asked of DuckDB. Nothing is run."""

    def tree(self, query: str) -> dict[str, Any]:
        """The syntax tree of one SELECT, as `json_serialize_sql` gives it. Raises StatementRejected, with the line."""

    def result(self, query: str, relations: Mapping[str, Columns]) -> Columns:
        """The columns of a query's result over relations of these names. Raises StatementRejected, with the line."""


class Translator:
    """Translates queries, remembering the answers of DuckDB about types."""

    def __init__(self, duck: Duck) -> None:
        self.duck = duck
        self._types: dict[str, str] = {}

    def query(self, sql: str, relations: Mapping[str, Relation]) -> Translated:
        """Translate a SELECT; `relations` are called as the query calls them: `silver.achats`, `achats__new`.

        Raises StatementRejected for SQL that DuckDB refuses, Untranslatable for what has no translation.
        """
        known = {called.lower(): relation for called, relation in relations.items()}
        tree = self.duck.tree(sql)
        columns = self.duck.result(sql, {called: relation.columns for called, relation in relations.items()})
        selects = Selects(Work(self, sql, known))
        query = selects.query(_node(tree), Environment())
        if NO_VALUE in query.sql:
            raise Untranslatable("an INTERVAL as a value cannot be run on Spark with the same meaning", 0)
        return Translated(_named(query.sql, query.columns, columns), columns)

    def type_of(self, expression: str) -> str:
        """The type of an expression without columns."""
        if expression not in self._types:
            self._types[expression] = self.duck.result(with_columns(expression), {})[0][1]
        return self._types[expression]


@dataclass(frozen=True)
class Work:
    """One query on its way through."""

    translator: Translator
    text: str
    relations: Mapping[str, Relation]

    def type_of(self, expression: str, node: Node) -> str:
        """The type of an expression without columns; a refusal names the node's line."""
        from dataspark.errors import StatementRejected

        try:
            return self.translator.type_of(expression)
        except StatementRejected as error:
            raise Untranslatable(error.message, self.line(node)) from error

    def refuse(self, what: str, node: Node | None = None) -> Untranslatable:
        """The error that something has no translation."""
        return Untranslatable(f"{what} cannot be run on Spark with the same meaning", self.line(node or {}))

    def line(self, node: Node) -> int:
        """The line of a node in the text, from 1: where it stands, or the first of its parts that stands somewhere."""
        size = len(self.text.encode())
        places = (place for place in _places(node) if place <= size)
        place = next(places, None)
        return 0 if place is None else self.text.encode()[:place].count(b"\n") + 1


def _places(node: Any) -> Iterator[int]:
    if isinstance(node, list):
        for part in node:
            yield from _places(part)
    elif isinstance(node, dict):
        if isinstance(place := node.get("query_location"), int):
            yield place
        for part in node.values():
            yield from _places(part)


def _node(tree: dict[str, Any]) -> Node:
    found: Node = tree["statements"][0]["node"]
    return found


def _named(sql: str, made: Columns, wanted: Columns) -> str:
    """The query with the names and types that DuckDB gives the result."""
    if made == wanted:
        return sql
    places = [f"_{number}" for number in range(len(made))]  # two columns may have one name
    items = ", ".join(
        f"{_column(place, mine, theirs)} AS {name(called)}"
        for place, (_ours, mine), (called, theirs) in zip(places, made, wanted, strict=True)
    )
    return f"SELECT {items} FROM ({sql}) AS q ({', '.join(places)})"


def _column(place: str, mine: str, theirs: str) -> str:
    if spark_type(mine) == spark_type(theirs):
        return place
    if mine.endswith("[]") != theirs.endswith("[]"):  # DuckDB forgets the type of a list that it knows to be NULL
        raise Untranslatable(f"{mine} that is {theirs} for DuckDB cannot be run on Spark with the same meaning", 0)
    return f"CAST({place} AS {spark_type(theirs)})"
