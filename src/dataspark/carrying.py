"""Steps carried out in threads: side by side where they may, stopped when they must.

What starts a thread is `Threads`, or Prefect (`orchestration/prefect/tasks.py`), which tries a step again. What is said
here is what holds for all of them: a step begins when those that it comes after are done, one that takes too long is
stopped, and when somebody stops the run, no step goes on behind its back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from queue import Empty, SimpleQueue
from typing import Protocol

from dataspark.engines.branches import Branches
from dataspark.errors import DataSparkError, EngineError, Interrupted, StepTimedOut
from dataspark.pipeline.steps import Do, Key, Step

_TICK = 0.2
"""Seconds between two looks at the clock."""
Done = Callable[[BaseException | None], object]


class StepStopped(DataSparkError):
    """A step did not end because somebody stopped the run."""


class Launch(Protocol):
    """What starts a step."""

    def __call__(self, step: Step, body: Callable[[], None], done: Done) -> None:
        """Call `body` in a thread, perhaps several times; then tell `done` the error of the last time, or None."""


class Threads:
    """Starts steps in the threads of a pool, each of them once (a `Launch`)."""

    def __init__(self, parallel: int) -> None:
        self._pool = ThreadPoolExecutor(parallel, "step")

    def __call__(self, step: Step, body: Callable[[], None], done: Done) -> None:
        """Let a thread carry out a step."""
        self._pool.submit(body).add_done_callback(lambda ended: done(ended.exception()))


@dataclass
class Stop:
    """Whether somebody wants the run to end, and who."""

    reason: str = ""

    def ask(self, reason: str) -> None:
        """Let the run end as soon as it can. Any thread may say so."""
        self.reason = reason

    def check(self) -> None:
        """Raise Interrupted where somebody asked."""
        if self.reason:
            raise Interrupted(self.reason)

    def wait(self, seconds: float) -> None:
        """Sleep. Raises Interrupted as soon as somebody asks."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, _TICK))


@dataclass
class Carrier:
    """Carries out the steps of one run (a `Carry`). The thread that calls it does none of them: it keeps watch."""

    branches: Branches
    launch: Launch
    stop: Stop
    parallel: int
    """Steps at the same time."""
    step_timeout: float
    """Seconds that a step may take; 0: as long as it takes."""
    _ending: bool = False
    _late: set[Key] = field(default_factory=set)
    """Steps that were stopped because they took too long."""
    _active: dict[Key, tuple[int, float]] = field(default_factory=dict)
    """Steps in work → their thread, and since when."""
    _changing: threading.Lock = field(default_factory=threading.Lock)
    _ended: SimpleQueue[tuple[Key, BaseException | None]] = field(default_factory=SimpleQueue)

    def __call__(self, steps: Sequence[Step], do: Do) -> None:
        """Carry out every step after those that it comes after.

        When one fails no other one is begun, those in work are let end, and its error is raised. Raises Interrupted.
        """
        try:
            self._carry(steps, do)
        except BaseException:  # also Ctrl-C: whoever leaves here gives the lake back, and no step may go on after that
            self._end()
            raise

    def _carry(self, steps: Sequence[Step], do: Do) -> None:
        by_key = {step.key: step for step in steps}
        sorter = TopologicalSorter({step.key: step.after for step in steps})
        sorter.prepare()
        ready: list[Key] = []
        running: set[Key] = set()
        failed: BaseException | None = None
        while True:
            ready += sorted(sorter.get_ready(), key=list(by_key).index)
            while ready and not failed and len(running) < self.parallel:
                running.add(key := ready.pop(0))
                self._begin(by_key[key], do)
            if not running:
                break
            key, error = self._next()
            running.discard(key)
            if error is None:
                sorter.done(key)
            failed = failed or error
        if failed:
            raise failed

    def _begin(self, step: Step, do: Do) -> None:
        self.launch(step, lambda: self._body(step, do), lambda error: self._ended.put((step.key, error)))

    def _next(self) -> tuple[Key, BaseException | None]:
        """The next step that ends, and its error. Meanwhile somebody looks at the clock."""
        while True:
            self.stop.check()
            try:
                return self._ended.get(timeout=_TICK)
            except Empty:
                self._stop_late_ones()

    def _body(self, step: Step, do: Do) -> None:
        """What a thread does for a step. Raises DataSparkError, whatever stopped the engine."""
        with self._changing:
            if self._ending:
                raise StepStopped(f"`{step.kind} {step.name}` was not begun: the run was stopped")
            self._late.discard(step.key)
            self._active[step.key] = threading.get_ident(), time.monotonic()
        try:
            do(step)
        except BaseException as error:
            self.branches.renew()
            if (why := self._why(step)) is not None:
                raise why from error
            if isinstance(error, Exception):
                raise
            raise EngineError(f"`{step.kind} {step.name}` was interrupted") from error
        finally:
            with self._changing:
                del self._active[step.key]

    def _why(self, step: Step) -> DataSparkError | None:
        """What stopped a step from outside; None where it failed by itself."""
        called = f"`{step.kind} {step.name}`"
        if self._ending:
            return StepStopped(f"{called} was stopped with the run")
        if step.key in self._late:
            return StepTimedOut(
                f"{called} took longer than {self.step_timeout:g} s and was stopped",
                "`step_timeout` in [prefect] of dataspark.toml says how long a step may take",
            )
        return None

    def _stop_late_ones(self) -> None:
        if not self.step_timeout:
            return
        with self._changing:
            since = time.monotonic() - self.step_timeout
            late = {key: thread for key, (thread, started) in self._active.items() if started < since}
            self._late |= late.keys()
        for thread in late.values():
            self.branches.interrupt(thread)

    def _end(self) -> None:
        """Stop every step that is in work and wait until none is. Asked once, an engine may not have begun to listen."""
        self._ending = True
        while True:
            with self._changing:
                threads = [thread for thread, _since in self._active.values()]
            if not threads:
                return
            try:
                for thread in threads:
                    self.branches.interrupt(thread)
                time.sleep(_TICK)
            except KeyboardInterrupt:  # asked again: nothing ends sooner
                continue
