"""Answers of the newest release, kept as bytes for those who ask the same; all are dropped when it or a contract moves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

Moment = tuple[str | None, str]
"""The newest release, and the state of the contracts."""
_SHARE = 16
"""One answer takes at most this part of the cache."""
_OVERHEAD = 1024
"""Bytes that an entry takes besides its body, roughly."""


@dataclass(frozen=True)
class Kept:
    """An answer."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    etag: bytes
    route: str
    """The path's template, for the figures."""


class Cache:
    """The answers that were asked for of late, up to so many bytes. For one thread: the event loop's."""

    def __init__(self, size: int) -> None:
        self._size, self._used = size, 0
        self._moment: Moment = (None, "")
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def move_to(self, moment: Moment) -> None:
        """Say which moment it is. Nothing of another one is answered: rows may have been forgotten, columns classified."""
        if moment != self._moment:
            self._moment, self._used = moment, 0
            self._kept.clear()

    def find(self, question: Hashable) -> Kept | None:
        """The answer to a question."""
        found = self._kept.get(question)
        if found:
            self._kept.move_to_end(question)
        return found

    def keep(self, question: Hashable, answer: Kept, moment: Moment) -> None:
        """Keep an answer to a request that came in at a moment."""
        weight = len(answer.body) + _OVERHEAD
        if moment != self._moment or weight * _SHARE > self._size or question in self._kept:
            return
        self._kept[question] = answer
        self._used += weight
        while self._used > self._size:
            _, gone = self._kept.popitem(last=False)
            self._used -= len(gone.body) + _OVERHEAD

    @property
    def used(self) -> int:
        """Bytes."""
        return self._used
