"""Which way a run is carried out: in this process, step by step, or through Prefect."""

from __future__ import annotations

import atexit
import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from dataspark.errors import Interrupted, UsageError
from dataspark.observed import run_observed
from dataspark.orchestration.arrivals import Tell
from dataspark.orchestration.prefect.server import named_server, prepare, require_server
from dataspark.orchestration.request import Request
from dataspark.pipeline.report import RunReport
from dataspark.pipeline.watch import Watch
from dataspark.project import PROFILE_VARIABLE, STACK_PROFILE


@contextmanager
def terminating() -> Iterator[None]:
    """Let SIGTERM stop what is running like Ctrl-C does: a service is stopped by it."""

    def stop(_number: int, _frame: object) -> None:
        raise Interrupted("terminated")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _loading() -> Iterator[None]:
    """Load a thousand modules that stay. The collector need not go through them, now nor at the end: half a second."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
    atexit.register(gc.freeze)


class Orchestrator(StrEnum):
    """What carries out the steps of a run."""

    NONE = "none"
    PREFECT = "prefect"


def chosen(asked: str | None, request: Request) -> Orchestrator:
    """The one that is asked for; else Prefect where a server is named. Raises UsageError, StackError.

    PREFECT_API_URL names one; with the profile of a stack that is up, its server is named so.
    """
    if not named_server() and (request.profile or os.environ.get(PROFILE_VARIABLE)) == STACK_PROFILE:
        from dataspark.stack.control import prefect_settings

        os.environ.update(prefect_settings(Path(request.project)))
    if asked is None:
        return Orchestrator.PREFECT if named_server() else Orchestrator.NONE
    try:
        return Orchestrator(asked.lower())
    except ValueError:
        raise UsageError(f"there is no orchestrator `{asked}`", f"there is: {', '.join(Orchestrator)}") from None


def run_once(
    request: Request, orchestrator: Orchestrator, watch: Watch | None, tell: Tell, page: Tell | None = None
) -> RunReport:
    """Run a project once. Both ways give the same report.

    `tell` says what the report does not; `page`, where the run can be watched.

    Raises DataSparkError, Interrupted.
    """
    workspace = request.open()
    if orchestrator is Orchestrator.NONE:
        return run_observed(workspace, request.as_of, request.full_refresh, request.select, watch)
    address = require_server()
    workspace.require_plan()  # what is wrong with the project is told at once, without a flow run
    prepare(quiet=True)
    with _loading():
        from dataspark.orchestration.prefect.calling import run_through_prefect
    return run_through_prefect(address, request, workspace, watch, tell, page)
