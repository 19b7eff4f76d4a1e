"""Runs a command as a whole process and says what it cost: wall clock, CPU, memory."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """What one run took, from the start of the process to its end, all that it started included."""

    seconds: float
    cpu: float
    """Seconds, user and system."""
    peak: float
    """Resident MiB of the largest process."""


class RunError(Exception):
    """A command ended with an error."""


def measured(command: Sequence[str], environment: Mapping[str, str] | None = None, most: int | None = None) -> Cost:
    """Run a command and wait for it, and for what it left running. Raises RunError with what it printed.

    `most` bytes of memory of its own are what each process may have, where it has no limit of its own making.

    The peak that the kernel tells begins with the memory of the process that starts the command: so this one must stay
    small, and everything that needs memory (making data, comparing results, drawing) happens in processes of its own.
    """
    _adopt_orphans()
    with tempfile.TemporaryFile() as printed:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=printed,
            stderr=subprocess.STDOUT,
            env=_whole(environment),
            preexec_fn=None if most is None else lambda: resource.setrlimit(resource.RLIMIT_DATA, (most, most)),
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        usages = [usage, *_orphans()]
        if process.returncode:
            printed.seek(0)
            tail = printed.read()[-2000:].decode(errors="replace")
            raise RunError(f"{' '.join(command)}\nended with {process.returncode}:\n{tail}")
    cpu = sum(one.ru_utime + one.ru_stime for one in usages)
    return Cost(round(seconds, 4), round(cpu, 4), round(max(one.ru_maxrss for one in usages) / 1024, 1))


def _adopt_orphans() -> None:
    """Become the parent of what a command leaves behind: Spark's Java process, which Python does not wait for.

    Without it, the kernel would count neither its CPU seconds nor its memory.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "this process cannot adopt what a command leaves behind")


def _orphans() -> Iterator[resource.struct_rusage]:
    """Wait for the processes that a command left behind, and tell what they used."""
    while True:
        try:
            _pid, _status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return
        yield usage


def answer(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Run a command that is not measured and return what it prints. Raises RunError."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_whole(environment))
    if done.returncode:
        raise RunError(f"{' '.join(command)}\nended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout.strip()


def _whole(environment: Mapping[str, str] | None) -> dict[str, str]:
    """This process's environment and `environment`; Python keeps its compiled modules, as it does for a user."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, **(environment or {})}
