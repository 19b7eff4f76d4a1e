"""The SQL files and contracts of a project's folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dataspark.errors import Mistake

IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
"""What tables, models and checks may be called: a word that SQL needs no quotes for."""


@dataclass(frozen=True)
class SqlFile:
    """One model or one check."""

    name: str
    path: str
    """Relative to the project's folder, with forward slashes."""
    text: str


def sql_files(root: Path, folder: str, mistakes: list[Mistake]) -> tuple[SqlFile, ...]:
    """Every SQL file below `root/folder`, by path. What is wrong goes to `mistakes`."""
    found: dict[str, SqlFile] = {}
    for path in _files(root, folder, (".sql",)):
        file = _sql_file(root, path, mistakes)
        if file is None:
            continue
        if file.name in found:
            message = f"`{file.name}` is also the name of {found[file.name].path}: names are unique in {folder}/"
            mistakes.append(Mistake(file.path, 0, message))
        found.setdefault(file.name, file)
    return tuple(found.values())


def contract_files(root: Path) -> tuple[Path, ...]:
    """Every contract's path, relative to `root`, sorted."""
    return tuple(_files(root, "contracts", (".odcs.yaml", ".odcs.yml")))


def _files(root: Path, folder: str, endings: tuple[str, ...]) -> list[Path]:
    """Files below `root/folder` relative to root, sorted; hidden ones (editors' leftovers) are not part of it."""
    found = (path.relative_to(root) for path in (root / folder).rglob("*") if path.name.endswith(endings))
    return sorted(path for path in found if not any(part.startswith(".") for part in path.parts))


def _sql_file(root: Path, path: Path, mistakes: list[Mistake]) -> SqlFile | None:
    name, place = path.stem, path.as_posix()
    if not IDENTIFIER.fullmatch(name):
        mistakes.append(Mistake(place, 0, f"`{name}` is no name: use lower-case letters, digits and _, no digit first"))
    try:
        return SqlFile(name, place, (root / path).read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        mistakes.append(Mistake(place, line, "is not UTF-8 text"))
    except OSError as exc:
        mistakes.append(Mistake(place, 0, f"cannot be read: {exc.strerror or exc}"))
    return None
