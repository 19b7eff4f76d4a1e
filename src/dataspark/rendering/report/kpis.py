"""Which picture a KPI gets: bars, a line, or figures. Chosen by the names and types of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dataspark.answers.report import Kpi
from dataspark.rendering.report.shapes import columns, line

_PERIODS = frozenset(
    (
        "annee",
        "annee_iso",
        "trimestre",
        "mois",
        "semaine",
        "jour",
        "heure",
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "hour",
    )
)
"""Names of columns that number a period."""
_FINER = frozenset(("mois", "month", "semaine", "week"))
"""Beside one of these, a quarter says nothing."""
_MEASURES = 3
"""Columns of one KPI that are drawn."""
_BARS = 24
"""Points up to which bars are drawn, and a line above."""
_CATEGORIES = 12
_NUMBERS = ("INT", "DECIMAL", "DOUBLE", "FLOAT")


@dataclass(frozen=True)
class Series:
    """One measure over time."""

    name: str
    newest: str
    """Its last value."""
    picture: str
    first: str
    last: str
    highest: str
    """In few characters."""


@dataclass(frozen=True)
class Bar:
    """One measure of one category."""

    name: str
    value: str
    percent: float


@dataclass(frozen=True)
class Card:
    """A KPI as it is shown."""

    name: str
    note: str
    series: tuple[Series, ...] = ()
    bars: tuple[Bar, ...] = ()
    measure: str = ""
    """What the bars show."""
    figures: tuple[tuple[str, str], ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """The newest rows, or the largest."""
    numbers: frozenset[int] = frozenset()
    """Which columns of them are quantities."""

    @property
    def broad(self) -> bool:
        """Whether it takes a whole line."""
        return bool(self.figures) or len(self.series) > 2


def card(kpi: Kpi) -> Card:
    """The card of a KPI."""
    periods = [n for n, column in enumerate(kpi.columns) if _is_period(kpi, n) or column.lower() in _PERIODS]
    measures = [n for n in range(len(kpi.columns)) if n not in periods and _is_measure(kpi, n)]
    note = f"{kpi.total:,} rows" if kpi.total != 1 else ""
    rows = sorted(kpi.rows, key=lambda row: tuple(map(_order, (row[n] for n in periods))))
    if len(kpi.rows) == 1:
        return Card(kpi.name, note, figures=tuple(zip(kpi.columns, map(shown, kpi.rows[0]), strict=True)))
    if not measures or not rows:
        return Card(kpi.name, note, heads=kpi.columns, numbers=_quantities(kpi), rows=_texts(kpi, rows[:_CATEGORIES]))
    if periods:
        series = tuple(_series(kpi, rows, periods, n) for n in measures[:_MEASURES])
        return Card(
            kpi.name, note, series, heads=kpi.columns, numbers=_quantities(kpi), rows=_texts(kpi, rows[-_CATEGORIES:])
        )
    return _categories(kpi, measures, note)


def _is_period(kpi: Kpi, number: int) -> bool:
    return kpi.types[number] == "DATE" or kpi.types[number].startswith("TIMESTAMP")


def _is_measure(kpi: Kpi, number: int) -> bool:
    column = kpi.columns[number].lower()
    named = column.startswith("id_") or column.endswith("_id")
    return any(word in kpi.types[number] for word in _NUMBERS) and "[" not in kpi.types[number] and not named


def _order(value: Any) -> tuple[bool, Any]:
    return value is not None, value if isinstance(value, int | float | Decimal) else str(value)


def _series(kpi: Kpi, rows: Sequence[Sequence[Any]], periods: Sequence[int], measure: int) -> Series:
    values = [float(row[measure] or 0) for row in rows]
    labels = [_period(kpi, row, periods) for row in rows]
    name = kpi.columns[measure]
    words = f"{name} from {labels[0]} to {labels[-1]}, at most {shown(max(values))}"
    tips = [f"{label}: {shown(row[measure])}" for label, row in zip(labels, rows, strict=True)]
    drawn = columns(values, tips, words) if len(values) <= _BARS else line(values, words)
    highest = max((row[measure] for row in rows if row[measure] is not None), default=None)
    return Series(name, shown(rows[-1][measure]), drawn, labels[0], labels[-1], compact(highest))


def _period(kpi: Kpi, row: Sequence[Any], periods: Sequence[int]) -> str:
    """`2025-03-07`, `2025-03`, `2025-07` of weeks: a date where there is one, else its parts."""
    dates = [n for n in periods if isinstance(row[n], date)]
    if dates:
        return shown(row[dates[0]])
    names = {kpi.columns[n].lower() for n in periods}
    if names & _FINER:
        periods = [n for n in periods if kpi.columns[n].lower() not in ("trimestre", "quarter")]
    return "-".join(f"{row[n]:02d}" if isinstance(row[n], int) else shown(row[n]) for n in periods)


def _categories(kpi: Kpi, measures: Sequence[int], note: str) -> Card:
    measure = next((n for n in measures if kpi.types[n].startswith("DECIMAL")), measures[0])
    names = [n for n in range(len(kpi.columns)) if n not in measures]
    rows = sorted(kpi.rows, key=lambda row: -float(row[measure] or 0))
    largest = max((abs(float(row[measure] or 0)) for row in rows), default=0) or 1
    bars = tuple(
        Bar(
            ", ".join(shown(row[n]) for n in names),
            shown(row[measure]),
            round(abs(float(row[measure] or 0)) / largest * 100, 1),
        )
        for row in rows[:_CATEGORIES]
    )
    return Card(
        kpi.name,
        note,
        bars=bars,
        measure=kpi.columns[measure],
        heads=kpi.columns,
        numbers=_quantities(kpi),
        rows=_texts(kpi, rows[:_CATEGORIES]),
    )


def _texts(kpi: Kpi, rows: Sequence[Sequence[Any]]) -> tuple[tuple[str, ...], ...]:
    """Rows as texts; a year is no quantity and gets no comma."""
    counted = _quantities(kpi)
    return tuple(
        tuple(shown(v) if n in counted or v is None or isinstance(v, date) else str(v) for n, v in enumerate(row))
        for row in rows
    )


def _quantities(kpi: Kpi) -> frozenset[int]:
    columns_ = range(len(kpi.columns))
    return frozenset(n for n in columns_ if _is_measure(kpi, n) and kpi.columns[n].lower() not in _PERIODS)


def compact(value: Any) -> str:
    """A number in few characters: `25.1k`, `1.3M`."""
    if value is None:
        return "–"
    number = float(value)
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= unit:
            return f"{number / unit:.1f}{letter}"
    return f"{number:.4g}"


def shown(value: Any) -> str:
    """A value as a person reads it; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 1e6 else f"{value:,.0f}"
    if isinstance(value, int | Decimal):
        return f"{value:,}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes").removesuffix("+00:00")
    return str(value)
