"""`dataspark quality` and `quarantine`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, note, paint, say
from dataspark.errors import UsageError

if TYPE_CHECKING:
    from dataspark.answers.quarantine import Rejected

TableArgument = Annotated[
    str | None, typer.Argument(metavar="TABLE", help="A silver table: `achats`.", show_default="all tables")
]


def quality(
    table: TableArgument = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what became of every row, and the trend.

    By file and by reason. The trend is over the last runs that had new files; the tables `quality.counts` and
    `quality.profiles` have all of it.
    """
    from dataspark.answers.quality import quality as judged
    from dataspark.rendering.quality import quality_text
    from dataspark.wiring import open_workspace

    found = judged(open_workspace(project, profile), table)
    if as_json:
        answer([one.as_json() for one in found])
    else:
        say(quality_text(found, paint()))


def quarantine(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A silver table: `achats`.")],
    reason: Annotated[
        str | None,
        typer.Option(
            "--reason", metavar="CODE", help="Only this reason, or a pattern: `montant.*`.", show_default="all"
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="The most rows to print.")] = 20,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write all rows to a CSV file.", show_default=False)
    ] = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show or export the rejected rows of a table, as they came."""
    from dataspark.answers.quarantine import rejected
    from dataspark.wiring import open_workspace

    with rejected(open_workspace(project, profile), table, reason) as found:
        if export is not None:
            _export(found, export, as_json)
        else:
            _show(found, limit, as_json)


def _show(found: Rejected, limit: int, as_json: bool) -> None:
    from dataspark.rendering.values import rows_json, rows_text

    result = found.rows
    rows = result.rows(limit)
    if as_json:
        answer({"table": found.table, "rows": found.count, "first": rows_json(result.columns, rows)})
        return
    # Only lines that are no record have a text of their own.
    filled = [any(row[n] is not None for row in rows) for n in range(len(result.columns))]
    used = [n for n, column in enumerate(result.columns) if column != "_text" or filled[n]]
    columns, types = [result.columns[n] for n in used], [result.types[n] for n in used]
    say(rows_text(columns, types, [[row[n] for n in used] for row in rows], paint(), nothing=""))
    if found.count > len(rows):
        note(f"{len(rows):,} of {found.count:,} rows: `--limit N` shows more, `--export FILE` writes all")


def _export(found: Rejected, target: Path, as_json: bool) -> None:
    from dataspark.cli.export import write

    if target.is_dir():
        raise UsageError(f"{target} is a folder", "name a file: `--export rejected.csv`")
    write(found.rows, target, "FORMAT csv, HEADER")
    if as_json:
        answer({"table": found.table, "rows": found.count, "file": str(target)})
    else:
        say(f"{found.count:,} rows of quarantine.{found.table} in {target}")
