"""An error → what may be said of it to people outside.

The words of an engine, and of what a file looks like, may quote a row. Where a project has classified columns they stay
inside: what stopped and where is told, and the command that shows the rest.
"""

from __future__ import annotations

from dataspark.alerting.matters import Matter
from dataspark.errors import (
    DataSparkError,
    DriftError,
    EngineError,
    HeaderError,
    LakeBusy,
    ProjectError,
    UsageError,
    WorldError,
)
from dataspark.project import About

_LINES = 4
"""Lines of an error that a message has."""


def is_told(error: BaseException) -> bool:
    """Whether somebody is to hear of it: not of a wrong call, nor of a person who interrupts."""
    return isinstance(error, Exception) and not isinstance(error, UsageError)


def failed(error: BaseException, step: str, discreet: bool) -> Matter:
    """The matter that an error is. `step` is where it stopped the run, empty where none began.

    `discreet`: nothing that may quote a row is said.
    """
    head, *more = _words(error, bool(step), discreet)
    where = f"stopped at `{step}`" if step else "could not begin"
    text = f"the run {where}: {head}"
    hint = [f"hint: {error.hint}"] if isinstance(error, DataSparkError) and error.hint and not more else []
    mark = f"{type(error).__name__} {step}"
    return Matter(About.FAILED, "", text, (*more[:_LINES], *hint), mark, _command(error))


def _words(error: BaseException, running: bool, discreet: bool) -> list[str]:
    kind = type(error).__name__
    if not isinstance(error, DataSparkError):
        return [kind if discreet else f"{kind}: {error}"]
    if discreet and isinstance(error, EngineError | HeaderError):
        return [kind]
    lines = [line.strip() for line in error.message.splitlines() if line.strip()]
    if discreet and isinstance(error, DriftError):
        return [lines[0], *(_drift(drift) for drift in error.drifts if drift["stops"])]
    if isinstance(error, ProjectError):
        quotes = discreet and running  # before the run it is about files of the project, then about rows
        lines += [
            f"{mistake.path}:{mistake.line}" if quotes else str(mistake).splitlines()[0] for mistake in error.mistakes
        ]
    return lines or [kind]


def _drift(drift: dict[str, object]) -> str:
    columns = drift["columns"] if isinstance(drift["columns"], list) else []
    return f"{drift['file']}: {drift['kind']} {', '.join(columns)}"


def _command(error: BaseException) -> str:
    if isinstance(error, DriftError | HeaderError):
        return "drift"
    if isinstance(error, LakeBusy):
        return "runs"
    if isinstance(error, WorldError):
        return "doctor"
    return "plan" if isinstance(error, ProjectError) else "runs"
