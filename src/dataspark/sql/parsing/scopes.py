"""What a SELECT reads, and which of its columns are computed from many rows. Trees are those that `qualify` leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.expressions import Expr

_UNKNOWN_AGGREGATES = frozenset(
    (
        *("arbitrary", "arg_max_nulls_last", "arg_min_nulls_last", "bitstring_agg", "count_star", "entropy", "favg"),
        *("fsum", "geomean", "histogram", "histogram_exact", "kahan_sum", "mad", "product"),
        *("reservoir_quantile", "sem", "sum_no_overflow", "sumkahan", "weighted_avg"),
    )
)
"""Aggregates of the engine that sqlglot takes for ordinary functions."""


def sources(select: exp.Select) -> list[Expr]:
    """What a SELECT reads: the FROM first, then each join's."""
    first = select.args.get("from_")
    return [*([first.this] if first else []), *(join.this for join in select.args.get("joins") or ())]


def computed_sources(
    select: exp.Select, ctes: Mapping[str, frozenset[str]], windows: bool = False
) -> dict[str, frozenset[str]]:
    """Alias of a source → its columns that are computed from many rows; with `windows` see `computed`."""
    found = {}
    for source in sources(select):
        if isinstance(source, exp.Table) and not source.db:
            found[source.alias_or_name] = ctes.get(source.name, frozenset())
        elif isinstance(source, exp.Subquery):
            found[source.alias_or_name] = computed(source.this, ctes, windows)
    return found


def computed(query: Expr, ctes: Mapping[str, frozenset[str]], windows: bool = False) -> frozenset[str]:
    """The columns of a query that are computed from many rows: by an aggregate or a window.

    With `windows` only those whose value a window gave: an aggregate over them is a value of its own rows again.
    """
    query = query.unnest()
    known = dict(ctes)
    for cte in query.ctes if isinstance(query, exp.Query) else ():
        known[cte.alias] = computed(cte.this, known, windows)
    if isinstance(query, exp.SetOperation):
        sides = ((side.named_selects, computed(side, known, windows)) for side in (query.left, query.right))
        places = {names.index(name) for names, found in sides for name in found if name in names}
        return frozenset(name for place, name in enumerate(query.named_selects) if place in places)
    if not isinstance(query, exp.Select):
        return frozenset()
    read = computed_sources(query, known, windows)
    return frozenset(one.alias_or_name for one in query.expressions if _is_computed_from(one, read, windows))


def _is_computed_from(value: Expr, read: Mapping[str, frozenset[str]], windows: bool) -> bool:
    if any(aggregates(value)):
        return not windows or value.find(exp.Window) is not None
    columns = any(column.name in read.get(column.table, ()) for column in value.find_all(exp.Column))
    return columns or value.find(exp.Window) is not None


def aggregates(value: Expr) -> Iterator[Expr]:
    """The aggregate functions of an expression; those of windows and of subqueries are not its own."""
    for node in value.walk(prune=lambda node: isinstance(node, exp.Query)):
        known = isinstance(node, exp.AggFunc) and not isinstance(node, exp.Anonymous)
        unknown = isinstance(node, exp.Anonymous) and node.name.lower() in _UNKNOWN_AGGREGATES
        if (known or unknown) and not _is_windowed(node):
            yield node


def _is_windowed(node: Expr) -> bool:
    """Whether a function is the one that a window computes."""
    above = node.parent
    while isinstance(above, exp.IgnoreNulls | exp.RespectNulls | exp.Filter | exp.WithinGroup):
        node, above = above, above.parent
    return isinstance(above, exp.Window) and above.this is node
