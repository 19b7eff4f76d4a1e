"""Window functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataspark.sql.spark import aggregates
from dataspark.sql.spark.expr import Expr, Node, of_type
from dataspark.sql.spark.ordering import Order
from dataspark.sql.spark.types import is_moment, spark_type

if TYPE_CHECKING:
    from dataspark.sql.spark.expressions import Expressions
    from dataspark.sql.spark.scopes import Scope

_RANKS = {
    "WINDOW_ROW_NUMBER": "row_number",
    "WINDOW_RANK": "rank",
    "WINDOW_RANK_DENSE": "dense_rank",
    "WINDOW_PERCENT_RANK": "percent_rank",
    "WINDOW_CUME_DIST": "cume_dist",
    "WINDOW_NTILE": "ntile",
}
_VALUES = {
    "WINDOW_FIRST_VALUE": "first_value",
    "WINDOW_LAST_VALUE": "last_value",
    "WINDOW_NTH_VALUE": "nth_value",
    "WINDOW_LEAD": "lead",
    "WINDOW_LAG": "lag",
}
_MOVES = ("WINDOW_LEAD", "WINDOW_LAG")
_FRAMED = ("WINDOW_FIRST_VALUE", "WINDOW_LAST_VALUE", "WINDOW_NTH_VALUE")


def window(expressions: Expressions, node: Node, scope: Scope) -> Expr:
    """A function OVER a window."""
    kind = node["type"]
    if node.get("exclude_clause", "NO_OTHER") != "NO_OTHER":
        raise expressions.work.refuse("EXCLUDE in a window", node)
    ranked = kind in _RANKS or kind in _MOVES
    over = _over(expressions, node, scope, framed=not ranked)
    if kind == "WINDOW_AGGREGATE":
        return _aggregate(expressions, node, scope, over)
    args = [expressions.of(child, scope) for child in node.get("children") or []]
    theirs = _RANKS.get(kind) or _VALUES.get(kind)
    if theirs is None or node.get("distinct") or node.get("filter_expr") or node.get("arg_orders"):
        raise expressions.work.refuse(f"the window function {kind.removeprefix('WINDOW_').lower()}", node)
    if not node.get("orders") and kind not in _FRAMED:
        raise expressions.work.refuse(f"`{theirs}` over a window without ORDER BY (the order is chance)", node)
    if kind in _RANKS:
        listed = ", ".join(f"CAST({arg.sql} AS INT)" for arg in args)
        wanted = "DOUBLE" if theirs in ("percent_rank", "cume_dist") else "BIGINT"
        return of_type(f"CAST({theirs}({listed}){over} AS {spark_type(wanted)})", wanted)
    return _value(expressions, node, scope, theirs, args, over)


def _value(expressions: Expressions, node: Node, scope: Scope, theirs: str, args: list[Expr], over: str) -> Expr:
    moves = theirs in ("lead", "lag")
    listed = [args[0].typed()]
    kind = args[0].type
    if moves:
        offset, default = node.get("offset_expr"), node.get("default_expr")
        steps = expressions.of(offset, scope) if offset else None
        if steps is not None and not isinstance(steps.constant, int):
            raise expressions.work.refuse(f"`{theirs}` by anything but a literal number of rows", node)
        if steps is not None or default:
            listed.append(str(steps.constant) if steps is not None else "1")
        if default:
            value = expressions.of(default, scope)
            kind = expressions.type_of(f"CASE WHEN TRUE THEN {args[0].stand} ELSE {value.stand} END", node)
            kind = args[0].type if not args[0].is_null else kind
            listed.append(expressions.converted(value, kind, node).typed())
    elif theirs == "nth_value":
        listed.append(f"CAST({args[1].sql} AS INT)")
    nulls = " IGNORE NULLS" if node.get("ignore_nulls") else ""
    return of_type(f"{theirs}({', '.join(listed)}){nulls}{over}", kind)


def _aggregate(expressions: Expressions, node: Node, scope: Scope, over: str) -> Expr:
    if node["function_name"] not in aggregates.AGGREGATES:
        raise expressions.work.refuse(f"the window function `{node['function_name']}`", node)
    return aggregates.aggregate(expressions, node, scope, over)


def _over(expressions: Expressions, node: Node, scope: Scope, framed: bool) -> str:
    parts = []
    if node.get("partitions"):
        parts.append("PARTITION BY " + ", ".join(expressions.of(key, scope).typed() for key in node["partitions"]))
    listed = node.get("orders") or []
    keys = [expressions.of(order["expression"], scope) for order in listed]
    if keys:
        orders = (Order.of(key, order).sql for key, order in zip(keys, listed, strict=True))
        parts.append(f"ORDER BY {', '.join(orders)}")
    if framed:
        parts += _frame(expressions, node, scope, keys)
    return f" OVER ({' '.join(parts)})"


def _frame(expressions: Expressions, node: Node, scope: Scope, orders: list[Expr]) -> list[str]:
    start, end = node["start"], node["end"]
    if (start, end) == ("UNBOUNDED_PRECEDING", "CURRENT_ROW_RANGE"):
        return []  # what both take where nothing is said
    if "GROUPS" in start or "GROUPS" in end:
        raise expressions.work.refuse("GROUPS in a window", node)
    rows = "ROWS" in start or "ROWS" in end or ("RANGE" not in start and "RANGE" not in end)
    bounds = [_bound(expressions, node, scope, side, orders) for side in ("start", "end")]
    return [f"{'ROWS' if rows else 'RANGE'} BETWEEN {bounds[0]} AND {bounds[1]}"]


def _bound(expressions: Expressions, node: Node, scope: Scope, side: str, orders: list[Expr]) -> str:
    said = str(node[side])
    if said.startswith("UNBOUNDED"):
        return said.replace("_", " ")
    if said.startswith("CURRENT_ROW"):
        return "CURRENT ROW"
    value = expressions.of(node[f"{side}_expr"], scope)
    way = "PRECEDING" if "PRECEDING" in said else "FOLLOWING"
    if value.span:
        return f"{_interval(expressions, node, value, orders)} {way}"
    if not isinstance(value.constant, int):
        raise expressions.work.refuse("a window frame with anything but a literal number", node)
    return f"{value.constant} {way}"


def _interval(expressions: Expressions, node: Node, value: Expr, orders: list[Expr]) -> str:
    span = value.span
    if span is None or len(orders) != 1 or not (orders[0].type == "DATE" or is_moment(orders[0].type)):
        raise expressions.work.refuse("this RANGE of a window", node)
    if span.days.isdigit() and not span.months and not span.micros:
        return f"INTERVAL '{span.days}' DAY"
    if span.months.isdigit() and not span.days and not span.micros:
        return f"INTERVAL '{span.months}' MONTH"
    raise expressions.work.refuse("a window frame of an interval in other units than days or months", node)
