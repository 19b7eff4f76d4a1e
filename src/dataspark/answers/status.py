"""Where a project stands: the newest release, its tables, and the run that came last."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dataspark.pipeline.heads import Head
from dataspark.reader import Release
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

_SHOWN = (Layer.SILVER, Layer.QUARANTINE, Layer.GOLD)
"""The tables that hold data; those that account for it have commands of their own."""


@dataclass(frozen=True)
class TableStatus:
    """One table of the newest release."""

    name: str
    rows: int
    version: int
    ahead: bool
    """Whether the lake has a newer state of it that is not released."""


@dataclass(frozen=True)
class RunLine:
    """One run in a line."""

    id: str
    started: str
    as_of: str
    seconds: float
    outcome: str
    """`released`, `nothing new`, `not released` or `failed`."""
    release: str | None
    error: str

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> RunLine:
        """Read what a run left behind."""
        return cls(
            record["id"],
            record["started"],
            record["as_of"],
            record["seconds"],
            _outcome(record),
            record["release"],
            record["error"],
        )


@dataclass(frozen=True)
class Status:
    """Where a project stands."""

    project: str
    release: dict[str, Any] | None
    tables: tuple[TableStatus, ...]
    last_run: RunLine | None

    def as_json(self) -> dict[str, Any]:
        """The status as plain values."""
        return asdict(self)


def status(workspace: Workspace) -> Status:
    """Where a project stands. Raises StorageError where the lake cannot be read."""
    stored = workspace.lake.release()
    records = workspace.lake.runs(newest=1)
    tables = _tables(workspace, Release.from_json(stored)) if stored else ()
    last = RunLine.from_record(records[-1]) if records else None
    return Status(workspace.project.name, stored, tables, last)


def runs(workspace: Workspace, newest: int) -> list[RunLine]:
    """The newest runs, oldest first."""
    return [RunLine.from_record(record) for record in workspace.lake.runs(newest)]


def _outcome(record: dict[str, Any]) -> str:
    if record["error"]:
        return "failed"
    if record["published"]:
        return "released"
    stale = any(model["stale"] for model in record["models"])
    return "nothing new" if record["ok"] and not stale else "not released"


def _tables(workspace: Workspace, release: Release) -> tuple[TableStatus, ...]:
    found = []
    shown = [item for item in release.versions.items() if item[0].layer in _SHOWN]
    for table, version in sorted(shown, key=_order):
        newest, rows = _head(workspace, table)
        if newest != version:
            rows = sum(file.rows for file in workspace.tables.files(table, version))
        found.append(TableStatus(str(table), rows, version, ahead=newest != version))
    return tuple(found)


def _order(item: tuple[TableRef, int]) -> tuple[int, str]:
    return _SHOWN.index(item[0].layer), item[0].name


def _head(workspace: Workspace, table: TableRef) -> tuple[int | None, int]:
    """The newest version of a table and its rows, as the last run recorded them."""
    state = workspace.lake.state(table)
    if table.layer is Layer.GOLD:
        return state.get("version"), state.get("rows", 0)
    head = Head.from_json(state)
    if table.layer is Layer.SILVER:
        return head.version, sum(one.accepted for one in head.files.values())
    return head.quarantine, sum(one.quarantined for one in head.files.values())
