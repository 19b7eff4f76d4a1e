"""`dataspark drift`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, calling, paint, say


def drift(
    accepting: Annotated[
        bool, typer.Option("--accept", help="Change the contracts as shown, so that a run goes through.")
    ] = False,
    archived: Annotated[
        bool, typer.Option("--kept-out", help="Also the columns that were kept out of files that are archived already.")
    ] = False,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how new files differ from earlier ones, before a run does.

    Columns that were added, removed, reordered, renamed or have another type, and the change of the contract that would
    accept it. Exit code 1 where a run would stop.
    """
    from dataspark.answers.drift import accept, drifted
    from dataspark.rendering.drift import drift_text
    from dataspark.wiring import open_workspace

    workspace = open_workspace(project, profile)
    found = drifted(workspace, archived)
    if accepting:
        accept(workspace, found)
    if as_json:
        answer({**found.as_json(), "accepted": accepting})
    else:
        say(drift_text(found, accepting, paint(), calling(project, profile)))
    left = bool(found.refused or found.errors) if accepting else True
    if found.stops and left:
        raise typer.Exit(1)
