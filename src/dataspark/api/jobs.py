"""Runs that callers start: each in a process of its own, one at a time, followed event by event.

A run goes on when whoever asked for it hangs up. It is stopped with the server; when the server is killed it ends by itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataspark.api.problems import LOGGER, Kind, Problem, retry
from dataspark.orchestration.request import Request

_BEGINS = 60.0
"""Seconds within which a run must have begun or told why it cannot."""
_STOPS = 20.0
_REMEMBERED = 20
_LONGEST_LINE = 4 * 1024 * 1024
Event = dict[str, Any]


@dataclass
class Job:
    """One run that this server started."""

    process: asyncio.subprocess.Process
    events: list[Event] = field(default_factory=list)
    id: str = ""
    """The run's id, once it has begun."""
    ended: bool = False
    more: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def last(self) -> Event:
        """What was heard of it last."""
        return self.events[-1] if self.events else {}

    @property
    def _told_its_end(self) -> bool:
        return self.last.get("event") in ("ended", "refused")

    @property
    def is_working(self) -> bool:
        """Whether it still has something to do."""
        return not self.ended and not self._told_its_end

    async def tell(self, event: Event) -> None:
        """Something happened."""
        async with self.more:
            self.events.append(event)
            self.id = self.id or str(event.get("run", ""))
            self.more.notify_all()

    async def end(self) -> None:
        """The process is gone."""
        code = await self.process.wait()
        if not self._told_its_end:
            await self.tell({"event": "ended", "run": self.id, "outcome": "stopped", "code": code})
        async with self.more:
            self.ended = True
            self.more.notify_all()

    async def heard(self, after: int, patience: float) -> list[tuple[int, Event]]:
        """The events behind the first `after` ones, waiting so many seconds for one; empty when none came."""

        async def wait() -> None:
            async with self.more:
                await self.more.wait_for(lambda: len(self.events) > after or self.ended)

        with suppress(TimeoutError):
            await asyncio.wait_for(wait(), patience)
        return list(enumerate(self.events, start=1))[after:]


class Jobs:
    """The runs of one project."""

    def __init__(self, project: Path, profile: str | None, before_end: Callable[[], Awaitable[None]]) -> None:
        """`before_end` is awaited before anybody is told that a run has ended."""
        self._project, self._profile, self._before_end = str(project), profile, before_end
        self._starting = asyncio.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._current: Job | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def find(self, run: str) -> Job | None:
        """A run that this server started and remembers."""
        return self._jobs.get(run)

    async def start(self, as_of: str | None, full_refresh: bool, select: tuple[str, ...]) -> Job:
        """Start a run; it holds the lake when this returns. Raises Problem where another one does, or the project is wrong."""
        if self._starting.locked() or (self._current and self._current.is_working):
            raise self._busy()
        async with self._starting:
            if self._current:
                await self._current.process.wait()  # it has told its end, and is about to go
            job = await self._spawn(Request(self._project, self._profile, as_of, full_refresh, select))
            self._current = job
            first = await self._first(job)
            if first["event"] != "begun":
                raise _refused(first)
            self._jobs[job.id] = job
            while len(self._jobs) > _REMEMBERED:
                self._jobs.popitem(last=False)
            return job

    def cancel(self, job: Job) -> None:
        """Let a run stop; it says when it has. Raises Problem where it is over."""
        if not job.is_working:
            raise Problem(Kind.NOT_RUNNING, f"run {job.id} is over")
        with suppress(ProcessLookupError):
            job.process.send_signal(signal.SIGTERM)

    async def stop(self) -> None:
        """Stop the run that is going on, by force after a while."""
        job = self._current
        if job and not job.ended:
            self.cancel(job)
            try:
                await asyncio.wait_for(job.process.wait(), _STOPS)
            except TimeoutError:
                job.process.kill()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_STOPS)

    async def _spawn(self, request: Request) -> Job:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "dataspark.api.child", json.dumps(request.as_json())),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            env=_environment(),
            limit=_LONGEST_LINE,
            start_new_session=True,  # Ctrl-C at the server's terminal is the server's
        )
        job = Job(process)
        task = asyncio.create_task(self._follow(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    async def _follow(self, job: Job) -> None:
        async for event in _events(job.process):
            if event["event"] == "ended":
                await self._before_end()
            await job.tell(event)
        await job.end()

    async def _first(self, job: Job) -> Event:
        found = await job.heard(0, _BEGINS)
        if not found:
            with suppress(ProcessLookupError):
                job.process.send_signal(signal.SIGTERM)
            raise Problem(Kind.OVERLOADED, "the run did not begin in time", headers=retry(30))
        return found[0][1]

    def _busy(self) -> Problem:
        job = self._current
        headers = {"Location": f"/v1/runs/{job.id}"} if job and job.id and job.is_working else {}
        return Problem(Kind.BUSY, "another run is going on", "wait for it to end", {**headers, **retry(10)})


def _environment() -> dict[str, str]:
    """The server's own, with the place that it was imported from: `-P` keeps the current folder out."""
    place = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [place, os.environ.get("PYTHONPATH", "")]))}


async def _events(process: asyncio.subprocess.Process) -> AsyncIterator[Event]:
    assert process.stdout
    async for line in process.stdout:
        with suppress(ValueError):  # something else that was printed
            event = json.loads(line)
            if isinstance(event, dict) and "event" in event:
                yield event


def _refused(event: Event) -> Problem:
    if event.get("busy"):
        return Problem(Kind.BUSY, "another run is going on", "wait for it to end", retry(10))
    LOGGER.error("a run was refused: %s", event.get("message"))  # what the caller could get wrong was looked at before
    if event["event"] == "refused" and event.get("project"):
        return Problem(Kind.PROJECT, "the project cannot be run as it is now")
    return Problem(Kind.LAKE, "the run could not begin", headers=retry(30))
