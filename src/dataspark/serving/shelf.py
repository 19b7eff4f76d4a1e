"""Releases that are kept open for many threads: the newest one, and older ones that were asked for of late.

Opening a release reads the logs of its tables, which takes a second where the lake is far away; a reader of an open one
is there in a millisecond. Each release is open at most twice: as it is, and with its classified columns masked. The
latter is opened anew when a contract has changed. One whose key of S3 is about to expire is opened anew for whoever comes
next.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dataspark.reader import Reader, find_release
from dataspark.serving.contracts import ContractWatch
from dataspark.wiring import Workspace

_KEPT = 4
"""Open releases that nobody reads and that stay open nevertheless, for the next reader."""
_FRESH = 1.0
"""Seconds for which the newest release is taken for the newest without another look."""


_Key = tuple[str, bool, str]
"""A release, whether it is masked, and the state of the contracts that say what is masked."""


@dataclass
class _Open:
    """An open release and how many read it."""

    reader: Reader
    readers: int = 0
    key: _Key = ("", False, "")


@dataclass
class _Newest:
    id: str | None = None
    seen: float = field(default=float("-inf"))


class Shelf:
    """Hands out guarded readers of releases. Safe for threads; close it at the end."""

    def __init__(
        self,
        open_workspace: Callable[[], Workspace],
        kept: int = _KEPT,
        clock: Callable[[], float] = time.monotonic,
        calendar: Callable[[], float] = time.time,
        contracts: ContractWatch | None = None,
    ) -> None:
        """`open_workspace` is called anew for each release, as contracts and models change with them.

        `clock` and `calendar` are in seconds; the calendar's are those since 1970, by which keys expire.
        """
        self._open_workspace, self._kept, self._clock, self._calendar = open_workspace, kept, clock, calendar
        self._lock = threading.Lock()
        self._opening: dict[_Key, threading.Lock] = {}
        self._shelf: OrderedDict[_Key, _Open] = OrderedDict()
        self._leaving: list[_Open] = []
        """Readers had them in hand when their keys were about to expire."""
        self._newest = _Newest()
        self._watched = open_workspace()
        self._contracts = contracts or ContractWatch(self._watched.project.root, clock)

    def newest(self) -> str:
        """The newest release's id, at most a second old. Raises UsageError where there is none."""
        now = self._clock()
        if self._newest.id is None or now - self._newest.seen >= _FRESH:
            self._newest = _Newest(find_release(self._watched, None).id, now)
        assert self._newest.id is not None
        return self._newest.id

    def contracts(self) -> str:
        """The state of the contracts' files, at most two seconds old: what is masked may differ in another one."""
        return self._contracts.state()

    @contextmanager
    def reader(self, release: str | None = None, masked: bool = True) -> Iterator[Reader]:
        """A guarded reader of a release (default: the newest) for this thread.

        Raises UsageError for one that is not there, ProjectError where it is not known what is to be masked.
        """
        key = (release or self.newest(), masked, self.contracts() if masked else "")
        opened = self._take(key)
        try:
            with opened.reader.another() as mine:
                yield mine
        finally:
            self._give_back(opened)

    def close(self) -> None:
        """Close what nobody reads; what is being read is closed by its last reader."""
        self._kept = 0
        self._tidy()

    def _take(self, key: _Key) -> _Open:
        with self._lock:
            gate = self._opening.setdefault(key, threading.Lock())
        with gate:  # others wait for one that opens it, and open nothing themselves
            with self._lock:
                found = self._shelf.get(key)
                if found and found.reader.until is not None and self._calendar() >= found.reader.until:
                    self._leaving.append(self._shelf.pop(key))
                elif found:
                    found.readers += 1
                    self._shelf.move_to_end(key)
                    return found
            return self._open(key)

    def _open(self, key: _Key) -> _Open:
        release, masked, _ = key
        try:
            opened = _Open(Reader(self._open_workspace(), release, masked, guarded=True), 1, key)
        except BaseException:
            with self._lock:  # whoever asks for releases that are not there leaves nothing behind
                self._opening.pop(key, None)
            raise
        with self._lock:
            found = self._shelf.setdefault(key, opened)
            if found is not opened:  # it was closed and opened again while this thread waited
                found.readers += 1
        if found is not opened:
            opened.reader.close()
        return found

    def _give_back(self, opened: _Open) -> None:
        with self._lock:
            opened.readers -= 1
        self._tidy()

    def _tidy(self) -> None:
        """Close the releases that were not read for the longest time, and those that are masked by older contracts."""
        now = ("", self.contracts())
        gone: list[_Open] = []
        with self._lock:
            idle = [opened for opened in self._shelf.values() if not opened.readers]
            outdated = [opened for opened in idle if opened.key[2] not in now]
            others = [opened for opened in idle if opened.key[2] in now]
            too_many = max(0, len(self._shelf) - len(outdated) - self._kept)
            for opened in [*outdated, *others[:too_many]]:
                gone.append(self._shelf.pop(opened.key))
                self._opening.pop(opened.key, None)
            gone += [opened for opened in self._leaving if not opened.readers]
            self._leaving = [opened for opened in self._leaving if opened.readers]
        for opened in gone:
            opened.reader.close()
