"""ORDER BY's parts."""

from __future__ import annotations

from dataclasses import dataclass

from dataspark.sql.spark.expr import Expr, Node
from dataspark.sql.spark.types import members
from dataspark.sql.spark.writing import case, name


@dataclass(frozen=True)
class Order:
    """One expression that rows are ordered by."""

    key: str
    """In Spark."""
    down: bool
    nulls_first: bool

    @classmethod
    def of(cls, key: Expr, node: Node) -> Order:
        """An order of the syntax tree. NULLs come last in DuckDB, whatever the direction."""
        return cls(sortable(key.typed(), key.type), node["type"] == "DESCENDING", "FIRST" in node["null_order"])

    @property
    def sql(self) -> str:
        """As it stands behind ORDER BY."""
        return f"{self.key} {'DESC' if self.down else 'ASC'} NULLS {'FIRST' if self.nulls_first else 'LAST'}"


def is_nested(kind: str) -> bool:
    """Whether values of a type have values in them, which may be NULL each."""
    return kind.endswith("[]") or kind.startswith("STRUCT(")


def sortable(sql: str, kind: str, depth: int = 0) -> str:
    """A value as one that Spark puts in DuckDB's order: inside of lists and structs a NULL is the largest, not the least."""
    if kind.endswith("[]"):
        one = f"e{depth}"
        inner = f"named_struct('n', {one} IS NULL, 'v', {sortable(one, kind[:-2], depth + 1)})"
        return f"transform({sql}, {one} -> {inner})"
    if not kind.startswith("STRUCT("):
        return sql
    fields = []
    for place, (field, of) in enumerate(members(kind)):
        part = f"{sql}.{name(field)}"
        fields.append(f"'n{place}', {part} IS NULL, 'v{place}', {sortable(part, of, depth + 1)}")
    return case((f"{sql} IS NOT NULL", f"named_struct({', '.join(fields)})"))


def sorted_values(rows: str, orders: tuple[Order, ...]) -> str:
    """The field `v` of each struct of a list, in the order of their fields `n0` (whether the key is NULL), `k0`, `n1`…."""
    if not any(order.down or order.nulls_first for order in orders):
        return f"transform(array_sort({rows}), x -> x.v)"
    steps = " ".join(_steps(place, order) for place, order in enumerate(orders))
    return f"transform(array_sort({rows}, (a, b) -> CASE {steps} ELSE 0 END), x -> x.v)"


def _steps(place: int, order: Order) -> str:
    first, last = ("-1", "1") if not order.down else ("1", "-1")
    null, other = ("-1", "1") if order.nulls_first else ("1", "-1")
    return (
        f"WHEN a.n{place} AND NOT b.n{place} THEN {null} WHEN b.n{place} AND NOT a.n{place} THEN {other} "
        f"WHEN a.k{place} < b.k{place} THEN {first} WHEN a.k{place} > b.k{place} THEN {last}"
    )


def keyed(value: str, orders: tuple[Order, ...]) -> str:
    """A struct of a value and of what it is ordered by."""
    keys = (f"'n{place}', {order.key} IS NULL, 'k{place}', {order.key}" for place, order in enumerate(orders))
    return f"named_struct({', '.join(keys)}, 'v', {value})"
