"""The logs of a stack: a file a part, a few starts back, none without end."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import IO

_KEPT = 5
"""Earlier files of one part: `s3.log.1` is the newest of them."""
LARGEST = 20_000_000
"""Bytes that a log may have before its content is put aside."""


def begin_log(path: Path) -> None:
    """Put the file of an earlier start aside."""
    if path.exists() and path.stat().st_size:
        _shift(path)
        path.replace(_earlier(path, 1))


def open_log(path: Path) -> IO[bytes]:
    """A log to be added to: for a process that is started, whoever it runs as."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def trim_log(path: Path) -> None:
    """Copy a log that has become too large and empty it: its process keeps the file open and goes on at its end.

    Where the disk has no room for a copy, there is none.
    """
    if path.exists() and path.stat().st_size > LARGEST:
        _shift(path)
        try:
            shutil.copy(path, _earlier(path, 1))
        except OSError:
            _earlier(path, 1).unlink(missing_ok=True)
        os.truncate(path, 0)


def tail(path: Path, lines: int = 15) -> list[str]:
    """The last lines of a log, without those that say nothing."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 20_000))
        text = file.read().decode(errors="replace")
    return [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]


def _shift(path: Path) -> None:
    for number in range(_KEPT - 1, 0, -1):
        if _earlier(path, number).exists():
            _earlier(path, number).replace(_earlier(path, number + 1))


def _earlier(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
