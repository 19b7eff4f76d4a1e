"""`dataspark doctor`."""

from __future__ import annotations

from pathlib import Path

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, paint, say


def doctor(project: ProjectOption = Path(), profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Look whether everything that a run needs is in order."""
    from dataspark.answers.health import examine
    from dataspark.rendering.plans import doctor_text

    findings = list(examine(project, profile))
    if as_json:
        answer({"ok": all(one.ok for one in findings), "findings": [one.as_json() for one in findings]})
    else:
        say(doctor_text(findings, paint()))
    if code := next((one.exit_code for one in findings if one.exit_code), 0):
        raise typer.Exit(code)
