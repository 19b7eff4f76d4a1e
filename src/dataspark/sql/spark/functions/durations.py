"""How long it is from one moment to another, and lengths of time."""

from __future__ import annotations

from dataspark.sql.spark.expr import Expr, Node, Span
from dataspark.sql.spark.functions import spans
from dataspark.sql.spark.functions.call import Call, Functions
from dataspark.sql.spark.functions.moments import moment, unit_of
from dataspark.sql.spark.types import is_zoned
from dataspark.sql.spark.writing import case, shared

FUNCTIONS = Functions()


_MICROS = {
    "hour": 3_600_000_000,
    "minute": 60_000_000,
    "second": 1_000_000,
    "millisecond": 1000,
    "microsecond": 1,
}
_CALENDAR = {
    "millennium": "(year({0}) div 1000)",
    "century": "(year({0}) div 100)",
    "decade": "(year({0}) div 10)",
    "year": "year({0})",
    "isoyear": "extract(YEAROFWEEK FROM {0})",
    "quarter": "(year({0}) * 4 + quarter({0}))",
    "month": "(year({0}) * 12 + month({0}))",
    "day": "datediff({0}, DATE'1970-01-01')",
}
"""Unit → how many of it begin up to a moment, from wherever one counts."""


@FUNCTIONS.called("date_diff", "datediff")
def _date_diff(call: Call) -> Expr:
    """How many bounds of the unit lie between two moments."""
    unit = unit_of(call.string(0))
    a, b = moment(call, 1), moment(call, 2)
    if unit == "week":
        return call.gives(f"CAST((datediff({b}, {a}) div 7) AS BIGINT)")  # no bounds: whole weeks of days
    if unit in _CALENDAR:
        first, last = _CALENDAR[unit].format(a), _CALENDAR[unit].format(b)
    elif unit in _MICROS:
        first, last = (_begun(spans.micros_of(call.args[place]), _MICROS[unit]) for place in (1, 2))
    else:
        raise call.refuse(f"`{call.name}` in `{unit}`")
    return call.gives(f"CAST(({last} - {first}) AS BIGINT)")


def _begun(micros: str, size: int) -> str:
    return f"(({micros} - pmod({micros}, {size})) div {size})" if size > 1 else micros


_WHOLE_UNITS = {**_MICROS, "day": spans.DAY, "week": 7 * spans.DAY}
_WHOLE_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12_000}


@FUNCTIONS.called("date_sub", "datesub")
def _date_sub(call: Call) -> Expr:
    """How many whole units lie between two moments."""
    unit = unit_of(call.string(0))
    values = (moment(call, 1), moment(call, 2))
    if unit in _WHOLE_MONTHS:
        size = _WHOLE_MONTHS[unit]
        return call.gives(shared(values, lambda a, b: f"({_signed_months(a, b)} div {size})"))
    if unit not in _WHOLE_UNITS:
        raise call.refuse(f"`{call.name}` in `{unit}`")
    if unit in _MICROS and any(is_zoned(arg.type) for arg in call.args[1:]):
        raise call.refuse(f"`{call.name}` in `{unit}` of moments with a zone (cast them to TIMESTAMP)")
    first, last = (spans.micros_of(arg) for arg in call.args[1:])
    return call.gives(f"(({last} - {first}) div {_WHOLE_UNITS[unit]})")


def _signed_months(a: str, b: str) -> str:
    return case((f"{a} <= {b}", _months(a, b)), otherwise=f"-{_months(b, a)}")


def _months(earlier: str, later: str) -> str:
    """Whole months: one less than the calendar says where the later day, by its clock, comes before the earlier one.

    A last day of a month counts as any later day of a longer one: from the 30th of January to the end of February is one.
    """
    last = f"day({later}) = day(last_day({later}))"
    begun = case((last, f"least(day({earlier}), day({later}))"), otherwise=f"day({earlier})")
    short = f"day({later}) - {begun} < {case((f'{_clock(later)} < {_clock(earlier)}', '1'), otherwise='0')}"
    months = f"(year({later}) - year({earlier})) * 12 + month({later}) - month({earlier})"
    return f"({months} - {case((short, '1'), otherwise='0')})"


def _clock(moment: str) -> str:
    return f"pmod(unix_micros(CAST({moment} AS TIMESTAMP)), {spans.DAY})"


@FUNCTIONS.called("date_add")
def _date_add(call: Call) -> Expr:
    return spans.moved(call, 1)


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
        return spans.interval(Span(**{part: str(number * size)}))
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
        return spans.interval(Span(micros=str(number * size)))
    micros = f"CAST(rint({call.arg(0, 'DOUBLE')} * {float(size)!r}D) AS BIGINT)"
    return spans.interval(Span(micros=micros))
