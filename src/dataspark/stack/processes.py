"""Processes of this machine: which of them are a stack's, and who holds a port."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "DATASPARK_STACK_FOLDER"
"""In the environment of every process of a stack: its folder. Children inherit it."""
_CLOCK = 2.0
"""Seconds by which the start of a process may seem to move when the machine's clock is set."""


@dataclass(frozen=True)
class Identity:
    """A process, and not another one that was given its pid later."""

    pid: int
    born: float
    """Seconds since 1970."""


def identify(pid: int) -> Identity:
    """The process that has this pid now; one that is gone already was never born."""
    try:
        return Identity(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return Identity(pid, 0.0)


def lives(process: Identity) -> bool:
    """Whether the very process is still there, and more than an entry that nobody has asked about yet."""
    try:
        found = psutil.Process(process.pid)
        return bool(abs(found.create_time() - process.born) < _CLOCK and found.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def end(pid: int, folder: Path, seconds: float) -> None:
    """End the supervisor of a stack, and by force where it does not listen. A stranger with its pid is left alone."""
    try:
        found = psutil.Process(pid)
        if not any(Path(word) == folder for word in found.cmdline()):
            return
        found.terminate()
        found.wait(seconds)
    except psutil.TimeoutExpired:
        found.kill()
        psutil.wait_procs([found], 5)
    except psutil.NoSuchProcess:
        return


def sweep(folder: Path, known: Iterable[Identity] = (), seconds: float = 5) -> int:
    """End what a supervisor that died has left behind. Returns how many processes it was.

    A process is the stack's if its environment says so, or if it has the pid and the time of birth of one of `known`.
    """
    found = {process.pid: process for process in (*_marked(folder), *_known(known))}
    for process in found.values():
        _quietly(process.terminate)
    _gone, stubborn = psutil.wait_procs(list(found.values()), seconds)
    for process in stubborn:
        _quietly(process.kill)
    psutil.wait_procs(stubborn, seconds)
    return len(found)


def _quietly(act: Callable[[], object]) -> None:
    try:
        act()
    except psutil.NoSuchProcess:
        return


def _known(identities: Iterable[Identity]) -> Iterator[psutil.Process]:
    for identity in identities:
        if lives(identity) and identity.pid != os.getpid():
            yield psutil.Process(identity.pid)


def _marked(folder: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        if process.pid != os.getpid() and _stack_of(process) == str(folder):
            yield process


def _stack_of(process: psutil.Process) -> str | None:
    try:
        stack: str | None = process.environ().get(MARK)
    except (psutil.Error, OSError):  # somebody else's, or gone
        return None
    return stack


def who_listens(port: int) -> str:
    """Who holds a port, in words; nothing where this user may not know it."""
    try:
        found = next(
            one.pid
            for one in psutil.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid
        )
        process = psutil.Process(found)
        stack = _stack_of(process)
        return f"{process.name()} (process {found})" + (f" of the stack in {stack}" if stack else "")
    except (StopIteration, psutil.Error, OSError):
        return ""
