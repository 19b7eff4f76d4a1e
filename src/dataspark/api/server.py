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

import uvicorn

from dataspark.api.app import make_app
from dataspark.api.service import Address, Service
from dataspark.errors import UsageError, WorldError
from dataspark.orchestration.running import terminating
from dataspark.project import read_project

_GRACE = 10
"""Seconds that requests get to end when the server is stopped."""
_BACKLOG = 4096


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


def serve_project(address: Address, listening: Listening, tell: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C, and return then. Raises UsageError, WorldError."""
    with suppress(KeyboardInterrupt), terminating():
        serve(address, listening, tell)


def serve(address: Address, listening: Listening, tell: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C. `tell` is given the address once it listens. Raises UsageError, WorldError."""
    _more_files()
    bound_memory(read_project(address.project, address.profile).api.memory_limit)
    bound = _bind(listening)
    scheme = "https" if listening.certificate else "http"
    host = f"[{listening.host}]" if ":" in listening.host else listening.host

    async def main() -> None:
        service = Service(address)
        config = uvicorn.Config(
            make_app(service),
            http="httptools",
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
