"""Numbers, amounts, shares, dates and spans of time as a language writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from babel import Locale, dates, numbers

from dataspark.dashboard.periods import Grain, Period

_NOTHING = "–"
_LARGE = 100_000
"""From here on an amount has no cents."""
LOCALES = {"en": "en_GB", "fr": "fr_FR"}
"""Language → whose dates and numbers it has."""


@dataclass(frozen=True)
class Formats:
    """How one language writes values; amounts are in one currency, or in none that is known."""

    language: str
    currency: str | None = None

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(LOCALES[self.language])

    def number(self, value: float | None, digits: int = 0) -> str:
        """`12,345` or `12 345`."""
        if _missing(value) or value is None:
            return _NOTHING
        form = "#,##0" + ("." + "0" * digits if digits else "")
        return str(numbers.format_decimal(value, form, locale=self._locale))

    def money(self, value: float | None) -> str:
        """An amount with its currency; large ones without cents."""
        if _missing(value) or value is None:
            return _NOTHING
        digits = 0 if abs(value) >= _LARGE else 2
        if self.currency is None:
            return self.number(value, digits)
        form = self._locale.currency_formats["standard"].pattern
        if not digits:
            form = form.replace(".00", "")
        return str(numbers.format_currency(value, self.currency, form, locale=self._locale, currency_digits=False))

    def compact(self, value: float | None) -> str:
        """`€5.8M`, `5,8 M €`: for where there is little room."""
        if _missing(value) or value is None:
            return _NOTHING
        if abs(value) < 1000:
            return self.money(value)
        if self.currency is None:
            return str(numbers.format_compact_decimal(value, locale=self._locale, fraction_digits=1))
        return str(numbers.format_compact_currency(value, self.currency, locale=self._locale, fraction_digits=1))

    def percent(self, share: float | None, digits: int = 1, signed: bool = False) -> str:
        """A part of one as percents."""
        if _missing(share) or share is None:
            return _NOTHING
        form = self._locale.percent_formats[None].pattern.replace("0%", "0." + "0" * digits + "%")
        form = form.replace("0\xa0%", "0." + "0" * digits + "\xa0%").replace(
            "0\u202f%", "0." + "0" * digits + "\u202f%"
        )
        shown = str(numbers.format_percent(share, form, locale=self._locale))
        return f"+{shown}" if signed and share > 0 else shown

    def day(self, day: date | None) -> str:
        """`3 Mar 2025`."""
        return _NOTHING if _missing(day) else str(dates.format_date(day, "medium", locale=self._locale))

    def period(self, period: Period) -> str:
        """`1 Oct – 30 Dec 2025`."""
        return str(dates.format_interval(period.first, period.last, "yMMMd", locale=self._locale))

    def moment(self, iso: str) -> str:
        """A moment in ISO 8601, in UTC and saying so."""
        shown = dates.format_datetime(datetime.fromisoformat(iso), "medium", locale=self._locale, tzinfo=dates.UTC)
        return f"{shown} UTC"

    def grain(self, begin: date, grain: Grain) -> str:
        """A day, a week by its number and first day, or a month."""
        if grain is Grain.MONTH:
            return str(dates.format_skeleton("yMMM", begin, locale=self._locale))
        if grain is Grain.WEEK:
            year, week, _day = begin.isocalendar()
            letter = {"fr": "S"}.get(self.language, "W")
            return f"{letter}{week:02} {year} · {self.period(Period(begin, begin + timedelta(days=6)))}"
        return str(dates.format_skeleton("yMMMEd", begin, locale=self._locale))

    def seconds(self, seconds: float) -> str:
        """`0.8 s`, `2 min 5 s`."""
        if seconds < 60:
            return f"{self.number(seconds, 1)} s"
        return f"{int(seconds // 60)} min {int(seconds % 60)} s"

    def for_charts(self) -> dict[str, Any]:
        """What Vega wants to know of a language, for the numbers and months on axes."""
        number = {
            "decimal": self._locale.number_symbols["latn"]["decimal"],
            "thousands": self._locale.number_symbols["latn"]["group"],
            "grouping": [3],
            "currency": ["", ""],
        }
        months, days = self._locale.months["format"], self._locale.days["format"]
        order = (6, 0, 1, 2, 3, 4, 5)
        time = {
            "dateTime": "%x, %X",
            "date": "%d/%m/%Y",
            "time": "%H:%M:%S",
            "periods": ["AM", "PM"],
            "days": [days["wide"][at] for at in order],
            "shortDays": [days["abbreviated"][at] for at in order],
            "months": [months["wide"][at] for at in range(1, 13)],
            "shortMonths": [months["abbreviated"][at] for at in range(1, 13)],
        }
        return {"number": number, "time": time}


def _missing(value: object) -> bool:
    return value is None or value != value
