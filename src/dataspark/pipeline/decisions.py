"""What people decided about single rows: mended versions that take a row's place, and waivers.

Decisions are added to, never changed, and belong to the archive: like raw files they are what a table is made from, so
a table that is rebuilt from bronze meets them again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Position = tuple[int, int]
"""The number of a raw file and the line on which a row begins."""


@dataclass(frozen=True)
class Fix:
    """A row as a person mended it. It stands where the original stood, and is judged like any other."""

    file: int
    line: int
    values: Mapping[str, str]
    """Column → text, as a raw file would have it."""
    by: str
    at: str
    """When it was taken back (ISO 8601, UTC)."""
    source: str
    """The mended file below bronze, byte for byte: `<table>/_fixes/<sha256>.csv`."""

    @property
    def position(self) -> Position:
        """Which row it replaces."""
        return self.file, self.line


@dataclass(frozen=True)
class Waiver:
    """A person's word that nobody has to work on a row. It lets none in and keeps none out: contracts do."""

    file: int
    line: int
    reason: str
    by: str
    at: str
    withdrawn: bool = False
    """It takes an earlier waiver back."""

    @property
    def position(self) -> Position:
        """Which row it speaks of."""
        return self.file, self.line


@dataclass(frozen=True)
class Decisions:
    """Everything that was decided about the rows of one table, oldest first."""

    fixes: Sequence[Fix] = ()
    waivers: Sequence[Waiver] = ()

    def mended(self, since: int = 0) -> dict[Position, Fix]:
        """Row → its newest mended version, of the fixes behind the first `since`."""
        return {fix.position: fix for fix in self.fixes[since:]}

    def waived(self) -> dict[Position, Waiver]:
        """Row → the waiver that holds."""
        newest = {waiver.position: waiver for waiver in self.waivers}
        return {position: waiver for position, waiver in newest.items() if not waiver.withdrawn}

    def but(self, gone: Collection[Position]) -> Decisions:
        """The same without the mended versions of rows that are gone."""
        return replace(self, fixes=tuple(fix for fix in self.fixes if fix.position not in gone)) if gone else self

    def as_json(self) -> dict[str, Any]:
        """The decisions as the archive keeps them."""
        return {"fixes": [vars(one) for one in self.fixes], "waivers": [vars(one) for one in self.waivers]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Decisions:
        """Read back what `as_json` gave; nothing stored is nothing decided."""
        fixes = tuple(Fix(**one) for one in stored.get("fixes", ()))
        return cls(fixes, tuple(Waiver(**one) for one in stored.get("waivers", ())))
