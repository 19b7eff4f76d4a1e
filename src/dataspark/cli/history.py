"""`dataspark status`, `runs` and `releases`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, paint, say
from dataspark.cli.stack import stack_status

NewestOption = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many, the newest ones.")]


StackOption = Annotated[bool, typer.Option("--stack", help="Show the servers that `dataspark up` started, instead.")]


def status(
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    stack: StackOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the newest release, its tables and the last run."""
    if stack:
        stack_status(project, as_json)
        return
    from dataspark.answers.status import status as stand
    from dataspark.rendering.history import status_text
    from dataspark.wiring import open_workspace

    found = stand(open_workspace(project, profile))
    if as_json:
        answer(found.as_json())
    else:
        say(status_text(found, paint()))


def runs(
    limit: NewestOption = 20,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the runs, newest last."""
    from dataspark.answers.status import runs as listed
    from dataspark.rendering.history import runs_text
    from dataspark.wiring import open_workspace

    found = listed(open_workspace(project, profile), limit)
    if as_json:
        answer([asdict(run) for run in found])
    else:
        say(runs_text(found, paint()))


def releases(
    limit: NewestOption = 20,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the releases, newest last."""
    from dataspark.rendering.history import releases_text
    from dataspark.wiring import open_workspace

    lake = open_workspace(project, profile).lake
    found, newest = lake.releases(limit), lake.release()
    if as_json:
        answer(found)
    else:
        say(releases_text(found, newest["id"] if newest else None, paint()))
