"""`dataspark query`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption, ReleaseOption
from dataspark.cli.output import answer, note, paint, say

if TYPE_CHECKING:
    from dataspark.reader import Result

_SHOWN = 50
"""Rows of a table that are shown to a person who did not say how many."""


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT. Bare names are gold tables.")],
    release: ReleaseOption = None,
    form: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.TABLE,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", metavar="N", min=0, help="The most rows to print.", show_default="50 in a table, or all"
        ),
    ] = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the newest release, or another one, with SQL."""
    from dataspark.reader import open_reader

    with open_reader(project, release, profile) as reader:
        _print(reader.sql(sql), Format.JSON if as_json else form, limit)


def _print(result: Result, form: Format, limit: int | None) -> None:
    from dataspark.rendering.values import rows_csv, rows_json, rows_text

    if form is Format.CSV:
        say(rows_csv(result.columns, result.rows(limit)))
        return
    if form is Format.JSON:
        answer(rows_json(result.columns, result.rows(limit)))
        return
    shown = _SHOWN if limit is None else limit
    rows = result.rows(shown + 1)
    say(rows_text(result.columns, result.types, rows[:shown], paint()))
    if len(rows) > shown:
        note(f"the first {shown} rows: `--limit N` shows more, `--format csv` prints all")
