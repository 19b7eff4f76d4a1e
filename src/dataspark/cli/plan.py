"""`dataspark plan`."""

from __future__ import annotations

from pathlib import Path

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, paint, say
from dataspark.cli.run import AsOfOption, FullRefreshOption, SelectOption


def plan(
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    full_refresh: FullRefreshOption = False,
    select: SelectOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a run would do, and why."""
    from dataspark.answers.preview import preview
    from dataspark.rendering.plans import plan_text
    from dataspark.wiring import open_workspace, read_as_of

    found = preview(open_workspace(project, profile), read_as_of(as_of), full_refresh, select or ())
    if as_json:
        answer(found.as_json())
    else:
        say(plan_text(found, paint()))
