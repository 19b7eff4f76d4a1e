"""Rows of a table → text, CSV or JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dataspark.answers.plain import plain
from dataspark.rendering.text import PLAIN, Paint, grid, shortened

_WIDEST = 40
_NUMBERS = ("INT", "DECIMAL", "DOUBLE", "FLOAT")


def rows_text(
    columns: Sequence[str],
    types: Sequence[str],
    rows: Sequence[Sequence[Any]],
    paint: Paint = PLAIN,
    nothing: str = "NULL",
) -> list[str]:
    """Rows as aligned columns; long values are cut, and `nothing` stands where there is no value."""
    right = [number for number, kind in enumerate(types) if any(word in kind for word in _NUMBERS) and "[" not in kind]
    heads = [shortened(column, _WIDEST) for column in columns]
    cells = [[shortened(nothing if value is None else shown(value), _WIDEST) for value in row] for row in rows]
    return grid(cells, heads, right, indent=0, paint=paint) or [paint.faint("  ".join(heads)), "(no rows)"]


def rows_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV with a header; NULL is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if value is None else shown(value) for value in row] for row in rows])
    return out.getvalue().removesuffix("\n")


def rows_json(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows as objects. Decimals become numbers, moments ISO text, what is no finite number null."""
    return [{column: plain(value) for column, value in zip(columns, row, strict=True)} for row in rows]


def shown(value: Any) -> str:
    """A value as a person reads it, in full."""
    if value is None:  # within a list
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix("+00:00")
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)
