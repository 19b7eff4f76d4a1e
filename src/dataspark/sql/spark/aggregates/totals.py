"""Counts, sums, extremes and statistics: aggregates that do not look at the order of rows."""

from __future__ import annotations

from dataspark.sql.spark.aggregates.aggregate import Aggregate, Aggregates, Maker
from dataspark.sql.spark.ordering import is_nested, sortable
from dataspark.sql.spark.types import decimal_of, is_number, is_whole
from dataspark.sql.spark.writing import case, failure, shared

AGGREGATES = Aggregates()


@AGGREGATES.called("count_star")
def _count_star(one: Aggregate) -> str:
    return one.call("count", "1", distinct=False)


@AGGREGATES.called("count")
def _count(one: Aggregate) -> str:
    if not one.args:
        return _count_star(one)
    if one.distinct and one.over:  # Spark has no DISTINCT over a window
        return f"size({one.call('collect_set', one.args[0].typed(), distinct=False)})"
    return one.call("count", one.args[0].typed())


@AGGREGATES.called("count_if", "countif")
def _count_if(one: Aggregate) -> str:
    """It is a sum for DuckDB: NULL where no value is known."""
    return one.call("sum", f"CAST({one.arg(0, 'BOOLEAN')} AS BIGINT)")


@AGGREGATES.called("sum", "fsum", "kahan_sum", "sumkahan")
def _sum(one: Aggregate) -> str:
    """Of whole numbers it is a BIGINT at most: what is larger stops the query."""
    value = one.args[0]
    _unless_distinct_window(one)
    if value.type == "BOOLEAN" or is_whole(value.type):
        return one.call("sum", value.cast("BIGINT"))
    if not is_number(value.type):
        raise one.refuse()
    return one.call("sum", value.typed())


@AGGREGATES.called("avg", "mean", "favg")
def _avg(one: Aggregate) -> str:
    """The exact sum divided by the count, where there is an exact one."""
    value = one.args[0]
    _unless_distinct_window(one)
    exact = ""
    if decimal_of(value.type):
        exact = value.typed()
    elif is_whole(value.type):
        exact = value.cast("DECIMAL(20,0)" if value.type in ("BIGINT", "HUGEINT", "UBIGINT", "UHUGEINT") else "BIGINT")
    elif not is_number(value.type):
        raise one.refuse()
    if not exact:
        return one.call("avg", one.arg(0, "DOUBLE"))
    return f"(CAST({one.call('sum', exact)} AS DOUBLE) / nullif({one.call('count', exact)}, 0))"


def _unless_distinct_window(one: Aggregate) -> None:
    if one.distinct and one.over:
        raise one.refuse(f"`{one.name}(DISTINCT …)` over a window")


@AGGREGATES.called("min", "max")
def _extreme(one: Aggregate) -> str:
    if len(one.args) != 1:
        raise one.refuse(f"`{one.name}` of the first several values")
    value = one.args[0].typed()
    if is_nested(one.args[0].type):
        return one.call(f"{one.name}_by", value, sortable(value, one.args[0].type), distinct=False)
    return one.call(one.name, value, distinct=False)


@AGGREGATES.called("bool_and", "bool_or")
def _bool(one: Aggregate) -> str:
    return one.call(one.name, one.arg(0, "BOOLEAN"), distinct=False)


@AGGREGATES.called("bit_and", "bit_or", "bit_xor")
def _bits(one: Aggregate) -> str:
    if not is_whole(one.args[0].type):
        raise one.refuse()
    return one.call(one.name, one.args[0].typed())


def _statistic(theirs: str) -> Maker:
    def make(one: Aggregate) -> str:
        _unless_distinct_window(one)
        return one.call(theirs, *(one.arg(place, "DOUBLE") for place in range(len(one.args))))

    return make


for _name, _theirs in {
    "covar_samp": "covar_samp",
    "covar_pop": "covar_pop",
    "regr_count": "regr_count",
    "regr_intercept": "regr_intercept",
    "regr_r2": "regr_r2",
    "regr_avgx": "regr_avgx",
    "regr_avgy": "regr_avgy",
    "regr_sxx": "regr_sxx",
    "regr_syy": "regr_syy",
    "regr_sxy": "regr_sxy",
}.items():
    AGGREGATES[_name] = _statistic(_theirs)


def _spread(theirs: str) -> Maker:
    """One that stops where its result is no number: a value was none, or an infinity."""

    def make(one: Aggregate) -> str:
        made = _statistic(theirs)(one)
        wrong = failure(f"{one.name} is out of range", "", "DOUBLE")
        return shared((made,), lambda found: case((f"isnan({found})", wrong), otherwise=found))

    return make


for _name in ("stddev_samp", "stddev_pop", "var_samp", "var_pop"):
    AGGREGATES[_name] = _spread(_name)
AGGREGATES["stddev"], AGGREGATES["variance"] = _spread("stddev_samp"), _spread("var_samp")


@AGGREGATES.called("regr_slope")
def _slope(one: Aggregate) -> str:
    """Of values that do not vary it is no number; Spark has NULL for it, as for no values at all."""
    pairs = _statistic("regr_count")(one)
    return f"coalesce({_statistic('regr_slope')(one)}, CASE WHEN {pairs} > 0 THEN CAST('NaN' AS DOUBLE) END)"


@AGGREGATES.called("corr")
def _corr(one: Aggregate) -> str:
    """Of values that do not vary it is no number. Spark's own stops there."""
    _unless_distinct_window(one)
    a, b = one.arg(0, "DOUBLE"), one.arg(1, "DOUBLE")
    both = f"{a} IS NOT NULL AND {b} IS NOT NULL"
    spread = f"({one.call('stddev_pop', a, only=both)} * {one.call('stddev_pop', b, only=both)})"
    together = one.call("covar_pop", a, b, only=both)
    return shared((together, spread), lambda c, s: case((f"{s} = 0", "CAST('NaN' AS DOUBLE)"), otherwise=f"{c} / {s}"))
