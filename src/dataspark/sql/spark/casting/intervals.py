"""Texts as intervals: they are read here, for Spark has no type that holds one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from dataspark.sql.spark.expr import NO_VALUE, Expr, Node, Span

if TYPE_CHECKING:
    from dataspark.sql.spark.expressions import Expressions

_SIZES = {
    "months": {"year": 12, "yr": 12, "y": 12, "quarter": 3, "month": 1, "mon": 1, "decade": 120, "century": 1200},
    "days": {"week": 7, "w": 7, "day": 1, "d": 1},
    "micros": {
        "hour": 3_600_000_000,
        "hr": 3_600_000_000,
        "h": 3_600_000_000,
        "minute": 60_000_000,
        "min": 60_000_000,
        "m": 60_000_000,
        "second": 1_000_000,
        "sec": 1_000_000,
        "s": 1_000_000,
        "millisecond": 1000,
        "ms": 1000,
        "microsecond": 1,
        "us": 1,
    },
}
_UNITS = {
    spelled: (part, size)
    for part, sizes in _SIZES.items()
    for unit, size in sizes.items()
    for spelled in (unit, f"{unit}s")
}


_CLOCK = re.compile(r"([+-]?)([0-9]+):([0-9]{1,2}):([0-9]{1,2})(?:\.([0-9]{1,6}))?")


def read(expressions: Expressions, value: Expr, node: Node) -> Expr:
    """`INTERVAL '1 month 2 days'`: whole numbers with units. Anything else is refused."""
    if value.type == "INTERVAL":
        return value
    said = value.constant if value.literal and isinstance(value.constant, str) else None
    parts = _parts(said or "")
    if parts is None:
        what = f"the interval '{said}'" if said is not None else "a cast to INTERVAL of anything but a literal"
        raise expressions.work.refuse(what, node)
    span = Span(*(str(parts[part]) if parts[part] else "" for part in ("months", "days", "micros")))
    span = span if span.some else Span(days="0")
    made = Expr(NO_VALUE, "INTERVAL", f"CAST('{said}' AS INTERVAL)", literal=True)
    return replace(made, span=span)


def _parts(said: str) -> dict[str, int] | None:
    parts = {"months": 0, "days": 0, "micros": 0}
    words = said.split()
    if words and (clock := _CLOCK.fullmatch(words[-1])):
        words.pop()
        size = (int(clock[2]) * 60 + int(clock[3])) * 60 + int(clock[4])
        parts["micros"] = (-1 if clock[1] == "-" else 1) * (size * 1_000_000 + int((clock[5] or "").ljust(6, "0")))
        if not words:
            return parts
    if not words or len(words) % 2:
        return None
    for number, unit in zip(words[::2], words[1::2], strict=True):
        if unit.lower() not in _UNITS or not number.lstrip("+-").isdigit():
            return None
        part, size = _UNITS[unit.lower()]
        parts[part] += int(number) * size
    return parts
