"""What `dataspark plan`, `explain` and `doctor` say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dataspark.answers.explain import Explanation
from dataspark.answers.health import Finding
from dataspark.answers.preview import Preview
from dataspark.rendering.text import PLAIN, Paint, grid, moment, plural


def plan_text(preview: Preview, paint: Paint = PLAIN) -> list[str]:
    """What a run would do, in its order."""
    lines = [f"{paint.strong(preview.project)}: what `dataspark run` would do as of {moment(preview.as_of)}", ""]
    tables = [[t.name, str(len(t.files)), t.action, t.why] for t in preview.tables]
    lines += [*grid(tables, ["tables", "new files", "", ""], right=(1,), paint=paint), ""]
    models = [[m.name, m.action, m.why] for m in preview.models]
    lines += [*grid(models, ["models", "", ""], paint=paint), ""]
    promises = plural(preview.promises, "promise") + " of contracts about whole tables"
    lines.append(f"  {paint.faint('checks')}  {len(preview.checks)}, and {promises}")
    actions = Counter([*(t.action for t in preview.tables), *(m.action for m in preview.models)])
    if set(actions) <= {"unchanged", "keep"}:
        lines.append("  nothing to do")
    return lines


def explain_text(found: Explanation, paint: Paint = PLAIN) -> list[str]:
    """Where a table comes from, and its SQL."""
    facts = [
        ["made by", f"{found.path}  ({found.position} of {found.of})"],
        ["reads", ", ".join(found.reads) or "nothing"],
        ["read by", ", ".join(found.read_by) or "nothing"],
    ]
    lines = [paint.strong(found.table), *grid(facts)]
    if found.rules:
        rows = [[code, severity, description] for code, severity, description in found.rules]
        lines += ["", *grid(rows, ["rules", "severity", ""], paint=paint)]
    for step in found.steps:
        lines += ["", paint.faint(f"-- {step.title}"), step.sql]
    return lines


def doctor_text(findings: Sequence[Finding], paint: Paint = PLAIN) -> list[str]:
    """Each thing that was looked at."""
    longest = max(len(one.what) for one in findings)
    lines = []
    for one in findings:
        verdict = paint.good("ok ") if one.ok else paint.bad("BAD")
        lines.append(f"  {verdict}  {one.what:{longest}}  {one.found}")
        if one.hint:
            lines.append(f"       {'':{longest}}  hint: {one.hint}")
    bad = sum(not one.ok for one in findings)
    return [*lines, "", "  all is well" if not bad else f"  {plural(bad, 'thing')} to mend"]
