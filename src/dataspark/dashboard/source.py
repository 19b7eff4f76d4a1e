"""What pages read: the newest release through guarded readers with masked columns, and what was asked of it before."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from dataspark.answers.catalogue import TableEntry, catalogue
from dataspark.dashboard.figures import Figures
from dataspark.dashboard.purchases import Purchases
from dataspark.dashboard.subject import find_subject
from dataspark.errors import DataSparkError
from dataspark.reader import Release, find_release
from dataspark.serving.shelf import Shelf
from dataspark.wiring import Workspace, open_workspace

_KEPT = 256
"""Answers that are kept."""
_SECONDS = 30.0
"""What one question may take."""
_LOOKS = 2.0
"""Seconds after which it is looked for a newer release, while somebody uses the dashboard."""
_IDLE_AFTER, _LOOKS_IDLE = 600.0, 60.0
"""Seconds after the last page from which nobody uses it, and how often is looked then."""

_T = TypeVar("_T")
_State = tuple[str, str]
"""A release, and the state of the contracts, which say what of it is masked."""


@dataclass
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: list[Any] = field(default_factory=list)
    """Empty until it is known."""


class Memory:
    """Values by key, the least used forgotten first. Safe for threads: a value is made once, others wait for it."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._most, self._lock = kept, threading.Lock()
        self._kept: OrderedDict[object, _Kept] = OrderedDict()

    def get(self, key: object, make: Callable[[], _T]) -> _T:
        """The value of a key, made now where it is not known. What `make` raises is not remembered."""
        with self._lock:
            one = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        with one.lock:
            if not one.value:
                one.value.append(make())
            found: _T = one.value[0]
            return found


class Source:
    """A project as its dashboard reads it. Safe for threads; one for all who look."""

    def __init__(self, folder: Path | str, profile: str | None = None) -> None:
        """Raises ProjectError where the project cannot be read."""

        def opened() -> Workspace:
            return open_workspace(folder, profile)

        self._open = opened
        self._first = self._open()
        self.name = self._first.project.name
        self._shelf = Shelf(self._open)
        self._memory = Memory()
        self._purchases: dict[_State, Purchases] = {}
        """Of the newest release, once they are in memory."""
        self._prepared: tuple[_State, bool] | None = None
        """What was prepared last, its purchases too or not yet; whether or not that went well: it is tried once."""
        self._used = time.monotonic()
        self._closed = threading.Event()

    def newest(self) -> str | None:
        """The newest release; None where there is none yet."""
        self._used = time.monotonic()
        return self._newest()

    def _newest(self) -> str | None:
        return self._shelf.newest() if self._first.lake.release() else None

    def release(self, identifier: str) -> Release:
        """One release."""
        return self._memory.get(("release", identifier), lambda: find_release(self._first, identifier))

    def workspace(self, release: str) -> Workspace:
        """The project as it was read when a release was first seen, and again when a contract has changed."""
        return self._memory.get(("workspace", *self._state(release)), self._open)

    def _state(self, release: str) -> _State:
        return release, self._shelf.contracts()

    def now(self) -> Workspace:
        """The project as it is read now: for what runs left behind."""
        return self._first

    def tables(self, release: str) -> tuple[TableEntry, ...]:
        """The catalogue of a release."""
        return self._memory.get(
            ("tables", *self._state(release)), lambda: catalogue(self.workspace(release), self.release(release))
        )

    def figures(self, release: str) -> Figures | None:
        """The figures of the business pages; None where no table has amounts over time. Raises UsageError."""
        state = self._state(release)

        def make() -> Figures | None:
            subject = find_subject(self.tables(release), self.workspace(release).project.dashboard)
            if subject is None:
                return None
            return Figures(subject, lambda query: self.ask(release, query), lambda: self._purchases.get(state))

        return self._memory.get(("figures", *state), make)

    def ask(self, release: str, query: str, seconds: float = _SECONDS, limit: int | None = None) -> Any:
        """The answer to one SELECT as a `pandas.DataFrame` that nobody may change. Raises UsageError, TookTooLong."""

        def make() -> Any:
            with self._shelf.reader(release, masked=True) as reader, reader.within(seconds):
                asked = query if limit is None else f"SELECT * FROM ({query}\n) LIMIT {limit}"
                return reader.sql(asked).to_pandas()

        return self._memory.get((*self._state(release), query, limit), make)

    def masked(self, release: str, table: str) -> frozenset[str]:
        """The columns of a table that are not for everybody."""
        found = next((one for one in self.tables(release) if one.name == table), None)
        return frozenset(column.name for column in found.columns if column.classified) if found else frozenset()

    def remembered(self, key: object, make: Callable[[], _T]) -> _T:
        """Something else that is made once."""
        return self._memory.get(key, make)

    def watch(self) -> threading.Thread:
        """Prepare the newest release, and from now on each newer one, while nobody waits for it."""
        thread = threading.Thread(target=self._watch, daemon=True, name="dashboard-watch")
        thread.start()
        return thread

    def _watch(self) -> None:
        while not self._closed.is_set():
            self._prepare_next()
            idle = time.monotonic() - self._used > _IDLE_AFTER
            self._closed.wait(_LOOKS_IDLE if idle else _LOOKS)

    def prepare(self) -> None:
        """Open the newest release, ask what the first page asks, and take its purchases into memory."""
        while self._prepare_next():
            pass

    def _prepare_next(self) -> bool:
        """Do the next part of it, if any is left: whoever comes between two parts has all cores for a page."""
        try:
            release = self._newest()
            state = self._state(release) if release else None
            figures = self.figures(release) if release else None
            if release is None or state is None or figures is None or self._prepared == (state, True):
                return False
            answered = self._prepared == (state, False)
            self._prepared = (state, answered)
            if answered:
                purchases = figures.read_purchases(lambda query: self._read(release, query))
                self._purchases = {state: purchases} if purchases else {}  # those of an older release are let go
            else:
                figures.prepare()
            return True
        except DataSparkError:
            return False  # the page that is opened meets it again, and says it to a person

    def _read(self, release: str, query: str) -> Any:
        """The answer as a `pyarrow.Table`, not remembered."""
        with self._shelf.reader(release, masked=True) as reader, reader.within(_SECONDS):
            return reader.sql(query).to_arrow()

    def close(self) -> None:
        """Let go of the open releases."""
        self._closed.set()
        self._shelf.close()
