"""One run as a flow run of Prefect's: the door that its server, its workers and `dataspark run` come in by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext, TagsContext
from prefect.exceptions import Abort
from prefect.runtime import flow_run
from prefect.settings import get_current_settings
from prefect.states import Cancelled, Completed, Failed
from prefect.utilities.urls import url_for

from dataspark.carrying import Carrier, Stop
from dataspark.errors import Again, DataSparkError
from dataspark.observed import observing
from dataspark.orchestration.prefect.artifacts import summarise
from dataspark.orchestration.prefect.cancelling import listening
from dataspark.orchestration.prefect.leaving import forget_what_waits
from dataspark.orchestration.prefect.server import comes_back
from dataspark.orchestration.prefect.tasks import Tasks, delays
from dataspark.orchestration.request import Request, run_name
from dataspark.pipeline.report import RunReport
from dataspark.pipeline.watch import Watch
from dataspark.rendering.run import run_text
from dataspark.wiring import Workspace, read_as_of, run_project

FLOW = "dataspark run"


@dataclass
class Call:
    """A run that this process asked for, and how it ended. Of a run that Prefect starts nobody asks."""

    workspace: Workspace | None = None
    watch: Watch | None = None
    page: Callable[[str], object] | None = None
    """Told where the run can be watched, and what it waits for."""
    begun: bool = False
    report: RunReport | None = None
    error: BaseException | None = None


CALLING: ContextVar[Call | None] = ContextVar("dataspark_call", default=None)


def _name() -> str:
    """What the flow run is called: as what the project calls itself, as of when."""
    given = flow_run.parameters
    request = Request(given["project"], given.get("profile"), given.get("as_of"))
    try:
        name, as_of = request.open().project.name, read_as_of(request.as_of)
    except DataSparkError:  # the run itself will say what is wrong
        return str(given["project"])
    return run_name(name, as_of, request.as_of is not None)


@flow(name=FLOW, flow_run_name=_name, persist_result=False, validate_parameters=False)
def run_flow(
    project: str,
    profile: str | None = None,
    as_of: str | None = None,
    full_refresh: bool = False,
    select: list[str] | None = None,
    engine: str | None = None,
    memory_limit: str | None = None,
    metrics_file: str | None = None,
) -> State[Any]:
    """Ingest, refine, model, audit and release what is new in the project in the folder `project`."""
    request = Request(project, profile, as_of, full_refresh, tuple(select or ()), engine, memory_limit, metrics_file)
    call = CALLING.get() or Call()
    if call.page:
        call.page(f"to be watched at {url_for('flow-run', obj_id=flow_run.id)}")
    state = _carried_out(request, call)
    address = get_current_settings().api.url
    if address and not comes_back(address):
        # Its client would ask again and again for minutes. The run itself is over, and its record is in the lake.
        forget_what_waits()
        raise Abort(f"{address} does not answer")
    if call.workspace and call.report:
        summarise(call.workspace, call.report)
    return state


def _carried_out(request: Request, call: Call) -> State[Any]:
    """Run, keep in `call` how it ended, and say it in Prefect's words."""
    logger = get_run_logger()

    def warn(text: str) -> None:
        logger.warning(text)
        if call.page:
            call.page(text)

    try:
        call.workspace = call.workspace or request.open()
        with listening() as stop, _without_tags():
            call.report = _until_it_ends(request, call, call.workspace, stop, warn)
    except DataSparkError as error:
        call.error = error
        logger.error(str(error))
        return Failed(message=error.message)
    except KeyboardInterrupt as stopped:
        call.error = stopped
        return Cancelled(message=str(stopped) or "interrupted")
    logger.info("\n".join(run_text(_without_rows(call.report))))
    return _ended(call.report)


def _without_rows(report: RunReport) -> RunReport:
    """The report without rows that broke a check: who may read Prefect's pages need not be who may read the data."""
    return replace(report, checks=[replace(check, columns=(), sample=()) for check in report.checks])


def _until_it_ends(
    request: Request, call: Call, workspace: Workspace, stop: Stop, warn: Callable[[str], object]
) -> RunReport:
    """Run; where another run was in the way, wait and run again. Raises DataSparkError, Interrupted.

    Whoever hears of runs hears of one: that it waited is no refusal.
    """
    as_of, waits = read_as_of(request.as_of), delays(workspace.project.prefect)
    call.begun = True
    with observing(workspace, call.watch) as everybody:
        while True:
            try:
                return _once(request, workspace, everybody, stop, as_of)
            except DataSparkError as error:
                if error.again is not Again.RUN or not waits:
                    raise
                warn(f"{error.message}: a new run in {waits[0]:g} s")
                stop.wait(waits.pop(0))


def _once(request: Request, workspace: Workspace, watch: Watch, stop: Stop, as_of: datetime) -> RunReport:
    settings = workspace.project.prefect
    return run_project(
        workspace,
        as_of,
        request.full_refresh,
        request.select,
        watch,
        carrying=lambda branches: Carrier(
            branches, Tasks(settings), stop, settings.parallel, float(settings.step_timeout)
        ),
    )


def _ended(report: RunReport) -> State[Any]:
    """How Prefect shows the end of a run that left a whole report."""
    blocking = [check.name for check in report.checks if check.failed and check.blocks]
    if blocking:
        return Failed(
            message=f"not released: {', '.join(blocking[:3])} failed; readers keep {report.release or 'nothing'}"
        )
    what = f"released {report.release}" if report.published else f"{report.release or 'no release'} stays"
    return Completed(message=f"{what} in {report.seconds:.1f} s")


@contextmanager
def _without_tags() -> Iterator[None]:
    """Tags of the flow run are not those of its tasks: for each Prefect would ask its server whether it may go on."""
    assert FlowRunContext.get() is not None
    with TagsContext(current_tags=set()):
        yield
