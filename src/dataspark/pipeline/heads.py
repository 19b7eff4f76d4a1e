"""The heads of silver tables, and what there is to do about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dataspark.contracts.contract import Contract
from dataspark.pipeline.ledger import FileLedger
from dataspark.pipeline.ports import Archive
from dataspark.sql.parsing import Condition


@dataclass
class Head:
    """A silver table as the last run left it."""

    version: int | None = None
    quarantine: int | None = None
    fingerprint: str = ""
    as_of: str = ""
    files: dict[int, FileLedger] = field(default_factory=dict)
    parents: dict[str, int | None] = field(default_factory=dict)
    """Parent of a foreign key → the version of it that the quarantine was judged against."""

    def as_json(self) -> dict[str, Any]:
        """The head as its state file keeps it."""
        return {**vars(self), "files": {str(number): one.as_json() for number, one in self.files.items()}}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Head:
        """Read back what `as_json` gave; an empty dictionary is a table that was never refined."""
        files = {int(number): FileLedger.from_json(one) for number, one in stored.get("files", {}).items()}
        return cls(**{**stored, "files": files})


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
    full: bool = False
