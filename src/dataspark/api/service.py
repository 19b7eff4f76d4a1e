"""What all requests share: the open releases, the keys, the limits, the kept answers, the runs."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dataspark.answers.catalogue import TableEntry, catalogue
from dataspark.api.asking import Asking
from dataspark.api.cache import Cache
from dataspark.api.jobs import Jobs
from dataspark.api.keys import Key, KeyRing, Keys, Scope
from dataspark.api.problems import LOGGER, Kind, Problem
from dataspark.api.ratelimit import RateLimit
from dataspark.errors import DataSparkError, UsageError
from dataspark.plan import nearest_name
from dataspark.project import ApiSettings
from dataspark.reader import find_release
from dataspark.serving.contracts import ContractWatch
from dataspark.serving.shelf import Shelf
from dataspark.telemetry.metrics import HttpFigures
from dataspark.wiring import Workspace, open_workspace

_KEPT_OPEN = 2
_LOOK = 1.0
"""Seconds between two looks at the newest release and at the keys."""
_KEPT_CATALOGUES = 4


@dataclass(frozen=True)
class Address:
    """Which project is served, and to whom."""

    project: Path
    profile: str | None = None
    open: bool = False
    """Whether those without a key may read."""


@dataclass(frozen=True)
class Caller:
    """Who asks."""

    name: str
    key: Key | None

    @property
    def masked(self) -> bool:
        """Whether classified columns are empty for it."""
        return self.key is None or not self.key.allows(Scope.UNMASKED)

    def may(self, scope: Scope) -> bool:
        """Whether it has a scope. Nobody in particular, where the server is open, may read."""
        return self.key.allows(scope) if self.key else scope is Scope.READ


ANYBODY = Caller("anybody", None)


class Service:
    """One project, served. Made in the thread of the event loop; `start` and `stop` once each."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.workspace = self.open_workspace()
        self.settings: ApiSettings = self.workspace.project.api
        self.keys = KeyRing(Keys(Path(self.settings.keys_file)))
        self.keys.refresh()
        self.secret = self.keys.secret()
        self.limit = RateLimit(self.settings.requests_per_minute)
        self.cache = Cache(self.settings.cache_size)
        self.figures = HttpFigures()
        self.newest: str | None = None
        self.contracts = ContractWatch(self.workspace.project.root)
        self.classes = self.contracts.state()
        """The state of the contracts, which say what is masked, when they were last looked at."""
        self.trouble: DataSparkError | None = None
        """Why the newest release could not be looked for."""
        self.closing = asyncio.Event()
        self.pool = ThreadPoolExecutor(self.settings.concurrency, "question")
        self.asking = Asking(self)
        self.jobs = Jobs(address.project, address.profile, self._look)
        self._shelf: Shelf | None = None
        self._catalogues: OrderedDict[tuple[str, str], tuple[TableEntry, ...]] = OrderedDict()
        self._watching: asyncio.Task[None] | None = None

    def open_workspace(self) -> Workspace:
        """The project as it is now, with the engine that answers callers."""
        workspace = open_workspace(self.address.project, self.address.profile)
        settings = workspace.project.api
        engine = replace(
            workspace.project.engine,
            name="duckdb",
            memory_limit=settings.memory_limit,
            threads=settings.threads or os.cpu_count(),
        )
        return replace(workspace, project=replace(workspace.project, engine=engine))

    @property
    def shelf(self) -> Shelf:
        """The open releases."""
        if self._shelf is None:
            self._shelf = Shelf(self.open_workspace, _KEPT_OPEN, contracts=self.contracts)
        return self._shelf

    async def start(self) -> None:
        """Look for the newest release, and again every second."""
        await self._look()
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """End what is going on, runs included, and let go of everything."""
        self.closing.set()
        if self._watching:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await self.jobs.stop()
        self.pool.shutdown(wait=True, cancel_futures=True)
        if self._shelf:
            self._shelf.close()

    def stand(self) -> str:
        """The newest release. Raises Problem where there is none."""
        if self.newest is None:
            if self.trouble and not isinstance(self.trouble, UsageError):
                raise Problem(Kind.LAKE, "the lake does not answer as it should")
            raise Problem(Kind.UNKNOWN_RELEASE, "there is no release yet", "start a run")
        return self.newest

    def require_release(self, identifier: str) -> str:
        """The id of a release that there is. Raises Problem."""
        if identifier == self.newest:
            return identifier
        known = self.workspace.lake.release_ids()
        if identifier not in known:
            raise Problem(
                Kind.UNKNOWN_RELEASE,
                f"there is no release `{identifier[:80]}`",
                nearest_name(identifier, reversed(known)),
            )
        return identifier

    def known_catalogue(self, release: str) -> tuple[TableEntry, ...]:
        """The tables of a release, where somebody asked for them before; else nothing."""
        return self._catalogues.get((release, self.classes), ())

    def catalogue(self, release: str) -> tuple[TableEntry, ...]:
        """The tables of a release."""
        key = release, self.classes
        found = self._catalogues.get(key)
        if found is None:
            workspace = self.open_workspace()
            found = self._catalogues[key] = catalogue(workspace, find_release(workspace, release))
            while len(self._catalogues) > _KEPT_CATALOGUES:
                self._catalogues.popitem(last=False)
        return found

    @contextmanager
    def engine(self) -> Iterator[tuple[Workspace, Callable[[], Any]]]:
        """The project as it is now, and its engine, for one question that is not about rows of a release."""
        workspace = self.open_workspace()
        with workspace.engine() as engine:
            yield workspace, engine

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            await self._look()

    async def _look(self) -> None:
        try:
            self.newest = (await asyncio.to_thread(find_release, self.workspace, None)).id
            self.trouble = None
        except DataSparkError as error:
            if isinstance(error, UsageError):  # there is none, and not: nobody knows
                self.newest = None
            elif self.trouble is None:
                LOGGER.warning("the newest release is not known: %s", error)
            self.trouble = error
        self.classes = await asyncio.to_thread(self.contracts.state)
        self.cache.move_to((self.newest, self.classes))
        try:
            await asyncio.to_thread(self.keys.refresh)
        except DataSparkError as error:
            LOGGER.warning("keys: %s", error)
