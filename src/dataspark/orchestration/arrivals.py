"""New files in `sources` → a run. The folder or bucket is listed again and again: that works for both.

A file counts when it is new to the archive and has not changed between two looks: whoever copies it there is done.
What was tried is not tried again before something changes, so that a file that stops the run stops it once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from dataspark.errors import DataSparkError
from dataspark.orchestration.request import Request
from dataspark.pipeline.ingest import is_fresh, owners_of
from dataspark.pipeline.ports import SourceFile
from dataspark.wiring import Workspace

Tell = Callable[[str], object]
Start = Callable[[], bool]
"""Runs the project. Returns whether that was a try: False where another run was going on."""
_NAMED = 3
"""Files that are told by name."""


@dataclass
class Arrivals:
    """Looks at `sources`, and remembers what it saw and what was tried."""

    request: Request
    _last: frozenset[SourceFile] | None = None
    _tried: tuple[frozenset[SourceFile], object] = (frozenset(), None)
    _workspace: Workspace | None = None
    _settings: object = field(default=None)
    """When the project's own files were changed last."""

    def look(self) -> list[SourceFile]:
        """The files that a run should begin for now; none while one of them is still arriving.

        Raises DataSparkError where the project or the lake cannot be read.
        """
        fresh = self._fresh()
        steady, self._last = fresh == self._last, fresh
        if not fresh or not steady or self._tried == (fresh, self._settings):
            return []
        return sorted(fresh, key=lambda file: file.name)

    def tried(self) -> None:
        """A run began after the last look: what it could not take is not to be tried again as it is."""
        self._tried = (self._last or frozenset(), self._settings)

    def _fresh(self) -> frozenset[SourceFile]:
        workspace = self._opened()
        tables = workspace.plan.tables
        owners = owners_of(workspace.lake.source_files(), tables)
        archives = {name: workspace.lake.archive(name) for name, files in owners.items() if files}
        return frozenset(file for name, files in owners.items() for file in files if is_fresh(file, archives[name]))

    def _opened(self) -> Workspace:
        """The project as it is now: a contract that somebody mended may let in what it refused."""
        changed = _changes(self.request)
        if self._workspace is None or changed != self._settings:
            self._workspace, self._settings = self.request.open(), changed
        return self._workspace


def _changes(request: Request) -> object:
    project = request.open().project
    # Its settings and its SQL are read by now; contracts are only named.
    return project, tuple((project.root / file).stat().st_mtime_ns for file in project.contract_files)


def watch(request: Request, start: Start, every: float, tell: Tell, over: threading.Event) -> None:
    """Run whenever new files have arrived, until `over`. `every`: seconds between two looks.

    What goes wrong is told, once, and looked at again: a bucket may come back. Raises DataSparkError only for a
    project that cannot be read at the start.
    """
    request.open().require_plan()
    arrivals, trouble = Arrivals(request), ""
    while not over.is_set():
        try:
            files = arrivals.look()
            trouble = ""
        except DataSparkError as error:
            files = []
            if str(error) != trouble:
                trouble = str(error)
                tell(f"{_now()}  {trouble}")
        if files:
            tell(f"{_now()}  {_named(files)}")
            if start():
                arrivals.tried()
        over.wait(every)


def _named(files: list[SourceFile]) -> str:
    listed = ", ".join(file.name for file in files[:_NAMED])
    left = len(files) - _NAMED
    return f"{listed}{f' and {left:,} more' if left > 0 else ''} arrived: a run begins"


def _now() -> str:
    return f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"
