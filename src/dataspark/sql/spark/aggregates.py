"""Aggregate functions, over groups and over windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataspark.sql.spark.expr import Expr, Node, of_type
from dataspark.sql.spark.types import decimal_of, is_floating, is_moment, is_number, is_whole, spark_type

if TYPE_CHECKING:
    from dataspark.sql.spark.expressions import Expressions
    from dataspark.sql.spark.scopes import Scope


@dataclass(frozen=True)
class Aggregate:
    """An aggregate call on its way to Spark SQL."""

    expressions: Expressions
    node: Node
    name: str
    args: tuple[Expr, ...]
    orders: tuple[str, ...]
    """What its arguments are ordered by, as Spark writes it."""
    distinct: bool
    filter: str
    over: str
    """The window that it is computed over, from OVER on; empty for a group."""
    type: str

    def call(self, theirs: str, *args: str, distinct: bool | None = None, only: str = "", within: str = "") -> str:
        """A call of an aggregate of Spark's, with this one's FILTER and OVER; `only` narrows the rows further."""
        word = "DISTINCT " if (self.distinct if distinct is None else distinct) else ""
        conditions = " AND ".join(one for one in (self.filter, only) if one)
        kept = f" FILTER (WHERE {conditions})" if conditions else ""
        return f"{theirs}({word}{', '.join(args)}){within}{kept}{self.over}"

    def arg(self, place: int, wanted: str) -> str:
        """An argument in a type of DuckDB's."""
        return self.expressions.converted(self.args[place], wanted, self.node).typed()

    def refuse(self, what: str = "") -> Exception:
        """The error that it has no translation."""
        kinds = ", ".join(arg.type for arg in self.args)
        return self.expressions.work.refuse(what or f"`{self.name}({kinds})`", self.node)


Maker = Callable[[Aggregate], str]
AGGREGATES: dict[str, Maker] = {}
"""Name → what makes Spark SQL of it. The result is cast to DuckDB's type."""


def _called(*names: str) -> Callable[[Maker], Maker]:
    def add(maker: Maker) -> Maker:
        AGGREGATES.update(dict.fromkeys(names, maker))
        return maker

    return add


def aggregate(expressions: Expressions, node: Node, scope: Scope, over: str = "") -> Expr:
    """Translate an aggregate; with `over` it is one of a window."""
    from dataspark.sql.spark.selects import direction

    name = node["function_name"]
    args = tuple(expressions.of(child, scope) for child in node["children"])
    listed = node.get("arg_orders") or (node.get("order_bys") or {}).get("orders") or []
    orders = tuple(f"{expressions.of(order['expression'], scope).typed()}{direction(order)}" for order in listed)
    condition = node.get("filter") or node.get("filter_expr")
    kept = expressions.of(condition, scope).sql if condition else ""
    kind = _type(expressions, node, name, args)
    made = Aggregate(expressions, node, name, args, orders, bool(node.get("distinct")), kept, over, kind)
    return of_type(f"CAST({AGGREGATES[name](made)} AS {spark_type(kind)})", kind)


def _type(expressions: Expressions, node: Node, name: str, args: Sequence[Expr]) -> str:
    if name in ("count_star", "count"):
        return "BIGINT"
    return expressions.type_of(f"{name}({', '.join(arg.stand for arg in args)})", node)


@_called("count_star")
def _count_star(one: Aggregate) -> str:
    return one.call("count", "1", distinct=False)


@_called("count")
def _count(one: Aggregate) -> str:
    if not one.args:
        return _count_star(one)
    if one.distinct and one.over:  # Spark has no DISTINCT over a window
        return f"CAST(size({one.call('collect_set', one.args[0].typed(), distinct=False)}) AS BIGINT)"
    return one.call("count", one.args[0].typed())


@_called("sum", "fsum", "kahan_sum", "sumkahan")
def _sum(one: Aggregate) -> str:
    value = one.args[0]
    if value.type == "BOOLEAN":
        return one.call("sum", f"CAST({value.sql} AS BIGINT)")
    if is_whole(value.type):
        return one.call("sum", f"CAST({value.sql} AS BIGINT)")
    if not is_number(value.type):
        raise one.refuse()
    return one.call("sum", value.typed())


@_called("avg", "mean", "favg")
def _avg(one: Aggregate) -> str:
    """The exact sum divided by the count, where there is an exact one."""
    value = one.args[0]
    if decimal_of(value.type):
        total = f"CAST({one.call('sum', value.typed())} AS DOUBLE)"
        return f"({total} / nullif({one.call('count', value.typed())}, 0))"
    if is_moment(value.type) or value.type == "DATE":
        raise one.refuse()
    return one.call("avg", one.arg(0, "DOUBLE"))


@_called("min", "max")
def _extreme(one: Aggregate) -> str:
    if len(one.args) != 1:
        raise one.refuse()
    return one.call(one.name, one.args[0].typed(), distinct=False)


def _statistic(theirs: str) -> Maker:
    def make(one: Aggregate) -> str:
        return one.call(theirs, *(one.arg(place, "DOUBLE") for place in range(len(one.args))))

    return make


for _name, _theirs in {
    "stddev": "stddev_samp",
    "stddev_samp": "stddev_samp",
    "stddev_pop": "stddev_pop",
    "variance": "var_samp",
    "var_samp": "var_samp",
    "var_pop": "var_pop",
    "corr": "corr",
    "covar_samp": "covar_samp",
    "covar_pop": "covar_pop",
    "regr_count": "regr_count",
    "regr_slope": "regr_slope",
    "regr_intercept": "regr_intercept",
    "regr_r2": "regr_r2",
    "regr_avgx": "regr_avgx",
    "regr_avgy": "regr_avgy",
}.items():
    AGGREGATES[_name] = _statistic(_theirs)


@_called("bool_and", "bool_or")
def _bool(one: Aggregate) -> str:
    return one.call(one.name, one.arg(0, "BOOLEAN"))


@_called("bit_and", "bit_or", "bit_xor")
def _bits(one: Aggregate) -> str:
    if not is_whole(one.args[0].type):
        raise one.refuse()
    return one.call(one.name, one.args[0].typed(), distinct=False)


@_called("count_if", "countif")
def _count_if(one: Aggregate) -> str:
    return one.call("count_if", one.arg(0, "BOOLEAN"))


@_called("any_value")
def _any_value(one: Aggregate) -> str:
    """Some value that is not NULL: with an order, the first."""
    value = one.args[0].typed()
    if not one.orders:
        return one.call("any_value", value, "TRUE") if not one.over else one.call("min", value)
    return _first_ordered(one, f"{value} IS NOT NULL")


@_called("first", "last", "arbitrary")
def _first(one: Aggregate) -> str:
    if not one.orders:
        raise one.refuse(f"`{one.name}` without ORDER BY (which row comes first is chance)")
    if one.name == "last":
        raise one.refuse("`last` (order the other way and take `first`)")
    return _first_ordered(one, "")


def _first_ordered(one: Aggregate, only: str) -> str:
    """The value of the row that comes first: the first element of the sorted list of (order, value)."""
    if len(one.orders) != 1:
        raise one.refuse(f"`{one.name}` with several orders")
    key, _, way = one.orders[0].rpartition(" NULLS ")
    key, down = key.rsplit(" ", 1)
    theirs = "max_by" if down == "DESC" else "min_by"
    if way == "FIRST":
        raise one.refuse(f"`{one.name}` with NULLS FIRST")
    return f"({one.call(theirs, _boxed(one.args[0].typed()), key, only=only)}).v"


@_called("arg_max", "argmax", "max_by", "arg_min", "argmin", "min_by")
def _by(one: Aggregate) -> str:
    """The argument where the value is largest; rows without either are passed over."""
    if len(one.args) != 2:
        raise one.refuse()
    value, key = one.args[0].typed(), one.args[1].typed()
    theirs = "max_by" if "max" in one.name else "min_by"
    return one.call(theirs, value, key, only=f"{value} IS NOT NULL AND {key} IS NOT NULL", distinct=False)


@_called("string_agg", "group_concat", "listagg")
def _string_agg(one: Aggregate) -> str:
    separator = one.args[1].sql if len(one.args) > 1 else "','"
    value = one.arg(0, "VARCHAR")
    if not one.orders:
        raise one.refuse(f"`{one.name}` without ORDER BY (the order of the parts is chance)")
    if one.over:
        raise one.refuse(f"`{one.name}` over a window")
    return one.call("listagg", value, separator, within=f" WITHIN GROUP (ORDER BY {', '.join(one.orders)})")


@_called("list", "array_agg")
def _list(one: Aggregate) -> str:
    """Every value, NULLs too; NULL for no row. Spark's own leaves NULLs out, so that each travels in a struct."""
    value = one.args[0].typed()
    count = one.call("count", "1", distinct=False)
    if one.distinct:
        made = f"transform({one.call('collect_set', _boxed(value), distinct=False)}, x -> x.v)"
    elif one.orders:
        made = _ordered_list(one, value)
    else:
        made = f"transform({one.call('collect_list', _boxed(value))}, x -> x.v)"
    return f"CASE WHEN {count} > 0 THEN {made} END"


def _ordered_list(one: Aggregate, value: str) -> str:
    keys = []
    for order in one.orders:
        key, _, way = order.rpartition(" NULLS ")
        key, down = key.rsplit(" ", 1)
        if down == "DESC" or way == "FIRST":
            keys = []
            break
        keys.append(key)
    if not keys:
        if len(one.orders) == 1 and one.orders[0] == f"{value} DESC NULLS LAST":
            return f"transform(sort_array({one.call('collect_list', _boxed(value))}, FALSE), x -> x.v)"
        raise one.refuse(f"`{one.name}` in a falling order of something else")
    # A NULL sorts first in a struct: a flag before each key says whether it is one.
    flagged = ", ".join(f"'n{place}', {key} IS NULL, 'k{place}', {key}" for place, key in enumerate(keys))
    struct = f"named_struct({flagged}, 'v', {value})"
    return f"transform(array_sort({one.call('collect_list', struct)}), x -> x.v)"


def _boxed(value: str) -> str:
    """A value in a struct, which is not NULL where the value is."""
    return f"named_struct('v', {value})"


@_called("median")
def _median(one: Aggregate) -> str:
    return _continuous(one, "0.5D")


@_called("quantile_cont")
def _quantile_cont(one: Aggregate) -> str:
    return _continuous(one, _part(one))


def _part(one: Aggregate) -> str:
    if not one.args[1].literal or isinstance(one.args[1].constant, list) or one.args[1].constant is None:
        raise one.refuse(f"`{one.name}` with anything but one literal part")
    return f"{float(one.args[1].constant)!r}D"  # type: ignore[arg-type]


def _continuous(one: Aggregate, part: str) -> str:
    """The value between its neighbours. Of a DECIMAL and of a moment it is computed in whole units, as DuckDB does."""
    value = one.args[0]
    if is_floating(value.type) or is_whole(value.type):
        return one.call("percentile", one.arg(0, "DOUBLE"), part)
    if found := decimal_of(value.type):
        return _between(*_neighbours(one, value.typed(), part), found[1])
    raise one.refuse()


def _neighbours(one: Aggregate, value: str, part: str) -> tuple[str, str, str]:
    sorted_ = f"array_sort({one.call('collect_list', value)})"
    place = f"({part} * (size({sorted_}) - 1))"
    low = f"get({sorted_}, CAST(floor({place}) AS INT))"
    high = f"get({sorted_}, CAST(ceil({place}) AS INT))"
    return low, high, f"({place} - floor({place}))"


def _between(low: str, high: str, rest: str, scale: int) -> str:
    unit = f"CAST({10**scale} AS DECIMAL({scale + 1},0))"
    whole = f"CAST(({high} - {low}) * {unit} AS DOUBLE)"
    return f"({low} + CAST(CAST({rest} * {whole} AS BIGINT) AS DECIMAL(20,0)) / {unit})"


@_called("quantile_disc", "quantile")
def _quantile_disc(one: Aggregate) -> str:
    """The first value, in order, at or behind the part of all."""
    value, part = one.args[0].typed(), _part(one)
    sorted_ = f"array_sort({one.call('collect_list', value)})"
    return f"get({sorted_}, CAST(greatest(ceil({part} * size({sorted_})) - 1, 0) AS INT))"


@_called("mode")
def _mode(one: Aggregate) -> str:
    raise one.refuse("`mode` (which of several most frequent values it gives is chance)")
