"""Dates and moments."""

from __future__ import annotations

from dataspark.sql.spark.expr import Expr, Span
from dataspark.sql.spark.functions import spans
from dataspark.sql.spark.functions.call import Call, Functions
from dataspark.sql.spark.types import is_moment, is_whole, is_zoned, spark_type
from dataspark.sql.spark.writing import case, integer, shared, text

FUNCTIONS = Functions()
_PARTS = {
    "year": "year({0})",
    "month": "month({0})",
    "day": "day({0})",
    "quarter": "quarter({0})",
    "week": "weekofyear({0})",
    "isoyear": "extract(YEAROFWEEK FROM {0})",
    "isodow": "(weekday({0}) + 1)",
    "dow": "(dayofweek({0}) - 1)",
    "doy": "dayofyear({0})",
    "decade": "(year({0}) div 10)",
    "century": "((year({0}) - 1) div 100 + 1)",
    "millennium": "((year({0}) - 1) div 1000 + 1)",
    "yearweek": "(extract(YEAROFWEEK FROM {0}) * 100 + weekofyear({0}))",
    "hour": "hour({0})",
    "minute": "minute({0})",
    "second": "second({0})",
    "millisecond": "(((unix_micros(CAST({0} AS TIMESTAMP)) % 60000000 + 60000000) % 60000000) div 1000)",
    "microsecond": "((unix_micros(CAST({0} AS TIMESTAMP)) % 60000000 + 60000000) % 60000000)",
}
_SYNONYMS = {
    "y": "year", "yr": "year", "years": "year", "mon": "month", "mons": "month", "months": "month",
    "d": "day", "days": "day", "dayofmonth": "day", "quarters": "quarter",
    "w": "week", "weeks": "week", "weekofyear": "week", "dayofweek": "dow", "weekday": "dow", "dayofyear": "doy",
    "decades": "decade",
    "h": "hour", "hr": "hour", "hours": "hour", "m": "minute", "min": "minute", "minutes": "minute",
    "s": "second", "sec": "second", "seconds": "second",
    "ms": "millisecond", "milliseconds": "millisecond", "us": "microsecond", "microseconds": "microsecond",
}  # fmt: skip
_MONDAY = 946_857_600_000_000
"""The 3rd of January 2000 in microseconds."""
_OF_DAYS = ("hour", "minute", "second", "millisecond", "microsecond")


def unit_of(spoken: str) -> str:
    """A unit of time by its first name: `months` is `month`."""
    return _SYNONYMS.get(spoken.lower(), spoken.lower())


def moment(call: Call, place: int) -> str:
    """A date or moment as one that Spark's functions read."""
    value = call.args[place]
    if value.type == "DATE" or is_moment(value.type):
        return value.sql
    if value.type == "VARCHAR":
        raise call.refuse(f"`{call.name}` of a text (write DATE '…' or TIMESTAMP '…')")
    raise call.refuse()


def _part(call: Call, unit: str, place: int) -> Expr:
    value = call.args[place]
    if value.span:
        return _part_of_span(call, unit, value.span)
    if unit == "epoch":
        return call.gives(f"(CAST({spans.micros_of(value)} AS DOUBLE) / 1000000.0D)")
    if unit not in _PARTS or (value.type == "TIME"):
        raise call.refuse(f"the part `{unit}` of {value.type}")
    sql = moment(call, place)
    if value.type == "DATE" and unit in _OF_DAYS:
        sql = f"CAST({sql} AS TIMESTAMP_NTZ)"
    return call.gives(shared((sql,), lambda said: f"CAST({_PARTS[unit].format(said)} AS BIGINT)"))


def _part_of_span(call: Call, unit: str, span: Span) -> Expr:
    """A part of an interval, which keeps its months, its days and its microseconds apart."""
    months, days, micros = (f"CAST({part or '0'} AS BIGINT)" for part in (span.months, span.days, span.micros))
    parts = {
        "year": f"({months} div 12)",
        "month": f"({months} % 12)",
        "day": days,
        "hour": f"({micros} div 3600000000)",
        "minute": f"({micros} div 60000000 % 60)",
        "second": f"({micros} div 1000000 % 60)",
        "epoch": f"(CAST({days} AS DOUBLE) * 86400.0D + CAST({micros} AS DOUBLE) / 1000000.0D)",
    }
    if unit not in parts or (unit == "epoch" and span.months):
        raise call.refuse(f"the part `{unit}` of an interval{' of months' if span.months else ''}")
    return call.gives(parts[unit])


@FUNCTIONS.called("date_part", "datepart", "extract")
def _date_part(call: Call) -> Expr:
    return _part(call, unit_of(call.string(0)), 1)


def _named_part(call: Call) -> Expr:
    return _part(call, unit_of(call.name), 0)


for _name in (*_PARTS, "dayofmonth", "weekofyear", "dayofweek", "weekday", "dayofyear", "epoch"):
    if _name not in ("dow", "doy"):
        FUNCTIONS[_name] = _named_part


@FUNCTIONS.called("epoch_ms", "epoch_us")
def _epoch(call: Call) -> Expr:
    value = call.args[0]
    if is_whole(value.type) and call.name == "epoch_ms":
        return call.gives(f"CAST(timestamp_millis({value.cast('BIGINT')}) AS TIMESTAMP_NTZ)")
    moment(call, 0)
    micros = spans.micros_of(value)
    return call.gives(micros if call.name == "epoch_us" else f"({micros} div 1000)")


@FUNCTIONS.called("make_timestamp", "make_timestamptz")
def _make_timestamp(call: Call) -> Expr:
    if len(call.args) == 1:
        return call.gives(f"CAST(timestamp_micros({call.arg(0, 'BIGINT')}) AS {spark_type(call.type)})")
    parts = [call.arg(place, "BIGINT") for place in range(5)]
    whole = ", ".join(f"CAST({part} AS INT)" for part in parts)
    return call.gives(
        f"CAST(make_timestamp({whole}, CAST({call.arg(5, 'DOUBLE')} AS DECIMAL(16,6))) AS {spark_type(call.type)})"
    )


@FUNCTIONS.called("make_date")
def _make_date(call: Call) -> Expr:
    if len(call.args) != 3:
        raise call.refuse()
    parts = [f"CAST({call.arg(place, 'BIGINT')} AS INT)" for place in range(3)]
    return call.gives(f"make_date({', '.join(parts)})")


@FUNCTIONS.called("to_timestamp")
def _to_timestamp(call: Call) -> Expr:
    return call.gives(f"timestamp_micros(CAST(rint({call.arg(0, 'DOUBLE')} * 1000000.0D) AS BIGINT))")


@FUNCTIONS.called("timezone")
def _timezone(call: Call) -> Expr:
    """A reading in a zone → the moment in UTC; a moment → its reading in a zone."""
    zone, value = call.args
    known = text(call.string(0))
    if is_zoned(value.type):
        return call.gives(f"CAST(from_utc_timestamp({value.sql}, {known}) AS TIMESTAMP_NTZ)")
    if is_moment(value.type):
        return call.gives(shared((f"CAST({value.sql} AS TIMESTAMP)",), lambda reading: _in_utc(reading, known)))
    raise call.refuse(f"`timezone` of {value.type} in {zone.type}")


def _in_utc(reading: str, zone: str) -> str:
    """Of the two moments of a reading that comes twice, when clocks are set back, DuckDB takes the later one."""
    moment = f"to_utc_timestamp({reading}, {zone})"
    later = [f"timestampadd(MINUTE, {minutes}, {moment})" for minutes in (60, 30)]
    again = [(f"from_utc_timestamp({one}, {zone}) = {reading}", one) for one in later]
    return case(*again, otherwise=moment)


_TRUNCATED = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond")
_TRUNCATED_YEARS = {"decade": 10, "century": 100, "millennium": 1000}


@FUNCTIONS.called("date_trunc", "datetrunc")
def _date_trunc(call: Call) -> Expr:
    unit, value, kind = unit_of(call.string(0)), moment(call, 1), spark_type(call.type)
    if unit in _TRUNCATED_YEARS:
        size = _TRUNCATED_YEARS[unit]
        return call.gives(f"CAST(make_date(year({value}) div {size} * {size}, 1, 1) AS {kind})")
    if unit == "isoyear":
        fourth = f"make_date(extract(YEAROFWEEK FROM {value}), 1, 4)"  # it lies in the year's first week
        return call.gives(f"CAST(date_trunc('WEEK', CAST({fourth} AS TIMESTAMP)) AS {kind})")
    if unit not in _TRUNCATED:
        raise call.refuse(f"`date_trunc` to `{unit}`")
    return call.gives(f"CAST(date_trunc('{unit.upper()}', CAST({value} AS TIMESTAMP)) AS {kind})")


@FUNCTIONS.called("time_bucket")
def _time_bucket(call: Call) -> Expr:
    """The start of the span of that width in which a moment lies, counted from a Monday: the 3rd of January 2000."""
    span, kind = call.args[0].span, spark_type(call.type)
    if span is None or len(call.args) != 2 or sum(bool(part) for part in (span.months, span.days, span.micros)) != 1:
        raise call.refuse("`time_bucket` with anything but a width of one kind of unit and a moment")
    value = moment(call, 1)
    if span.months:
        months = f"(year({value}) * 12 + month({value}) - 24001)"
        first = f"add_months(DATE'2000-01-01', {integer(f'{months} - pmod({months}, {span.months})')})"
        return call.gives(f"CAST({first} AS {kind})")
    width = span.micros or f"({span.days} * {spans.DAY})"
    micros = spans.micros_of(call.args[1])
    return call.gives(f"CAST(timestamp_micros({micros} - pmod({micros} - {_MONDAY}, {width})) AS {kind})")


@FUNCTIONS.called("last_day")
def _last_day(call: Call) -> Expr:
    return call.gives(f"last_day({moment(call, 0)})")
