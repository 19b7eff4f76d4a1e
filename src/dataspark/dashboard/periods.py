"""Spans of days: the period that is looked at, the one before it, and days put together to weeks and months."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

_DAY = timedelta(days=1)


class Grain(StrEnum):
    """What a point of a series stands for."""

    DAY = "day"
    WEEK = "week"
    """An ISO week, named by its Monday."""
    MONTH = "month"
    """Named by its first day."""

    def begin(self, day: date) -> date:
        """The first day of the one that a day is in."""
        if self is Grain.WEEK:
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self is Grain.MONTH else day

    def next(self, begin: date) -> date:
        """The first day of the one after."""
        if self is Grain.MONTH:
            return (begin.replace(day=28) + timedelta(days=4)).replace(day=1)
        return begin + timedelta(days=7 if self is Grain.WEEK else 1)


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def before(self) -> Period:
        """As many days, just before."""
        return Period(self.first - timedelta(days=self.days), self.first - _DAY)

    def has(self, day: date) -> bool:
        """Whether a day is in it."""
        return self.first <= day <= self.last

    def within(self, other: Period) -> bool:
        """Whether all of it is in another one."""
        return other.first <= self.first and self.last <= other.last


@dataclass(frozen=True)
class Day:
    """What one day brought."""

    day: date
    amount: float
    number: int


def series(days: Iterable[Day], period: Period, grain: Grain) -> list[Day]:
    """The days of a period put together; where nothing happened there is a zero, so that a line shows it."""
    found: dict[date, Day] = {}
    begin = grain.begin(period.first)
    while begin <= period.last:
        found[begin] = Day(begin, 0.0, 0)
        begin = grain.next(begin)
    for one in days:
        if period.has(one.day):
            key = grain.begin(one.day)
            found[key] = Day(key, found[key].amount + one.amount, found[key].number + one.number)
    return list(found.values())


def whole_series(days: Iterable[Day], period: Period, grain: Grain) -> list[Day]:
    """A series without the weeks or months that the period has only in part: a line would fall where nothing fell."""
    found = series(days, period, grain)
    whole = [one for one in found if _whole(one.day, period, grain)]
    return whole if len(whole) > 1 else found


def total(days: Iterable[Day], period: Period) -> Day:
    """All days of a period in one, named by its first."""
    chosen = [one for one in days if period.has(one.day)]
    return Day(period.first, sum(one.amount for one in chosen), sum(one.number for one in chosen))


def growth(days: Sequence[Day], span: Period, grain: Grain = Grain.MONTH) -> list[tuple[date, float]]:
    """How much each month has more than the one before, as a part of it. Months that the data has in part are left out."""
    whole = [one for one in series(days, span, grain) if _whole(one.day, span, grain)]
    return [(after.day, after.amount / before.amount - 1) for before, after in pairwise(whole) if before.amount]


def _whole(begin: date, span: Period, grain: Grain) -> bool:
    return Period(begin, grain.next(begin) - _DAY).within(span)


def grain_for(period: Period, finest: Grain) -> Grain:
    """What makes a series of some dozens of points, not finer than the data."""
    fitting = Grain.DAY if period.days <= 45 else Grain.WEEK if period.days <= 400 else Grain.MONTH
    order = list(Grain)
    return max(fitting, finest, key=order.index)


def finest_grain(days: Sequence[Day]) -> Grain:
    """How fine the data is: a table with one row a month has only first days."""
    if len(days) > 1 and all(one.day.day == 1 for one in days):
        return Grain.MONTH
    return Grain.DAY
