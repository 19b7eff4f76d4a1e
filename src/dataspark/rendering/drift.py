"""What `dataspark drift` says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dataspark.answers.drift import Drifted
from dataspark.pipeline.drift import Drift
from dataspark.rendering.text import HERE, PLAIN, Call, Paint, plural

_LISTED = 40


def drift_text(found: Drifted, accepted: bool, paint: Paint = PLAIN, call: Call = HERE) -> list[str]:
    """Each difference, what would accept it, and the next step."""
    looked = f"{plural(found.files, 'new file')} looked at"
    if not found.drifts and not found.errors:
        return [f"{paint.strong(found.project)}: {looked}, no drift"]
    lines = [f"{paint.strong(found.project)}: {looked}", ""]
    lines += [_line(drift, paint) for drift in found.drifts[:_LISTED]]
    if len(found.drifts) > _LISTED:
        lines.append(f"  … and {len(found.drifts) - _LISTED:,} more (`--json` has all)")
    lines += [f"  {paint.bad('stops')}  {'':9}  {message}" for message in found.errors]
    lines += _refused(found.refused, paint)
    if found.patches.diff:
        title = "changed" if accepted else "these changes would accept it"
        lines += ["", f"  {paint.faint(title)}", "", *map(_painted(paint), found.patches.diff.splitlines())]
    return [*lines, "", _next(found, accepted, paint, call)]


def _line(drift: Drift, paint: Paint) -> str:
    verdict = paint.bad("stops") if drift.stops else paint.warn("note ")
    return f"  {verdict}  {drift.kind.value:9}  {drift.file}: {drift.message}"


def _refused(refused: Sequence[str], paint: Paint) -> list[str]:
    return (
        ["", f"  {paint.faint('no change of a contract for')}", *(f"    {why}" for why in refused)] if refused else []
    )


def _painted(paint: Paint) -> Callable[[str], str]:
    """How a line of a diff looks."""

    def painted(line: str) -> str:
        if line.startswith(("+++", "---", "@@")):
            return paint.faint(line)
        return paint.good(line) if line.startswith("+") else paint.bad(line) if line.startswith("-") else line

    return painted


def _next(found: Drifted, accepted: bool, paint: Paint, call: Call) -> str:
    if accepted and not found.refused and not found.errors:
        return f"  {paint.faint('next')}  {call('run')}"
    if accepted:
        return f"  {paint.faint('next')}  see to the rest, then {call('run')}"
    if not found.patches.diff:
        return f"  a run {'stops' if found.stops else 'goes through'}"
    run = "a run stops" if found.stops else "a run goes through as it is"
    return f"  {run}; {paint.faint('accept with')} {call('drift --accept')}"
