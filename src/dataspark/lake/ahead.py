"""Beginnings of objects, fetched side by side before they are asked for one by one.

A request takes its time however little it brings. Headers of many small files are looked at in order, so the next ones
are under way while one is looked at; what a file has beyond its beginning is fetched when it is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

BEGINNING = 64 << 10
"""Bytes of each object."""
_WINDOW = 32
"""Objects that are under way, or wait to be looked at."""


@dataclass(frozen=True)
class Beginning:
    """The first bytes of an object."""

    content: bytes
    size: int
    """Of the whole object."""
    tag: str


class Ahead:
    """Fetches beginnings in the order in which they will be asked for."""

    def __init__(self, names: Sequence[str], fetch: Callable[[str], Beginning], at_once: int) -> None:
        self._pool = ThreadPoolExecutor(at_once)
        self._fetch = fetch
        self._coming = deque(names)
        self._under_way: dict[str, Future[Beginning]] = {}
        self._last = ""

    def get(self, name: str) -> Beginning | None:
        """The beginning of an object; None for one that was not announced. Raises what fetching it raised."""
        if name not in self._under_way:
            while self._coming and name not in self._under_way:
                self._submit()
        elif name != self._last:
            self._under_way.pop(self._last, None)  # asked for in order: nobody looks back
        if name not in self._under_way:
            return None
        self._last = name
        while self._coming and len(self._under_way) < _WINDOW:
            self._submit()
        return self._under_way[name].result()

    def close(self) -> None:
        """Wait for what is under way, and forget it."""
        self._coming.clear()
        self._pool.shutdown(cancel_futures=True)
        self._under_way.clear()

    def _submit(self) -> None:
        name = self._coming.popleft()
        self._under_way[name] = self._pool.submit(self._fetch, name)


def joined(beginning: Beginning, rest: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    """The chunks of an object whose beginning is known."""
    yield beginning.content
    if beginning.size > len(beginning.content):
        yield from rest()
