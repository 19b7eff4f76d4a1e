"""Progress on stderr: a moving line on a terminal, a line for each step elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dataspark.cli.output import note

Watch = Callable[[str, str], None]
"""Told of each step as it begins: (kind, name)."""
Counter = Callable[[str, int, int], None]
"""Told of a table, its rows so far and its rows in all."""


@contextmanager
def watching(silent: bool, side_by_side: bool = False) -> Iterator[Watch]:
    """Show which step is running and how long each one took; of steps that run side by side, only that they begin."""
    if silent:
        yield lambda kind, name: None
    elif sys.stderr.isatty():
        with _terminal_steps() as watch:
            yield watch
    elif side_by_side:
        yield lambda kind, name: note(f"{kind} {name} …")
    else:
        steps = _Lines()
        try:
            yield steps.begin
        except BaseException:
            steps.end("stopped after ")
            raise
        steps.end()


@contextmanager
def counting(silent: bool) -> Iterator[Counter]:
    """Show how many rows of each table are done."""
    if silent:
        yield lambda table, done, total: None
    elif sys.stderr.isatty():
        with _terminal_bars() as counter:
            yield counter
    else:
        yield lambda table, done, total: note(f"{table} … {done:,} of {total:,} rows")


@contextmanager
def sending(silent: bool) -> Iterator[Counter]:
    """Show how many bytes of each file are on their way."""
    if silent:
        yield lambda name, done, total: None
    elif sys.stderr.isatty():
        with _terminal_transfers() as counter:
            yield counter
    else:
        yield _Sent().count


class _Sent:
    """`achats.csv … 10 MB of 80 MB`, every so many bytes: a file that is small has no line of its own."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def count(self, name: str, done: int, total: int) -> None:
        if done - self._told.setdefault(name, 0) >= _TOLD_EVERY:
            self._told[name] = done
            note(f"{name} … {done / 1e6:,.0f} MB of {total / 1e6:,.0f} MB")


_TOLD_EVERY = 50_000_000
"""Bytes between two lines about a file."""


class _Lines:
    """`refine achats … 0.4 s`, as each step ends."""

    def __init__(self) -> None:
        self._running = ""
        self._started = 0.0

    def begin(self, kind: str, name: str) -> None:
        self.end()
        self._running, self._started = f"{kind} {name}", time.monotonic()

    def end(self, how: str = "") -> None:
        if self._running:
            note(f"{self._running} … {how}{time.monotonic() - self._started:.1f} s")
        self._running = ""


@contextmanager
def _terminal_steps() -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("")
        yield lambda kind, name: progress.update(task, description=f"{kind} {name}")


@contextmanager
def _terminal_bars() -> Iterator[Counter]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks: dict[str, object] = {}

        def count(table: str, done: int, total: int) -> None:
            if table not in tasks:
                tasks[table] = progress.add_task(table, total=total)
            progress.update(tasks[table], completed=done)  # type: ignore[arg-type]

        yield count


@contextmanager
def _terminal_transfers() -> Iterator[Counter]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, object] = {}

        def count(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total)
            progress.update(tasks[name], completed=done)  # type: ignore[arg-type]

        yield count
