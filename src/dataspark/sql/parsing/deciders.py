"""Which columns of its inputs decide what rows a query has, found in its syntax tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.expressions import Expr
from sqlglot.lineage import to_node
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, find_all_in_scope, traverse_scope
from sqlglot.schema import Schema, ensure_schema

from dataspark.sql.parsing import Origin
from dataspark.sql.parsing.columns import schema_of, tables_below
from dataspark.sql.parsing.scopes import aggregates

_CONDITIONS = (exp.Where, exp.Having, exp.Qualify, exp.Join)
"""The clauses in which a subquery decides on the rows around it."""


def deciders(tree: Expr, columns: Mapping[str, Sequence[str]]) -> tuple[Origin, ...]:
    """The columns that filter, join or group the rows of a query; `columns` are those of each `layer.table` it reads.

    Nothing for a query that cannot be followed.
    """
    try:
        schema = ensure_schema(schema_of(columns), dialect="duckdb")
        known = qualify(
            tree.copy(), dialect="duckdb", schema=schema, db="gold", validate_qualify_columns=False, identify=False
        )
        return tuple(sorted({one for scope in traverse_scope(known) for one in _of_scope(scope, schema)}))
    except (SqlglotError, RecursionError, ValueError, KeyError):
        return ()


def _of_scope(scope: Scope, schema: Schema) -> Iterator[Origin]:
    """What decides on the rows of one SELECT, its subqueries left out: they are scopes of their own."""
    select = scope.expression
    if not isinstance(select, exp.Select):
        return
    for kind, clause in _clauses(select):
        for column in find_all_in_scope(clause, exp.Column):
            for table, name in _below(column, scope, schema):
                yield Origin(table, name, kind)


def _clauses(select: exp.Select) -> Iterator[tuple[str, Expr]]:
    """The parts of a SELECT that decide on its rows, and how they do."""
    for clause in (select.args.get(name) for name in ("where", "having", "qualify")):
        if clause:
            yield "FILTER", clause
    if select.args.get("limit") and (order := select.args.get("order")):
        yield "FILTER", order
    if _is_in_condition(select):
        yield from (("FILTER", one) for one in select.expressions)
    for join in select.args.get("joins") or ():
        if condition := join.args.get("on"):
            yield "JOIN", condition
    yield from (("GROUP", one) for one in _groups(select))


def _groups(select: exp.Select) -> Sequence[Expr]:
    """What the rows of a SELECT are told apart by, where several become one."""
    if distinct := select.args.get("distinct"):
        on = distinct.args.get("on")
        return [on] if on else select.expressions
    group = select.args.get("group")
    if not group:
        return ()
    if group.args.get("all"):
        return [one for one in select.expressions if not any(aggregates(one))]
    return [group]


def _is_in_condition(select: exp.Select) -> bool:
    """Whether a SELECT is a subquery that the rows around it are chosen by: `WHERE x IN (SELECT y …)`."""
    above = select.parent
    while above and not isinstance(above, exp.Select | exp.From | exp.CTE):
        if isinstance(above, _CONDITIONS):
            return not isinstance(above, exp.Join) or _is_below(select, above.args.get("on"))
        above = above.parent
    return False


def _is_below(node: Expr, top: Expr | None) -> bool:
    above: Expr | None = node
    while above and above is not top:
        above = above.parent
    return above is not None


def _below(column: exp.Column, scope: Scope, schema: Schema) -> Iterator[tuple[str, str]]:
    """The columns of tables that a column of a SELECT is made from."""
    reached: Scope | None = scope
    while reached and column.table not in reached.sources:  # a correlated subquery names what is outside of it
        reached = reached.parent
    source = reached.sources[column.table] if reached else None
    if isinstance(source, exp.Table):
        if source.db:
            yield f"{source.db}.{source.name}", column.name
    elif isinstance(source, Scope):
        node = to_node(column.name, source, "duckdb", schema, trim_selects=False)
        yield from tables_below(node)
