"""From a request to its answer: who asks, which release, in which form, and whether the caller has it already."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from dataspark.answers.catalogue import TableEntry
from dataspark.api.formats import accepts, not_acceptable
from dataspark.api.gate import EXCHANGE, Exchange, etag_of, matches
from dataspark.api.keys import Scope
from dataspark.api.problems import Kind, Problem
from dataspark.api.service import Caller, Service

JSON = "application/json"


def service_of(request: Request) -> Service:
    """What all requests share."""
    service: Service = request.app.state.service
    return service


def exchange_of(request: Request) -> Exchange:
    """The request as the gate let it in."""
    exchange: Exchange = request.scope[EXCHANGE]
    return exchange


def needs(scope: Scope) -> Callable[[Request], Caller]:
    """A dependency: the caller, if its key has a scope."""

    def caller(request: Request) -> Caller:
        found = exchange_of(request).caller
        if not found.may(scope):
            raise Problem(Kind.NO_SCOPE, f"this needs a key with the scope `{scope}`", needed=str(scope))
        return found

    return caller


Reading = Annotated[Caller, Depends(needs(Scope.READ))]
Running = Annotated[Caller, Depends(needs(Scope.RUN))]
Governing = Annotated[Caller, Depends(needs(Scope.ADMIN))]
Serving = Annotated[Service, Depends(service_of)]


@dataclass(frozen=True)
class Stand:
    """Which release a request reads."""

    request: Request
    service: Service
    caller: Caller
    release: str

    async def ask(self, question: Callable[..., Any]) -> Any:
        """Ask a question of its rows, as the caller may see them."""
        return await self.service.asking.release(self.request, self.release, self.caller.masked, question)

    async def entries(self) -> tuple[TableEntry, ...]:
        """The catalogue of the release."""
        known = self.service.known_catalogue(self.release)
        return known or await self.service.asking.other(self.request, lambda: self.service.catalogue(self.release))

    def known(self, form: str) -> Response | None:
        """The answer to a caller that has it already; `form` is the one that it would get."""
        exchange = exchange_of(self.request)
        told = exchange.headers.get(b"if-none-match")
        if not told or not matches(told, self.etag(form)):
            return None
        return Response(status_code=304, headers=self.headers(form))

    def etag(self, form: str) -> bytes:
        """What tells this answer from another one."""
        return etag_of(self.service.secret, self.release, exchange_of(self.request), form)

    def headers(self, form: str) -> dict[str, str]:
        """What is told of an answer."""
        return {
            "ETag": self.etag(form).decode(),
            "Cache-Control": "private, no-cache",
            "Vary": "Accept, Authorization",
            "X-DataSpark-Release": self.release,
        }

    def answer(self, content: bytes, media_type: str, headers: dict[str, str] | None = None) -> Response:
        """Answer, and let the answer be kept."""
        exchange_of(self.request).keep = self.etag(media_type)
        return Response(content, 200, {**self.headers(media_type), **(headers or {})}, media_type)

    def json(self, value: Any) -> Response:
        """Answer with JSON."""
        return self.answer(written(value), JSON)


ReleaseQuery = Annotated[
    str | None,
    Query(
        description="Read this release. Without it, the newest one.", examples=["r000001"], min_length=1, max_length=100
    ),
]


async def stand(request: Request, service: Serving, caller: Reading, release: ReleaseQuery = None) -> Stand:
    """A dependency: the release that is named, or the newest. Raises Problem where there is none."""
    if release is None:
        return Stand(request, service, caller, exchange_of(request).newest or service.stand())
    found = await service.asking.other(request, lambda: service.require_release(release))
    return Stand(request, service, caller, found)


Standing = Annotated[Stand, Depends(stand)]


def written(value: Any) -> bytes:
    """A value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")


def plain_json(request: Request, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON that belongs to no release. Raises Problem where the caller does not take it."""
    require_json(request)
    return Response(written(value), status, {"Cache-Control": "no-store", **(headers or {})}, JSON)


def require_json(request: Request) -> None:
    """Raise Problem where the caller does not take JSON."""
    if not accepts(request.headers.get("accept", ""), JSON):
        raise not_acceptable([JSON])
