"""One run at a time per lake in S3: a lease by conditional writes on one small object.

Nobody there notices that a holder has died, so a holder says every few seconds that it lives. Whoever finds that it has
not said so for longer than the lease lasts takes over. Three things make that safe:

- **Expired is judged by the server's clock alone**: the age of the lease is the difference between the times of two
  writes, the holder's last one and one that the asker makes at this moment. No machine's clock has to be right.
- **A holder judges itself by its own steady clock**, from before it sent its last sign of life, and more strictly than
  others do: it stops changing things before anybody may take over.
- **Who takes over rewrites the release** with a new `fence`. A release is only published in the place of the very
  object that its publisher saw while it held the lease for certain, so that the old holder, were it to wake up in
  the middle of a request, can no longer publish. What it could still write otherwise does not count by itself
  (`docs/s3.md` goes through it).

On the machine of a holder that has died, nobody has to wait: the same machine knows.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dataspark.errors import LakeBusy, LeaseLost, StorageError
from dataspark.lake.lock import LOCK, described, owner
from dataspark.lake.objects import Bucket
from dataspark.lake.storage import Overtaken, Tag, as_json

LASTS = 60.0
"""Seconds from the holder's last sign of life until another may take over."""
_ENDED: set[str] = set()
"""Leases of this process that are over, also where the endpoint could not be told any more."""
_CLOCK = "_clock"
"""Written to learn what time it is at the server."""


class Lease:
    """A lease that is held. `check` is asked before anything is changed."""

    def __init__(self, area: Bucket, purpose: str) -> None:
        self.area = area
        self.document: dict[str, Any] = {**owner(purpose), "token": uuid.uuid4().hex, "signs": 0, "machine": _machine()}
        self._tag: Tag = ""
        self._until = 0.0
        self._ended = threading.Event()

    def check(self) -> None:
        """Raise LeaseLost unless the lake is held for certain."""
        if time.monotonic() >= self._until:
            raise LeaseLost(
                f"the lake {self.area.location()} is not held any more: for {LASTS * _STRICTER:.0f} s this process could "
                "not say that it lives",
                "nothing half-done is visible: run again",
            )

    def take(self) -> bool:
        """Take the lease where it is free. Returns whether it had to be taken from a holder. Raises LakeBusy."""
        there = self.area.read_tagged(LOCK)
        held = _held(there[0]) if there else None
        if held and not _is_dead(held):
            age = _age(self.area)
            if age <= LASTS:
                raise _busy(self.area, held, age)
        try:
            self._say(there[1] if there else None)
        except Overtaken:
            raise _busy(self.area, self._holder(), 0) from None
        return held is not None

    def keep(self) -> None:
        """Say again and again that the holder lives, until the lease is given back."""
        while not self._ended.wait(LASTS / 5):
            # An endpoint that does not answer may answer again in time.
            with suppress(StorageError):
                try:
                    self._say(self._tag)
                except Overtaken:
                    self._until = 0.0
                    return

    def give_back(self) -> None:
        """Let the next one have it at once."""
        self._ended.set()
        _ENDED.add(self.document["token"])
        with suppress(StorageError):  # taken by somebody, or it will expire
            self.area.claim(LOCK, b"{}", self._tag)

    def _say(self, tag: Tag | None) -> None:
        self.document["signs"] += 1
        before = time.monotonic()
        self._tag = self.area.claim(LOCK, as_json(self.document), tag)
        self._until = before + LASTS * _STRICTER

    def _holder(self) -> dict[str, Any]:
        there = self.area.read_tagged(LOCK)
        return (_held(there[0]) if there else None) or {}


_STRICTER = 0.75
"""Of what a lease lasts: after so much without a sign of life its holder changes nothing any more."""


@contextmanager
def leased(area: Bucket, purpose: str, taken: Callable[[Lease, bool], object]) -> Iterator[Lease]:
    """Hold the lake while the block runs; `taken` is called first, and learns whether a holder was put aside.

    Raises LakeBusy, naming the process that holds it.
    """
    lease = Lease(area, purpose)
    from_holder = lease.take()
    keeper = threading.Thread(target=lease.keep, name="lease", daemon=True)
    keeper.start()
    try:
        taken(lease, from_holder)
        yield lease
    finally:
        lease._ended.set()
        keeper.join()
        lease.give_back()


def _held(content: bytes) -> dict[str, Any] | None:
    """Who holds it; None where it was given back. What is damaged is held by somebody unknown until it expires."""
    try:
        document = json.loads(content)
    except ValueError:
        return {"token": ""}
    return document if isinstance(document, dict) and "token" in document else None


def _age(area: Bucket) -> float:
    """Seconds since the lease was last written, by the server's clock."""
    area.write(_CLOCK, uuid.uuid4().hex.encode())
    return area.written_at(_CLOCK) - area.written_at(LOCK)


def _busy(area: Bucket, held: dict[str, Any], age: float) -> LakeBusy:
    return LakeBusy(
        f"the lake {area.location()} is held by {described(held)}",
        f"wait for it to end; should it have died, the lake is free in {max(1, LASTS - age):.0f} s",
    )


def _machine() -> str:
    """This machine since it was started, with what processes see of each other there; empty where that is unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()} {_began('self')}"
    except (OSError, IndexError):
        return ""


def _began(pid: int | str) -> str:
    """When a process of this machine was started: with its number that names it for ever."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]


def _is_dead(held: dict[str, Any]) -> bool:
    """Whether the holder was a process of this very machine that is no more. FALSE where that is not certain."""
    if held.get("token") in _ENDED:
        return True
    machine, began = str(held.get("machine", "")).rpartition(" ")[::2]
    if not machine or machine != _machine().rpartition(" ")[0]:
        return False
    try:
        return _began(int(held["pid"])) != began
    except FileNotFoundError:
        return True
    except (OSError, ValueError, KeyError, IndexError):
        return False
