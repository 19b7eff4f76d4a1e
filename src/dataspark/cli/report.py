"""`dataspark report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, say


def report(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")] = Path(
        "report.html"
    ),
    unmasked: Annotated[bool, typer.Option("--unmasked", help="Show values of classified columns too.")] = False,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a page about the data that can be shown and sent.

    One HTML file that loads nothing from elsewhere: where every row went, what was rejected and why, key figures,
    checks, columns, runs.
    """
    from dataspark.answers.report import report as collected
    from dataspark.errors import UsageError
    from dataspark.lake.storage import Folder
    from dataspark.rendering.report.page import report_html
    from dataspark.wiring import open_workspace

    if output.is_dir():
        raise UsageError(f"{output} is a folder", "name a file: `--output report.html`")
    found = collected(open_workspace(project, profile), unmasked)
    Folder(str(output.parent)).write(output.name, report_html(found).encode())
    if as_json:
        answer({"file": str(output), "release": found.release["id"] if found.release else None, "masked": found.masked})
    else:
        masked = "values of classified columns are masked" if found.masked else "nothing is masked"
        say(f"{output}: open it in a browser  ({masked})")
