"""The server itself: health, readiness, figures, the documentation."""

from __future__ import annotations

import importlib.util
import time
from datetime import datetime, timedelta
from pathlib import Path as File
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from dataspark.api import shapes
from dataspark.api.problems import Kind, Problem
from dataspark.api.replies import Reading, Serving, plain_json, require_json
from dataspark.errors import UsageError
from dataspark.pipeline.report import RunReport

router = APIRouter(responses=shapes.PROBLEMS)
_WHEEL = "fastapi_offline"
"""The package that carries Swagger UI's files; nothing else of it is used."""
_FILES = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon.png": "image/png",
}
_CSP = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>DataSpark API</title><link rel="stylesheet" href="docs/swagger-ui.css"><link rel="icon" href="docs/favicon.png"></head>
<body><div id="page"></div><script src="docs/swagger-ui-bundle.js"></script><script src="docs/begin.js"></script></body></html>
"""
_SCRIPT = """SwaggerUIBundle({url: "openapi.json", dom_id: "#page", deepLinking: true, docExpansion: "list",
 defaultModelsExpandDepth: 0, persistAuthorization: false, tryItOutEnabled: true, validatorUrl: null});
"""


@router.get("/health", operation_id="health", tags=["server"], response_model=shapes.Health)
async def health(request: Request) -> Response:
    """The process is there."""
    return plain_json(request, {"status": "ok"})


@router.get("/ready", operation_id="ready", tags=["server"], response_model=shapes.Ready)
async def ready(request: Request, service: Serving) -> Response:
    """Whether questions can be answered: the lake is there and has a release."""
    require_json(request)
    if service.closing.is_set():
        raise Problem(Kind.NOT_READY, "the server is about to end")
    if service.trouble and not isinstance(service.trouble, UsageError):
        raise Problem(Kind.NOT_READY, "the lake does not answer as it should")
    if service.newest is None:
        raise Problem(Kind.NOT_READY, "there is no release yet", "start a run")
    return plain_json(request, {"status": "ready", "release": service.newest})


@router.get(
    "/metrics",
    operation_id="metrics",
    tags=["server"],
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request, service: Serving, _: Reading) -> Response:
    """The server's figures and those of the newest run, for Prometheus. Its `authorization` setting has the key."""

    def newest() -> dict[str, Any] | None:
        records = service.workspace.lake.runs(1)
        return records[-1] if records else None

    record = await service.asking.other(request, newest)
    run = RunReport.from_json(record) if record else None
    ended = _ended(run) if run else time.time()
    figures = service.figures.text(request.app.state.gate.requests_open, service.workspace.project.name, run, ended)
    return Response(figures, media_type=service.figures.MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _ended(run: RunReport) -> float:
    return (datetime.fromisoformat(run.started) + timedelta(seconds=run.seconds)).timestamp()


@router.get(
    "/problems/{kind}",
    operation_id="get_problem",
    tags=["server"],
    responses={200: {"content": {"application/json": {}}}},
)
async def get_problem(
    request: Request, kind: Annotated[str, Path(examples=["unknown-table"], max_length=100)]
) -> Response:
    """What a kind of problem means: where its `type` leads."""
    for one in Kind:
        if one.slug == kind:
            told = {
                "type": one.type,
                "title": one.value.title,
                "status": one.value.status,
                "meaning": one.value.meaning,
            }
            return plain_json(request, told)
    raise Problem(Kind.UNKNOWN_PATH, "there is no such kind of problem")


@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """The page with all paths. What it shows comes from this server alone."""
    _folder()
    return Response(_PAGE, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _CSP})


@router.get("/docs/{file}", include_in_schema=False)
async def docs_file(file: str) -> Response:
    """A file of that page."""
    if file == "begin.js":
        return Response(_SCRIPT, media_type="text/javascript; charset=utf-8")
    if file not in _FILES:
        raise Problem(Kind.UNKNOWN_PATH, "there is no such file")
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response((_folder() / file).read_bytes(), media_type=_FILES[file], headers=headers)


def _folder() -> File:
    found = importlib.util.find_spec(_WHEEL)
    if found is None or not found.origin:
        raise Problem(Kind.UNKNOWN_PATH, "the page is not installed here", "`/openapi.json` has all paths")
    return File(found.origin).parent / "static"
