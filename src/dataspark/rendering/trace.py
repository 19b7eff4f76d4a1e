"""What `dataspark trace` says: the story of a row, top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataspark.answers.lineage import Rows
from dataspark.answers.rawrows import Happening, RawRow
from dataspark.answers.rawsearch import Verdict
from dataspark.answers.reasons import Reason
from dataspark.answers.trace import Trace
from dataspark.rendering.text import HERE, PLAIN, WIDTH, Call, Paint, grid, moment, plural, shortened
from dataspark.tables import Layer

_MOST_COLUMNS = 8
_VERDICTS = {
    Verdict.ACCEPTED: "accepted: it is in silver",
    Verdict.QUARANTINED: "quarantined",
    Verdict.DUPLICATE: "duplicate: the row before it with this key says the same",
    Verdict.SUPERSEDED: "superseded: a newer row with this key took its place",
}
_EVENTS = {
    "quarantined": "quarantined",
    "judged": "judged again, for other reasons",
    "released": "let in as it came",
    "fixed": "its mended version was let in",
    "forgotten": "erased, by request",
}


def trace_text(found: Trace, paint: Paint = PLAIN, call: Call = HERE) -> list[str]:
    """The whole way, from the line to gold or from gold to the lines."""
    head = f"{paint.strong(f'{found.table} {found.key}')}  {paint.faint(_release(found))}"
    story = _from_gold(found, paint, call) if found.start else _from_raw(found, paint, call)
    return [head, *story]


def _release(found: Trace) -> str:
    return f"release {found.release} of {moment(found.created)}, as of {moment(found.as_of)}"


def _from_raw(found: Trace, paint: Paint, call: Call) -> Iterator[str]:
    for row in found.rows:
        yield ""
        yield from _raw_row(row, paint, call)
    accepted = [row for row in found.rows if row.verdict is Verdict.ACCEPTED]
    yield ""
    if not accepted:
        yield paint.faint("it counts in no row of gold")
        return
    used = [rows for rows in found.tables if rows.count]
    tables = plural(len(used), "gold table") if used else "no row of gold"
    yield f"{paint.strong('counts in')} {tables}"
    for rows in found.tables:
        yield from _rows(rows, paint)


def _from_gold(found: Trace, paint: Paint, call: Call) -> Iterator[str]:
    if found.start:
        yield from _rows(found.start, paint, whole=True)
    yield ""
    yield paint.strong("made from")
    for rows in found.tables:
        if rows.table.layer is not Layer.SILVER:
            yield from _rows(rows, paint)
    for rows in found.tables:
        if rows.table.layer is Layer.SILVER:
            yield from _rows(rows, paint, listed=False)
            for row in found.rows:
                if row.table == rows.table.name:
                    yield f"    {row.file}, line {row.line:,}  {paint.faint(row.id)}"
                    yield from (f"      {paint.faint('│')} {line}" for line in _raw_lines(row))
                    yield from (f"      {line}" for line in _reasons(row.warnings, paint))
    shown = next((row for row in found.rows), None)
    if shown:
        yield ""
        yield paint.faint(f"the whole story of a line: {call(f'trace {shown.table} {shown.id}')}")


def _raw_row(row: RawRow, paint: Paint, call: Call) -> Iterator[str]:
    last = f" to {row.line + row.lines - 1:,}" if row.lines > 1 else ""
    lines = f"lines {row.line:,}{last}" if last else f"line {row.line:,}"
    yield f"{paint.strong(f'{row.file}, {lines}')}  {paint.faint(row.id)}"
    yield paint.faint(f"  arrived {moment(row.arrived)} · bytes {row.start:,} to {row.end:,}")
    yield paint.faint(f"  sha256 {row.sha256}")
    yield from (f"  {paint.faint('│')} {line}" for line in _raw_lines(row))
    yield f"  {_verdict(row, paint)}"
    yield from (f"    {line}" for line in _reasons(row.reasons, paint))
    yield from (f"    {line}" for line in _reasons(row.warnings, paint))
    if row.instead:
        yield f"    {paint.faint('what counts is')} {row.instead}"
    if row.values:
        yield from grid([[name, _value(value)] for name, value in row.values.items()], indent=4)
    if row.fix:
        yield f"  mended by {row.fix.by}, {moment(row.fix.at)}"
        yield from grid([[name, value] for name, value in row.fix.values.items()], indent=4)
    if row.waiver:
        yield f"  waived by {row.waiver.by}, {moment(row.waiver.at)}: {row.waiver.reason}"
    if row.history:
        yield paint.faint("  what happened")
        yield from grid([_happening(one) for one in row.history], indent=4)


def _raw_lines(row: RawRow) -> list[str]:
    return [shortened(line, 4 * WIDTH) for line in row.raw.splitlines()] or [""]


def _verdict(row: RawRow, paint: Paint) -> str:
    colour = {Verdict.ACCEPTED: paint.good, Verdict.QUARANTINED: paint.bad}.get(row.verdict, paint.warn)
    because = f", {plural(len(row.reasons), 'reason')}" if row.verdict is Verdict.QUARANTINED else ""
    passed = ", with a warning" if row.warnings else ""
    return colour(_VERDICTS[row.verdict]) + because + passed


def _reasons(reasons: Sequence[Reason], paint: Paint) -> Iterator[str]:
    for reason in reasons:
        what = " ".join(part for part in (reason.column, _quoted(reason.value), reason.meaning) if part)
        yield f"{paint.warn(reason.code)}  {what}"
        if reason.description:
            yield paint.faint(f"  {reason.description}")


def _quoted(value: str | None) -> str:
    return "" if value is None or not value.strip() else f"`{shortened(value, 40)}`"


def _happening(one: Happening) -> list[str]:
    return [f"as of {moment(one.as_of)}", _EVENTS.get(one.event, one.event), ", ".join(one.reasons), f"run {one.run}"]


def _value(value: str | None) -> str:
    return "NULL" if value is None else shortened(value.removesuffix("+00"), 60)


def _rows(rows: Rows, paint: Paint, whole: bool = False, listed: bool = True) -> Iterator[str]:
    """The rows of one table: how many, what they say, what there is to know about them."""
    if not whole:
        number = f"{'' if rows.exact else 'at least '}{rows.count:,} row{'' if rows.count == 1 else 's'}"
        yield f"  {paint.strong(str(rows.table))}  {number if rows.count else ''}".rstrip()
    if listed and rows.first:
        yield from _table(rows, paint, indent=2 if whole else 4)
        if rows.count > len(rows.first):
            yield paint.faint(f"    … {rows.count - len(rows.first):,} more")
    if not rows.followed and rows.table.layer is Layer.GOLD and rows.count > len(rows.first):
        yield paint.faint(f"    only these {len(rows.first)} are followed further down")
    yield from (paint.faint(f"    {remark}") for remark in rows.remarks)


def _table(rows: Rows, paint: Paint, indent: int) -> list[str]:
    used = range(min(len(rows.columns), _MOST_COLUMNS))
    cells = [[_value(row[n]) for n in used] for row in rows.first]
    if len(rows.columns) > len(used):
        cells = [[*row, "…"] for row in cells]
    numbers = [n for n in used if any(word in rows.types[n] for word in ("INT", "DECIMAL", "DOUBLE", "FLOAT"))]
    return grid([[_short(cell) for cell in row] for row in cells], rows.columns[: len(used)], numbers, indent, paint)


def _short(cell: str) -> str:
    head, dot, tail = cell.partition(".")
    decimals = dot and tail.isdigit() and head.lstrip("-").isdigit() and len(tail) > 6
    return f"{float(cell):.10g}" if decimals else shortened(cell, 28)
