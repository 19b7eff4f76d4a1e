"""Which columns of its inputs decide what rows a query has, found in its syntax tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.expressions import Expr
from sqlglot.optimizer.scope import Scope, find_all_in_scope

from dataspark.sql.parsing import Origin
from dataspark.sql.parsing.following import Followed, Found
from dataspark.sql.parsing.plain import NotFollowed
from dataspark.sql.parsing.scopes import aggregates

_CONDITIONS = (exp.Where, exp.Having, exp.Qualify, exp.Join, exp.Limit, exp.Offset)
"""The clauses in which a subquery decides on the rows around it."""
_MAKES_ROWS = (exp.Explode, exp.Unnest)


def deciders(tree: Expr, columns: Mapping[str, Sequence[str]]) -> tuple[Origin, ...]:
    """The columns that filter, join or group the rows of a query; `columns` are those of each `layer.table` it reads.

    Nothing for a query that cannot be followed. The tree is changed.
    """
    try:
        query = Followed(tree, columns)
        return query.settled(lambda: tuple(sorted({one for scope in query.scopes for one in _of_scope(query, scope)})))
    except (SqlglotError, RecursionError, ValueError, KeyError):
        return ()


def _of_scope(query: Followed, scope: Scope) -> Iterator[Origin]:
    """What decides on the rows of one query, its subqueries left out: they are scopes of their own."""
    expression = scope.expression
    if isinstance(expression, exp.Select):
        for kind, clause in _clauses(expression):
            for found in query.known_parts(clause, scope):
                yield from _told(kind, found)
    elif isinstance(expression, exp.SetOperation):
        for kind, found in _of_set_operation(query, scope):
            yield from _told(kind, found)
    elif isinstance(expression, exp.Unnest) or (isinstance(expression, exp.Lateral) and not scope.subquery_scopes):
        yield from _told("JOIN", _known(partial(query.arguments, expression, scope)))
    for kind, key in _keys(expression):
        for found in _of_key(query, key, scope):
            yield from _told(kind, found)


def _told(kind: str, found: Found) -> Iterator[Origin]:
    return (Origin(table, column, kind) for table, column in found)


def _clauses(select: exp.Select) -> Iterator[tuple[str, Expr]]:
    """The parts of a SELECT that decide on its rows, and how they do."""
    for clause in (select.args.get(name) for name in ("where", "having", "qualify")):
        if clause:
            yield "FILTER", clause
    if _is_in_condition(select):
        yield from (("FILTER", one) for one in select.expressions)
    for join in select.args.get("joins") or ():
        if condition := join.args.get("on"):
            yield "JOIN", condition
    # A function that makes rows of a value makes as many as the value says.
    yield from (("JOIN", table.this) for table in _functions(select))
    yield from (("JOIN", one) for value in select.expressions for one in find_all_in_scope(value, *_MAKES_ROWS))
    yield from (("GROUP", one) for one in _groups(select))


def _functions(select: exp.Select) -> Iterator[Expr]:
    first = select.args.get("from_")
    for source in [*([first.this] if first else []), *(join.this for join in select.args.get("joins") or ())]:
        if isinstance(source, exp.Table) and not isinstance(source.this, exp.Identifier):
            yield source


def _groups(select: exp.Select) -> Sequence[Expr]:
    """What the rows of a SELECT are told apart by, where several become one."""
    if distinct := select.args.get("distinct"):
        return () if distinct.args.get("on") else select.expressions
    group = select.args.get("group")
    if not group:
        return ()
    if group.args.get("all"):
        return [one for one in select.expressions if not any(aggregates(one))]
    return [group]


def _of_set_operation(query: Followed, scope: Scope) -> Iterator[tuple[str, Found]]:
    """What the rows of UNION, INTERSECT and EXCEPT are compared by."""
    if isinstance(scope.expression, exp.Union):
        if not scope.expression.args.get("distinct"):
            return
        kind = "GROUP"
    else:
        kind = "FILTER"
    for side in scope.set_operation_scopes:
        for place in range(len(query.names(side))):
            yield kind, _known(partial(query.output, side, place))


def _keys(query: Expr) -> Iterator[tuple[str, Expr]]:
    """What rows are sorted by where not all of them are kept, and what DISTINCT ON tells them apart by."""
    for around in _brackets(query):
        distinct = around.args.get("distinct")
        on = distinct.args.get("on") if isinstance(distinct, exp.Distinct) else None
        if on:
            yield from (("GROUP", one) for one in (on.expressions if isinstance(on, exp.Tuple) else [on.unnest()]))
        if (order := around.args.get("order")) and (on or around.args.get("limit") or around.args.get("offset")):
            yield from (("FILTER", one.this) for one in order.expressions)


def _brackets(query: Expr) -> Iterator[Expr]:
    """A query, and the brackets around it, which may have an ORDER BY of their own."""
    yield query
    while isinstance(query.parent, exp.Subquery):
        query = query.parent
        yield query


def _of_key(query: Followed, key: Expr, scope: Scope) -> Iterator[Found]:
    """Where one key of an ORDER BY comes from: the name or the number of a column of the result, or an expression."""
    names = query.names(scope)
    if isinstance(key, exp.Literal) and key.is_int and int(key.name) <= len(names):
        yield _known(partial(query.output, scope, int(key.name) - 1))
    elif isinstance(key, exp.Var):  # ORDER BY ALL
        yield from (_known(partial(query.output, scope, place)) for place in range(len(names)))
    else:
        yield from query.known_parts(key, scope, results=True)


def _known(ask: Callable[[], Found]) -> Found:
    try:
        return ask()
    except NotFollowed:
        return {}


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
