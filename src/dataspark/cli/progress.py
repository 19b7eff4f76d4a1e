"""Progress on stderr: a moving line on a terminal, a line for each step elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dataspark.cli.options import LogFormat
from dataspark.cli.output import note
from dataspark.pipeline.watch import Watch

if TYPE_CHECKING:
    from dataspark.pipeline.report import StepReport

Counter = Callable[[str, int, int], None]
"""Told of a table, its rows so far and its rows in all."""


@contextmanager
def watching(silent: bool) -> Iterator[Watch]:
    """Show which step is running and how long each one took."""
    if silent:
        yield Watch()
    elif sys.stderr.isatty():
        with _terminal_steps() as watch:
            yield watch
    else:
        yield _Lines()


@contextmanager
def following(silent: bool, log_format: LogFormat | None) -> Iterator[Watch]:
    """Write log records where they are asked for; else show progress as `watching` does."""
    from dataspark.telemetry import logs

    if log_format is None:
        with logs.silent(), watching(silent) as watch:
            yield watch
        return
    with logs.logging_to(sys.stderr, log_format.value):
        yield Watch()


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


@contextmanager
def loading(silent: bool) -> Iterator[Counter]:
    """Show how many rows of each table have arrived somewhere else."""
    if silent:
        yield lambda table, done, total: None
    elif sys.stderr.isatty():
        with _terminal_bars(transient=True) as counter:  # the answer lists them
            yield counter
    else:
        yield lambda table, done, total: note(f"{table} … {total:,} rows") if not done else None


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


class _Lines(Watch):
    """`refine achats … 0.4 s`, as each step ends."""

    def step_ends(self, step: StepReport) -> None:
        note(f"{step.kind} {step.name} … {step.seconds:.1f} s")

    def step_fails(self, step: StepReport, error: BaseException) -> None:
        note(f"{step.kind} {step.name} … stopped after {step.seconds:.1f} s")


class _Moving(Watch):
    """The steps that are running, on a line that moves."""

    def __init__(self, show: Callable[[str], object]) -> None:
        self._show = show

    def step_begins(self, kind: str, name: str) -> None:
        self._show(f"{kind} {name}")


@contextmanager
def _terminal_steps() -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("")
        yield _Moving(lambda step: progress.update(task, description=step))


@contextmanager
def _terminal_bars(transient: bool = False) -> Iterator[Counter]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=transient) as progress:
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
