"""Questions to the engine, in threads: a few at once, each with its time, none for a caller that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import Request

from dataspark.api.problems import Kind, Problem, of_error, retry
from dataspark.errors import DataSparkError, TookTooLong
from dataspark.reader import Reader

if TYPE_CHECKING:
    from dataspark.api.service import Service

T = TypeVar("T")
_WAITING_FOR_EACH = 16
"""For each question that is worked on, so many may wait."""
_PATIENCE = 5.0
"""Seconds that a question waits before it is turned away."""
_AGAIN = 0.1
_GRACE = 0.5
"""A reader that is out of time has so many seconds to say so itself."""


class Gone(Exception):  # not a failure: nobody is there to be told
    """The caller hung up."""


class Asking:
    """The counter at which questions stand in line."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._places = asyncio.Semaphore(service.settings.concurrency)
        self._most_waiting = service.settings.concurrency * _WAITING_FOR_EACH
        self._waiting = 0

    async def release(self, request: Request, release: str, masked: bool, question: Callable[[Reader], T]) -> T:
        """Ask one release. Raises Problem, Gone."""
        readers: list[Reader] = []

        def ask() -> T:
            with (
                self._service.shelf.reader(release, masked) as reader,
                reader.within(self._service.settings.time_limit),
            ):
                readers.append(reader)
                return question(reader)

        def stop() -> None:
            for reader in readers:
                reader.interrupt()

        return await self._ask(request, ask, stop)

    async def other(self, request: Request, question: Callable[[], T], stop: Callable[[], None] | None = None) -> T:
        """Ask something that is answered without a reader of a release. Raises Problem, Gone.

        What has no way to `stop` it goes on when its time is over or its caller gone, and keeps its place till it ends.
        """
        return await self._ask(request, question, stop)

    async def _ask(self, request: Request, question: Callable[[], T], stop: Callable[[], None] | None) -> T:
        await self._place()
        loop = asyncio.get_running_loop()
        answer = loop.run_in_executor(self._service.pool, partial(_guarded, question))
        answer.add_done_callback(self._ended)
        gone = asyncio.create_task(_hung_up(request))
        try:
            both: set[asyncio.Future[Any]] = {answer, gone}
            most = self._service.settings.time_limit
            await asyncio.wait(both, timeout=most + _GRACE, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                await self._stop(answer, stop)
                raise Gone if gone.done() else TookTooLong(f"the question took longer than the {most:g} s that it may")
            return answer.result()
        except asyncio.CancelledError:
            await self._stop(answer, stop)
            raise
        except DataSparkError as error:
            raise of_error(error, self._service.workspace) from error
        finally:
            gone.cancel()

    def _ended(self, answer: asyncio.Future[Any]) -> None:
        self._places.release()
        if not answer.cancelled():
            answer.exception()  # nobody may be there any more to take it

    async def _place(self) -> None:
        if self._places.locked() and self._waiting >= self._most_waiting:
            raise _overloaded()
        self._waiting += 1
        try:
            await asyncio.wait_for(self._places.acquire(), _PATIENCE)
        except TimeoutError:
            raise _overloaded() from None
        finally:
            self._waiting -= 1

    @staticmethod
    async def _stop(answer: asyncio.Future[T], stop: Callable[[], None] | None) -> None:
        """Interrupt until it ends: one that comes between two statements stops none."""
        for _ in range(50 if stop else 0):
            assert stop
            stop()
            await asyncio.wait({answer}, timeout=_AGAIN)
            if answer.done():
                return


def _guarded(question: Callable[[], T]) -> T:
    try:
        return question()
    except KeyboardInterrupt:  # the engine's word for an interrupt; in the event loop it would end the server
        raise TookTooLong("the question was stopped") from None


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _overloaded() -> Problem:
    return Problem(Kind.OVERLOADED, "too many questions are asked at once", "come again a little later", retry(2))
