"""Whether the contracts' files are what they were: what they classify counts at once, and not from the next release on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from dataspark.project.sqlfiles import contract_files

_FRESH = 0.5
"""Seconds for which the files are taken for unchanged without another look."""


class ContractWatch:
    """Looks at the files of a project's contracts, seldom enough to cost nothing. Safe for threads."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._root, self._clock = root, clock
        self._lock = threading.Lock()
        self._seen = self._state = _state_of(root)
        self._looked = clock()

    def state(self) -> str:
        """A word that is another one once a contract has changed, been added or been taken away.

        A change counts when two looks have found the same: a file that is being written, or is away for a moment
        because it is replaced, is no contract that anybody meant.
        """
        with self._lock:
            now = self._clock()
            if now - self._looked >= _FRESH:
                seen = _state_of(self._root)
                if seen == self._seen:
                    self._state = seen
                self._seen, self._looked = seen, now
            return self._state


def _state_of(root: Path) -> str:
    try:
        files = [(path.as_posix(), (root / path).stat()) for path in contract_files(root)]
    except OSError as error:  # a file went away since it was listed, or nobody may look: a state like any other
        return repr(error)
    told = [(path, one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino) for path, one in files]
    return sha256(repr(told).encode()).hexdigest()[:12]
