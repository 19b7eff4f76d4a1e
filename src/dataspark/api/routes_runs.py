"""Runs: what they did, and new ones, followed as they go on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from dataspark.answers.status import RunLine
from dataspark.api import shapes
from dataspark.api.formats import accepts, not_acceptable
from dataspark.api.jobs import Job
from dataspark.api.masking import run_record
from dataspark.api.problems import Kind, Problem, clean
from dataspark.api.replies import Governing, Reading, Running, Serving, exchange_of, plain_json, require_json
from dataspark.api.service import Service
from dataspark.wiring import read_as_of

router = APIRouter(prefix="/v1", responses=shapes.PROBLEMS)
RunId = Annotated[str, Path(examples=["20261127T213756.194-8361"], max_length=100)]
_HEARTBEAT = 15.0
_EVENTS = "text/event-stream"


@router.get("/runs", operation_id="list_runs", tags=["runs"], response_model=shapes.RunList)
async def list_runs(
    request: Request, service: Serving, _: Reading, limit: Annotated[int, Query(ge=1, le=1000)] = 20
) -> Response:
    """The runs, newest first. One that is going on is in it as soon as it is over."""
    require_json(request)

    def ask() -> list[dict[str, Any]]:
        lines = [RunLine.from_record(record) for record in service.workspace.lake.runs(limit)]
        return [{**vars(line), "error": clean(service.workspace, line.error)} for line in reversed(lines)]

    return plain_json(request, {"runs": await service.asking.other(request, ask)})


@router.get("/runs/{run}", operation_id="get_run", tags=["runs"], response_model=shapes.RunShape)
async def get_run(request: Request, run: RunId, service: Serving, caller: Reading) -> Response:
    """One run: its record; while it goes on, what was heard of it."""
    require_json(request)
    record = await service.asking.other(request, lambda: _record(service, run))
    if record:
        line = RunLine.from_record(record)
        told = run_record(record, service.workspace, not caller.masked)
        return plain_json(request, {**told, "outcome": line.outcome})
    job = _job(service, run)
    outcome = job.last.get("outcome", "stopped") if job.ended else "running"
    return plain_json(request, {"id": run, "outcome": outcome, "events": job.events})


@router.post(
    "/runs",
    operation_id="start_run",
    tags=["runs"],
    status_code=202,
    response_model=shapes.RunStarted,
    responses={202: {"headers": {"Location": {"schema": {"type": "string"}}}}},
)
async def start_run(
    request: Request, service: Serving, _: Running, order: Annotated[shapes.RunOrder | None, Body()] = None
) -> Response:
    """Start a run; when this answers it holds the lake. It goes on when whoever asked for it hangs up."""
    require_json(request)
    wanted = order or shapes.RunOrder.model_validate({})

    def look() -> None:
        read_as_of(wanted.as_of)
        service.open_workspace().plan.select(wanted.select)

    await service.asking.other(request, look)
    job = await asyncio.shield(service.jobs.start(wanted.as_of, wanted.full_refresh, tuple(wanted.select)))
    told = {"id": job.id, "events": f"/v1/runs/{job.id}/events"}
    return plain_json(request, told, 202, {"Location": f"/v1/runs/{job.id}"})


@router.delete(
    "/runs/{run}",
    operation_id="stop_run",
    tags=["runs"],
    status_code=202,
    responses={
        202: {"description": "It is told to stop; its events say when it has.", "content": {"application/json": {}}}
    },
)
async def stop_run(request: Request, run: RunId, service: Serving, _: Running) -> Response:
    """Stop a run that this server started. What it had not published stays unpublished."""
    require_json(request)
    job = service.jobs.find(run)
    if job is None:
        if await service.asking.other(request, lambda: _record(service, run)):
            raise Problem(Kind.NOT_RUNNING, f"run {run[:80]} is over, or this server did not start it")
        raise _unknown(run)
    service.jobs.cancel(job)
    return plain_json(request, {"id": run, "outcome": "stopping"}, 202, {"Location": f"/v1/runs/{run}"})


@router.get(
    "/runs/{run}/events",
    operation_id="follow_run",
    tags=["runs"],
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: begun, step-begun, step-ended, step-stopped, ended.",
            "content": {_EVENTS: {"schema": {"type": "string"}}},
        }
    },
)
async def follow_run(
    request: Request,
    run: RunId,
    service: Serving,
    _: Running,
    last: Annotated[str | None, Header(alias="Last-Event-ID", max_length=20)] = None,
) -> Response:
    """Follow a run that this server started, as server-sent events; `Last-Event-ID` goes on where one was."""
    if exchange_of(request).method == "HEAD":
        raise Problem(
            Kind.METHOD, "events have no length and no end to tell of", "follow them with GET", {"Allow": "GET"}
        )
    if not accepts(request.headers.get("accept", ""), _EVENTS):
        raise not_acceptable([_EVENTS])
    job = _job(service, run)
    after = int(last) if last and last.isascii() and last.isdigit() else 0
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(service, job, after), media_type=_EVENTS, headers=headers)


async def _stream(service: Service, job: Job, after: int) -> AsyncIterator[str]:
    while not service.closing.is_set():
        waiting = asyncio.ensure_future(job.heard(after, _HEARTBEAT))
        closing = asyncio.ensure_future(service.closing.wait())
        try:
            await asyncio.wait({waiting, closing}, return_when=asyncio.FIRST_COMPLETED)
            found = waiting.result() if waiting.done() else []
        finally:
            waiting.cancel()
            closing.cancel()
        for number, event in found:
            yield f"id: {number}\nevent: {event['event']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
            after = number
        if job.ended and after >= len(job.events):
            return
        if not found:
            yield ": still here\n\n"


@router.get("/keys", operation_id="list_keys", tags=["keys"], response_model=shapes.KeyList)
async def list_keys(request: Request, service: Serving, _: Governing) -> Response:
    """The keys, without the keys."""
    require_json(request)
    found = await service.asking.other(request, service.keys.keys.all)
    return plain_json(request, {"keys": [one.as_json() for one in found]})


@router.delete(
    "/keys/{name}",
    operation_id="revoke_key",
    tags=["keys"],
    status_code=204,
    responses={204: {"description": "It opens nothing any more."}},
)
async def revoke_key(
    request: Request, name: Annotated[str, Path(examples=["dashboard"], max_length=100)], service: Serving, _: Governing
) -> Response:
    """Make a key worthless, at once on this server."""

    def revoke() -> None:
        if name not in [one.name for one in service.keys.keys.all()]:
            raise Problem(Kind.UNKNOWN_KEY, f"there is no key `{name[:80]}`")
        service.keys.keys.revoke(name)
        service.keys.refresh()

    await service.asking.other(request, revoke)
    return Response(status_code=204)


def _record(service: Service, run: str) -> dict[str, Any] | None:
    return next((record for record in reversed(service.workspace.lake.runs()) if record["id"] == run), None)


def _job(service: Service, run: str) -> Job:
    job = service.jobs.find(run)
    if job is None:
        raise _unknown(run)
    return job


def _unknown(run: str) -> Problem:
    return Problem(Kind.UNKNOWN_RUN, f"there is no run `{run[:80]}`, or it was not started by this server")
