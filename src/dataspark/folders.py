"""Puts a whole folder of files in the place of the one before: who looks sees one or the other, never a part."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dataspark.errors import StorageError, UsageError

MARK = ".dataspark-docs"
"""The file in a folder that says who made it: no other folder is ever replaced."""


def require_replaceable(folder: Path) -> None:
    """Raise UsageError where there is something that somebody else put there."""
    if folder.is_dir():
        if any(folder.iterdir()) and not (folder / MARK).is_file():
            raise UsageError(
                f"{folder} is not empty, and `dataspark docs` did not make it",
                "name another folder: `--output site`; nothing in it was touched",
            )
    elif folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} is no folder", "name a folder: `--output site`")


def replace_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write a folder beside its place, then put it there. Raises UsageError, StorageError.

    The old folder goes only after the new one is complete; an interrupted call leaves a hidden folder beside it.
    """
    require_replaceable(folder)
    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _write(aside / "new", files)
            if folder.exists():
                folder.rename(aside / "old")
            (aside / "new").rename(folder)
        finally:
            if (aside / "old").exists() and not folder.exists():
                (aside / "old").rename(folder)
            shutil.rmtree(aside)
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror or error}") from error


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir()
    for name, text in {MARK: "made by `dataspark docs`, which replaces this folder as a whole\n", **files}.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8", newline="\n")
