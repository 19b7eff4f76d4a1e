"""`dataspark scan`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, note, say
from dataspark.errors import UsageError

if TYPE_CHECKING:
    from dataspark.answers.scan import Scan
    from dataspark.wiring import Workspace


def scan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A raw file: `.csv`, `.csv.gz`, `.csv.zst`…")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="TABLE", help="The table's name.", show_default="from the file's")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write it to contracts/TABLE.odcs.yaml of the project.")
    ] = False,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose a contract for a raw file, with its evidence.

    Prints the contract; works outside of a project too. `--json` gives the findings.
    """
    from dataspark.answers.scan import scan as look
    from dataspark.project import IDENTIFIER
    from dataspark.rendering.scan import contract_yaml

    if name is not None and not IDENTIFIER.fullmatch(name):
        raise UsageError(f"`{name}` is no name of a table", "use lower-case letters, digits and _, no digit first")
    workspace = _workspace(project, profile, write)
    found = look(file, name or "", workspace.contracts if workspace else (), _folder(workspace, file))
    lines = contract_yaml(found)
    target = _write(workspace, found, lines) if write and workspace else None
    if as_json:
        answer({**found.as_json(), "written": str(target) if target else None})
    elif target:
        say([f"wrote {target}", f"next: read it, then dataspark run{_hint(workspace, file)}"])
    else:
        say(lines)


def _workspace(project: Path, profile: str | None, needed: bool) -> Workspace | None:
    """The project, where there is one."""
    from dataspark.project import SETTINGS_FILE
    from dataspark.wiring import open_workspace

    if needed or (project / SETTINGS_FILE).is_file():
        return open_workspace(project, profile)
    return None


def _folder(workspace: Workspace | None, file: Path) -> str:
    """The folder of a file below the project's `sources`; empty for one that stands directly in it, or elsewhere."""
    sources = Path(workspace.project.lake.sources).resolve() if workspace else None
    inside = sources is not None and file.resolve().is_relative_to(sources)
    folder = file.resolve().parent.relative_to(sources).as_posix() if sources and inside else "."
    return "" if folder == "." else folder


def _hint(workspace: Workspace | None, file: Path) -> str:
    if workspace and "://" in workspace.project.lake.sources:
        return f" (dataspark upload {file} first)"
    sources = Path(workspace.project.lake.sources) if workspace else Path()
    return "" if file.resolve().is_relative_to(sources.resolve()) else f" (put {file.name} into {sources} first)"


def _write(workspace: Workspace, found: Scan, lines: list[str]) -> Path:
    from dataspark.lake.storage import storage_errors

    for contract in workspace.contracts:
        if contract.name == found.table or any(fnmatchcase(found.file, pattern) for pattern in contract.files):
            raise UsageError(
                f"{contract.path} describes `{contract.name}` already, from files such as {found.file}",
                "change that contract (`dataspark drift` shows what is new in a file), or give another `--name`",
            )
    target = workspace.project.root / "contracts" / f"{found.table}.odcs.yaml"
    with storage_errors(f"writing {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("x", encoding="utf-8") as out:
                out.write("\n".join(lines) + "\n")
        except FileExistsError:
            raise UsageError(f"{target} is there already", "give another `--name`, or remove it first") from None
    note(f"{found.quarantined:,} of {found.measured.read:,} rows of this file would go to the quarantine")
    return target
