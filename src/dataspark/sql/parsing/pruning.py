"""Takes out of a way what it does not need, so that many ways of a query become one, and the engine has less to do."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.expressions import Expr

from dataspark.sql.parsing import TRACE_ID, TRACED
from dataspark.sql.parsing.scopes import sources


def leave_out(select: exp.Select) -> bool:
    """Take out joins and inner columns that nothing needs. Returns whether a join is left."""
    source = next(one for one in sources(select) if _carries_identity(one))
    alias = source.alias_or_name
    _leave_out_joins(select, alias)
    joined = bool(select.args.get("joins"))
    if isinstance(source, exp.Table):
        return joined
    inner = source.this
    outside = {id(column) for column in inner.find_all(exp.Column)}
    columns = (column for column in select.find_all(exp.Column) if id(column) not in outside)
    needed = {column.name for column in columns if column.table == alias}
    inner.set("expressions", [one for one in inner.expressions if one.alias in needed])
    return leave_out(inner) or joined


def _carries_identity(source: Expr) -> bool:
    if isinstance(source, exp.Table):
        return not source.db and source.name == TRACED
    return isinstance(source, exp.Subquery) and TRACE_ID in source.this.named_selects


def _leave_out_joins(select: exp.Select, alias: str) -> None:
    """Take out what is joined, names no column that is left and takes no row away; `alias` is the one to keep."""
    for join in reversed(list(select.args.get("joins") or ())):
        harmless = join.side == "LEFT" or _is_cross(join)
        plain = not (join.method or join.args.get("using") or join.kind in ("SEMI", "ANTI"))
        name = join.this.alias_or_name
        if plain and harmless and name != alias and not _is_needed(select, name, join):
            join.pop()
    first, joins = select.args["from_"].this, select.args.get("joins")
    crossed = joins[0] if joins and _is_cross(joins[0]) else None
    if crossed and first.alias_or_name != alias and not _is_needed(select, first.alias_or_name, first):
        select.set("from_", exp.From(this=crossed.this))
        crossed.pop()


def _is_cross(join: exp.Join) -> bool:
    return not (join.side or join.method or join.args.get("on") or join.args.get("using")) and join.kind in (
        "",
        "CROSS",
    )


def _is_needed(select: exp.Select, alias: str, beside: Expr) -> bool:
    """Whether a column of the source `alias` is named outside of `beside`."""
    # A derived table has aliases of its own, which may be called the same.
    apart = [beside, *(one for one in sources(select) if isinstance(one, exp.Subquery)), *select.ctes]
    inside = {id(column) for part in apart for column in part.find_all(exp.Column)}
    return any(c.table == alias and id(c) not in inside for c in select.find_all(exp.Column))


def leave_out_ctes(query: Expr) -> None:
    """Take out the common table expressions that nothing names any more."""
    for with_ in list(query.find_all(exp.With)):
        while unused := [cte for cte in with_.expressions if not _is_named(cte, query)]:
            for cte in unused:
                cte.pop()
        if not with_.expressions:
            with_.pop()


def _is_named(cte: Expr, query: Expr) -> bool:
    inside = {id(node) for node in cte.find_all(exp.Table)}
    return any(not t.db and t.name == cte.alias and id(t) not in inside for t in query.find_all(exp.Table))
