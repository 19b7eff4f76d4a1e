"""An area of the lake as named objects: small documents that are replaced whole, and the folders that tables live in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dataspark.errors import ProjectError, StorageError


@contextmanager
def storage_errors(doing: str) -> Iterator[None]:
    """Translate the operating system's errors, once, into a StorageError that says what was being done."""
    try:
        yield
    except OSError as error:
        full = error.errno in (28, 27, 122)  # ENOSPC, EFBIG, EDQUOT
        hint = "free some space and run again: nothing half-written is visible" if full else ""
        place = f" ({error.filename})" if error.filename and str(error.filename) not in doing else ""
        raise StorageError(f"{doing} failed: {error.strerror or error}{place}", hint) from error


class Area:
    """One area (`sources`, `bronze`, `silver` or `gold`) in a local folder."""

    def __init__(self, location: str) -> None:
        if "://" in location:
            raise ProjectError(f"`{location}` is not a folder", "areas in object storage need the s3 extra")
        self.root = Path(location)

    def path(self, name: str) -> Path:
        """Where the object called `name` is."""
        return self.root / name

    def read(self, name: str) -> bytes | None:
        """The object's content, or None where there is none. Raises StorageError."""
        with storage_errors(f"reading {self.path(name)}"):
            try:
                return self.path(name).read_bytes()
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Replace the object whole: a reader sees the old content or the new one. Raises StorageError.

        Nothing is forced to the disk: Delta's own log is not either, and a lake that loses its newest seconds in a
        power cut is brought back by running again.
        """
        target = self.path(name)
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        with storage_errors(f"writing {target}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                partial.write_bytes(content)
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        """The names of the objects directly in `folder`, sorted."""
        path = self.path(folder)
        if not path.is_dir():
            return []
        return sorted(f"{folder}/{entry.name}" for entry in path.iterdir() if not entry.name.startswith("."))

    def read_json(self, name: str, hint: str = "restore it from a backup") -> Any | None:
        """The object as JSON, or None where there is none. Raises StorageError, with `hint`, where it is no JSON object."""
        content = self.read(name)
        if content is None:
            return None
        try:
            value = json.loads(content)
        except ValueError as error:
            raise StorageError(f"{self.path(name)} is damaged: {error}", hint) from error
        if not isinstance(value, dict):
            raise StorageError(f"{self.path(name)} is damaged: it holds no JSON object", hint)
        return value

    def write_json(self, name: str, value: Any) -> None:
        """Replace the object with `value` as JSON."""
        self.write(name, json.dumps(value, indent=1, ensure_ascii=False).encode())
