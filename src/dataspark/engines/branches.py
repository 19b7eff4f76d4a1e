"""One engine for each thread, all of them on one database or application."""

from __future__ import annotations

import threading
from collections.abc import Callable

from dataspark.pipeline.ports import Engine


class Branches:
    """Gives the thread that asks an engine of its own, starting it at the first call.

    An engine's connection is not for two threads, and what it has bound or kept is no other thread's business. The
    one that was started first is only there to branch from.
    """

    def __init__(self, opening: Callable[[], Engine]) -> None:
        self._opening = opening
        self._changing = threading.Lock()
        self._root: Engine | None = None
        self._of: dict[int, Engine] = {}
        """Thread → its engine."""

    def __call__(self) -> Engine:
        """The calling thread's engine."""
        thread = threading.get_ident()
        if thread not in self._of:
            with self._changing:
                self._root = self._root or self._opening()
                self._of[thread] = self._root.branch()
        return self._of[thread]

    def renew(self) -> None:
        """Give the calling thread another engine next time: a step that failed half-way leaves relations behind."""
        with self._changing:
            engine = self._of.pop(threading.get_ident(), None)
        if engine:
            engine.close()

    def interrupt(self, thread: int) -> None:
        """Stop the statement that is running in a thread, if there is one."""
        with self._changing:
            if engine := self._of.get(thread):
                engine.interrupt()

    def close(self) -> None:
        """Let go of all of them."""
        for engine in (*self._of.values(), *([self._root] if self._root else [])):
            engine.close()
