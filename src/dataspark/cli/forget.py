"""`dataspark forget`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, calling, paint, say


def forget(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A silver table: `clients`.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="The primary key: `1042`, or `FR,12` for two columns.")],
    yes: Annotated[bool, typer.Option("--yes", help="Really do it. Without it the rows are only listed.")] = False,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove every row of a key for good, and prove it.

    From bronze, silver, quarantine and gold, and from all older versions: older releases cannot be read any more.
    """
    from dataspark.erasure import forget as erase
    from dataspark.rendering.forget import forgotten_text
    from dataspark.wiring import open_workspace

    done = erase(open_workspace(project, profile), table, key, yes)
    if as_json:
        answer(done.as_json())
    else:
        say(forgotten_text(done, key, paint(), calling(project, profile)))
