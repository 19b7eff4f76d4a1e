"""`dataspark diff`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, paint, say

_RELEASE = re.compile(r"r\d+")


def diff(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RELEASE_A] [RELEASE_B] [TABLE]...",
            help="Up to two releases, then tables. One release is compared with the newest.",
            show_default="the last two releases, all tables of the layer",
        ),
    ] = None,
    layer: Annotated[
        str, typer.Option("--layer", metavar="LAYER", help="Whose tables: gold, silver, quarantine or all.")
    ] = "gold",
    sample: Annotated[
        int, typer.Option("--sample", metavar="N", min=0, help="How many added, removed and changed rows to show.")
    ] = 3,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what two releases differ in: columns, rows, values."""
    from dataspark.answers.diff import diff as compared
    from dataspark.rendering.diff import diff_text

    before, after, tables = _read(words or [])
    found = compared(project, before, after, tables, layer, sample, profile)
    if as_json:
        answer(found.as_json())
    else:
        say(diff_text(found, paint()))


def _read(words: Sequence[str]) -> tuple[str | None, str | None, Sequence[str]]:
    """The releases in front, and the tables behind them."""
    count = next((n for n, word in enumerate(words[:2]) if not _RELEASE.fullmatch(word)), min(2, len(words)))
    releases = [*words[:count], None, None]
    return releases[0], releases[1], words[count:]
