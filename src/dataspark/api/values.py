"""Values of rows as JSON and CSV have them: nothing is rounded, and every one can be read back.

Decimals are texts in JSON ("12.50"), since most readers of JSON make floats of numbers. Dates are ISO 8601, moments end
in Z, bytes are hexadecimal. A float that JSON has no number for is "NaN", "Infinity" or "-Infinity".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


def exact(value: Any) -> Any:
    """A value as JSON has it."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _FLOATS[str(value)]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return _other(value)


_FLOATS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _other(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [exact(part) for part in value]
    if isinstance(value, dict):
        return {str(exact(key)): exact(part) for key, part in value.items()}
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)


def distinct(names: Sequence[str]) -> list[str]:
    """Names of columns, told apart where one is there twice: `a`, `a_2`."""
    taken = set(names)
    seen: set[str] = set()
    found: list[str] = []
    for name in names:
        free, number = name, 2
        while free in seen or (free != name and free in taken):
            free, number = f"{name}_{number}", number + 1
        seen.add(free)
        found.append(free)
    return found
