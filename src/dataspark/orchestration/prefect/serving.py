"""A project as a deployment of Prefect's: begun by the clock, by a person in its pages, or when files arrive."""

from __future__ import annotations

import threading
import time
from functools import partial

import httpx
from prefect import serve
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, FlowRun
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments import run_deployment
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import PrefectException
from prefect.types.entrypoint import EntrypointType
from pydantic import ValidationError

from dataspark.errors import UsageError
from dataspark.orchestration.arrivals import Tell, watch
from dataspark.orchestration.prefect.flow import FLOW, run_flow
from dataspark.orchestration.request import Request
from dataspark.orchestration.timetable import Timetable

ENTRYPOINT = "dataspark.orchestration.prefect.flow.run_flow"
_AT_ONCE = 2
"""Runs that the server process takes on: a second one is only begun to be told that one is going on."""
_EVERY = 2.0
"""Seconds between two questions whether a run has ended."""


def require_cron(timetable: Timetable) -> CronSchedule:
    """The schedule in Prefect's words. Raises UsageError where it does not read as one."""
    try:
        return CronSchedule(cron=timetable.cron, timezone=timetable.timezone)
    except ValidationError as error:
        why = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise UsageError(
            f"`{timetable.cron}` is no cron expression: {why}",
            'write minute, hour, day, month and weekday: "0 6 * * *" is each day at 6',
        ) from error


def deployment(request: Request, name: str, timetable: Timetable | None) -> RunnerDeployment:
    """A project as Prefect knows it: one run at a time, one that comes meanwhile is cancelled and not kept for later."""
    return RunnerDeployment.from_flow(
        run_flow,
        name=name,
        schedules=[require_cron(timetable)] if timetable else None,
        parameters=request.as_json(),
        tags=["dataspark", name],
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        entrypoint_type=EntrypointType.MODULE_PATH,
        enforce_parameter_schema=False,
    )


def serve_project(request: Request, name: str, timetable: Timetable | None, every: float | None, tell: Tell) -> None:
    """Serve a project until this process is stopped. `every`: seconds between two looks for new files; None: no looks."""
    served = deployment(request, name, timetable)
    over = threading.Event()
    if every is not None:
        watching = (request, partial(_run_and_wait, name, over, tell), every, tell, over)
        threading.Thread(target=watch, args=watching, name="arrivals", daemon=True).start()
    try:
        serve(served, print_starting_message=False, limit=_AT_ONCE)
    finally:
        over.set()


def _run_and_wait(name: str, over: threading.Event, tell: Tell) -> bool:
    """Begin a run of the deployment and wait for its end. FALSE where another one was going on, or nobody answered."""
    try:
        begun = run_deployment(f"{FLOW}/{name}", timeout=0, as_subflow=False)
        assert isinstance(begun, FlowRun)
        while not over.is_set():
            with get_client(sync_client=True) as client:
                state = client.read_flow_run(begun.id).state
            if state and state.is_final():
                tell(f"{begun.name}: {state.name}{f', {state.message}' if state.message else ''}")
                return not (state.is_cancelled() and begun.start_time is None)
            time.sleep(_EVERY)
    except (httpx.HTTPError, PrefectException, OSError) as error:
        tell(f"Prefect's server does not answer: {error}")
        over.wait(_EVERY)
    return False
