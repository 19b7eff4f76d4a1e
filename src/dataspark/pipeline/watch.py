"""Whoever wants to hear of a run while it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataspark.errors import DataSparkError
    from dataspark.pipeline.report import RunReport, StepReport


class Watch:
    """Told of a run as it goes on. This one does nothing: a listener overrides what it wants to hear.

    Nothing that a listener does may stop the run, so it raises nothing. Steps may begin and end in different threads,
    one method is called at a time. `run` is the report, as full as it is by then.
    """

    def run_begins(self, run: RunReport) -> None:
        """The lake is held, nothing was done yet."""

    def step_begins(self, kind: str, name: str) -> None:
        """A step begins: (`refine`, `achats`)."""

    def step_ends(self, step: StepReport) -> None:
        """A step went through."""

    def step_fails(self, step: StepReport, error: BaseException) -> None:
        """A step was stopped. It may begin again; else the run ends."""

    def run_ends(self, run: RunReport, error: BaseException | None) -> None:
        """The run is over, its record is not written yet. `error` is what stopped it."""

    def run_refused(self, error: DataSparkError) -> None:
        """The run could not even begin: the project is wrong, or another run holds the lake."""


def together(watches: Sequence[Watch]) -> Watch:
    """One listener that tells several, each in turn."""
    return watches[0] if len(watches) == 1 else _Watches(watches)


class _Watches(Watch):
    def __init__(self, watches: Sequence[Watch]) -> None:
        self._watches = tuple(watches)

    def run_begins(self, run: RunReport) -> None:
        for watch in self._watches:
            watch.run_begins(run)

    def step_begins(self, kind: str, name: str) -> None:
        for watch in self._watches:
            watch.step_begins(kind, name)

    def step_ends(self, step: StepReport) -> None:
        for watch in self._watches:
            watch.step_ends(step)

    def step_fails(self, step: StepReport, error: BaseException) -> None:
        for watch in self._watches:
            watch.step_fails(step, error)

    def run_ends(self, run: RunReport, error: BaseException | None) -> None:
        for watch in self._watches:
            watch.run_ends(run, error)

    def run_refused(self, error: DataSparkError) -> None:
        for watch in self._watches:
            watch.run_refused(error)
