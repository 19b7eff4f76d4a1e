"""Dates, moments and intervals, added to and taken from each other."""

from __future__ import annotations

from dataclasses import replace

from dataspark.sql.spark.expr import NO_VALUE, Expr, Span, of_type, standing
from dataspark.sql.spark.functions.call import Call
from dataspark.sql.spark.types import is_moment, is_whole, spark_type

DAY = 86_400_000_000
"""Microseconds."""


def interval(span: Span, stand: str = standing("INTERVAL")) -> Expr:
    """An INTERVAL."""
    return Expr(NO_VALUE, "INTERVAL", stand, span=span)


def moved(call: Call, sign: int) -> Expr:
    """`date + 1`, `date - date`, `moment ± interval`, `moment - moment`."""
    a, b = call.args
    if a.span and b.span:
        return interval(_sum(a.span, b.span, sign))
    if a.span:
        return _shifted(call, b, a.span, 1)
    if b.span:
        return _shifted(call, a, b.span, sign)
    if a.type == "DATE" and b.type == "DATE" and sign < 0:
        return call.gives(f"CAST(datediff({a.sql}, {b.sql}) AS BIGINT)")
    if "DATE" in (a.type, b.type) and (is_whole(a.type) or is_whole(b.type)):
        day, days = (a, b) if a.type == "DATE" else (b, a)
        return call.gives(f"date_add({day.sql}, {'-' if sign < 0 else ''}{days.cast('INT')})")
    if sign < 0 and all(is_moment(one.type) or one.type == "DATE" for one in (a, b)):
        micros = f"({micros_of(a)} - {micros_of(b)})"
        return interval(Span("", f"({micros} div {DAY})", f"({micros} % {DAY})"))
    raise call.refuse()


def micros_of(value: Expr) -> str:
    """The microseconds since 1970 of a date or moment."""
    return f"unix_micros(CAST({value.sql} AS TIMESTAMP))"


def _shifted(call: Call, moment: Expr, span: Span, sign: int) -> Expr:
    wanted = call.type
    if not (moment.type == "DATE" or is_moment(moment.type)):
        raise call.refuse()
    sql = moment.cast(spark_type(wanted)) if moment.type != wanted else moment.sql
    for unit, number in (("MONTH", span.months), ("DAY", span.days), ("MICROSECOND", span.micros)):
        if number:
            sql = f"timestampadd({unit}, {'-' if sign < 0 else ''}({number}), {sql})"
    return of_type(sql, wanted)


def negated(call: Call) -> Expr:
    """`- interval`."""
    span = call.args[0].span or Span()
    return interval(Span(*(f"(-({part}))" if part else "" for part in (span.months, span.days, span.micros))))


def multiplied(call: Call) -> Expr:
    """`interval * number`."""
    a, b = call.args
    span, number = (a.span, b) if a.span else (b.span, a)
    if span is None or not is_whole(number.type):
        raise call.refuse()
    parts = (span.months, span.days, span.micros)
    return interval(Span(*(f"(({part}) * CAST({number.sql} AS BIGINT))" if part else "" for part in parts)))


def _sum(a: Span, b: Span, sign: int) -> Span:
    word = "+" if sign > 0 else "-"

    def part(ours: str, theirs: str) -> str:
        if not theirs:
            return ours
        return f"({ours or '0'} {word} {theirs})"

    return Span(part(a.months, b.months), part(a.days, b.days), part(a.micros, b.micros))


def of_unit(call: Call, part: str, size: int) -> Expr:
    """`to_days(n)` and its like."""
    number = call.args[0]
    sql = f"CAST({number.sql} AS BIGINT)" if not is_whole(number.type) or not number.literal else number.sql
    made = f"({sql} * {size})" if size != 1 else sql
    return replace(interval(Span()), span=replace(Span(), **{part: made}))
