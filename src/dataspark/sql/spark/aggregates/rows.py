"""Aggregates that keep values of rows: the first, the one where another is largest, a list of all."""

from __future__ import annotations

from dataspark.sql.spark.aggregates.aggregate import Aggregate, Aggregates
from dataspark.sql.spark.ordering import Order, keyed, sortable, sorted_values
from dataspark.sql.spark.writing import case, shared

AGGREGATES = Aggregates()

# One value


@AGGREGATES.called("any_value")
def _any_value(one: Aggregate) -> str:
    """Some value that is not NULL: with an order, the first."""
    value = one.args[0].typed()
    if one.orders:
        return _first_ordered(one, f"{value} IS NOT NULL")
    return one.call("min", value) if one.over else one.call("any_value", value, "TRUE")


@AGGREGATES.called("first", "last", "arbitrary")
def _first(one: Aggregate) -> str:
    if one.orders:
        return _first_ordered(one, "")
    if one.ordered_window:
        return one.call(f"{'last' if one.name == 'last' else 'first'}_value", one.args[0].typed())
    raise one.refuse(f"`{one.name}` without ORDER BY (which row it takes is chance; `any_value` if any will do)")


def _first_ordered(one: Aggregate, only: str) -> str:
    """The value of the row that comes first, or last. It travels in a struct, for it may be NULL itself."""
    boxed = f"named_struct('v', {one.args[0].typed()})"
    orders = tuple(_turned(order) for order in one.orders) if one.name == "last" else one.orders
    if len({order.down for order in orders}) == 1:
        least = not orders[0].down
        flags = (f"{order.key} IS {'NOT ' if order.nulls_first == least else ''}NULL, {order.key}" for order in orders)
        key = f"struct({', '.join(flags)})"
        return f"({one.call('min_by' if least else 'max_by', boxed, key, only=only)}).v"
    rows = one.call("collect_list", keyed(one.args[0].typed(), orders), only=only)
    return f"get({sorted_values(rows, orders)}, 0)"


def _turned(order: Order) -> Order:
    return Order(order.key, not order.down, not order.nulls_first)


@AGGREGATES.called("arg_max", "argmax", "max_by", "arg_min", "argmin", "min_by")
def _by(one: Aggregate) -> str:
    """The argument where the value is largest; rows without either are passed over."""
    if len(one.args) != 2:
        raise one.refuse(f"`{one.name}` of the first several values")
    value, key = one.args[0].typed(), sortable(one.args[1].typed(), one.args[1].type)
    theirs = "max_by" if "max" in one.name else "min_by"
    return one.call(theirs, value, key, only=f"{value} IS NOT NULL AND {key} IS NOT NULL", distinct=False)


# All values


@AGGREGATES.called("string_agg", "group_concat", "listagg")
def _string_agg(one: Aggregate) -> str:
    """The texts that are not NULL, joined; NULL where there is none."""
    separator = one.args[1].sql if len(one.args) > 1 else "','"
    value = one.arg(0, "VARCHAR")
    if not one.over:
        if not one.orders:
            raise one.refuse(f"`{one.name}` without ORDER BY (the order of the parts is chance)")
        if one.distinct:  # beside a FILTER or another DISTINCT, Spark's own fails with a ClassCastException
            return _joined_list(one, value, separator)
        within = f" WITHIN GROUP (ORDER BY {', '.join(order.sql for order in one.orders)})"
        return one.call("listagg", value, separator, within=within)
    if one.distinct or not (one.orders or one.ordered_window):
        raise one.refuse(f"`{one.name}` over a window without ORDER BY (the order of the parts is chance)")
    return _joined_list(one, value, separator)


def _joined_list(one: Aggregate, value: str, separator: str) -> str:
    listed = _listed(one, value, f"{value} IS NOT NULL")
    return shared((listed,), lambda parts: case((f"size({parts}) > 0", f"array_join({parts}, {separator})")))


@AGGREGATES.called("list", "array_agg")
def _list(one: Aggregate) -> str:
    """Every value, NULLs too; NULL for no row."""
    if not (one.orders or one.any_order or (one.over and one.ordered_window)):
        raise one.refuse(f"`{one.name}` without ORDER BY (the order of the values is chance)")
    return shared((_listed(one, one.args[0].typed(), ""),), lambda all_: case((f"size({all_}) > 0", all_)))


def _listed(one: Aggregate, value: str, only: str) -> str:
    """A list of values, in order. Spark's own leaves NULLs out, so that each travels in a struct."""
    kind = "collect_set" if one.distinct else "collect_list"
    if one.orders:
        if one.distinct and any(order.key != sortable(value, one.args[0].type) for order in one.orders):
            raise one.refuse(f"`{one.name}(DISTINCT …)` ordered by something else")
        return sorted_values(one.call(kind, keyed(value, one.orders), distinct=False, only=only), one.orders)
    boxed = f"named_struct('v', {value})"
    return f"transform({one.call(kind, boxed, distinct=False, only=only)}, x -> x.v)"
