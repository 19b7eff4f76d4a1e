"""The profile of a column as SQL: counts, bounds, mean and a small histogram, all columns of a table in one SELECT."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from dataspark.sql.text import name

BINS = 12
"""The most bins of a histogram, and the most texts that it counts one by one."""
_DAY = 86_400_000_000
"""Microseconds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What can be said about the values of a type."""

    NUMBER = "number"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BOOLEAN = "boolean"
    TEXT = "text"
    OTHER = "other"
    """Lists and bytes: counted, not described."""


def kind_of(sql_type: str) -> Kind:
    """The kind of a column by its SQL type."""
    if sql_type.endswith("[]"):
        return Kind.OTHER
    if any(word in sql_type for word in ("INT", "DECIMAL", "DOUBLE", "FLOAT")):
        return Kind.NUMBER
    kinds = {"DATE": Kind.DATE, "BOOLEAN": Kind.BOOLEAN, "VARCHAR": Kind.TEXT}
    return Kind.TIMESTAMP if sql_type.startswith("TIMESTAMP") else kinds.get(sql_type, Kind.OTHER)


@dataclass(frozen=True)
class Bins:
    """Equally wide bins between two bounds."""

    kind: Kind
    low: float
    """Of dates and moments: microseconds since 1970."""
    width: float
    count: int
    single: bool = False
    """Whether each bin holds one value only, so that the bins in use are the different values."""

    @classmethod
    def between(cls, kind: Kind, low: Any, high: Any, sql_type: str) -> Bins | None:
        """The bins of values between `low` and `high`; whole numbers and days get bins of whole steps.

        None where the bounds are no numbers that can be divided.
        """
        start, end = _place(low), _place(high)
        if not math.isfinite(start) or not math.isfinite(end) or not math.isfinite(end - start):
            return None
        step = _DAY if kind is Kind.DATE else 1 if "INT" in sql_type else 0
        if step:
            steps = (end - start) / step + 1
            wide = math.ceil(steps / BINS)
            return cls(kind, start, wide * step, math.ceil(steps / wide), single=wide == 1)
        return cls(kind, start, (end - start) / BINS or 1.0, BINS if end > start else 1)

    def number(self, column: str) -> str:
        """The number of a value's bin from 0; it may be beyond the first and the last."""
        value = name(column) if self.kind is Kind.NUMBER else f"epoch_us({name(column)})"
        return f"floor((CAST({value} AS DOUBLE) - {self.low!r}) / {self.width!r})"

    def counted(self, found: Mapping[float, int]) -> tuple[int, ...]:
        """The rows of each bin, from those of each number.

        The log's bounds may be rounded: the bins at the edges take what is beyond them. Infinity and NaN have no bin.
        """
        rows = [0] * self.count
        for number, times in found.items():
            if math.isfinite(number):
                rows[min(max(int(number), 0), self.count - 1)] += times
        return tuple(rows)

    def label(self, number: int) -> str:
        """The lower edge of a bin, as text."""
        edge = self.low + number * self.width
        if self.kind is Kind.NUMBER:
            return f"{edge:.6g}" if abs(edge) < 1e6 else str(round(edge))
        moment = _EPOCH + timedelta(microseconds=edge)
        return moment.date().isoformat() if self.kind is Kind.DATE else str(shown(moment.replace(microsecond=0)))


def _place(value: Any) -> float:
    """A value as a number on a line."""
    if isinstance(value, datetime):
        return float((value - _EPOCH) // timedelta(microseconds=1))
    if isinstance(value, date):
        return float((value - _EPOCH.date()).days * _DAY)
    return float(value)


def shown(value: Any) -> str | None:
    """A bound as text, without the zone: all moments are in UTC."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix("+00:00")
    return f"{value:.10g}" if isinstance(value, float) else str(value).removesuffix("+00")


def text_of(expression: str) -> str:
    """A value as text."""
    return f"CAST({expression} AS VARCHAR)"
