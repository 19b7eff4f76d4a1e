"""Runs a command as a whole process and says what it cost: wall clock, CPU, memory."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What one run took, from the start of the process to its end, its children included."""

    seconds: float
    cpu: float
    """Seconds, user and system."""
    peak: float
    """Resident MiB of the largest process."""


class RunError(Exception):
    """A command ended with an error."""


def measured(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command and wait for it. Raises RunError with what it printed.

    The peak that the kernel tells begins with the memory of the process that starts the command: so this one must stay
    small, and everything that needs memory (making data, comparing results, drawing) happens in processes of its own.
    """
    with tempfile.TemporaryFile() as printed:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT, env=_whole(environment))
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            printed.seek(0)
            tail = printed.read()[-2000:].decode(errors="replace")
            raise RunError(f"{' '.join(command)}\nended with {process.returncode}:\n{tail}")
    return Cost(round(seconds, 4), round(usage.ru_utime + usage.ru_stime, 4), round(usage.ru_maxrss / 1024, 1))


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
