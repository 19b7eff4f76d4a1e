"""Dates and moments."""

from __future__ import annotations

from dataspark.sql.spark import formats
from dataspark.sql.spark.expr import Expr, Node, text
from dataspark.sql.spark.functions import spans
from dataspark.sql.spark.functions.call import Call, Functions
from dataspark.sql.spark.types import is_moment, is_whole, is_zoned, spark_type

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
_OF_DAYS = ("hour", "minute", "second", "millisecond", "microsecond")


def _unit(spoken: str) -> str:
    return _SYNONYMS.get(spoken.lower(), spoken.lower())


def _moment(call: Call, place: int) -> str:
    """A date or moment as one that Spark's functions read."""
    value = call.args[place]
    if value.type == "DATE" or is_moment(value.type):
        return value.sql
    raise call.refuse()


def _part(call: Call, unit: str, place: int) -> Expr:
    value = call.args[place]
    if value.span:
        return _part_of_span(call, unit, value)
    if unit == "epoch":
        return call.gives(f"(CAST({spans.micros_of(value)} AS DOUBLE) / 1000000.0D)")
    if unit not in _PARTS or (value.type == "TIME"):
        raise call.refuse(f"the part `{unit}` of {value.type}")
    moment = _moment(call, place)
    if value.type == "DATE" and unit in _OF_DAYS:
        moment = f"CAST({moment} AS TIMESTAMP_NTZ)"
    return call.gives(f"CAST({_PARTS[unit].format(moment)} AS BIGINT)")


def _part_of_span(call: Call, unit: str, value: Expr) -> Expr:
    span = value.span
    if span is None or span.months:
        raise call.refuse(f"the part `{unit}` of an interval of months")
    days, micros = span.days or "0", span.micros or "0"
    parts = {
        "epoch": f"((CAST({days} AS DOUBLE) * 86400.0D) + CAST({micros} AS DOUBLE) / 1000000.0D)",
        "day": f"CAST({days} AS BIGINT)",
        "hour": f"CAST(({micros}) div 3600000000 AS BIGINT)",
        "minute": f"CAST((({micros}) div 60000000) % 60 AS BIGINT)",
        "second": f"CAST((({micros}) div 1000000) % 60 AS BIGINT)",
    }
    if unit not in parts:
        raise call.refuse(f"the part `{unit}` of an interval")
    return call.gives(parts[unit])


@FUNCTIONS.called("date_part", "datepart", "extract")
def _date_part(call: Call) -> Expr:
    return _part(call, _unit(call.string(0)), 1)


def _named_part(call: Call) -> Expr:
    return _part(call, _unit(call.name), 0)


for _name in (*_PARTS, "dayofmonth", "weekofyear", "dayofweek", "weekday", "dayofyear", "epoch"):
    if _name not in ("dow", "doy"):
        FUNCTIONS[_name] = _named_part


@FUNCTIONS.called("epoch_ms", "epoch_us")
def _epoch(call: Call) -> Expr:
    value = call.args[0]
    if is_whole(value.type) and call.name == "epoch_ms":
        return call.gives(f"CAST(timestamp_millis({value.cast('BIGINT')}) AS TIMESTAMP_NTZ)")
    _moment(call, 0)
    micros = spans.micros_of(value)
    return call.gives(micros if call.name == "epoch_us" else f"unix_millis(CAST({value.sql} AS TIMESTAMP))")


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
    name_ = call.string(0)
    if is_zoned(value.type):
        return call.gives(f"CAST(from_utc_timestamp({value.sql}, {text(name_)}) AS TIMESTAMP_NTZ)")
    if is_moment(value.type):
        return call.gives(f"to_utc_timestamp(CAST({value.sql} AS TIMESTAMP), {text(name_)})")
    raise call.refuse(f"`timezone` of {value.type} in {zone.type}")


@FUNCTIONS.called("date_trunc", "datetrunc")
def _date_trunc(call: Call) -> Expr:
    unit = _unit(call.string(0))
    if unit not in ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond"):
        raise call.refuse(f"`date_trunc` to `{unit}`")
    value = _moment(call, 1)
    return call.gives(f"CAST(date_trunc('{unit.upper()}', CAST({value} AS TIMESTAMP)) AS {spark_type(call.type)})")


@FUNCTIONS.called("date_diff", "datediff")
def _date_diff(call: Call) -> Expr:
    """How many bounds of the unit lie between two moments."""
    unit = _unit(call.string(0))
    a, b = _moment(call, 1), _moment(call, 2)
    months = "(year({0}) * 12 + month({0}))"
    counts = {
        "year": "year({0})",
        "quarter": "(year({0}) * 4 + quarter({0}))",
        "month": months,
        "day": "datediff({0}, DATE'1970-01-01')",
        "hour": "CAST(floor({1} / 3600000000) AS BIGINT)",
        "minute": "CAST(floor({1} / 60000000) AS BIGINT)",
        "second": "CAST(floor({1} / 1000000) AS BIGINT)",
        "millisecond": "CAST(floor({1} / 1000) AS BIGINT)",
        "microsecond": "{1}",
    }
    if unit == "week" and all(arg.type == "DATE" for arg in call.args[1:]):
        return call.gives(f"(datediff({b}, {a}) div 7)")  # no bounds: the days between, in whole weeks
    if unit not in counts:
        raise call.refuse(f"`{call.name}` in `{unit}`")
    first, last = (
        counts[unit].format(
            value,
            f"CAST({spans.micros_of(call.args[place])} AS DECIMAL(20,0))"
            if unit != "microsecond"
            else spans.micros_of(call.args[place]),
        )
        for value, place in ((a, 1), (b, 2))
    )
    return call.gives(f"CAST(({last} - {first}) AS BIGINT)")


@FUNCTIONS.called("date_sub", "datesub")
def _date_sub(call: Call) -> Expr:
    """How many whole units lie between two moments."""
    unit = _unit(call.string(0))
    if unit not in ("day", "hour", "minute", "second", "millisecond", "microsecond", "week"):
        raise call.refuse(f"`{call.name}` in `{unit}`")
    sizes = {
        "week": 7 * spans.DAY,
        "day": spans.DAY,
        "hour": 3_600_000_000,
        "minute": 60_000_000,
        "second": 1_000_000,
        "millisecond": 1000,
        "microsecond": 1,
    }
    _moment(call, 1), _moment(call, 2)
    return call.gives(f"(({spans.micros_of(call.args[2])} - {spans.micros_of(call.args[1])}) div {sizes[unit]})")


@FUNCTIONS.called("date_add")
def _date_add(call: Call) -> Expr:
    return spans.moved(call, 1)


@FUNCTIONS.called("last_day")
def _last_day(call: Call) -> Expr:
    return call.gives(f"last_day({_moment(call, 0)})")


@FUNCTIONS.called("dayname")
def _dayname(call: Call) -> Expr:
    return call.gives(formats.day_name(_moment(call, 0)))


@FUNCTIONS.called("monthname")
def _monthname(call: Call) -> Expr:
    return call.gives(formats.month_name(_moment(call, 0)))


@FUNCTIONS.called("strftime")
def _strftime(call: Call) -> Expr:
    value, place = (0, 1) if call.args[1].literal and call.args[1].type == "VARCHAR" else (1, 0)
    moment = _moment(call, value)
    if call.args[value].type == "DATE":
        moment = f"CAST({moment} AS TIMESTAMP_NTZ)"
    try:
        parts = formats.written(moment, call.string(place), text)
    except ValueError as error:
        raise call.refuse(f"the directive `{error}` of `strftime`") from error
    return call.gives(f"concat({', '.join(parts)})" if parts else "''")


@FUNCTIONS.called("strptime", "try_strptime")
def _strptime(call: Call) -> Expr:
    """Read part by part: Java's own formats take other texts than DuckDB's."""
    value = call.arg(0, "VARCHAR")
    try:
        pattern, order = formats.reading(call.string(1))
    except ValueError as error:
        raise call.refuse(f"the directive `{error}` of `{call.name}`") from error
    shape = text(rf"\A\s*{pattern}\s*\z")

    def part(letter: str, otherwise: str) -> str:
        if letter not in order:
            return otherwise
        return f"regexp_extract({value}, {shape}, {order.index(letter) + 1})"

    year = part("Y", "'1900'")
    if "y" in order:
        short = f"CAST({part('y', '')} AS INT)"
        year = f"CAST(CASE WHEN {short} < 69 THEN 2000 + {short} ELSE 1900 + {short} END AS STRING)"
    day = f"concat_ws('-', {year}, lpad({part('m', text('1'))}, 2, '0'), lpad({part('d', text('1'))}, 2, '0'))"
    clock = (
        f"concat_ws(':', {', '.join(f'lpad({part(letter, text(chr(48)))}, 2, {text(chr(48))})' for letter in 'HMS')})"
    )
    fraction = f", '.', left({part('f', '')}, 6)" if "f" in order else ""
    zone = f", replace({part('z', '')}, 'Z', '+00:00')" if "z" in order else ""
    read = f"TRY_CAST(concat({day}, ' ', {clock}{fraction}{zone}) AS {'TIMESTAMP' if zone else 'TIMESTAMP_NTZ'})"
    read = f"CAST({read} AS {spark_type(call.type)})"
    if call.name == "try_strptime":
        return call.gives(f"CASE WHEN {value} RLIKE {shape} THEN {read} END")
    failed = f"CAST(raise_error(concat('Could not parse ', {value})) AS {spark_type(call.type)})"
    return call.gives(
        f"CASE WHEN {value} IS NULL THEN NULL WHEN {value} RLIKE {shape} THEN coalesce({read}, {failed}) ELSE {failed} END"
    )


_UNITS = {
    "to_years": ("months", 12),
    "to_quarters": ("months", 3),
    "to_months": ("months", 1),
    "to_weeks": ("days", 7),
    "to_days": ("days", 1),
    "to_hours": ("micros", 3_600_000_000),
    "to_minutes": ("micros", 60_000_000),
}


@FUNCTIONS.called(*_UNITS)
def _to_interval(call: Call) -> Expr:
    number = _whole_literal(call.node["children"][0])
    if number is not None:
        part, size = _UNITS[call.name]
        return spans.interval(spans.Span(**{part: str(number * size)}))
    return spans.of_unit(call, *_UNITS[call.name])


def _whole_literal(node: Node) -> int | None:
    """The number in `INTERVAL 3 DAY`, which the syntax tree wraps in casts."""
    while node["class"] == "CAST" or node.get("function_name") == "trunc":
        node = node["child"] if node["class"] == "CAST" else node["children"][0]
    value = node["value"].get("value") if node["class"] == "CONSTANT" else None
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdigit()) else None


@FUNCTIONS.called("to_seconds", "to_milliseconds", "to_microseconds")
def _to_seconds(call: Call) -> Expr:
    size = {"to_seconds": 1_000_000, "to_milliseconds": 1000, "to_microseconds": 1}[call.name]
    number = _whole_literal(call.node["children"][0])
    if number is not None:
        return spans.interval(spans.Span(micros=str(number * size)))
    micros = f"CAST(rint({call.arg(0, 'DOUBLE')} * {float(size)!r}D) AS BIGINT)"
    return spans.interval(spans.Span(micros=micros))
