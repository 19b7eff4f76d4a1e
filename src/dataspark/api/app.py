"""The application: the routes behind the gate, and every failure as a problem."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.routing import Match

import dataspark
from dataspark.api import routes_lake, routes_runs, routes_server, routes_tables, shapes
from dataspark.api.asking import Gone
from dataspark.api.gate import App, Gate
from dataspark.api.problems import LOGGER, MEDIA_TYPE, Kind, Problem, of_error, retry
from dataspark.api.replies import exchange_of
from dataspark.api.service import Service
from dataspark.errors import DataSparkError

_ROUTERS = (routes_tables.router, routes_lake.router, routes_runs.router, routes_server.router)
_DESCRIPTION = (
    "Tables and KPIs of a release, and what stands behind them. Every read is of the newest release unless `release` names "
    "another one. HEAD is answered like GET, without the body. "
    "Send a key as `Authorization: Bearer …`; `dataspark api key create` makes one."
)
_CLOSED_REQUEST = 499
"""What the log has for a caller that hung up."""


def make_app(service: Service) -> App:
    """The whole application."""
    app = FastAPI(
        title="DataSpark",
        version=dataspark.__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=_lifespan,
        exception_handlers={
            Problem: _problem,
            DataSparkError: _failed,
            RequestValidationError: _wrong_value,
            HTTPException: _http,
            Gone: _gone,
            Exception: _unknown,
        },
        redirect_slashes=False,
    )
    app.state.service = service
    for router in _ROUTERS:
        app.include_router(router)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    gate = app.state.gate = Gate(app, service)
    origins = service.settings.cors_origins
    if not origins:
        return gate
    return CORSMiddleware(
        gate,
        allow_origins=origins,
        allow_methods=["GET", "HEAD", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "If-None-Match", "Last-Event-ID"],
        expose_headers=["ETag", "Link", "Location", "Retry-After", "X-DataSpark-Release", "X-Request-Id"],
        max_age=600,
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    await service.start()
    try:
        yield
    finally:
        await service.stop()


def _answer(request: Request, problem: Problem) -> Response:
    body = problem.body(exchange_of(request).id)
    return Response(body, problem.status, problem.headers, MEDIA_TYPE)


async def _problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return _answer(request, problem)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, DataSparkError)
    return _answer(request, of_error(error, request.app.state.service.workspace))


async def _gone(request: Request, _: Exception) -> Response:
    return Response(status_code=_CLOSED_REQUEST)


async def _wrong_value(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"where": ".".join(str(part) for part in one["loc"]), "message": one["msg"]} for one in error.errors()[:20]
    ]
    first = errors[0] if errors else {"where": "request", "message": "is wrong"}
    return _answer(request, Problem(Kind.WRONG_VALUE, f"{first['where']}: {first['message']}", errors=errors))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allow = {"Allow": ", ".join(_methods(request, (error.headers or {}).get("Allow", "")))}
        return _answer(request, Problem(Kind.METHOD, "the path does not answer to this method", headers=allow))
    if error.status_code == 404:
        return _answer(request, Problem(Kind.UNKNOWN_PATH, "nothing is there", "`/docs` has all paths"))
    return _answer(request, Problem(Kind.WRONG_VALUE, "the request cannot be read"))


def _methods(request: Request, told: str) -> list[str]:
    """What a path answers to. One route knows of itself alone (`told`), and a path may have several."""
    here = [one for router in _ROUTERS for one in router.routes if one.matches(request.scope)[0] is not Match.NONE]
    found = {one.strip() for one in told.split(",")}.union(*(getattr(one, "methods", None) or () for one in here))
    if "GET" in found and not any(getattr(one, "endpoint", None) is routes_runs.follow_run for one in here):
        found.add("HEAD")
    return sorted(found - {""})


async def _unknown(request: Request, error: Exception) -> Response:
    LOGGER.error("request %s failed: %s", exchange_of(request).id, type(error).__name__, exc_info=error)
    return _answer(request, Problem(Kind.INTERNAL, "the request could not be answered", headers=retry(5)))


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema:
        return app.openapi_schema
    found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for shape in (shapes.ProblemShape, shapes.Rows, shapes.NamedType, shapes.LineageShape):
        schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[shape.__name__] = schema
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path, operations in found["paths"].items():
        if path.startswith(("/v1", "/metrics")):
            for operation in operations.values():
                operation["security"] = [{"key": []}]
        for operation in operations.values():
            _show_examples(operation)
    app.openapi_schema = found
    return found


def _show_examples(operation: dict[str, Any]) -> None:
    """Let `/docs` fill in what a path cannot do without: it looks for the older keyword."""
    for parameter in operation.get("parameters", ()):
        examples = parameter["schema"].get("examples")
        if parameter["in"] == "path" and examples:
            parameter["example"] = examples[0]
