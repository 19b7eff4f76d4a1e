"""`dataspark rollback` and `vacuum`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, paint, say


def rollback(
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="The release to go back to: `r000003`.")],
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let readers see an older release again.

    Its versions are published as a new release: history is added to, never rewritten.
    """
    from dataspark.rendering.history import rollback_text
    from dataspark.upkeep import rollback as roll_back
    from dataspark.wiring import open_workspace

    done = roll_back(open_workspace(project, profile), release)
    if as_json:
        answer(done.as_json())
    else:
        say(rollback_text(done, paint()))


def vacuum(
    keep: Annotated[int, typer.Option("--keep", metavar="N", min=1, help="Releases that stay readable.")] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be freed.")] = False,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete files that only older releases need.

    Bronze and the history of runs and releases stay. Readers of a release that is not kept will fail.
    """
    from dataspark.rendering.history import vacuum_text
    from dataspark.upkeep import vacuum as free
    from dataspark.wiring import open_workspace

    done = free(open_workspace(project, profile), keep, dry_run)
    if as_json:
        answer(done.as_json())
    else:
        say(vacuum_text(done, paint()))
