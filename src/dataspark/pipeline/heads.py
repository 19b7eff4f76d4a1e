"""The heads of silver tables, and what there is to do about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dataspark.contracts.contract import Contract
from dataspark.pipeline.decisions import Decisions
from dataspark.pipeline.ledger import FileLedger
from dataspark.pipeline.ports import Archive
from dataspark.sql.parsing import Condition
from dataspark.tables import Layer, TableRef


@dataclass
class Head:
    """A silver table as the last run left it."""

    version: int | None = None
    quarantine: int | None = None
    repeats: int | None = None
    """None while no key ever came twice."""
    journal: int | None = None
    fingerprint: str = ""
    as_of: str = ""
    files: dict[int, FileLedger] = field(default_factory=dict)
    parents: dict[str, int | None] = field(default_factory=dict)
    """Parent of a foreign key → the version of it that the quarantine was judged against."""
    erased: int = 0
    """How many lines of its raw files had been erased."""
    fixes: int = 0
    """How many of the mended rows, in the order of their decisions, are in it."""
    judged: dict[str, str] = field(default_factory=dict)
    """Reason → the run that last judged the quarantined rows with this reason; `*`: every row that is a record."""

    def as_json(self) -> dict[str, Any]:
        """The head as its state file keeps it."""
        return {**vars(self), "files": {str(number): one.as_json() for number, one in self.files.items()}}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Head:
        """Read back what `as_json` gave; an empty dictionary is a table that was never refined."""
        files = {int(number): FileLedger.from_json(one) for number, one in stored.get("files", {}).items()}
        return cls(**{**stored, "files": files})

    def versions(self, name: str) -> dict[TableRef, int]:
        """The version of each table that keeps the rows of silver table `name`."""
        kept = {
            Layer.SILVER: self.version,
            Layer.QUARANTINE: self.quarantine,
            Layer.REPEATS: self.repeats,
            Layer.JOURNAL: self.journal,
        }
        return {TableRef(layer, name): version for layer, version in kept.items() if version is not None}

    def emptied(self) -> Head:
        """The head of the same tables without a row, to fill them again from bronze."""
        return Head(repeats=self.repeats, journal=self.journal)


@dataclass(frozen=True)
class Task:
    """One table to refine."""

    contract: Contract
    archive: Archive
    as_of: datetime
    fingerprint: str
    conditions: dict[str, Condition]
    """Code of a row rule → what its condition reads."""
    parents: dict[str, int | None]
    """Parent table → its version now."""
    decisions: Decisions
    run: str
    """The run's id."""
    full: bool = False
    replay: bool = False
    """Every quarantined row is judged again."""
