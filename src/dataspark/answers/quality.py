"""What became of every row, table by table and file by file, as of the last run (released or not)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dataspark.answers.trends import Trend, trends
from dataspark.errors import UsageError
from dataspark.pipeline.heads import Head
from dataspark.pipeline.ledger import FileLedger, total
from dataspark.plan import nearest_name
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace


@dataclass(frozen=True)
class FileQuality:
    """One raw file."""

    name: str
    arrived: str
    ledger: FileLedger


@dataclass(frozen=True)
class TableQuality:
    """One silver table."""

    name: str
    as_of: str
    """The date of the last run that judged it; empty before the first."""
    ledger: FileLedger
    files: tuple[FileQuality, ...]
    trend: Trend = field(default_factory=Trend)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        files = [{"name": f.name, "arrived": f.arrived, **f.ledger.as_json()} for f in self.files]
        return {"name": self.name, "as_of": self.as_of, **self.ledger.as_json(), "files": files, **self.trend.as_json()}


def quality(workspace: Workspace, table: str | None = None) -> tuple[TableQuality, ...]:
    """The ledgers of all silver tables, or of one, and how they move. Raises UsageError for an unknown table."""
    names = [one.name for one in workspace.plan.tables]
    chosen = [silver_name(workspace, table)] if table else names
    found = trends(workspace, chosen)
    return tuple(_quality(workspace, name, found[name]) for name in chosen)


def silver_name(workspace: Workspace, written: str) -> str:
    """`achats` for `achats`, `silver.achats` and `quarantine.achats`. Raises UsageError for an unknown table."""
    names = [one.name for one in workspace.plan.tables]
    bare = written.removeprefix("silver.").removeprefix("quarantine.")
    if bare not in names:
        raise UsageError(f"no contract describes a table `{written}` of raw files", nearest_name(bare, names))
    return bare


def _quality(workspace: Workspace, name: str, trend: Trend) -> TableQuality:
    head = Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, name)))
    archived = {file.number: file for file in workspace.lake.archive(name).files}
    files = tuple(
        FileQuality(archived[number].name, archived[number].arrived, one)
        for number, one in sorted(head.files.items())
        if number in archived
    )
    return TableQuality(name, head.as_of, total(head.files.values()), files, trend)
