"""What the list of a table's files tells about its rows, without a look at them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from dataspark.lake.delta import DataFile
from dataspark.pipeline.ports import Bounds


def bounds_of(files: Sequence[DataFile]) -> dict[str, Bounds]:
    """What the statistics of a version's files say about its columns."""
    filled = [file for file in files if file.rows]
    columns = dict.fromkeys(column for file in filled for column in (*file.nulls, *file.minimum))
    return {column: _joined(filled, column) for column in columns}


def spread(sizes: Sequence[int], places: int, rows: int) -> list[tuple[int, int, int]]:
    """Evenly spread pieces of files with so many rows each: (file, first row, row behind the last)."""
    whole, found = sum(sizes), []
    starts = list(accumulate(sizes, initial=0))
    for place in range(places):
        start = max(0, (2 * place + 1) * whole // (2 * places) - rows // 2)
        file = bisect_right(starts, start) - 1
        found.append((file, start - starts[file], min(start - starts[file] + rows, sizes[file])))
    return found


def _joined(files: Sequence[DataFile], column: str) -> Bounds:
    """The bounds of a column over several files; a file that holds values and tells no bound hides those of all."""
    held = [file for file in files if file.nulls.get(column) != file.rows]
    known = bool(held) and all(column in file.minimum and column in file.maximum for file in held)
    low = min(file.minimum[column] for file in held) if known else None
    high = max(file.maximum[column] for file in held) if known else None
    counted = all(column in file.nulls for file in files)
    return Bounds(low, high, sum(file.nulls[column] for file in files) if counted else None)
