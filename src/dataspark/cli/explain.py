"""`dataspark explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import EngineOption, JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, paint, say
from dataspark.cli.run import AsOfOption


def explain(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A model, or a silver table: `silver.achats`.")],
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_of: AsOfOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show where a table comes from, and its SQL.

    With `--engine spark` a model is shown as Spark gets it, too.
    """
    from dataspark.answers.explain import explain as explained
    from dataspark.rendering.plans import explain_text
    from dataspark.wiring import open_workspace, read_as_of

    found = explained(open_workspace(project, profile, engine=engine).plan, table, read_as_of(as_of))
    if as_json:
        answer(found.as_json())
    else:
        say(explain_text(found, paint()))
