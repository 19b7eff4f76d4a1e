"""What `dataspark lineage` says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataspark.answers.columnlineage import ColumnName, Lineage, Step
from dataspark.columns import POSITION, RAW
from dataspark.rendering.lineage.words import by_kind, value
from dataspark.rendering.text import PLAIN, Paint, grid
from dataspark.tables import Layer

_NOTHING = "no column: it is a constant, or counts rows"
_PLACE = "no column: it says where the row was read"
_FEW = 4
"""The most raw columns that a line names."""


def lineage_text(found: Lineage, paint: Paint = PLAIN) -> list[str]:
    """A lineage as a tree, or for a whole table as a list of its columns."""
    path = {part.name: part.path for part in found.tables}[found.table]
    lines = [f"{paint.strong(found.asked)}  {paint.faint(path)}", ""]
    lines += _whole_table(found, paint) if found.column is None else _one_column(found, paint)
    for name in found.unknown:
        of = ", ".join(found.part(name).inputs)
        lines += ["", f"  {paint.warn(name)}: its SQL could not be followed; its columns may come from any of {of}"]
    lost = [f"{target} (from {source})" for source, target in found.links if target not in found.unknown]
    if lost:
        lines += ["", f"  made from such tables, and so not followed either: {', '.join(lost)}"]
    lines += _rows(found, paint)
    if found.checks:
        lines += ["", f"  {paint.faint('checked by')}  {', '.join(found.checks)}"]
    return lines


def _one_column(found: Lineage, paint: Paint) -> Iterator[str]:
    start = ColumnName(found.table, found.column or "")
    rows = list(_tree(found, start, [], {start}))
    if not rows:
        if found.downstream:
            yield "  no column of another table is made from it"
        elif found.part(found.table).followed:
            yield f"  made from {_nothing(start)}"
        return
    yield from grid(rows, ["goes into" if found.downstream else "made from", "value", "by"], paint=paint)


def _tree(found: Lineage, at: ColumnName, above: Sequence[bool], seen: set[ColumnName]) -> Iterator[list[str]]:
    """The steps from a column on, as rows: the branch, what is done to the value, the file that does it."""
    steps = found.uses(at) if found.downstream else found.sources(at)
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        here = step.target if found.downstream else step.source
        known = here in seen and bool(found.uses(here) if found.downstream else found.sources(here))
        stem = "".join("   " if ended else "│  " for ended in above)
        more = " (above)" if known else ""
        yield [f"{stem}{'└─' if last else '├─'} {here}{more}", value(step), found.part(step.target.table).path]
        if here not in seen:
            seen.add(here)
            yield from _tree(found, here, [*above, last], seen)


def _whole_table(found: Lineage, paint: Paint) -> Iterator[str]:
    part = found.part(found.table)
    if not part.columns:
        return
    rows: list[list[str]] = []
    for column in part.columns:
        here = ColumnName(found.table, column)
        steps = found.uses(here) if found.downstream else found.sources(here)
        rows += _column_rows(found, column, steps)
    heads = (
        ["column", "goes into", "value", "in the end"] if found.downstream else ["column", "made from", "value", "raw"]
    )
    yield from grid(rows, heads, paint=paint)


def _column_rows(found: Lineage, column: str, steps: Sequence[Step]) -> Iterator[list[str]]:
    if not steps:
        yield [column, "nothing" if found.downstream else _nothing(ColumnName(found.table, column))]
    for number, step in enumerate(steps):
        here = step.target if found.downstream else step.source
        ends = sorted(map(str, _ends(found, here, set())))
        few = ", ".join(ends[:_FEW]) + (f", {len(ends) - _FEW} more" if len(ends) > _FEW else "")
        own = here if [str(here)] == ends else None
        yield ["" if number else column, str(here), value(step), "" if own else few]


def _nothing(at: ColumnName) -> str:
    """What a column is made from that is made from no other."""
    layer = at.table.partition(".")[0]
    if layer == RAW:
        return "what the files say"
    return _PLACE if layer == Layer.SILVER and at.column in POSITION else _NOTHING


def _ends(found: Lineage, at: ColumnName, seen: set[ColumnName]) -> set[ColumnName]:
    """The columns where the steps from a column on end."""
    if at in seen:
        return set()
    seen.add(at)
    steps = found.uses(at) if found.downstream else found.sources(at)
    if not steps:
        return {at}
    return {end for step in steps for end in _ends(found, step.target if found.downstream else step.source, seen)}


def _rows(found: Lineage, paint: Paint) -> Iterator[str]:
    """What decides on rows."""
    if not found.deciders:
        return
    yield ""
    heads = ["it decides on the rows of" if found.downstream else "rows of", "", ""]
    yield from grid(by_kind(found.deciders), heads, paint=paint)
