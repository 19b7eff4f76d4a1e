"""The `dataspark` command and its exit codes.

0 done · 1 the data failed · 2 the project or the call is wrong · 3 the world failed · 130 interrupted
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dataspark import __version__
from dataspark.cli import (
    alerts,
    api,
    dashboard,
    diff,
    docs,
    doctor,
    drift,
    explain,
    export,
    forget,
    history,
    init,
    lineage,
    parity,
    plan,
    publish,
    quality,
    quarantine,
    query,
    report,
    run,
    sample,
    scan,
    schedule,
    site,
    stack,
    trace,
    upkeep,
    upload,
)
from dataspark.cli.options import wants_json, wants_log
from dataspark.cli.output import say, tell_error, tell_interrupted
from dataspark.errors import DataSparkError

INTERRUPTED = 130


class _Commands(TyperGroup):
    """All commands, and the one place where an error becomes a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except DataSparkError as error:
            tell_error(error, wants_json(ctx), wants_log(ctx))
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as stop:
            tell_interrupted(str(stop), wants_log(ctx))
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=_Commands,
    name="dataspark",
    help="Raw files in, a released star schema out, every input row accounted for.",
    epilog="Exit codes: 0 done, 1 data failed, 2 project or call wrong, 3 world failed.",
    no_args_is_help=True,
    add_completion=False,
    # Plain text: importing rich would double the time that `--help` takes.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS = (
    init.init,
    sample.sample,
    scan.scan,
    upload.upload,
    run.run,
    schedule.schedule,
    drift.drift,
    plan.plan,
    explain.explain,
    query.query,
    history.status,
    history.runs,
    history.releases,
    diff.diff,
    parity.parity,
    quality.quality,
    report.report,
    dashboard.dashboard,
    site.docs,
    trace.trace,
    lineage.lineage,
    export.export,
    publish.publish,
    upkeep.rollback,
    upkeep.vacuum,
    forget.forget,
    stack.up,
    stack.down,
    doctor.doctor,
)
_GROUPS = {"quarantine": quarantine.app, "alerts": alerts.app, "api": api.app}
for command in _COMMANDS:
    app.command()(command)
for group, its_app in _GROUPS.items():
    app.add_typer(its_app, name=group)
app.command(hidden=True)(docs.docs_cli)
app.command(hidden=True)(docs.docs_python)


def commands() -> list[str]:
    """The names of all commands that are shown; those of a group behind it: `quarantine`, `quarantine fix`."""
    grouped = (name for group, its in _GROUPS.items() for name in _of_group(group, its))
    return [*(command.__name__ for command in _COMMANDS), *grouped]


def _of_group(group: str, its: typer.Typer) -> Iterator[str]:
    yield group
    yield from (f"{group} {one.name}" for one in its.registered_commands)
    for inner in its.registered_groups:
        if inner.typer_instance:
            yield from _of_group(f"{group} {inner.name}", inner.typer_instance)


def _version(asked: bool) -> None:
    if asked:
        say(f"dataspark {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Raw files in, a released star schema out, every input row accounted for."""


def main() -> None:
    """The entry point of the `dataspark` command."""
    app(prog_name="dataspark")
