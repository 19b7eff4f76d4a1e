"""The process that listens. The only importer of `uvicorn`."""

from __future__ import annotations

import asyncio
import re
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any
from uuid import uuid4

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from dataspark.api.app import make_app
from dataspark.api.gate import HEADERS
from dataspark.api.problems import MEDIA_TYPE, Kind, Problem
from dataspark.api.service import Address, Service
from dataspark.errors import UsageError, WorldError
from dataspark.orchestration.running import terminating
from dataspark.project import read_project

_GRACE = 10
"""Seconds that requests get to end when the server is stopped."""
_BACKLOG = 4096
_LONGEST_HEADER = 65_536
"""Bytes of a request's header as a whole."""


@dataclass(frozen=True)
class Listening:
    """Where and how to listen."""

    host: str = "127.0.0.1"
    port: int = 8000
    """0: any that is free."""
    certificate: str | None = None
    key: str | None = None


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, closing: Callable[[], None]) -> None:
        super().__init__(config)
        self._closing = closing

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Let those who follow runs go, or they would keep the server waiting."""
        self._closing()
        super().handle_exit(sig, frame)


class _Config(uvicorn.Config):
    arrival_limit: float
    """Seconds for a header, and for a body."""


class _Connection(HttpToolsProtocol):
    """A connection that waits so long for a header, and as long for its body: uvicorn's own waits for ever.

    An answer that is being made is still given, as the last one. A request that comes in one piece sets no timer.
    """

    def __init__(self, config: uvicorn.Config, *arguments: Any, **more: Any) -> None:
        super().__init__(config, *arguments, **more)
        assert isinstance(config, _Config)
        self._seconds = config.arrival_limit
        self._timer: asyncio.TimerHandle | None = None
        self._within_header = self._within_body = False
        self._length = 0
        """Bytes of a header that is not whole yet."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing():
            return
        self._length = self._length + len(data) if self._within_header else 0
        if self._length > _LONGEST_HEADER:
            self._refuse(Problem(Kind.LONG_HEADER, f"a header may have {_LONGEST_HEADER} bytes"))
        elif self._timer is None and (self._within_header or self._within_body or not self._answering):
            self._wait()  # also for bytes that begin nothing: they have ended uvicorn's wait for the next request

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._stop_waiting()
        self._within_header = True

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._stop_waiting()
        self._within_header, self._within_body = False, True

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stop_waiting()
        self._within_body = False

    def send_400_response(self, msg: str) -> None:
        self._refuse(Problem(Kind.NO_REQUEST, "what was sent is no HTTP request"))

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: there are no WebSockets here, the request is answered as if it had not asked, and anybody can ask."""

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self._seconds, self._out_of_time)

    def _stop_waiting(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _out_of_time(self) -> None:
        self._timer = None
        if self._answering:
            self.cycle.keep_alive = False
        elif self._within_header:
            self._refuse(Problem(Kind.TOO_SLOW, f"the header did not arrive within {self._seconds:g} seconds"))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Say no, where no other answer is under way, and hang up. There is no request yet that the gate could see."""
        if not self._answering:
            name = str(uuid4())
            body = problem.body(name)
            headers = [
                *self.server_state.default_headers,
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
                *HEADERS,
                (b"x-request-id", name.encode()),
            ]
            lines = [b"%s: %s\r\n" % header for header in headers]
            self.transport.write(b"".join([STATUS_LINE[problem.status], *lines, b"\r\n", body]))
        self.transport.close()


def serve_project(address: Address, listening: Listening, tell: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C, and return then. Raises UsageError, WorldError."""
    with suppress(KeyboardInterrupt), terminating():
        serve(address, listening, tell)


def serve(address: Address, listening: Listening, tell: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C. `tell` is given the address once it listens. Raises UsageError, WorldError."""
    _more_files()
    settings = read_project(address.project, address.profile).api
    bound_memory(settings.memory_limit)
    bound = _bind(listening)
    scheme = "https" if listening.certificate else "http"
    host = f"[{listening.host}]" if ":" in listening.host else listening.host

    async def main() -> None:
        service = Service(address)
        config = _Config(
            make_app(service),
            http=_Connection,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=20,
            timeout_graceful_shutdown=_GRACE,
            ssl_certfile=listening.certificate,
            ssl_keyfile=listening.key,
        )
        config.arrival_limit = settings.arrival_limit
        server = _Server(config, service.closing.set)
        tell(f"{scheme}://{host}:{bound.getsockname()[1]}")
        await server.serve([bound])
        if not server.started:
            raise WorldError("the server could not start", "its log says why")

    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            runner.run(main())
    finally:
        bound.close()


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop

    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def _bind(listening: Listening) -> socket.socket:
    try:
        found = socket.getaddrinfo(listening.host, listening.port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(found[0], found[1])
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(found[4])
        bound.listen(_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"cannot listen at {listening.host}:{listening.port}: {error.strerror or error}", "choose another `--port`"
        ) from error
    bound.setblocking(False)
    return bound


def _more_files() -> None:
    """Let there be as many connections as the system allows this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


_ITSELF = 1 << 30
"""Bytes that the process takes besides the engine's."""
_RELEASES = 2
"""Open releases that may use all of their memory at one time."""


def bound_memory(limit: str) -> None:
    """Let the process take no more than the engine's limit and a little: one value can be larger than that limit knows.

    What would take more is refused by the engine as out of memory, and the server lives on. Runs lift it for themselves.
    """
    most = _RELEASES * size_of(limit) + _ITSELF
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def size_of(text: str) -> int:
    """`1GiB` and `800MB` in bytes."""
    number, unit = re.fullmatch(r"\s*([\d.]+)\s*([a-zA-Z]+)\s*", text).groups()  # type: ignore[union-attr]
    base = 1024 if "i" in unit.lower() else 1000
    return int(float(number) * base ** "BKMGT".index(unit[0].upper()))
