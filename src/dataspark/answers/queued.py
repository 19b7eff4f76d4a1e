"""Rows of the quarantine as plain values: where they stand, why, and where their bytes are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from dataspark.lake.rawlines import RawText
from dataspark.pipeline.decisions import Fix, Waiver
from dataspark.pipeline.journal import Event
from dataspark.pipeline.rowid import RowId


class Status(StrEnum):
    """Where a row stands that broke its contract."""

    OPEN = "open"
    """Somebody has to look at it."""
    HELD = "held"
    """It waits for its parent and is let in when that arrives."""
    WAIVED = "waived"
    """A person decided that nobody has to work on it."""
    FIXED = "fixed"
    """A person mended it, and the mended version was let in."""
    RELEASED = "released"
    """It was let in as it came."""


WAITING = (Status.OPEN, Status.HELD, Status.WAIVED)
"""Rows that are in the quarantine; the others have left it."""


@dataclass(frozen=True)
class Moment:
    """Something that happened to a row."""

    event: Event
    run: str
    as_of: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class QueuedRow:
    """One row of the queue."""

    id: RowId
    key: str | None
    """The values of its key columns as they came, joined by commas; None when a field is missing."""
    status: Status
    reasons: tuple[str, ...]
    """Every rule that it breaks; of a row that was let in, those that it broke last."""
    file: str
    sha256: str
    line: int
    values: Mapping[str, str | None]
    """Its fields as text: as they came, or as a person mended them; empty for a line that is no record."""
    first_run: str
    last_run: str
    text: RawText
    """Its bytes in the bronze archive, and where they are."""
    fix: Fix | None = None
    """The newest mended version."""
    pending: bool = False
    """Whether no run has judged that version yet."""
    waiver: Waiver | None = None
    history: tuple[Moment, ...] = field(default=())
    """Oldest first; only asked for one row."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain values; `raw` is the text, `raw_hex` the bytes themselves."""
        place = {"lines": self.text.lines, "bytes": [self.text.start, self.text.end]}
        shown = {"raw": self.text.text, "raw_hex": self.text.raw.hex()}
        own = {k: v for k, v in vars(self).items() if k not in ("id", "text", "fix", "waiver", "history")}
        made = {"fix": self.fix and asdict(self.fix), "waiver": self.waiver and asdict(self.waiver)}
        return {"row": str(self.id), **own, **place, **shown, **made, "history": [asdict(m) for m in self.history]}


@dataclass(frozen=True)
class Summary:
    """The queue of one table in numbers."""

    table: str
    as_of: str
    statuses: Mapping[Status, int]
    reasons: Mapping[str, int]
    """Reason → waiting rows that have it, waived ones left out."""
    files: Mapping[str, int]
    """File → waiting rows, waived ones left out."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)
