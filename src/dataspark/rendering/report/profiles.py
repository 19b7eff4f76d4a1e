"""What a column looks like, as a row of a table: its figures, a small picture, and what has changed."""

from __future__ import annotations

from dataclasses import dataclass

from dataspark.answers.report import Profiled
from dataspark.pipeline.profiles import ColumnProfile
from dataspark.rendering.report import shapes
from dataspark.rendering.text import share


@dataclass(frozen=True)
class ProfileRow:
    """One column of a table, as it is shown."""

    column: str
    type: str
    empty: str
    empty_percent: float
    distinct: str
    range: str
    mean: str
    picture: str
    caption: str
    told: str
    """What is worth telling."""
    moved: str
    """A smaller change."""
    hidden: bool


def profile_row(table: Profiled, one: ColumnProfile) -> ProfileRow:
    """A column of a profiled table, as it is shown."""
    hidden = one.column in table.classified
    told = [change.split(": ", 1)[1] for change in table.changes if change.startswith(f"`{one.column}`: ")]
    told += ["new column" for change in table.changes if change == f"`{one.column}` is new"]
    drawn = shapes.columns(one.bin_rows, _bin_words(one), f"how {one.column} is spread", "spread") if one.bins else ""
    return ProfileRow(
        one.column,
        one.type.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMP"),
        share(one.nulls, one.rows),
        round(100 * one.nulls / one.rows, 1) if one.rows else 0.0,
        "–" if one.distinct is None else f"{'' if one.exact else '≈ '}{one.distinct:,}",
        "" if one.minimum is None else f"{_short(one.minimum)} – {_short(one.maximum or '')}",
        "" if one.mean is None else f"{one.mean:,.6g}",
        drawn,
        _caption(one),
        "; ".join(told),
        "" if told else _moved(table, one),
        hidden,
    )


def _bin_words(one: ColumnProfile) -> list[str]:
    spread = one.type not in ("VARCHAR", "BOOLEAN")
    return [f"{'from ' if spread else ''}{label}: {rows:,}" for label, rows in zip(one.bins, one.bin_rows, strict=True)]


def _caption(one: ColumnProfile) -> str:
    """The most frequent values of a column of few."""
    return ", ".join(one.bins[:3]) + (" …" if len(one.bins) > 3 else "") if one.type in ("VARCHAR", "BOOLEAN") else ""


def _short(value: str) -> str:
    return value if len(value) <= 24 else f"{value[:23]}…"


def _moved(table: Profiled, one: ColumnProfile) -> str:
    """How the mean moved, where that is too little to be worth a sentence."""
    before = next((c for c in table.before.columns if c.column == one.column), None) if table.before else None
    if before is None or not before.mean or one.mean is None or one.distinct == one.rows:  # a key only counts up
        return ""
    percent = 100 * (one.mean - before.mean) / abs(before.mean)
    return f"mean {percent:+.1f} %" if abs(percent) >= 0.05 else ""
