"""Looking after a lake: back to an older release, and letting go of what no release needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from dataspark.pipeline.heads import Head
from dataspark.pipeline.publish import next_id, release
from dataspark.pipeline.record import STATE, versions
from dataspark.reader import find_release, require_files
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace


@dataclass(frozen=True)
class RolledBack:
    """Where readers are now."""

    release: str
    """The newest release, which names the versions of `to`."""
    to: str
    before: str
    """The release that readers saw until then."""
    changed: bool
    """Whether a release had to be made: not when readers see those very versions already."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def rollback(workspace: Workspace, identifier: str) -> RolledBack:
    """Publish an older release's versions as a new release: history is added to, never rewritten.

    Raises UsageError when there is no such release, or when files of it were vacuumed; LakeBusy.
    """
    lake = workspace.lake
    target = find_release(workspace, identifier)  # before the lock: a question about nothing makes no folder
    with lake.hold("rollback"):
        newest = find_release(workspace, None)
        if newest.versions == target.versions:
            return RolledBack(newest.id, target.id, newest.id, changed=False)
        for table in target.versions:
            require_files(workspace, target, table)
        stored = lake.release(target.id) or {}
        made = release(next_id(lake), stored["tables"], stored["run"], target.as_of)
        lake.publish({**made, "rollback_of": target.id})
        return RolledBack(made["id"], target.id, newest.id, changed=True)


@dataclass(frozen=True)
class Freed:
    """Files of one table that nothing needs."""

    table: str
    files: tuple[str, ...]
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Vacuumed:
    """What a vacuum let go of, or would."""

    kept: tuple[str, ...]
    """The releases that can still be read, oldest first."""
    freed: tuple[Freed, ...]
    dry_run: bool

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def vacuum(workspace: Workspace, keep: int, dry_run: bool = False) -> Vacuumed:
    """Delete every file that neither the newest `keep` releases nor the next run need.

    Bronze and the history of releases and runs are not touched. Raises UsageError without a release; LakeBusy.
    """
    lake = workspace.lake
    find_release(workspace, None)
    with lake.hold("vacuum"):
        every = lake.releases()
        kept = every[-max(1, keep) :]
        needed = _needed(workspace, every, kept)
        freed = tuple(one for table in sorted(needed) if (one := _free(workspace, table, needed[table], dry_run)).files)
    return Vacuumed(tuple(one["id"] for one in kept), freed, dry_run)


def _needed(
    workspace: Workspace, releases: list[dict[str, Any]], kept: list[dict[str, Any]]
) -> dict[TableRef, set[int]]:
    """Table → the versions that must stay readable. Tables that no kept release has are in it, with none."""
    needed: dict[TableRef, set[int]] = defaultdict(set)
    for every in releases:
        for written, version in every["tables"].items():
            versions = needed[TableRef.parse(written)]
            if every in kept:
                versions.add(version)
    for table, version in _heads(workspace, set(needed)):
        needed[table].add(version)
    return needed


def _heads(workspace: Workspace, released: set[TableRef]) -> Iterator[tuple[TableRef, int]]:
    """The versions that the next run goes on from: also of tables that the project has no more."""
    plan = workspace.plan
    silver = {contract.name for contract in plan.tables} | {t.name for t in released if t.layer is Layer.SILVER}
    gold = {model.name for model in plan.models} | {t.name for t in released if t.layer is Layer.GOLD}
    for name in silver:
        yield from Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, name))).versions(name).items()
    for name in gold:
        state = workspace.lake.state(TableRef(Layer.GOLD, name))
        if "version" in state:
            yield TableRef(Layer.GOLD, name), state["version"]
    yield from versions(workspace.lake.state(STATE)).items()


def _free(workspace: Workspace, table: TableRef, versions: set[int], dry_run: bool) -> Freed:
    """Free one table's files. A table with nothing to free is left alone: a vacuum writes to its log."""
    if not versions:
        return Freed(str(table), (), 0)
    # The log goes on naming files that an earlier vacuum deleted.
    listed, sizes = workspace.tables.vacuum(table, sorted(versions), dry_run=True), workspace.tables.sizes(table)
    files = sorted(name for name in listed if name in sizes)
    if files and not dry_run:
        workspace.tables.vacuum(table, sorted(versions))
    return Freed(str(table), tuple(files), sum(sizes[name] for name in files))
