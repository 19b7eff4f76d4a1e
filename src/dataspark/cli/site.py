"""`dataspark docs`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, say


def docs(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="The folder to write; one that this command made is replaced."
        ),
    ] = Path("site"),
    unmasked: Annotated[bool, typer.Option("--unmasked", help="Show values of classified columns too.")] = False,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write pages about every table, column, rule and check.

    A folder of pages that open without a server and load nothing from elsewhere: descriptions, contracts, lineage as
    pictures, SQL, quality, with a search. It needs no release: what there is of the project is shown.
    """
    from dataspark.answers.site import site
    from dataspark.folders import replace_folder, require_replaceable
    from dataspark.rendering.site.pages import site_files
    from dataspark.wiring import open_workspace

    workspace = open_workspace(project, profile)
    require_replaceable(output)
    found = site(workspace, unmasked)
    files = site_files(found)
    replace_folder(output, files)
    pages = sum(name.endswith(".html") for name in files)
    if as_json:
        release = found.release.id if found.release else None
        start = str(output / "index.html")
        answer({"folder": str(output), "start": start, "pages": pages, "release": release, "masked": found.masked})
    else:
        masked = "values of classified columns are masked" if found.masked else "nothing is masked"
        say(f"{output / 'index.html'}: open it in a browser  ({pages} pages, {masked})")
