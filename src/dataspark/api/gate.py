"""What every request passes before any route: limits, key, rate, and the answers that are there already.

Plain ASGI, for a kept answer shall cost little: no route is looked for and nothing is parsed twice.
"""

from __future__ import annotations

import asyncio
import hmac
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from dataspark.api.cache import Kept
from dataspark.api.keys import Scope
from dataspark.api.problems import MEDIA_TYPE, Kind, Problem, retry
from dataspark.api.service import ANYBODY, Caller, Service

ASGIScope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[ASGIScope, Receive, Send], Awaitable[None]]

EXCHANGE = "dataspark"
"""Where a route finds the exchange, in the ASGI scope."""
LONGEST_ADDRESS = 8192
_DEFECT = 500
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_NOTHING_ELSE = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_OPEN_HOSTS = frozenset(("localhost", "127.0.0.1", "[::1]"))


@dataclass
class Exchange:
    """One request and its answer, as far as it is."""

    scope: ASGIScope
    send: Send
    newest: str | None
    """The newest release when the request came: all that it reads is of this one, or of one that it names."""
    classes: str = ""
    """The state of the contracts when the request came: what is masked is what they say, or what newer ones say."""
    caller: Caller = ANYBODY
    headers: dict[bytes, bytes] = field(default_factory=dict)
    """Of the request; of two with one name the last."""
    method: str = "GET"
    """As it came. In `scope` a HEAD is a GET."""
    keep: bytes | None = None
    """The ETag of an answer that may be kept for the next one."""
    route: str = "other"
    status: int = 0
    began: float = field(default_factory=time.perf_counter)
    _id: str = ""

    @property
    def id(self) -> str:
        """The request's name, in its answer and in the log."""
        self._id = self._id or str(uuid.uuid4())
        return self._id

    @property
    def path(self) -> str:
        """Where it goes, without what it asks."""
        return str(self.scope["path"])

    async def problem(self, problem: Problem) -> None:
        """Answer with a problem."""
        body = problem.body(self.id)
        headers = [
            (name.lower().encode(), value.encode("latin-1", "replace")) for name, value in problem.headers.items()
        ]
        headers += [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await self.begin(problem.status, headers)
        await self.send({"type": "http.response.body", "body": body})

    async def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the head of the answer, with the headers that every answer has."""
        self.status = status
        csp = () if any(name == _NOTHING_ELSE[0] for name, _ in headers) else (_NOTHING_ELSE,)
        all_headers = [*headers, *HEADERS, *csp, (b"x-request-id", self.id.encode())]
        await self.send({"type": "http.response.start", "status": status, "headers": all_headers})


class Gate:
    """Lets requests through to the routes behind it, one by one."""

    def __init__(self, app: App, service: Service) -> None:
        self._app, self._service = app, service
        self._open = 0
        self._hosts = frozenset(service.settings.hosts) or (_OPEN_HOSTS if service.address.open else frozenset())

    @property
    def requests_open(self) -> int:
        """Requests that are open."""
        return self._open

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _exchange(scope, send, self._service)
        self._open += 1
        try:
            await self._answer(exchange, receive)
        except Problem as problem:
            await exchange.problem(problem)
        except Exception:
            if exchange.status != _DEFECT:  # it is logged and answered: the connection is as good as before
                raise
        finally:
            self._open -= 1
            seconds = time.perf_counter() - exchange.began
            self._service.figures.request(exchange.method, exchange.route, exchange.status, seconds)

    async def _answer(self, exchange: Exchange, receive: Receive) -> None:
        if self._open > self._service.settings.max_requests:
            raise Problem(Kind.OVERLOADED, "too many requests are open at once", "come again a little later", retry(2))
        self._require_size(exchange)
        if exchange.path.startswith(("/v1", "/metrics")):
            exchange.caller = self._caller(exchange.headers.get(b"authorization", b""))
            if wait := await self._service.limit.wait_of(exchange.caller.name):
                raise Problem(
                    Kind.TOO_MANY,
                    f"more than {self._service.settings.requests_per_minute} requests in this minute",
                    headers=retry(wait),
                )
        if await self._from_cache(exchange):
            return
        if exchange.scope["method"] in _WITH_BODY:
            receive = await self._with_body(exchange, receive)
        await self._app(exchange.scope, receive, _Answer(self._service, exchange).send)

    def _require_size(self, exchange: Exchange) -> None:
        scope = exchange.scope
        if len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            raise Problem(Kind.TOO_LONG, f"path and query are longer than {LONGEST_ADDRESS} characters")
        if self._hosts:
            host = exchange.headers.get(b"host", b"").decode("latin-1")
            name = host if host.endswith("]") else host.rpartition(":")[0] or host
            if name.lower() not in self._hosts:
                raise Problem(Kind.HOST, "the server does not go by this name", "`hosts` in [api] has its names")

    def _caller(self, authorization: bytes) -> Caller:
        scheme, _, token = authorization.decode("latin-1").partition(" ")
        if not authorization and self._service.address.open:
            return ANYBODY
        key = self._service.keys.find(token.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            why = "the key is unknown, revoked or over" if token else "this needs a key"
            raise Problem(Kind.NO_KEY, why, "send it as `Authorization: Bearer KEY`", {"WWW-Authenticate": "Bearer"})
        return Caller(key.name, key)

    async def _from_cache(self, exchange: Exchange) -> bool:
        scope = exchange.scope
        if scope["method"] != "GET" or exchange.newest is None or not exchange.caller.may(Scope.READ):
            return False
        kept = self._service.cache.find(question_of(exchange))
        if kept is None:
            return False
        self._service.figures.kept()
        exchange.route, exchange.status = kept.route, 200
        told = exchange.headers.get(b"if-none-match")
        if told and matches(told, kept.etag):
            exchange.status = 304
            headers = [header for header in kept.headers if header[0] not in (b"content-length", b"content-type")]
            await exchange.send({"type": "http.response.start", "status": 304, "headers": headers})
            await exchange.send({"type": "http.response.body", "body": b""})
            return True
        await exchange.send({"type": "http.response.start", "status": 200, "headers": kept.headers})
        await exchange.send({"type": "http.response.body", "body": kept.body})
        return True

    async def _with_body(self, exchange: Exchange, receive: Receive) -> Receive:
        """Read the body, so that a long or a slow one is found out before any route waits for it."""
        most = self._service.settings.max_body
        length = exchange.headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > most:
            raise Problem(Kind.TOO_LARGE, f"a body may have {most} bytes")
        media_type = exchange.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        seconds = self._service.settings.arrival_limit
        try:
            body = await asyncio.wait_for(_read(receive, most), seconds)
        except TimeoutError:
            raise Problem(Kind.TOO_SLOW, f"the body did not arrive within {seconds:g} seconds") from None
        if body and media_type != b"application/json":
            raise Problem(Kind.MEDIA, "a body must be application/json")
        handed = False

        async def again() -> Message:
            nonlocal handed
            if handed:
                return await receive()
            handed = True
            return {"type": "http.request", "body": body, "more_body": False}

        return again


def _exchange(scope: ASGIScope, send: Send, service: Service) -> Exchange:
    """The request as the routes see it: a HEAD is answered as a GET is, and the server, which knows better, sends no body."""
    method = scope["method"]
    inner = {**scope, "method": "GET" if method == "HEAD" else method}
    found = Exchange(inner, send, service.newest, service.classes, headers=dict(scope["headers"]), method=method)
    inner[EXCHANGE] = found
    return found


async def _read(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise Problem(Kind.TOO_LARGE, f"a body may have {most} bytes")
        if not message.get("more_body"):
            return b"".join(parts)


class _Answer:
    """Passes on what a route sends, and keeps it where the route says so."""

    def __init__(self, service: Service, exchange: Exchange) -> None:
        self._service, self._exchange = service, exchange
        self._headers: list[tuple[bytes, bytes]] = []

    async def send(self, message: Message) -> None:
        exchange = self._exchange
        if message["type"] == "http.response.start":
            self._headers = list(message["headers"])
            exchange.route = getattr(exchange.scope.get("route"), "path", exchange.route)
            await exchange.begin(message["status"], self._headers)
            return
        whole = message["type"] == "http.response.body" and not message.get("more_body")
        if whole and exchange.keep and exchange.status == 200 and exchange.scope["method"] == "GET":
            headers = (*self._headers, *HEADERS, _NOTHING_ELSE)
            kept = Kept(headers, message.get("body", b""), exchange.keep, exchange.route)
            self._service.cache.keep(question_of(exchange), kept, (exchange.newest, exchange.classes))
        await exchange.send(message)


def question_of(exchange: Exchange) -> tuple[str, bytes, bytes, bool]:
    """What two requests have in common that get the same answer from one release."""
    return exchange.path, exchange.scope["query_string"], exchange.headers.get(b"accept", b""), exchange.caller.masked


def etag_of(secret: bytes, release: str, exchange: Exchange, form: str) -> bytes:
    """The ETag of an answer. Nobody can make one up, so whoever shows one has had the answer."""
    classes = exchange.classes if exchange.caller.masked else ""
    told = repr((release, question_of(exchange)[:2], exchange.caller.masked, classes, form)).encode()
    return (
        b'"'
        + release.encode("latin-1", "replace")
        + b"-"
        + hmac.digest(secret, told, "sha256")[:12].hex().encode()
        + b'"'
    )


def matches(told: bytes, etag: bytes) -> bool:
    """Whether `If-None-Match` names an ETag."""
    return any(part.strip().removeprefix(b"W/") == etag for part in told.split(b","))
