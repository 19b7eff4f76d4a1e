"""What `dataspark quarantine` and its commands say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from dataspark.answers.reasons import words
from dataspark.contracts.contract import Contract
from dataspark.rendering.text import HERE, PLAIN, Call, Paint, grid, moment, most_common, plural, share, shortened

if TYPE_CHECKING:
    from dataspark.answers.queued import Moment, QueuedRow, Summary
    from dataspark.stewardship import Mended, Waived

_WIDEST = 40


def summaries_text(
    found: Sequence[Summary], contracts: Sequence[Contract], paint: Paint = PLAIN, call: Call = HERE
) -> list[str]:
    """Every table's queue in numbers, then why rows wait and in which files."""
    if not found:
        return ["no table was refined yet: dataspark run"]
    statuses = list(found[0].statuses)
    rows = [[one.table, *(f"{one.statuses[status]:,}" for status in statuses)] for one in found]
    lines = grid(rows, ["quarantine", *statuses], range(1, len(statuses) + 1), paint=paint)
    by_name = {contract.name: contract for contract in contracts}
    for one in found:
        lines += _why(one, by_name[one.table], paint)
    waiting = [one.table for one in found if one.reasons]
    return [*lines, "", *_next(waiting, paint, call)] if waiting else lines


def _why(one: Summary, contract: Contract, paint: Paint) -> list[str]:
    waiting = sum(one.files.values())
    if not waiting:
        return []
    rows = [
        [f"{number:,}", share(number, waiting), code, shortened(words(contract, code), 70)]
        for code, number in most_common(one.reasons)
    ]
    lines = ["", f"  {paint.faint(f'{one.table}: why rows wait, as of {moment(one.as_of)}')}"]
    lines += grid(rows, right=(0, 1), indent=4)
    files = [[f"{number:,}", file] for file, number in most_common(one.files)]
    return lines if len(files) < 2 else [*lines, f"  {paint.faint('in the files')}", *grid(files, right=(0,), indent=4)]


def _next(waiting: Sequence[str], paint: Paint, call: Call) -> list[str]:
    commands = (f"quarantine {waiting[0]}", f"quarantine export {waiting[0]} mend.csv")
    marks = (paint.faint("next"), "    ")
    return [f"  {mark}  {call(command)}" for mark, command in zip(marks, commands, strict=True)]


def rows_lines(rows: Sequence[QueuedRow], columns: Sequence[str], paint: Paint = PLAIN) -> list[str]:
    """Rows as aligned columns; a line that is no record is shown as it is."""
    if not rows:
        return ["no row"]
    heads = [
        "_row",
        "_file",
        "_line",
        *(["_status"] if any(row.status != "open" or row.pending for row in rows) else []),
        "_reasons",
    ]
    records = any(row.values for row in rows)
    broken = any(not row.values for row in rows)
    heads += [*(columns if records else ()), *(["_text"] if broken else ())]
    return grid([_cells(row, heads) for row in rows], heads, [2], indent=0, paint=paint)


def _cells(row: QueuedRow, heads: Sequence[str]) -> list[str]:
    own = {
        "_row": str(row.id),
        "_file": row.file,
        "_line": str(row.line),
        "_status": f"{row.status.value}, mended" if row.pending else row.status.value,
        "_reasons": "; ".join(row.reasons),
        "_text": "" if row.values else row.text.text,
    }
    # A row's name is there to be copied: it is never cut.
    return [own["_row"], *(shortened(own.get(head, row.values.get(head)) or "", _WIDEST) for head in heads[1:])]


def row_text(row: QueuedRow, contract: Contract, paint: Paint = PLAIN) -> list[str]:
    """One row: where it is, what it says, why it is out, what happened to it."""
    lines = [f"{paint.strong(str(row.id))}  {paint.warn(row.status)}", ""]
    lines += grid(list(_place(row)))
    lines += ["", f"  {paint.faint('as it came')}", *(f"    {line}" for line in row.text.text.splitlines())]
    lines += ["", f"  {paint.faint('it breaks' if row.status in ('open', 'held', 'waived') else 'it broke')}"]
    lines += grid([[code, shortened(words(contract, code), 90)] for code in row.reasons], indent=4)
    if row.fix:
        changed = _changes(row)
        judged = ", to be judged by the next run" if row.pending else ""
        title = f"mended by {row.fix.by}, {moment(row.fix.at)}{judged}"
        lines += ["", f"  {paint.faint(title)}", *grid(changed, indent=4)]
    if row.waiver:
        said = f"{row.waiver.by}, {moment(row.waiver.at)}: {row.waiver.reason}"
        lines += ["", f"  {paint.faint('waived by')} {said}"]
    return [*lines, "", f"  {paint.faint('what happened')}", *_happened(row.history)]


def _place(row: QueuedRow) -> Iterator[list[str]]:
    lines = f"line {row.line}" if row.text.lines == 1 else f"lines {row.line} to {row.line + row.text.lines - 1}"
    yield ["file", f"{row.file}, {lines}, bytes {row.text.start:,} to {row.text.end:,}"]
    yield ["sha256", row.sha256]
    if row.key:
        yield ["key", row.key]
    yield ["first judged", f"run {row.first_run}"]
    yield ["last judged", f"run {row.last_run}"]


def _changes(row: QueuedRow) -> list[list[str]]:
    """Column, mended value."""
    values: Mapping[str, str] = row.fix.values if row.fix else {}
    return [[column, shortened(value, _WIDEST)] for column, value in values.items()]


def _happened(history: Sequence[Moment]) -> list[str]:
    rows = [
        [one.event.value, f"as of {moment(one.as_of)}", f"run {one.run}", "; ".join(one.reasons)] for one in history
    ]
    return grid(rows, indent=4)


def mended_text(done: Mended, paint: Paint = PLAIN, call: Call = HERE) -> list[str]:
    """What `fix` took back."""
    if not done.rows:
        return [f"no row of `{done.table}` differs from what the quarantine has: nothing was changed"]
    untouched = f", {plural(done.unchanged, 'row')} not touched" if done.unchanged else ""
    return [
        f"{paint.good(plural(done.rows, 'mended row'))} of `{done.table}` from {done.by}{untouched}",
        f"  judged in the next run, or now: {call('quarantine replay')}",
    ]


def waived_text(done: Waived, paint: Paint = PLAIN) -> list[str]:
    """What `waive` decided."""
    verb = "open again" if done.withdrawn else "waived"
    return [f"{paint.good(plural(done.rows, 'row'))} of `{done.table}` {verb} by {done.by}: {done.reason}"]
