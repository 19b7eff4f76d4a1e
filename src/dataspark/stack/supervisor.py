"""The process that keeps a stack up: `python -m dataspark.stack.supervisor FOLDER`.

It starts each part once those that it needs have answered, starts again what dies, and ends all of them in the opposite
order when it is told to (SIGTERM). It listens nowhere: what it is told is a signal, what it tells is a file.

Supervisord and circus were weighed. Neither knows whether a part answers or what it needs, both must be asked through a
socket of theirs (whose path may have 107 characters), and neither finds what it left behind when it was killed itself.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from dataspark.stack.folder import Folder, hold, read_document
from dataspark.stack.keeper import Keeper, now
from dataspark.stack.logs import trim_log
from dataspark.stack.order import Order
from dataspark.stack.parts import build, prefect_api
from dataspark.stack.profile import write_profile
from dataspark.stack.state import DOWN, STARTING, UP, StackState, write_state

HELD = 75
"""Exit code: another supervisor has the stack."""
_TICK = 0.2
"""Seconds."""

log = logging.getLogger("dataspark.stack")


class Supervisor:
    """The keepers of all parts."""

    def __init__(self, folder: Folder, order: Order) -> None:
        site = order.site(folder)
        self._folder = folder
        self._order = order
        self._api_url = prefect_api(site)
        self._keepers = [Keeper(part, folder) for part in build(site)]
        self._started = now()
        self._told: StackState | None = None
        self._complete = False
        self._end = threading.Event()

    def run(self, pid: int) -> None:
        """Keep the stack up until SIGTERM or SIGINT, then end it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._end.set())
        try:
            self._keep(pid)
        finally:
            self._end_all()

    def _keep(self, pid: int) -> None:
        lock = self._folder.lock.stat().st_ino
        for keeper in self._keepers:
            keeper.begin()
        while not self._end.is_set():
            if self._lost(lock):
                log.warning("the stack's folder was deleted: everything is ended")
                return
            for keeper in self._keepers:
                if not self._end.is_set() and (keeper.answered or self._has_what_it_needs(keeper)):
                    keeper.step()
                    self._tell(pid)
            self._note_completion()
            trim_log(self._folder.logs / "supervisor.log")
            self._end.wait(_TICK)

    def _lost(self, lock: int) -> bool:
        """Whether the folder is gone, or another one is in its place: a supervisor that nobody can find must not stay."""
        try:
            return self._folder.lock.stat().st_ino != lock
        except FileNotFoundError:
            return True

    def _has_what_it_needs(self, keeper: Keeper) -> bool:
        return all(other.answered for other in self._keepers if other.part.name in keeper.part.needs)

    def _note_completion(self) -> None:
        if not self._complete and all(keeper.answered for keeper in self._keepers):
            self._complete = True
            write_profile(self._folder, self._order.site(self._folder))
            log.info("the stack is up")

    def _tell(self, pid: int) -> None:
        parts = tuple(keeper.state() for keeper in self._keepers)
        phase = UP if self._complete else STARTING
        state = StackState(phase, str(self._folder.path), self._started, pid, parts, self._api_url)
        if state != self._told:
            try:
                write_state(self._folder, state)
            except OSError as error:  # the servers do not depend on it: a disk that is full may have room again
                log.warning("the state cannot be written: %s", error)
                return
            self._told = state

    def _end_all(self) -> None:
        """Ask those to end first that nobody needs any more."""
        self._folder.profile.unlink(missing_ok=True)
        left = list(self._keepers)
        while left:
            needed = {name for keeper in left for name in keeper.part.needs}
            ending = [keeper for keeper in left if keeper.part.name not in needed] or left
            for keeper in ending:
                keeper.ask_to_end()
            for keeper in ending:
                keeper.end()
            left = [keeper for keeper in left if keeper.phase != DOWN]
        self._folder.state.unlink(missing_ok=True)
        log.info("the stack is down")


def main(arguments: Sequence[str]) -> int:
    """Supervise the stack in the folder that is named, in a child that goes on when this has returned its exit code.

    The child holds the stack already when this ends: whoever has waited for that can see whether it lives.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stdout)
    folder = Folder(Path(arguments[0]))
    with hold(folder) as held:
        if not held:
            return HELD
        child = os.fork()
        if child:
            folder.lock.write_text(str(child))
            os._exit(0)  # without giving up what the child holds
        order = Order.from_json(read_document(folder.order))
        Supervisor(folder, order).run(os.getpid())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
