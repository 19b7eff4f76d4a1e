"""`dataspark run` through Prefect: the flow runs in this process, and its server watches."""

from __future__ import annotations

import httpx
from prefect import tags
from prefect.exceptions import Abort, PrefectException, TerminationSignal

from dataspark.errors import Interrupted
from dataspark.orchestration.arrivals import Tell
from dataspark.orchestration.prefect.flow import CALLING, Call, run_flow
from dataspark.orchestration.prefect.server import gone
from dataspark.orchestration.request import Request
from dataspark.pipeline.report import RunReport
from dataspark.pipeline.watch import Watch
from dataspark.wiring import Workspace


def run_through_prefect(
    address: str, request: Request, workspace: Workspace, watch: Watch | None, tell: Tell, page: Tell | None
) -> RunReport:
    """Run a project once, as a flow run of the server at `address`; `page` is told where it can be watched.

    The data is what counts: a server that goes away meanwhile changes nothing for a run that has begun, and `tell`
    says that its page may not show the end. Raises DataSparkError, Interrupted; OrchestratorError where the server
    went away before the run had begun.
    """
    call = Call(workspace, watch, page)
    token = CALLING.set(call)
    try:
        with tags("dataspark", workspace.project.name, workspace.project.engine.name):
            run_flow(**request.as_json(), return_state=True)
    except (httpx.HTTPError, PrefectException, Abort, OSError, RuntimeError) as error:
        if not call.begun:
            raise gone(address, _why(error)) from error
        if call.report is None and call.error is None:
            raise
        tell(f"Prefect's server at {address} stopped answering: its page of this run may not show how it ended")
    except TerminationSignal:
        raise Interrupted("terminated") from None
    finally:
        CALLING.reset(token)
    if call.error is not None:
        raise call.error
    if call.report is None:
        raise Interrupted("cancelled in Prefect before it began")
    return call.report


def _why(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
