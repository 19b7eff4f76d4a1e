"""Options that several commands have, declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_JSON = "dataspark.json"
_LOG = "dataspark.log"


class LogFormat(StrEnum):
    """How records are written to stderr in place of progress."""

    TEXT = "text"
    JSON = "json"


def _remember(context: typer.Context, value: bool) -> bool:
    # The handler of errors stands above the commands: it learns here in which form to answer.
    context.meta[_JSON] = value
    return value


def wants_json(context: typer.Context) -> bool:
    """Whether the command that ran was asked for JSON."""
    return bool(context.meta.get(_JSON))


def _remember_log(context: typer.Context, value: LogFormat | None) -> LogFormat | None:
    context.meta[_LOG] = value
    return value


def wants_log(context: typer.Context) -> LogFormat | None:
    """In which format the command that ran was asked to write records, if it was."""
    found: LogFormat | None = context.meta.get(_LOG)
    return found


ProjectOption = Annotated[
    Path,
    typer.Option("--project", metavar="DIR", help="The project's folder.", show_default="the current one"),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="Use the settings of [profiles.NAME].", show_default=False),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine", metavar="NAME", help="The engine that runs the SQL: duckdb or spark.", show_default="duckdb"
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Answer with one JSON document on stdout.", callback=_remember)
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Tell nothing about progress.")]
LogFormatOption = Annotated[
    LogFormat | None,
    typer.Option(
        "--log-format",
        envvar="DATASPARK_LOG_FORMAT",
        help="Write log records to stderr in place of progress, one a line.",
        callback=_remember_log,
        show_default=False,
    ),
]
ReleaseOption = Annotated[
    str | None,
    typer.Option("--release", metavar="RELEASE", help="Read an older release.", show_default="the newest"),
]
