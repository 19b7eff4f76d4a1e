"""Whether a text can be read as a column's type, judged here as `sql/casts.py` lets the engine judge it.

This is for samples: it decides what to propose and when to ask a person. What becomes of a row is the engine's verdict.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from dataspark.contracts.contract import Column, Dialect, LogicalType
from dataspark.contracts.formats import ISO
from dataspark.sql.dateformats import read_format

Fits = Callable[[str], bool]

PADDING = " \t\n\r\xa0"
"""What is trimmed from a field."""
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DATE = r"(?P<y>[0-9]{4})-(?P<M>[0-9]{2})-(?P<d>[0-9]{2})"
_CLOCK = r"(?P<H>[0-9]{2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.[0-9]+)?)?"
_ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_ISO = {
    LogicalType.DATE: re.compile(_DATE),
    LogicalType.TIMESTAMP: re.compile(f"{_DATE}(?:[ T]{_CLOCK})?{_ZONE}?"),
    LogicalType.TIME: re.compile(_CLOCK),
}
_INT64 = 2**63


def fits(column: Column, dialect: Dialect) -> Fits:
    """Whether a text without padding, which is no null token, has a value of the column's type."""
    match column.type:
        case LogicalType.INTEGER:
            return _is_integer
        case LogicalType.NUMBER:
            return _number(column.decimal, dialect.decimal)
        case LogicalType.BOOLEAN:
            words = frozenset(word.lower() for word in (*column.true_values, *column.false_values))
            return lambda text: text.lower() in words
        case LogicalType.DATE | LogicalType.TIMESTAMP | LogicalType.TIME:
            return moments(column.type, column.formats)
        case _:
            return lambda _text: True


def moments(kind: LogicalType, formats: tuple[str, ...]) -> Fits:
    """Whether a text is a date, timestamp or time in one of `formats` (none: ISO 8601)."""
    shapes = [_ISO[kind] if form == ISO else re.compile(read_format(form).parts) for form in formats or (ISO,)]

    def fit(text: str) -> bool:
        return any(_exists(found) for shape in shapes if (found := shape.fullmatch(text)))

    return fit


def _exists(found: re.Match[str]) -> bool:
    """Whether there is such a day and such a time of day."""
    parts = found.groupdict()
    year, month, day = (int(parts.get(letter) or 1) for letter in "yMd")
    hour, minute, second = (int(parts.get(letter) or 0) for letter in "Hms")
    try:
        datetime(year or 4, month, day, hour, minute, second)
    except ValueError:
        return False
    return True


def _is_integer(text: str) -> bool:
    return len(text) <= 40 and bool(_INTEGER.fullmatch(text)) and -_INT64 <= int(text) < _INT64


def _number(decimal: tuple[int, int] | None, mark: str) -> Fits:
    def fit(text: str) -> bool:
        if mark != ".":
            if "." in text:
                return False
            text = text.replace(mark, ".")
        if not _NUMBER.fullmatch(text):
            return False
        return decimal is None or _holds(decimal, text)

    return fit


def _holds(decimal: tuple[int, int], text: str) -> bool:
    precision, scale = decimal
    number = Decimal(text)
    if number.adjusted() > precision - scale:
        return False
    rounded = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP) if number.adjusted() > -40 else Decimal(0)
    return abs(rounded) < Decimal(10) ** (precision - scale)
