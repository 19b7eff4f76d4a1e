"""`dataspark up` and `down`, and what `status --stack` shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProjectOption, QuietOption
from dataspark.cli.output import answer, calling, note, paint, say
from dataspark.errors import UsageError

OnlyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--only", metavar="PARTS", help="Only these: `s3,postgres,prefect,spark,api,dashboard`.", show_default="all"
    ),
]
WithoutOption = Annotated[
    list[str] | None, typer.Option("--without", metavar="PARTS", help="All but these.", show_default="none")
]
BindOption = Annotated[
    str,
    typer.Option("--bind", metavar="ADDRESS", help="Where PostgreSQL and Prefect listen."),
]
OffsetOption = Annotated[
    int, typer.Option("--port-offset", metavar="N", min=0, max=30000, help="Added to the number of every port.")
]
DeleteOption = Annotated[bool, typer.Option("--delete-data", help="Delete what the servers have stored, too.")]


def up(
    only: OnlyOption = None,
    without: WithoutOption = None,
    bind: BindOption = "127.0.0.1",
    port_offset: OffsetOption = 0,
    project: ProjectOption = Path(),
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Start S3, PostgreSQL, Prefect, Spark, the API and the dashboard.

    `--profile stack` then runs on them. Waits until each answers; what dies is started again.
    """
    _require_libraries()
    from dataspark.rendering.stack import up_text
    from dataspark.stack import control

    watch = _told(quiet or as_json)
    done = control.up(project, _words(only), _words(without), bind, port_offset, watch)
    if as_json:
        answer(done.as_json())
    else:
        say(up_text(done, paint(), calling(project)))


def down(project: ProjectOption = Path(), delete_data: DeleteOption = False, as_json: JsonOption = False) -> None:
    """End the servers that `up` started. What they have stored stays."""
    _require_libraries()
    from dataspark.rendering.stack import down_text
    from dataspark.stack import control

    done = control.down(project, delete_data)
    if as_json:
        answer(done.as_json())
    else:
        say(down_text(done, calling(project)))


def stack_status(project: Path, as_json: bool) -> None:
    """Show the parts of a stack; exit code 3 where one is not up."""
    _require_libraries()
    from dataspark.rendering.stack import status_text
    from dataspark.stack import control

    state = control.stack_status(project)
    if as_json:
        answer(state.as_json())
    else:
        say(status_text(state, paint(), calling(project)))
    if not state.ok:
        raise typer.Exit(3)


def _words(given: Sequence[str] | None) -> list[str]:
    return [word.strip() for one in given or () for word in one.split(",") if word.strip()]


def _told(silent: bool) -> Callable[[str, float], None]:
    if silent:
        return lambda title, seconds: None
    return lambda title, seconds: note(f"{title} answers after {seconds:.1f} s")


def _require_libraries() -> None:
    import importlib.util
    import os

    if os.name != "posix":
        raise UsageError("a stack needs Linux or macOS", "start the servers yourself, and name them in the settings")
    if importlib.util.find_spec("psutil") is None:
        raise UsageError("the servers of the stack are not installed", "install them: `pip install 'dataspark[stack]'`")
