"""verdict → release: one small object moves, and with it every table that readers see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dataspark.pipeline.ports import Lake
from dataspark.tables import TableRef


def publish(lake: Lake, versions: Mapping[TableRef, int], run: str, as_of: datetime) -> tuple[str, bool]:
    """Release these versions together. Returns the release's id and whether it is a new one.

    Nothing moves when the newest release names the same versions.
    """
    tables = {str(table): version for table, version in sorted(versions.items())}
    newest = lake.release()
    if newest and newest["tables"] == tables:
        return newest["id"], False
    identifier = next_id(lake)
    lake.publish(release(identifier, tables, run, as_of.isoformat()))
    return identifier, True


def next_id(lake: Lake) -> str:
    """The id that the next release gets: numbered, so that names sort by age."""
    taken = [int(known[1:]) for known in lake.release_ids()]
    return f"r{max(taken, default=0) + 1:06d}"


def release(identifier: str, tables: Mapping[str, int], run: str, as_of: str) -> dict[str, Any]:
    """The object that readers open."""
    return {
        "id": identifier,
        "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "run": run,
        "as_of": as_of,
        "tables": dict(tables),
    }
