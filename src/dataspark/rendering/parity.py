"""What `dataspark parity` says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataspark.answers.differences import State, TableDiff
from dataspark.answers.parity import Parity, Ran, Statement, TableParity, Unlike
from dataspark.rendering.diff import moves_text, sample_text
from dataspark.rendering.text import PLAIN, Paint, grid, moment, plural, seconds

_INDENT = 4


def parity_text(found: Parity, paint: Paint = PLAIN) -> list[str]:
    """What was compared, then each difference with its rows, then the SQL of the tables that differ."""
    first, second = found.runs
    lines = [
        f"{paint.strong(found.project)}: {first.name} and {second.name}, as of {moment(found.as_of)}",
        "",
        *_tables(found, paint),
        "",
    ]
    for run in found.runs:
        lines += _stopped(run, paint)
    for table in found.tables:
        lines += [] if table.equal else [*_difference(table, found.runs, paint), ""]
    lines += _unlike("ledgers", found.unlike_ledgers, found.runs, paint)
    lines += _unlike("checks", found.unlike_checks, found.runs, paint)
    lines += _sql(found, paint)
    return [*lines, *_verdict(found, paint)]


def _tables(found: Parity, paint: Paint) -> list[str]:
    first, second = found.runs
    rows = [
        ["" if one.equal else "≠", one.table, _rows(one), str(one.match.columns), *map(_seconds, one.seconds)]
        for one in found.tables
    ]
    rows.append(["", paint.faint("the whole run"), "", "", seconds(first.seconds), seconds(second.seconds)])
    lines = grid(rows, ["", "table", "rows", "columns", first.name, second.name], (2, 3, 4, 5), 1, paint)
    return [paint.bad(line) if line.startswith(" ≠") else line for line in lines]


def _rows(table: TableParity) -> str:
    before, after = table.match.diff.rows_before, table.match.diff.rows_after
    if before == after:
        return f"{before or 0:,}"
    return " ≠ ".join("–" if rows is None else f"{rows:,}" for rows in (before, after))


def _seconds(value: float | None) -> str:
    return "" if value is None else seconds(value)


def _stopped(run: Ran, paint: Paint) -> list[str]:
    if not run.error:
        return []
    return [f"{paint.bad('≠')} {paint.strong(run.name)} was stopped:", *_indented(run.error.splitlines()), ""]


def _difference(table: TableParity, runs: tuple[Ran, Ran], paint: Paint) -> Iterator[str]:
    diff, (first, second) = table.match.diff, runs
    name = f"{paint.bad('≠')} {paint.strong(table.table)}"
    if diff.state in (State.ADDED, State.REMOVED):
        made = second if diff.state is State.ADDED else first
        yield f"{name}  only {made.name} made it"
        return
    yield f"{name}  {_counts(table, runs)}"
    if table.match.order:
        mine, theirs = (", ".join(names) for names in table.match.order)
        yield from _indented([f"the columns stand in another order: {mine} in {first.name}, {theirs} in {second.name}"])
    yield from _columns(diff, runs)
    if table.match.looked_at < 1:
        share = f"{100 * table.match.looked_at:.1f} %"
        yield from _indented([f"very many rows differ: the counts are those of {share} of all rows, chosen by chance"])
    if diff.note:
        yield from _indented([paint.faint(diff.note.replace("removed and added", "a row of either"))])
    yield from moves_text(diff)
    yield from sample_text(diff, paint)


def _columns(diff: TableDiff, runs: tuple[Ran, Ran]) -> list[str]:
    first, second = (run.name for run in runs)
    rows = [[name, f"only in {first}: {kind}"] for name, kind in diff.columns_removed]
    rows += [[name, f"only in {second}: {kind}"] for name, kind in diff.columns_added]
    rows += [[one.name, f"{one.before} in {first}, {one.after} in {second}"] for one in diff.retyped]
    return grid(rows, indent=_INDENT)


def _counts(table: TableParity, runs: tuple[Ran, Ran]) -> str:
    diff, (first, second) = table.match.diff, runs
    counted = (
        ("~", diff.changed, "with other values"),
        ("-", diff.removed, f"only in {first.name}"),
        ("+", diff.added, f"only in {second.name}"),
    )
    told = [f"{sign} {plural(rows, 'row')} {what}" for sign, rows, what in counted if rows]
    if not told:
        return "the same values"
    by = f" (by {', '.join(diff.key)})" if diff.key else ""
    return f"{'  '.join(told)}{by}"


def _unlike(what: str, unlike: Sequence[Unlike], runs: tuple[Ran, Ran], paint: Paint) -> list[str]:
    if not unlike:
        return []
    rows = [[one.of, one.what, one.first, one.second] for one in unlike]
    first, second = runs
    table = grid(rows, ["", "", first.name, second.name], (2, 3), _INDENT, paint)
    return [f"{paint.bad('≠')} {paint.strong(what)}", *table, ""]


def _sql(found: Parity, paint: Paint) -> list[str]:
    """How each engine made the tables that differ. What makes several tables at once is told once."""
    lines: list[str] = []
    told: set[tuple[tuple[Statement, ...], ...]] = set()
    for table in found.tables:
        if table.equal or table.statements in told or not any(table.statements):
            continue
        told.add(table.statements)
        mine, theirs = table.statements
        if mine == theirs:
            lines += _statements(f"{table.table}, both", mine, paint)
            continue
        for run, statements in zip(found.runs, table.statements, strict=True):
            lines += _statements(f"{table.table}, {run.name}", statements, paint)
    return lines


def _statements(title: str, statements: Sequence[Statement], paint: Paint) -> Iterator[str]:
    for one in statements:
        yield paint.faint(f"-- {title}: {one.purpose}")
        yield one.sql.rstrip()
        yield ""


def _verdict(found: Parity, paint: Paint) -> list[str]:
    ledgers, checks = plural(found.ledgers, "file's ledger", "files' ledgers"), plural(found.checks, "check")
    compared = f"{plural(len(found.tables), 'table')}, {ledgers}, {checks}"
    if found.equal:
        return [f"{paint.good('the same')}: {compared}"]
    unlike = sum(not table.equal for table in found.tables)
    parts = [
        *([plural(unlike, "table")] if unlike else []),
        *([plural(len(found.unlike_ledgers), "count of ledgers", "counts of ledgers")] if found.unlike_ledgers else []),
        *([plural(len(found.unlike_checks), "count of checks", "counts of checks")] if found.unlike_checks else []),
        *([f"{run.name} was stopped" for run in found.runs if run.error]),
    ]
    return [f"{paint.bad('not the same')}: {', '.join(parts)}; compared were {compared}"]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"{' ' * _INDENT}{line}" for line in lines]
