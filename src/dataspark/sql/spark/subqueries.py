"""Subqueries in expressions: as values, EXISTS, IN, and comparisons with ANY and ALL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataspark.sql.spark.expr import Expr, Node, of_type
from dataspark.sql.spark.types import is_number
from dataspark.sql.spark.writing import case, name, shared

if TYPE_CHECKING:
    from dataspark.sql.spark.expressions import Expressions
    from dataspark.sql.spark.scopes import Scope
    from dataspark.sql.spark.selects import Query

_WORDS = {
    "COMPARE_EQUAL": "=",
    "COMPARE_NOTEQUAL": "<>",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
}


def subquery(expressions: Expressions, node: Node, scope: Scope, condition: bool) -> Expr:
    """A subquery. `condition`: its result only decides whether a row stays, so that NULL is as good as FALSE."""
    kind = node["subquery_type"]
    if kind == "ANY" and (listed := of_list(node)):
        return _any_of_list(expressions, node, listed, scope)
    query = expressions.selects.query(node["subquery"]["node"], scope.around.within(scope))
    if kind in ("EXISTS", "NOT_EXISTS"):
        return of_type(f"{kind.replace('_', ' ')} ({query.sql})", "BOOLEAN")
    if kind == "SCALAR" and len(query.columns) == 1:
        return of_type(f"({query.sql})", query.columns[0][1])
    if kind == "ANY":
        return _any(expressions, node, query, scope, condition)
    raise expressions.work.refuse("a subquery of several columns as a value", node)


def _any(expressions: Expressions, node: Node, query: Query, scope: Scope, condition: bool) -> Expr:
    values, query = _compared(expressions, node, query, scope)
    listed = ", ".join(value.typed() for value in values)
    if condition and node["comparison_type"] == "COMPARE_EQUAL":
        return of_type(f"({f'({listed})' if len(values) > 1 else listed} IN ({query.sql}))", "BOOLEAN")
    if len(values) > 1:
        raise expressions.work.refuse("IN of several columns anywhere but in a condition", node)
    # Spark keeps IN's NULL only where a row is kept or left out; elsewhere it says FALSE.
    found = f"EXISTS (SELECT 1 FROM ({query.sql}) AS q (`_c`) WHERE {listed} {_WORDS[node['comparison_type']]} q.`_c`)"
    any_row = f"EXISTS ({query.sql})"
    unknown = f"EXISTS (SELECT 1 FROM ({query.sql}) AS q (`_c`) WHERE q.`_c` IS NULL)"
    if condition:
        return of_type(found, "BOOLEAN")
    made = case((found, "TRUE"), (f"{listed} IS NULL AND {any_row} OR {unknown}", "NULL"), otherwise="FALSE")
    return of_type(made, "BOOLEAN")


def _compared(expressions: Expressions, node: Node, query: Query, scope: Scope) -> tuple[list[Expr], Query]:
    """The values and the query's columns in the types in which they are compared."""
    row = node["child"].get("function_name") == "row" and len(query.columns) > 1
    children = node["child"]["children"] if row else [node["child"]]
    if len(children) != len(query.columns):
        raise expressions.work.refuse("a subquery of several columns", node)
    values = [expressions.of(child, scope) for child in children]
    pairs = zip(values, query.columns, strict=True)
    alike = [expressions.alike([value, of_type("NULL", kind)], node) for value, (_name, kind) in pairs]
    wanted = [
        kind if is_number(kind) else one.type for (one, _other), (_name, kind) in zip(alike, query.columns, strict=True)
    ]
    return [one for one, _other in alike], expressions.selects.as_types(query, wanted)


def is_in(node: Node) -> bool:
    """Whether it is `x IN (SELECT …)`."""
    return (
        node["class"] == "SUBQUERY"
        and node["subquery_type"] == "ANY"
        and node["comparison_type"] == "COMPARE_EQUAL"
        and not of_list(node)
    )


def of_list(node: Node) -> Node | None:
    """The list in `x = ANY(list)`, which the syntax tree has as a subquery of its elements."""
    query = node["subquery"]["node"]
    if query["type"] != "SELECT_NODE" or query["from_table"]["type"] != "EMPTY" or len(query["select_list"]) != 1:
        return None
    item = query["select_list"][0]
    found: Node | None = item["children"][0] if item.get("function_name") == "unnest" else None
    return found


def _any_of_list(expressions: Expressions, node: Node, listed: Node, scope: Scope) -> Expr:
    value, all_ = expressions.of(node["child"], scope), expressions.of(listed, scope)
    element = of_type(name("_e"), all_.type[:-2])
    one, other = expressions.alike([value, element], node)
    word = _WORDS[node["comparison_type"]]

    def made(rows: str, sought: str) -> str:
        some = f"exists({rows}, `_e` -> {sought} {word} {other.sql})"
        return case((f"{rows} IS NULL", "FALSE"), otherwise=some)

    return of_type(shared((all_.typed(), one.sql), made), "BOOLEAN")
