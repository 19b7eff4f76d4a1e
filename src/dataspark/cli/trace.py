"""`dataspark trace`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption, ReleaseOption
from dataspark.cli.output import answer, calling, paint, say


def trace(
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="A silver or a gold table: `achats`, `gold.fact_achats`.")
    ],
    key: Annotated[
        str,
        typer.Argument(
            metavar="KEY",
            help="The primary key, its values separated by commas; a row's id: `achats:3f2a9c1b:1042`; "
            "or for gold `column=value`.",
        ),
    ],
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="The most rows to show of a table.")] = 5,
    release: ReleaseOption = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the whole way of a row, from its line into gold or back.

    From a silver table: file, line and bytes, the verdict with its reasons, the gold rows that it counts in. From a
    gold table: the rows that it is made from, down to their lines.
    """
    from dataspark.answers.trace import trace as traced
    from dataspark.rendering.trace import trace_text
    from dataspark.wiring import open_workspace

    found = traced(open_workspace(project, profile), table, key, release, limit)
    if as_json:
        answer(found.as_json())
    else:
        say(trace_text(found, paint(), calling(project, profile)))
