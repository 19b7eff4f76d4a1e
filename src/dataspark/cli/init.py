"""`dataspark init`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption
from dataspark.cli.output import answer, say
from dataspark.errors import UsageError

_TEMPLATE = Path(__file__).resolve().parent.parent / "template"
_RENAMED = {"gitignore": ".gitignore"}
"""Under its own name it would be taken for an order to this repository."""


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new project's folder.")],
    as_json: JsonOption = False,
) -> None:
    """Make a new project that runs at once.

    It has a contract, two models, a check and a few rows: replace them by your own.
    """
    folder = Path(name)
    title = _title(folder)
    written = sorted(_write(folder, title))
    if as_json:
        answer({"folder": str(folder), "name": title, "files": written})
        return
    say([f"made {folder}:", *(f"  {file}" for file in written), "", f"next: cd {folder} && dataspark run"])


def _title(folder: Path) -> str:
    title = re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower()).strip("-")
    if not title:
        raise UsageError(f"`{folder}` is no name for a project", "use letters and digits")
    return title


def _write(folder: Path, title: str) -> Iterator[str]:
    from dataspark.lake.storage import storage_errors

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already and is not empty", "name a new folder")
    with storage_errors(f"making {folder}"):
        for source in sorted(path for path in _TEMPLATE.rglob("*") if path.is_file()):
            place = source.relative_to(_TEMPLATE)
            target = folder / place.with_name(_RENAMED.get(place.name, place.name))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source.read_text(encoding="utf-8").replace("{NAME}", title), encoding="utf-8")
            yield target.relative_to(folder).as_posix()
