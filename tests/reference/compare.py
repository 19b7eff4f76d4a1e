"""Whether two tables hold the same rows: exact, save for floats, which may differ by 1e-9 of themselves."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd


def assert_same_rows(actual: pd.DataFrame, expected: pd.DataFrame, name: str) -> None:
    """Fail with the first rows that differ. The order of rows does not matter; that of columns does."""
    assert list(actual.columns) == list(expected.columns), f"{name}: other columns"
    ours, theirs = _rows(actual), _rows(expected)
    assert len(ours) == len(theirs), f"{name}: {len(ours)} rows, expected {len(theirs)}"
    wrong = [pair for pair in zip(ours, theirs, strict=True) if not _same_row(*pair)]
    assert not wrong, f"{name}: {len(wrong)} rows differ, first (actual, expected): {wrong[:3]}"


def _rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    columns = [[_plain(value) for value in frame[column].array] for column in frame.columns]
    rows = list(zip(*columns, strict=True))
    return sorted(rows, key=lambda row: [(value is not None, _order(value)) for value in row])


def _order(value: Any) -> Any:
    """Floats come last in no key, and close ones must not change places: they are no part of the order."""
    return "" if value is None or isinstance(value, float) else value


def _plain(value: Any) -> Any:
    """Python's own value for what pandas, numpy or an engine made of it."""
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime()
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value


def _same_row(actual: tuple[Any, ...], expected: tuple[Any, ...]) -> bool:
    return all(_same(one, other) for one, other in zip(actual, expected, strict=True))


def _same(actual: Any, expected: Any) -> bool:
    if isinstance(actual, float) and isinstance(expected, float):
        return math.isclose(actual, expected, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(actual, datetime) and isinstance(expected, date) and not isinstance(expected, datetime):
        return actual == datetime(expected.year, expected.month, expected.day, tzinfo=UTC)
    return bool(actual == expected)
