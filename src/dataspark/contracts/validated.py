"""The files that passed the JSON schema before, so that a run does not pay for it again.

A file is known by its content, the schema's text and the version of this code. The cache only ever saves time: when it
cannot be read or written, everything is validated.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

CHECKED_BY = b"dataspark-1"
"""Raise it when `schema.py` or the reading of YAML changes what is accepted."""


def digest(content: bytes, schema: bytes) -> str:
    """What a file is known by."""
    return sha256(CHECKED_BY + sha256(schema).digest() + content).hexdigest()


def read_validated(root: Path) -> frozenset[str]:
    """The digests of files that passed."""
    try:
        found = json.loads(_path(root).read_text("utf-8"))
    except (OSError, ValueError):
        return frozenset()
    listed = found.get("passed") if isinstance(found, dict) else None
    return frozenset(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else frozenset()


def write_validated(root: Path, digests: Iterable[str]) -> None:
    """Replace the cache in one step."""
    import tempfile

    path = _path(root)
    try:
        path.parent.mkdir(exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    except OSError:
        return
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"passed": sorted(digests)}, file)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)


def _path(root: Path) -> Path:
    return root / ".dataspark" / "validated.json"
