"""What a name means at a place of a query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dataspark.sql.spark.expr import Expr, Node, of_type
from dataspark.sql.spark.types import members
from dataspark.sql.spark.writing import name


@dataclass(frozen=True)
class Column:
    """A column of a source, as the query sees it."""

    name: str
    type: str
    sql: str
    """How Spark is told of it: `a`.`x`."""
    hidden: bool = False
    """Whether a USING has merged it into another: a star and a bare name pass over it."""

    @property
    def expr(self) -> Expr:
        """The column as an expression."""
        return of_type(self.sql, self.type)


@dataclass(frozen=True)
class Source:
    """A relation in FROM."""

    alias: str
    columns: tuple[Column, ...]

    @classmethod
    def of(cls, alias: str, columns: Sequence[tuple[str, str]]) -> Source:
        """A relation under a name."""
        return cls(alias, tuple(Column(n, t, f"{name(alias)}.{name(n)}") for n, t in columns))


@dataclass(frozen=True)
class Environment:
    """What stands around a query: the queries named in WITH, and the scope that it may be correlated with."""

    named: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Name of a common table expression, in lower case → the columns of its result."""
    outer: Scope | None = None

    def with_named(self, called: str, columns: tuple[tuple[str, str], ...]) -> Environment:
        """The same with one more common table expression."""
        return Environment({**self.named, called.lower(): columns}, self.outer)

    def within(self, scope: Scope) -> Environment:
        """That of a subquery in `scope`."""
        return Environment(self.named, scope)


class Scope:
    """The sources of one SELECT, the names that it gives to its own results, and what is around it."""

    def __init__(self, sources: Sequence[Source], around: Environment) -> None:
        self.sources = list(sources)
        self.around = around
        self.aliases: dict[str, Node] = {}
        """Alias of a result, in lower case → its expression, which other parts of the SELECT may name by it."""
        self.lambdas: list[dict[str, Expr]] = []
        self.correlated = False
        """Whether something in it named a column of the scope around it."""
        self.replacing: set[str] = set()
        """Aliases whose expression is being translated: in there, their name means a column."""
        self.keys: frozenset[str] | None = None
        """In HAVING and QUALIFY of a query with groups, outside of aggregates: the columns that can be named there."""

    def find(self, path: Sequence[str]) -> Expr | None:
        """The column that a name means, here or around; None where there is none.

        Raises LookupError for one of a query two levels out.
        """
        found = self.here(path)
        if found is None and self.around.outer is not None:
            found = self.around.outer.here(path)
            if found is None and self.around.outer.find(path) is not None:
                raise LookupError(".".join(path))  # Spark looks one query out, and no further
            self.correlated |= found is not None
        return found

    def hides(self, path: Sequence[str], found: Expr) -> bool:
        """Whether an alias goes before a column: where groups are made and the column is none of their keys."""
        named = len(path) == 1 and path[0].lower() in self.aliases and path[0].lower() not in self.replacing
        return named and self.keys is not None and found.sql not in self.keys

    def here(self, path: Sequence[str]) -> Expr | None:
        """The column of one of the sources that a name means."""
        first = path[0].lower()
        for parameters in reversed(self.lambdas):
            if first in parameters:
                return _member(parameters[first], path[1:])
        if len(path) > 1:
            for found in self._of_alias(path):
                return found
        for column in self.visible():
            if column.name.lower() == first:
                return _member(column.expr, path[1:])
        return None

    def _of_alias(self, path: Sequence[str]) -> Iterator[Expr]:
        called = [part.lower() for part in path]
        for source in self.sources:
            names = source.alias.lower().split(".")
            for prefix in (names, names[-1:]):
                if called[: len(prefix)] == prefix and len(called) > len(prefix):
                    # A hidden column is the source's own; the one that USING made of it stands beside it.
                    for column in sorted(source.columns, key=lambda one: not one.hidden):
                        if column.name.lower() == called[len(prefix)]:
                            yield _member(column.expr, path[len(prefix) + 1 :])

    def visible(self) -> Iterator[Column]:
        """The columns that a star stands for."""
        return (column for source in self.sources for column in source.columns if not column.hidden)


def _member(value: Expr, path: Sequence[str]) -> Expr:
    for part in path:
        fields = {field.lower(): (field, kind) for field, kind in members(value.type)}
        field_, kind = fields[part.lower()]
        value = of_type(f"{value.sql}.{name(field_)}", kind)
    return value
