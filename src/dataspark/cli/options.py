"""Options that several commands have, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_JSON = "dataspark.json"


def _remember(context: typer.Context, value: bool) -> bool:
    # The handler of errors stands above the commands: it learns here in which form to answer.
    context.meta[_JSON] = value
    return value


def wants_json(context: typer.Context) -> bool:
    """Whether the command that ran was asked for JSON."""
    return bool(context.meta.get(_JSON))


ProjectOption = Annotated[
    Path,
    typer.Option("--project", metavar="DIR", help="The project's folder.", show_default="the current one"),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="Use the settings of [profiles.NAME].", show_default=False),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Answer with one JSON document on stdout.", callback=_remember)
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Tell nothing about progress.")]
ReleaseOption = Annotated[
    str | None,
    typer.Option("--release", metavar="RELEASE", help="Read an older release.", show_default="the newest"),
]
