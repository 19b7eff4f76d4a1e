"""Changes to contracts as new texts of their files, proved to be contracts before anything is written."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dataspark.contracts.contract import Contract
from dataspark.contracts.editing import Change, NotEditable, edited
from dataspark.contracts.reading import read_contracts
from dataspark.errors import ContractError
from dataspark.project import Project


@dataclass(frozen=True)
class Patches:
    """What the contracts' files would say."""

    texts: dict[str, str]
    """Path relative to the project → its new text; only files that change."""
    refused: dict[Change, str]
    """Changes that the files cannot take, and why."""
    diff: str
    """All of it as one unified diff; empty where nothing changes."""


def make_patches(project: Project, contracts: Sequence[Contract], changes: Sequence[Change]) -> Patches:
    """Apply changes one by one; one after which the contracts could not be read any more is left out."""
    path_of = {contract.name: contract.path for contract in contracts}
    old: dict[str, str] = {}
    new: dict[str, str] = {}
    refused: dict[Change, str] = {}
    for change in dict.fromkeys(changes):
        path = path_of[change.table]
        before = new.get(path) or old.setdefault(path, _read(project.root / path))
        try:
            after = edited(before, change)
            read_contracts(project, {Path(name): text for name, text in {**new, path: after}.items()})
        except NotEditable as error:
            refused[change] = str(error)
        except ContractError as error:
            refused[change] = "; ".join(mistake.message for mistake in error.mistakes)
        else:
            new[path] = after
    return Patches(new, refused, "".join(_diff(path, old[path], new[path]) for path in new))


def write_patches(project: Project, patches: Patches) -> None:
    """Replace the files by their new texts."""
    for path, text in patches.texts.items():
        target = project.root / path
        partial = target.with_name(f".{target.name}.partial")
        partial.write_bytes(text.encode("utf-8"))
        partial.replace(target)


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _diff(path: str, old: str, new: str) -> str:
    lines = difflib.unified_diff(
        old.replace("\r\n", "\n").splitlines(), new.replace("\r\n", "\n").splitlines(), path, path, lineterm="", n=3
    )
    return "".join(f"{line}\n" for line in lines)
