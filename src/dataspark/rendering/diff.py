"""What `dataspark diff` says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dataspark.answers.differences import ChangedRow, Diff, Move, Sample, Side, State, TableDiff
from dataspark.rendering.text import PLAIN, WIDTH, Paint, grid, moment, plural, shortened, width
from dataspark.rendering.values import shown

_INDENT = 4
_WIDEST = 24
"""Columns of the terminal that one value may take."""


def diff_text(diff: Diff, paint: Paint = PLAIN) -> list[str]:
    """What two releases differ in: each table that changed, then the unchanged ones in one line."""
    lines = [f"{_side(diff.before, paint)} → {_side(diff.after, paint)}", ""]
    if not diff.tables:
        return [*lines, "no table of this layer is in either release"]
    for table in diff.tables:
        if table.state is not State.UNCHANGED:
            lines += [*_table(table, paint), ""]
    unchanged = [_bare(table) for table in diff.tables if table.state is State.UNCHANGED]
    if unchanged:
        lines.append(shortened(f"{plural(len(unchanged), 'table')} unchanged: {', '.join(unchanged)}", WIDTH))
    return lines if unchanged else lines[:-1]


def _side(side: Side, paint: Paint) -> str:
    return f"{paint.strong(side.id)} {paint.faint(f'(as of {moment(side.as_of)})')}"


def _bare(table: TableDiff) -> str:
    return table.table.removeprefix("gold.")


def _table(table: TableDiff, paint: Paint) -> Iterator[str]:
    name = paint.strong(_bare(table))
    if table.state is State.ADDED:
        yield f"{paint.good('+')} {name}  a new table of {plural(table.rows_after or 0, 'row')}"
        return
    if table.state is State.REMOVED:
        yield f"{paint.bad('-')} {name}  is there no more; it had {plural(table.rows_before or 0, 'row')}"
        return
    yield f"{paint.warn('~')} {name}  {_counts(table, paint)}"
    yield from _schema(table, paint)
    if table.note:
        yield f"{' ' * _INDENT}{paint.faint(table.note)}"
    yield from moves_text(table)
    yield from sample_text(table, paint)


def _counts(table: TableDiff, paint: Paint) -> str:
    counted = (
        (table.added, "+", "added", paint.good),
        (table.removed, "-", "removed", paint.bad),
        (table.changed, "~", "changed", paint.warn),
    )
    told = [colour(f"{sign} {number:,} {verb}") for number, sign, verb, colour in counted if number]
    before, after = table.rows_before or 0, table.rows_after or 0
    rows = f"{before:,} → {after:,} rows" if before != after else plural(after, "row")
    by = f", by {', '.join(table.key)}" if table.key else ""
    return "  ".join([*(told or ["the same rows"]), paint.faint(f"({rows}{by})")])


def _schema(table: TableDiff, paint: Paint) -> list[str]:
    rows = [["+ column", name, kind] for name, kind in table.columns_added]
    rows += [["- column", name, kind] for name, kind in table.columns_removed]
    rows += [["~ column", one.name, f"{one.before} → {one.after}"] for one in table.retyped]
    return [_signed(line, paint) for line in grid(rows, indent=_INDENT)]


def moves_text(table: TableDiff) -> list[str]:
    """The columns whose values differ, and by how much."""
    rows = [[move.column, plural(move.rows, "row"), _moved(move, table.key)] for move in table.moves]
    return grid(rows, right=(1,), indent=_INDENT)


def _moved(move: Move, key: Sequence[str]) -> str:
    if move.commonest is not None:
        change = f"{_value(move.commonest.before)} → {_value(move.commonest.after)}"
        return change if move.rows == 1 else f"mostly {change}  ({plural(move.commonest.rows, 'row')})"
    total = f"{_number(move.sum_before)} → {_number(move.sum_after)}"
    if move.rows == 1:
        return total
    where = ", ".join(f"{name} {'NULL' if at is None else at}" for name, at in zip(key, move.largest_at, strict=False))
    at_most = f"  at most {_number(move.largest, '+')} at {shortened(where, 2 * _WIDEST)}"
    return f"sum {total}{at_most if move.largest is not None else ''}"


def _number(value: Any, sign: str = "") -> str:
    if value is None:
        return "NULL"
    return format(value, f"{sign},.10g" if isinstance(value, float) else f"{sign},")


def _value(value: Any) -> str:
    return shortened("NULL" if value is None else shown(value), _WIDEST)


def sample_text(table: TableDiff, paint: Paint = PLAIN) -> list[str]:
    """The rows of all three kinds under one head, as many columns as fit: the key, what moved, then the others."""
    sample = table.sample
    rows = [
        *(["+", *map(_value, row)] for row in sample.added),
        *(["-", *map(_value, row)] for row in sample.removed),
        *(["~", *_cells(row)] for row in sample.changed),
    ]
    if not rows:
        return []
    heads = ["", *(shortened(column, _WIDEST) for column in sample.columns)]
    places, left_out = _fitting(sample, _first(table), [heads, *rows])
    chosen = [[row[place] for place in places] for row in [heads, *rows]]
    right = [n for n, place in enumerate(places) if place and sample.numbers[place - 1]]
    head, *lines = grid(chosen[1:], chosen[0], right, _INDENT)
    more = f"  … {plural(left_out, 'column')} more" if left_out else ""
    return [paint.faint(head + more), *(_signed(line, paint) for line in lines)]


def _cells(row: ChangedRow) -> Iterator[str]:
    for before, after, differs in zip(row.before, row.after, row.differs, strict=True):
        yield f"{_value(before)} → {_value(after)}" if differs else _value(after)


def _first(table: TableDiff) -> list[str]:
    """The columns by which a person knows a row and sees what became of it; the others follow."""
    return [*table.key, *(name for name, _kind in table.columns_added), *(move.column for move in table.moves)]


def _fitting(sample: Sample, first: Sequence[str], table: Sequence[Sequence[str]]) -> tuple[list[int], int]:
    """The places of the columns that are shown, in the table's order, and how many are left out; the sign is at 0.

    Where not all fit, columns without any value go first, without a word.
    """
    widths = [2 + max(width(row[n]) for row in table) for n in range(1, len(table[0]))]
    room = WIDTH - _INDENT - 1
    filled = [n for n in range(len(widths)) if any(row[n + 1] != "NULL" for row in table[1:])]
    for everything in (range(len(widths)), filled):
        if sum(widths[n] for n in everything) <= room:
            return [0, *(n + 1 for n in everything)], 0
    room -= len("  … 99 columns more")
    chosen = [0]
    for n in sorted(filled, key=lambda n: (sample.columns[n] not in first, n)):
        room -= widths[n]
        if room < 0 and len(chosen) > 1:
            break
        chosen.append(n + 1)
    return sorted(chosen), len(filled) + 1 - len(chosen)


def _signed(line: str, paint: Paint) -> str:
    """A line of a difference, its sign in colour."""
    colours: dict[str, Callable[[str], str]] = {"+": paint.good, "-": paint.bad, "~": paint.warn}
    sign = line[_INDENT]
    return f"{line[:_INDENT]}{colours[sign](sign)}{line[_INDENT + 1 :]}"
