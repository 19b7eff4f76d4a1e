"""`dataspark quarantine`: the rows that broke their contract, as a queue to work off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dataspark.cli.groups import ListByDefault
from dataspark.cli.options import JsonOption, LogFormatOption, ProfileOption, ProjectOption, QuietOption
from dataspark.cli.output import answer, calling, note, paint, say
from dataspark.cli.progress import following
from dataspark.cli.run import AsOfOption
from dataspark.errors import UsageError

if TYPE_CHECKING:
    from dataspark.answers.queue import Queue
    from dataspark.wiring import Workspace


app = typer.Typer(
    cls=ListByDefault,
    help="Show and work off the rows that broke their contract.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

TableArgument = Annotated[str, typer.Argument(metavar="TABLE", help="A silver table: `achats`.")]
ReasonOption = Annotated[
    str | None,
    typer.Option("--reason", metavar="CODE", help="Only this reason, or a pattern: `montant.*`.", show_default="all"),
]
FileOption = Annotated[
    str | None,
    typer.Option("--file", metavar="NAME", help="Only rows of this raw file, or a pattern.", show_default="all"),
]
StatusOption = Annotated[
    list[str] | None,
    typer.Option(
        "--status",
        metavar="STATUS",
        help="Only rows that are open, held, waived, fixed or released. Can be repeated.",
        show_default="open, held, waived",
    ),
]
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who decides.", show_default="the user's name")
]


@app.command("list")
def list_rows(
    table: Annotated[
        str | None, typer.Argument(metavar="TABLE", help="A silver table: `achats`.", show_default="all, in numbers")
    ] = None,
    reason: ReasonOption = None,
    file: FileOption = None,
    status: StatusOption = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="The most rows to print.")] = 20,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the rows of a table, or every table's queue in numbers."""
    from dataspark.answers.queue import open_queue, summaries
    from dataspark.rendering.quarantine import summaries_text
    from dataspark.wiring import open_workspace

    workspace = open_workspace(project, profile)
    if table is not None:
        with open_queue(workspace, table) as queue:
            _show(queue, queue.chosen(_statuses(status), reason, file), limit, as_json)
        return
    if reason or file or status:
        raise UsageError("which table?", "name it: `dataspark quarantine achats --reason …`")
    found = summaries(workspace)
    if as_json:
        answer([one.as_json() for one in found])
    else:
        say(summaries_text(found, workspace.plan.tables, paint(), calling(project, profile)))


def _show(queue: Queue, where: str, limit: int, as_json: bool) -> None:
    from dataspark.rendering.quarantine import rows_lines

    count, rows = queue.count(where), queue.rows(where, limit)
    if as_json:
        answer({"table": queue.table, "rows": count, "first": [row.as_json() for row in rows]})
        return
    say(rows_lines(rows, queue.columns, paint()))
    if count > len(rows):
        note(f"{len(rows):,} of {count:,} rows: `--limit N` shows more, `dataspark quarantine export` writes all")


@app.command("show")
def show_row(
    row: Annotated[str, typer.Argument(metavar="ROW", help="A row's name, as listed: `achats:3f2a9c1b:1042`.")],
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one row: its bytes, its reasons, its history."""
    from dataspark.answers.queue import open_queue
    from dataspark.pipeline.rowid import RowId
    from dataspark.rendering.quarantine import row_text
    from dataspark.wiring import open_workspace

    with open_queue(open_workspace(project, profile), RowId.parse(row).table) as queue:
        found = queue.row(row)
        if as_json:
            answer(found.as_json())
        else:
            say(row_text(found, queue.contract, paint()))


@app.command("export")
def export_rows(
    table: TableArgument,
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV file to write.")],
    reason: ReasonOption = None,
    file: FileOption = None,
    status: StatusOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write rows to a CSV file to mend in a spreadsheet.

    `dataspark quarantine fix` takes it back.
    """
    from dataspark.answers.queue import open_queue
    from dataspark.cli.export import write
    from dataspark.reader import Result
    from dataspark.wiring import open_workspace

    if target.is_dir():
        raise UsageError(f"{target} is a folder", "name a file: `dataspark quarantine export achats mend.csv`")
    if target.exists() and not force:
        raise UsageError(f"{target} is there already, and somebody may be mending it", "`--force` overwrites it")
    with open_queue(open_workspace(project, profile), table) as queue:
        where = queue.chosen(_statuses(status) if status else ("open", "held"), reason, file)
        count = queue.count(where)
        write(Result(queue.engine.session, queue.export(where)), target, "FORMAT csv, HEADER", spreadsheet=True)
        if as_json:
            answer({"table": queue.table, "rows": count, "file": str(target)})
            return
    call = calling(project, profile)
    say(
        [
            f"{count:,} rows of quarantine.{queue.table} in {target}",
            f"  mend them and: {call(f'quarantine fix {target}')}",
        ]
    )


@app.command("fix")
def fix_rows(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="An exported file that somebody mended.")],
    by: ByOption = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take mended rows back.

    They are judged like any other, in the place of the originals. Rows that were not touched are
    left as they are. When anything is wrong with the file, nothing is changed.
    """
    from dataspark.rendering.quarantine import mended_text
    from dataspark.stewardship import fix
    from dataspark.wiring import open_workspace

    done = fix(open_workspace(project, profile), source, by)
    if as_json:
        answer(done.as_json())
    else:
        say(mended_text(done, paint(), calling(project, profile)))


@app.command("waive")
def waive_rows(
    rows: Annotated[
        list[str] | None, typer.Argument(metavar="[ROW]...", help="Rows by name, as listed.", show_default=False)
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why nobody has to work on them.", show_default=False)
    ] = "",
    table: Annotated[
        str | None, typer.Option("--table", metavar="TABLE", help="All rows of this table…", show_default=False)
    ] = None,
    because: Annotated[
        str | None, typer.Option("--because", metavar="CODE", help="…that break this rule.", show_default=False)
    ] = None,
    by: ByOption = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take a waiver back: the rows are open again.")] = False,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide that nobody has to work on rows any more.

    They are not open any more. A waiver lets no row in and keeps none out: that is for contracts to say.
    """
    from dataspark.rendering.quarantine import waived_text
    from dataspark.stewardship import waive
    from dataspark.wiring import open_workspace

    done = waive(open_workspace(project, profile), rows or (), table, because, reason, by, withdraw)
    if as_json:
        answer(done.as_json())
    else:
        say(waived_text(done, paint()))


@app.command("replay")
def replay_rows(
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_of: AsOfOption = None,
    log_format: LogFormatOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Judge every quarantined row again.

    Today's contract judges, and what comes of it is released. It is a run that reads nothing from `sources`;
    replaying twice changes nothing.
    """
    from dataspark.cli.run import finish
    from dataspark.observed import run_observed
    from dataspark.wiring import open_workspace

    workspace: Workspace = open_workspace(project, profile)
    if not workspace.lake.runs(newest=1):
        raise UsageError(f"{workspace.project.name} has no run yet", "make one: `dataspark run`")
    with following(quiet or as_json, log_format) as watch:
        report = run_observed(workspace, as_of, watch=watch, replay=True, ingest=False)
    finish(report, as_json, calling(project, profile), log_format)


def _statuses(given: list[str] | None) -> tuple[Any, ...]:
    from dataspark.answers.queued import WAITING, Status
    from dataspark.plan import nearest_name

    known = [status.value for status in Status]
    for one in given or ():
        if one not in known:
            raise UsageError(f"no row is ever `{one}`", nearest_name(one, known))
    return tuple(map(Status, given)) if given else WAITING
