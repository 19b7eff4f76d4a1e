"""`dataspark upload`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption, QuietOption
from dataspark.cli.output import answer, say
from dataspark.cli.progress import sending


def upload(
    files: Annotated[list[Path], typer.Argument(metavar="FILES…", help="Local files: `data/*.csv`.")],
    to: Annotated[
        str, typer.Option("--to", metavar="FOLDER", help="A folder below sources.", show_default="sources itself")
    ] = "",
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send local files to the project's sources, in S3 or in a folder.

    Each appears whole or not at all; a content that is there already is not sent again.
    """
    from dataspark.rendering.upload import upload_text
    from dataspark.uploading import upload as send
    from dataspark.wiring import open_workspace

    with sending(quiet or as_json) as told:
        done = send(open_workspace(project, profile), files, to, told)
    if as_json:
        answer(done.as_json())
    else:
        say(upload_text(done))
