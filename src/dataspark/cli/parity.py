"""`dataspark parity`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption, QuietOption
from dataspark.cli.output import answer, note, paint, say
from dataspark.cli.progress import watching
from dataspark.cli.run import AsOfOption, MemoryOption


def parity(
    engines: Annotated[
        str, typer.Option("--engines", metavar="A,B", help="The two engines; one may be named twice.")
    ] = "duckdb,spark",
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="PATTERN",
            help="Only these models, with what they are made from: `kpi_*`. Can be repeated.",
            show_default="all models",
        ),
    ] = None,
    bronze: Annotated[
        bool, typer.Option("--bronze", help="Read the lake's archive, not what waits in `sources`.")
    ] = False,
    keep: Annotated[
        str | None,
        typer.Option("--keep", metavar="FOLDER", help="Leave both lakes there, to look at them.", show_default=False),
    ] = None,
    sample: Annotated[
        int, typer.Option("--sample", metavar="N", min=0, help="How many differing rows of each kind to show.")
    ] = 3,
    as_of: AsOfOption = None,
    memory_limit: MemoryOption = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run on two engines and compare every table, ledger and check.

    Both write lakes of their own: nothing of the project is changed. Ends with exit code 1 when anything differs.
    """
    from dataspark.answers.parity import parity as compared
    from dataspark.rendering.parity import parity_text
    from dataspark.wiring import open_workspace

    workspace = open_workspace(project, profile, memory_limit)
    names = [name.strip() for name in engines.split(",") if name.strip()]
    with watching(quiet or as_json) as watch:
        found = compared(workspace, names, as_of, select or (), keep, bronze, sample, watch)
    if as_json:
        answer(found.as_json())
    else:
        say(parity_text(found, paint()))
    if not found.equal:
        if not as_json:
            note("error: the two engines do not agree")
        raise typer.Exit(1)
