"""Aggregate functions, over groups and over windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dataspark.sql.spark.aggregates import quantiles, rows, totals
from dataspark.sql.spark.aggregates.aggregate import Aggregate, Aggregates
from dataspark.sql.spark.expr import Expr, Node, of_type
from dataspark.sql.spark.ordering import Order
from dataspark.sql.spark.types import spark_type

if TYPE_CHECKING:
    from dataspark.sql.spark.expressions import Expressions
    from dataspark.sql.spark.scopes import Scope

AGGREGATES = Aggregates({**totals.AGGREGATES, **rows.AGGREGATES, **quantiles.AGGREGATES})
"""Those that can be translated, and those that are refused with a reason."""


def aggregate(expressions: Expressions, node: Node, scope: Scope, over: str = "", any_order: bool = False) -> Expr:
    """Translate an aggregate; with `over` it is one of a window."""
    name = node["function_name"]
    args = tuple(expressions.of(child, scope) for child in node["children"])
    listed = node.get("arg_orders") or (node.get("order_bys") or {}).get("orders") or []
    orders = tuple(Order.of(expressions.of(order["expression"], scope), order) for order in listed)
    condition = node.get("filter") or node.get("filter_expr")
    kept = expressions.condition(condition, scope).sql if condition else ""
    kind = _type(expressions, node, name, args)
    one = Aggregate(expressions, node, name, args, orders, bool(node.get("distinct")), kept, over, kind, any_order)
    return of_type(f"CAST({AGGREGATES[name](one)} AS {spark_type(kind)})", kind)


def _type(expressions: Expressions, node: Node, name: str, args: Sequence[Expr]) -> str:
    if name in ("count_star", "count"):
        return "BIGINT"
    return expressions.type_of(f"{name}({', '.join(arg.stand for arg in args)})", node)


__all__ = ["AGGREGATES", "aggregate"]
