"""FROM: tables, subqueries, joins, lists of values, and functions that give rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dataspark.sql.spark.expr import Node
from dataspark.sql.spark.scopes import Column, Environment, Scope, Source
from dataspark.sql.spark.writing import name

if TYPE_CHECKING:
    from dataspark.sql.spark.selects import Selects
    from dataspark.sql.spark.translator import Relation, Work

_JOINS = {
    "INNER": "INNER JOIN",
    "LEFT": "LEFT JOIN",
    "RIGHT": "RIGHT JOIN",
    "OUTER": "FULL JOIN",
    "FULL": "FULL JOIN",
    "SEMI": "LEFT SEMI JOIN",
    "ANTI": "LEFT ANTI JOIN",
}


@dataclass(frozen=True)
class From:
    """A part of FROM."""

    sql: str
    sources: tuple[Source, ...]


class Tables:
    """Translates FROM."""

    def __init__(self, work: Work, selects: Selects) -> None:
        self.work, self.selects = work, selects

    def sources(self, node: Node, around: Environment) -> tuple[tuple[Source, ...], str]:
        """What a SELECT reads, and its FROM clause with a blank before it."""
        if node["type"] == "EMPTY":
            return (), ""
        found = self._of(node, around, ())
        return found.sources, f" FROM {found.sql}"

    def _of(self, node: Node, around: Environment, before: Sequence[Source]) -> From:
        kinds = {
            "BASE_TABLE": self._table,
            "SUBQUERY": self._subquery,
            "JOIN": self._join,
            "EXPRESSION_LIST": self._values,
            "TABLE_FUNCTION": self._function,
            "EMPTY": self._nothing,
        }
        if node["type"] not in kinds:
            raise self.work.refuse(f"{node['type'].replace('_', ' ').lower()} in FROM", node)
        if node.get("sample"):
            raise self.work.refuse("a sample", node)
        return kinds[node["type"]](node, around, before)

    def _table(self, node: Node, around: Environment, _before: Sequence[Source]) -> From:
        plain = node["table_name"]
        called = ".".join(part for part in (node.get("schema_name"), plain) if part)
        alias = node.get("alias") or called
        if not node.get("schema_name") and plain.lower() in around.named:
            columns, sql = around.named[plain.lower()], name(plain)
        else:
            relation = self._relation(called)
            if relation is None:
                raise self.work.refuse(f"`{called}`, which is no table here,", node)
            columns, sql = relation.columns, relation.sql
        return _aliased(sql, alias, columns, node.get("column_name_alias") or [])

    def _relation(self, called: str) -> Relation | None:
        relations = self.work.relations
        for tried in (called, f"gold.{called}", f"main.{called}"):
            if tried.lower() in relations:
                return relations[tried.lower()]
        return None

    def _subquery(self, node: Node, around: Environment, before: Sequence[Source]) -> From:
        scope = Scope(before, around)
        found = self.selects.query(node["subquery"]["node"], around.within(scope) if before else around)
        alias = node.get("alias") or "unnamed_subquery"
        made = _aliased(f"({found.sql})", alias, found.columns, node.get("column_name_alias") or [])
        # Spark wants to be told that a subquery looks at its neighbours; those of the outer query it finds by itself.
        lateral = found.correlated and bool(before)
        return replace(made, sql=f"LATERAL {made.sql}") if lateral else made

    def _nothing(self, _node: Node, _around: Environment, _before: Sequence[Source]) -> From:
        return From("(SELECT 1)", ())

    def _values(self, node: Node, around: Environment, _before: Sequence[Source]) -> From:
        scope = Scope((), around)
        rows = [[self.selects.expressions.of(value, scope) for value in row] for row in node["values"]]
        kinds = [self.selects.common([row[place].type for row in rows], node) for place in range(len(rows[0]))]
        names = [*(node.get("expected_names") or [])] or [f"col{place}" for place in range(len(kinds))]
        listed = " UNION ALL ".join(
            "SELECT "
            + ", ".join(
                f"{self.selects.expressions.converted(value, kind, node).typed()} AS {name(column)}"
                for value, kind, column in zip(row, kinds, names, strict=True)
            )
            for row in rows
        )
        columns = tuple(zip(names, kinds, strict=True))
        return _aliased(f"({listed})", node.get("alias") or "valueslist", columns, node.get("column_name_alias") or [])

    def _function(self, node: Node, around: Environment, before: Sequence[Source]) -> From:
        call = node["function"]
        scope = Scope(before, around)
        called = call["function_name"]
        if node.get("with_ordinality") == "WITH_ORDINALITY":
            raise self.work.refuse("WITH ORDINALITY", node)
        if called == "unnest" and len(call["children"]) == 1:
            rows = self.selects.expressions.of(call["children"][0], scope)
        elif called in ("range", "generate_series"):
            rows = self.selects.expressions.of(call, scope)
        else:
            raise self.work.refuse(f"`{called}` in FROM", node)
        if not rows.type.endswith("[]"):
            raise self.work.refuse(f"`{called}` of {rows.type}", node)
        alias = node.get("alias") or called
        column = (
            node.get("column_name_alias") or [called if called != "unnest" or not node.get("alias") else "unnest"]
        )[0]
        sql = f"{'LATERAL ' if before else ''}explode({rows.sql}) AS {name(alias)} ({name(column)})"
        return From(sql, (Source.of(alias, [(column, rows.type[:-2])]),))

    # Joins

    def _join(self, node: Node, around: Environment, before: Sequence[Source]) -> From:
        left = self._of(node["left"], around, before)
        right = self._of(node["right"], around, (*before, *left.sources))
        kind, reference = node["join_type"], node["ref_type"]
        if reference not in ("REGULAR", "CROSS", "NATURAL") or kind not in _JOINS:
            raise self.work.refuse(f"{reference} {kind} JOIN".replace("REGULAR ", ""), node)
        using = list(node.get("using_columns") or [])
        if reference == "NATURAL":
            theirs = {c.name.lower() for s in right.sources for c in s.columns if not c.hidden}
            using = [c.name for s in left.sources for c in s.columns if not c.hidden and c.name.lower() in theirs]
        if using:
            return self._using(left, right, kind, using, node)
        sources = left.sources if kind in ("SEMI", "ANTI") else (*left.sources, *right.sources)
        if reference == "CROSS":
            return From(f"{left.sql} CROSS JOIN {_grouped(right, node)}", sources)
        scope = Scope((*before, *left.sources, *right.sources), around)
        condition = (
            self.selects.expressions.condition(node["condition"], scope).sql if node.get("condition") else "TRUE"
        )
        return From(f"{left.sql} {_JOINS[kind]} {_grouped(right, node)} ON {condition}", sources)

    def _using(self, left: From, right: From, kind: str, using: Sequence[str], node: Node) -> From:
        same, merged = [], {}
        for called in using:
            ours, theirs = _column(left, called), _column(right, called)
            if ours is None or theirs is None:
                raise self.work.refuse(f"USING ({called}), which one side does not have,", node)
            wanted = self.selects.common([ours.type, theirs.type], node)
            a, b = (self.selects.expressions.converted(one.expr, wanted, node).sql for one in (ours, theirs))
            same.append(f"{a} = {b}")
            if kind in ("RIGHT", "FULL", "OUTER"):
                merged[called.lower()] = Column(ours.name, wanted, f"coalesce({a}, {b})")
        sql = f"{left.sql} {_JOINS[kind]} {_grouped(right, node)} ON {' AND '.join(same)}"
        if kind in ("SEMI", "ANTI"):
            return From(sql, left.sources)
        hidden = {called.lower() for called in using}
        sources = [_merged(source, merged) for source in left.sources]
        return From(sql, (*sources, *(_without(source, hidden) for source in right.sources)))


def _merged(source: Source, merged: dict[str, Column]) -> Source:
    """A source of the left side: what USING made of both sides stands where its own column was."""
    columns: list[Column] = []
    for column in source.columns:
        made = merged.get(column.name.lower())
        columns += [made, replace(column, hidden=True)] if made and not column.hidden else [column]
    return Source(source.alias, tuple(columns))


def _without(source: Source, hidden: set[str]) -> Source:
    """A source of the right side: a bare name does not mean its columns any more."""
    columns = (replace(c, hidden=True) if c.name.lower() in hidden else c for c in source.columns)
    return Source(source.alias, tuple(columns))


def _column(side: From, called: str) -> Column | None:
    for source in side.sources:
        for column in source.columns:
            if column.name.lower() == called.lower() and not column.hidden:
                return column
    return None


def _grouped(right: From, node: Node) -> str:
    return f"({right.sql})" if node["right"]["type"] == "JOIN" else right.sql


def _aliased(sql: str, alias: str, columns: Sequence[tuple[str, str]], aliases: Sequence[str]) -> From:
    names = [*aliases, *(column for column, _kind in columns[len(aliases) :])]
    listed = f" ({', '.join(map(name, names))})" if aliases else ""
    made = [(called, kind) for called, (_old, kind) in zip(names, columns, strict=True)]
    return From(f"{sql} AS {name(alias)}{listed}", (Source.of(alias, made),))
