"""The values that a contract writes down (bounds, valid values), read as a column's type reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from dataspark.contracts.contract import LogicalType
from dataspark.contracts.nodes import Node, Scalar, number_of

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOCK = r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_TIME = re.compile(_CLOCK)
_TIMESTAMP = re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}([T ]{_CLOCK}(Z|[+-]\d{{2}}(:?\d{{2}})?)?)?")
_INT64 = 2**63


@dataclass(frozen=True)
class Literal:
    """A value of a contract."""

    value: Any
    """To compare with: Decimal, str, bool, date, datetime (UTC), time."""
    argument: object
    """What a rule keeps: int or Decimal for numbers, ISO 8601 text for dates (timestamps in UTC), else the value."""


def read_literal(node: Node, kind: LogicalType, timezone: str = "UTC") -> Literal:
    """Read a value of a column of type `kind`; timestamps without a zone are in `timezone`.

    Raises ValueError with the end of a sentence that begins with the value: "is no date …".
    """
    if not isinstance(node, Scalar) or node.value is None:
        raise ValueError("is no value")
    match kind:
        case LogicalType.STRING:
            return _string(node)
        case LogicalType.INTEGER | LogicalType.NUMBER:
            return _number(node, kind)
        case LogicalType.BOOLEAN:
            if not isinstance(node.value, bool):
                raise ValueError("is neither true nor false")
            return Literal(node.value, node.value)
        case LogicalType.DATE:
            day = date.fromisoformat(_iso(node, _DATE, "date (yyyy-MM-dd)"))
            return Literal(day, day.isoformat())
        case LogicalType.TIME:
            clock = time.fromisoformat(_iso(node, _TIME, "time (HH:mm:ss)"))
            return Literal(clock, clock.isoformat())
        case LogicalType.TIMESTAMP:
            return _timestamp(node, timezone)


def exact(node: Node) -> Decimal | None:
    """The number that `node` is, digit by digit as it was written."""
    number = number_of(node)
    if number is None or not isinstance(node, Scalar):
        return None
    try:
        found = Decimal(node.text)
    except InvalidOperation:
        found = Decimal(str(number))
    return found if found.is_finite() else None


def as_argument(number: Decimal) -> int | Decimal:
    """Whole numbers as int, so that they compare with integer columns as they are."""
    return int(number) if number == number.to_integral_value() and abs(number) < _INT64 else number


def _string(node: Scalar) -> Literal:
    if not isinstance(node.value, str):
        raise ValueError(f"is read by YAML as {node.value!r}: put it in quotes")
    return Literal(node.value, node.value)


def _number(node: Scalar, kind: LogicalType) -> Literal:
    number = exact(node)
    if number is None:
        raise ValueError("is no number" if not isinstance(node.value, str) else "is a text, not a number")
    if kind is LogicalType.INTEGER and not -_INT64 <= number < _INT64:
        raise ValueError("is outside of the 64-bit integers")
    return Literal(number, as_argument(number))


def _iso(node: Scalar, form: re.Pattern[str], what: str) -> str:
    if not form.fullmatch(node.text):
        raise ValueError(f"is no {what}")
    return node.text


def _timestamp(node: Scalar, timezone: str) -> Literal:
    moment = datetime.fromisoformat(_iso(node, _TIMESTAMP, "timestamp (yyyy-MM-ddTHH:mm:ss, with or without zone)"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone))
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is outside of the years 1 to 9999 in UTC") from None
    return Literal(moment, moment.isoformat())
