"""What `dataspark run` says, made from the report alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dataspark.pipeline.report import CheckReport, RunReport, StepReport, TableReport
from dataspark.rendering.text import (
    HERE,
    PLAIN,
    WIDTH,
    Call,
    Paint,
    grid,
    moment,
    most_common,
    plural,
    seconds,
    share,
    shortened,
)

_REASONS = 8
"""Reasons of one table that a run's answer lists; `dataspark quality` has all."""
_FAILURES = 3
"""Failing rows of one check that a run's answer shows."""
_SLOWEST = 3


def run_text(report: RunReport, paint: Paint = PLAIN, call: Call = HERE) -> list[str]:
    """A run: its tables, models, checks, release and times; three lines when there was nothing to do."""
    if _is_idle(report):
        return _idle(report, paint, call)
    sections = [
        _head(report, paint),
        _tables(report.tables, paint),
        _models(report, paint),
        _checks(report.checks, paint),
        _notices(report.notices, paint),
        _end(report, paint, call),
    ]
    return [line for section in sections if section for line in (*section, "")][:-1]


def _is_idle(report: RunReport) -> bool:
    changed = any(table.changed or table.new_files for table in report.tables)
    built = any(model.changed or model.stale for model in report.models)
    return report.ok and not (changed or built or report.published or report.notices)


def _idle(report: RunReport, paint: Paint, call: Call) -> list[str]:
    up_to_date = f"{plural(len(report.tables), 'table')} and {plural(len(report.models), 'model')} are up to date"
    warned = sum(check.failed for check in report.checks)
    checks = plural(len(report.checks), "check") + (f", {plural(warned, 'warning')}" if warned else "")
    told = [f"  {paint.warn('warning')}  {check.name}: {check.message}" for check in report.checks if _told(check)]
    return [
        f"{paint.strong(report.project)}: nothing new, {up_to_date}",
        f"release {report.release or 'none yet'} stays  ({checks})",
        *told,
        f"{seconds(report.seconds)}  next: {call('status')}",
    ]


def _told(check: CheckReport) -> bool:
    """A warning in words: time alone may have brought it, so that it is told although nothing is new."""
    return check.failed and bool(check.message)


def _head(report: RunReport, paint: Paint) -> list[str]:
    return [f"{paint.strong(report.project)}  as of {moment(report.as_of)}, on {report.engine}  (run {report.id})"]


def _tables(tables: Sequence[TableReport], paint: Paint) -> list[str]:
    if not tables:
        return []
    heads = ["tables", "new files", "read", "accepted", "quarantined", "duplicates", "superseded", "version"]
    lines = grid([_counts(table) for table in tables], heads, right=range(1, 8), paint=paint)
    for table in tables:
        lines += _findings(table, paint)
    return lines


def _counts(table: TableReport) -> list[str]:
    it = table.ledger
    numbers = (table.new_files, it.read, it.accepted, it.quarantined, it.duplicates, it.superseded)
    return [table.name, *(f"{number:,}" for number in numbers), str(table.version)]


def _findings(table: TableReport, paint: Paint) -> list[str]:
    it = table.ledger
    lines = [f"  {table.name} was rebuilt from bronze: {table.rebuilt}"] if table.rebuilt else []
    lines += [f"  {table.name}: {what}" for what in _movements(table)]
    lines += _counted(f"{table.name}: quarantined because of", it.reasons, it.quarantined, paint)
    lines += _counted(f"{table.name}: let through with a warning", it.warnings, it.accepted, paint)
    lines += _counted(f"{table.name}: kept without their parent", it.orphans, it.accepted, paint)
    return lines


def _movements(table: TableReport) -> Iterator[str]:
    """What happened to rows that were there before this run."""
    events, held = table.events, table.ledger.held
    if released := events.get("released"):
        yield f"{plural(released, 'row')} left the quarantine, not mended"
    if fixed := events.get("fixed"):
        yield f"{plural(fixed, 'mended row')} let in"
    if table.parents_found:
        yield f"{plural(table.parents_found, 'row')} kept without a parent found it"
    if held:
        yield f"{plural(held, 'row waits', 'rows wait')} in the quarantine for a parent"


def _counted(title: str, found: Mapping[str, int], whole: int, paint: Paint) -> list[str]:
    counted = most_common(found)
    if not counted:
        return []
    listed = counted[:_REASONS]
    lines = ["", f"  {paint.faint(title)}"]
    lines += grid([[f"{number:,}", share(number, whole), code] for code, number in listed], right=(0, 1), indent=4)
    left = len(counted) - len(listed)
    return [*lines, f"    … and {plural(left, 'more reason')}"] if left else lines


def _models(report: RunReport, paint: Paint) -> list[str]:
    if not report.models:
        return []
    rows = [[m.name, f"{m.rows:,}", str(m.version), _fate(m.changed, m.stale)] for m in report.models]
    return grid(rows, ["models", "rows", "version", ""], right=(1, 2), paint=paint)


def _fate(changed: bool, stale: bool) -> str:
    if stale:
        return "not selected, out of date"
    return "built" if changed else "kept"


def _checks(checks: Sequence[CheckReport], paint: Paint) -> list[str]:
    if not checks:
        return []
    failed = [check for check in checks if check.failed]
    lines = [f"  {paint.faint('checks')}  {len(checks) - len(failed)} of {len(checks)} passed"]
    for check in sorted(failed, key=lambda check: not check.blocks):
        lines += _failure(check, paint)
    said = [check for check in checks if check.message and not check.failed]
    return [*lines, *(f"    {paint.faint('passed')}   {check.name}: {check.message}" for check in said)]


def _failure(check: CheckReport, paint: Paint) -> list[str]:
    verdict = paint.bad("FAILED") if check.blocks else paint.warn("warning")
    found = check.message or plural(check.failures, "row")
    lines = [f"    {verdict}  {check.name}: {found}"]
    shown = [[shortened("NULL" if v is None else v, 30) for v in row] for row in check.sample[:_FAILURES]]
    lines += grid(shown, check.columns, indent=13, paint=paint)
    left = check.failures - len(shown)
    return [*lines, f"{'':13}… and {left:,} more"] if shown and left > 0 else lines


def _notices(notices: Sequence[str], paint: Paint) -> list[str]:
    return [f"  {paint.warn('note')}  {notice}" for notice in notices]


def _end(report: RunReport, paint: Paint, call: Call) -> list[str]:
    lines = [_release(report, paint), f"  {paint.faint('time')}     {_times(report)}"]
    return [*lines, *_next(report, paint, call)]


def _next(report: RunReport, paint: Paint, call: Call) -> list[str]:
    commands = []
    if report.release and report.models:
        commands.append(call(f'query "from {report.models[-1].name}"'))
    if any(table.ledger.quarantined for table in report.tables):
        worst = max(report.tables, key=lambda table: table.ledger.quarantined).name
        commands.append(call(f"quarantine {worst}"))
    commands.append(call("quality"))
    return [f"  {paint.faint('next') if first else '    '}     {command}" for first, command in _marked(commands)]


def _marked(values: Sequence[str]) -> list[tuple[bool, str]]:
    return [(number == 0, value) for number, value in enumerate(values)]


def _release(report: RunReport, paint: Paint) -> str:
    title = paint.faint("release")
    if report.published:
        return f"  {title}  {paint.good(report.release or '')} is what readers see now"
    if not report.release:
        return f"  {title}  none: there was none before, and this run is not released"
    if report.ok and not any(model.stale for model in report.models):
        return f"  {title}  {report.release} stays: no table changed"
    return f"  {title}  {report.release} stays: {paint.bad('this run is not released')}"


def _times(report: RunReport) -> str:
    slowest = sorted(report.steps, key=lambda step: -step.seconds)[:_SLOWEST]
    spent = _wrapped(f"{seconds(report.seconds)}: {_by_kind(report.steps)}", indent=11)
    return f"{spent}\n           longest: {_listed(slowest)}"


def _wrapped(parts: str, indent: int) -> str:
    """Parts between dots over as many lines as they need."""
    lines = [""]
    for part in parts.split(" · "):
        grown = f"{lines[-1]} · {part}" if lines[-1] else part
        if len(grown) + indent > WIDTH and lines[-1]:
            lines.append(part)
        else:
            lines[-1] = grown
    return f" ·\n{'':{indent}}".join(lines)


def _by_kind(steps: Sequence[StepReport]) -> str:
    sums: dict[str, float] = {}
    for step in steps:
        sums[step.kind] = sums.get(step.kind, 0.0) + step.seconds
    return " · ".join(f"{kind} {seconds(spent)}" for kind, spent in sums.items())


def _listed(steps: Sequence[StepReport]) -> str:
    return " · ".join(f"{step.kind} {step.name} {seconds(step.seconds)}" for step in steps)
