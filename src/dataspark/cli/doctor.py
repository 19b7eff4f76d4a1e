"""`dataspark doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, note, paint, say

InstallOption = Annotated[
    bool, typer.Option("--install-jars", help="First fetch the jars that Spark needs, once for all projects.")
]


def doctor(
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    install_jars: InstallOption = False,
    as_json: JsonOption = False,
) -> None:
    """Look whether everything that a run needs is in order."""
    if install_jars:
        _install_jars()
    from dataspark.answers.health import examine
    from dataspark.rendering.plans import doctor_text

    findings = list(examine(project, profile))
    if as_json:
        answer({"ok": all(one.ok for one in findings), "findings": [one.as_json() for one in findings]})
    else:
        say(doctor_text(findings, paint()))
    if code := next((one.exit_code for one in findings if one.exit_code), 0):
        raise typer.Exit(code)


def _install_jars() -> None:
    from dataspark.engines.spark import jars

    if jars.missing_jars(jars.jar_folder()):
        note(f"fetching Spark's jars into {jars.jar_folder()} …")
    jars.install_jars()
