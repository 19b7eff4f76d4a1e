"""One run at a time per lake in a folder: a lock that the operating system releases when its holder dies.

Twenty-five lines over `fcntl.flock` rather than a library: the usual one costs a fifth of a small run to import.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from dataspark.errors import LakeBusy
from dataspark.lake.storage import Folder, storage_errors

LOCK = "_lock"


@contextmanager
def exclusive(area: Folder, purpose: str) -> Iterator[None]:
    """Hold the lake while the block runs.

    Raises LakeBusy, naming the process that holds it. A lock whose holder has died is free: nobody has to remove it.
    """
    path = area.path(LOCK)
    with storage_errors(f"opening {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LakeBusy(f"the lake {area.root} is held by {_holder(handle)}", "wait for it to end") from error
        with storage_errors(f"writing {path}"):
            _sign(handle, purpose)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _sign(handle: int, purpose: str) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(owner(purpose)).encode(), 0)


def owner(purpose: str) -> dict[str, Any]:
    """Who this process is, for those that find the lake held."""
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "user": _user(),
        "purpose": purpose,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def described(holder: dict[str, Any]) -> str:
    """A holder in words."""
    if not holder.keys() >= {"pid", "host", "user", "purpose", "since"}:
        return "another process"
    return "process {pid} on {host} ({user}, {purpose}, since {since})".format(**holder)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def _holder(handle: int) -> str:
    try:
        return described(json.loads(os.pread(handle, 4096, 0)))
    except ValueError:
        return "another process"
