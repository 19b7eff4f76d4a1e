"""Rows of a table → text, CSV or JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

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
    shown = [[shortened(nothing if value is None else _shown(value), _WIDEST) for value in row] for row in rows]
    return grid(shown, heads, right, indent=0, paint=paint) or [paint.faint("  ".join(heads)), "(no rows)"]


def rows_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV with a header; NULL is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if value is None else _shown(value) for value in row] for row in rows])
    return out.getvalue().removesuffix("\n")


def rows_json(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows as objects. Decimals become numbers, moments ISO text."""
    return [{column: _plain(value) for column, value in zip(columns, row, strict=True)} for row in rows]


def _shown(value: Any) -> str:
    if value is None:  # within a list
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix("+00:00")
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
