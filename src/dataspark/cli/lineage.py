"""`dataspark lineage`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, note, paint, say

if TYPE_CHECKING:
    from dataspark.answers.columnlineage import Lineage
    from dataspark.rendering.text import Paint


class Format(StrEnum):
    """How lineage is shown."""

    TEXT = "text"
    JSON = "json"
    SVG = "svg"
    MERMAID = "mermaid"


def lineage(
    name: Annotated[
        str,
        typer.Argument(
            metavar="TABLE[.COLUMN]",
            help="A column or a whole table: `kpi_ca_par_pays.ca_total`, `silver.achats`, `raw.achats.montant`. "
            "A name without a layer is in gold.",
        ),
    ],
    downstream: Annotated[
        bool, typer.Option("--downstream", help="Show what uses it, in place of what it is made from.")
    ] = False,
    shown_as: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="As text, JSON, a picture, or a flowchart.",
            show_default="text, or what the file's name ends with",
        ),
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="In the picture, also draw the columns that decide what rows there are.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to a file.", show_default="stdout"),
    ] = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a column is made from, or what uses it.

    Back to the raw files, with every model on the way. It is read from the models' SQL and the contracts: nothing is
    run, and no release is needed.
    """
    from dataspark.answers.columnlineage import lineage as followed
    from dataspark.errors import UsageError
    from dataspark.lake.storage import Folder
    from dataspark.rendering.text import PLAIN
    from dataspark.wiring import open_workspace

    if output and output.is_dir():
        raise UsageError(f"{output} is a folder", "name a file: `--output lineage.svg`")
    found = followed(open_workspace(project, profile), name, downstream)
    chosen = Format.JSON if as_json else shown_as or _by_name(output)
    if output:
        text = _written(found, chosen, rows, PLAIN)
        Folder(str(output.parent)).write(output.name, f"{text}\n".encode())
        note(f"the lineage of {found.asked} is in {output}")
    elif chosen is Format.JSON:
        answer(found.as_json())
    else:
        say(_written(found, chosen, rows, paint()))


def _by_name(file: Path | None) -> Format:
    """The format that a file's name ends with."""
    endings = {".json": Format.JSON, ".svg": Format.SVG, ".mmd": Format.MERMAID, ".mermaid": Format.MERMAID}
    return endings.get(file.suffix.lower(), Format.TEXT) if file else Format.TEXT


def _written(found: Lineage, shown_as: Format, rows: bool, emphasis: Paint) -> str:
    import json

    from dataspark.rendering.lineage.mermaid import mermaid
    from dataspark.rendering.lineage.picture import svg
    from dataspark.rendering.lineage.text import lineage_text

    if shown_as is Format.JSON:
        return json.dumps(found.as_json(), ensure_ascii=False, indent=1)
    if shown_as is Format.SVG:
        return svg(found, rows=rows)
    return mermaid(found) if shown_as is Format.MERMAID else "\n".join(lineage_text(found, emphasis))
