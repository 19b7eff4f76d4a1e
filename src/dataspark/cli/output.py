"""What goes out: data to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import typer

from dataspark.errors import DataSparkError, DriftError, ProjectError
from dataspark.rendering.text import ANSI, PLAIN, Call, Paint


def say(lines: str | Iterable[str]) -> None:
    """Print an answer."""
    typer.echo(lines if isinstance(lines, str) else "\n".join(lines))


def note(text: str) -> None:
    """Tell a person something that is not the answer."""
    typer.echo(text, err=True)


def answer(value: Any) -> None:
    """Print an answer for a program: one JSON document."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def paint() -> Paint:
    """How emphasis looks on stdout: as it is told to a terminal, and not at all elsewhere."""
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return ANSI if colours else PLAIN


def calling(project: Path, profile: str | None = None) -> Call:
    """How to call the next command as this one was called."""
    given = [*(["--project", str(project)] if project != Path() else []), *(["--profile", profile] if profile else [])]
    return Call(_program(), f" {shlex.join(given)}" if given else "")


def _program() -> str:
    """`dataspark`, or the way to it where the shell does not know it."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m dataspark"
    return str(called) if called.name == "dataspark" and not shutil.which("dataspark") else "dataspark"


def tell_error(error: DataSparkError, as_json: bool, log_format: str | None = None) -> None:
    """Tell what went wrong and what the way out is: as JSON on stdout, else on stderr, there as a record if wanted."""
    if log_format:
        from dataspark.telemetry.logs import log_error, logging_to

        with logging_to(sys.stderr, log_format):
            log_error(error)
    if as_json:
        answer({"error": describe(error)})
    elif not log_format:
        _tell_person(error)


def tell_interrupted(why: str = "", log_format: str | None = None) -> None:
    """Tell what a person who interrupts wants to know; `why` names who else did."""
    text = f"{why or 'interrupted'}: nothing half-written is visible, the next run goes on from what was finished"
    if log_format:
        from dataspark.telemetry.logs import log_note, logging_to

        with logging_to(sys.stderr, log_format):
            log_note(text)
    else:
        note(text)


def _tell_person(error: DataSparkError) -> None:
    note(f"error: {error.message}")
    for mistake in error.mistakes if isinstance(error, ProjectError) else ():
        note(f"  {mistake}")
    if isinstance(error, DriftError) and error.patch:
        note(f"\n{error.patch}")
    if error.hint:
        note(f"hint: {error.hint}")
    for notice in getattr(error, "__notes__", ()):
        note(f"note: {notice}")


def describe(error: DataSparkError) -> Mapping[str, Any]:
    """An error as plain values."""
    mistakes = error.mistakes if isinstance(error, ProjectError) else ()
    drift = {"drift": list(error.drifts), "patch": error.patch} if isinstance(error, DriftError) else {}
    return {
        **drift,
        "kind": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "mistakes": [vars(mistake) for mistake in mistakes],
        **({"notices": error.__notes__} if hasattr(error, "__notes__") else {}),
        "exit_code": error.exit_code,
    }
