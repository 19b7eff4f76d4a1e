"""`dataspark quality`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, paint, say

TableArgument = Annotated[
    str | None, typer.Argument(metavar="TABLE", help="A silver table: `achats`.", show_default="all tables")
]


def quality(
    table: TableArgument = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what became of every row, by table, file and reason."""
    from dataspark.answers.quality import quality as judged
    from dataspark.rendering.quality import quality_text
    from dataspark.wiring import open_workspace

    found = judged(open_workspace(project, profile), table)
    if as_json:
        answer([one.as_json() for one in found])
    else:
        say(quality_text(found, paint()))
