"""Medians and other quantiles; and what is refused, for its result is chance or an estimate."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from dataspark.sql.spark.aggregates.aggregate import Aggregate, Aggregates, Maker
from dataspark.sql.spark.functions.spans import micros_of
from dataspark.sql.spark.types import decimal_of, is_floating, is_moment, is_whole, spark_type
from dataspark.sql.spark.writing import integer, shared

AGGREGATES = Aggregates()
_NUMBERS = (int, float, Decimal)
_Quantile = Callable[[Aggregate, float], str]
_Interpolation = Callable[[str, str, str], str]
"""(the value before, the value behind, how far it is from the first) → the value between."""


@AGGREGATES.called("median")
def _median(one: Aggregate) -> str:
    return _continuous(one, 0.5)


@AGGREGATES.called("quantile_cont")
def _quantile_cont(one: Aggregate) -> str:
    return _each(one, _continuous)


@AGGREGATES.called("quantile_disc", "quantile")
def _quantile_disc(one: Aggregate) -> str:
    return _each(one, _discrete)


def _each(one: Aggregate, made: _Quantile) -> str:
    """One quantile, or a list of them where the part is a list."""
    part = one.args[1].constant if one.args[1].literal else None
    if isinstance(part, list) and part and all(isinstance(one_, _NUMBERS) for one_ in part):
        found = [made(one, float(str(one_))) for one_ in part]
        return f"CASE WHEN {one.call('count', one.args[0].typed())} > 0 THEN array({', '.join(found)}) END"
    if not isinstance(part, _NUMBERS):
        raise one.refuse(f"`{one.name}` with anything but a literal part, or a list of them")
    return made(one, float(str(part)))


def _continuous(one: Aggregate, part: float) -> str:
    """The value between its neighbours. Of a DECIMAL and of a moment it is computed in whole units, as DuckDB does."""
    value = one.args[0]
    if is_floating(value.type) or is_whole(value.type):
        return one.call("percentile", one.arg(0, "DOUBLE"), f"{part!r}D")
    if found := decimal_of(value.type):
        unit = f"CAST({10 ** found[1]} AS DECIMAL({found[1] + 1},0))"
        return _between(one, value.typed(), part, lambda low, high, rest: _decimal(low, high, rest, unit))
    if value.type == "DATE" or is_moment(value.type):
        micros = _between(one, micros_of(value), part, _micros)
        kind = one.type[:-2] if one.type.endswith("[]") else one.type
        return f"CAST(timestamp_micros({micros}) AS {spark_type(kind)})"
    raise one.refuse()


def _between(one: Aggregate, value: str, part: float, made: _Interpolation) -> str:
    """What is made of the two values around a part of all, and of how far it is from the first."""

    def found(values: str) -> str:
        place = f"({part!r}D * (size({values}) - 1))"
        low, high = (f"get({values}, {integer(f'{word}({place})')})" for word in ("floor", "ceil"))
        return made(low, high, f"({place} - floor({place}))")

    return shared((f"array_sort({one.call('collect_list', value)})",), found)


def _decimal(low: str, high: str, rest: str, unit: str) -> str:
    step = f"CAST({rest} * CAST(({high} - {low}) * {unit} AS DOUBLE) AS BIGINT)"
    return f"({low} + CAST({step} AS DECIMAL(20,0)) / {unit})"


def _micros(low: str, high: str, rest: str) -> str:
    return f"({low} + CAST(round({rest} * ({high} - {low}), 0) AS BIGINT))"


def _discrete(one: Aggregate, part: float) -> str:
    """The first value, in order, at or behind the part of all."""
    values = f"array_sort({one.call('collect_list', one.args[0].typed())})"

    def found(values: str) -> str:
        size = f"size({values})"
        return f"get({values}, {integer(f'greatest({size} - floor({size} - {part!r}D * {size}), 1) - 1')})"

    return shared((values,), found)


def _refused(why: str) -> Maker:
    def make(one: Aggregate) -> str:
        raise one.refuse(f"`{one.name}` ({why})")

    return make


_ESTIMATE = "it is an estimate, and each engine has its own"
_MAP = "it makes a MAP, which no table can hold here: GROUP BY the value"
REFUSED = {
    "mode": "which of several most frequent values it gives is chance",
    **dict.fromkeys(("approx_count_distinct", "approx_quantile", "approx_top_k", "reservoir_quantile"), _ESTIMATE),
    **dict.fromkeys(("histogram", "map"), _MAP),
}
"""Name of an aggregate → why it is refused."""
AGGREGATES.update({name: _refused(why) for name, why in REFUSED.items()})
