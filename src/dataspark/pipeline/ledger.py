"""The ledger: what became of every row of every file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dataspark.errors import LedgerError


@dataclass
class FileLedger:
    """What became of the rows of one file."""

    read: int = 0
    """Records and lines that are none, counted apart from the SQL."""
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    """Rows that are the same as the one before them under their key."""
    superseded: int = 0
    """Rows that a later one of their key replaced."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Reason → quarantined rows that have it; a row may have several."""
    warnings: Counter[str] = field(default_factory=Counter)
    """Rule with severity `warning` → rows that broke it and passed."""
    orphans: Counter[str] = field(default_factory=Counter)
    """Foreign key with `keep` → rows that were let through without their parent."""
    held: int = 0
    """Of the quarantined rows, those that only wait for their parent."""
    fixed: int = 0
    """Of the rows that were let in, those that a person mended."""

    def as_json(self) -> dict[str, Any]:
        """The ledger as its state file keeps it."""
        return {key: dict(value) if isinstance(value, Counter) else value for key, value in vars(self).items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> FileLedger:
        """Read back what `as_json` gave."""
        counters: dict[str, Any] = {key: Counter(v) if isinstance(v, dict) else v for key, v in stored.items()}
        return cls(**counters)

    @property
    def balanced(self) -> bool:
        """Whether every row is accounted for."""
        return self.read == self.accepted + self.quarantined + self.duplicates + self.superseded


def total(ledgers: Iterable[FileLedger]) -> FileLedger:
    """The ledger of several files together."""
    whole = FileLedger()
    for one in ledgers:
        for key, value in vars(one).items():
            if isinstance(value, Counter):
                if value:  # of thousands of files few have any
                    getattr(whole, key).update(value)
            else:
                setattr(whole, key, getattr(whole, key) + value)
    return whole


def prove(table: str, ledgers: Mapping[int, FileLedger], rows_in_silver: int) -> None:
    """Raise LedgerError unless every file balances and silver has as many rows as were accepted."""
    for number, one in ledgers.items():
        if not one.balanced:
            raise LedgerError(
                f"`{table}`, file {number}: read {one.read:,} ≠ accepted {one.accepted:,} + quarantined "
                f"{one.quarantined:,} + duplicates {one.duplicates:,} + superseded {one.superseded:,}",
                "this is a defect of DataSpark: nothing was published, please report it",
            )
    accepted = sum(one.accepted for one in ledgers.values())
    if accepted != rows_in_silver:
        raise LedgerError(
            f"`{table}`: {accepted:,} rows accepted, {rows_in_silver:,} rows in silver", "please report it"
        )
