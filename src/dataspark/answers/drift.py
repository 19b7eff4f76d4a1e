"""How the files that wait in `sources` differ from earlier ones, asked without a run; and contracts that accept it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from dataspark.contracts.patches import Patches, make_patches, write_patches
from dataspark.lake.storage import storage_errors
from dataspark.pipeline.drift import Drift, kept_out, look
from dataspark.pipeline.ingest import is_fresh, owners_of
from dataspark.wiring import Workspace


@dataclass(frozen=True)
class Drifted:
    """What was found."""

    project: str
    files: int
    """New files that were looked at."""
    drifts: tuple[Drift, ...]
    """Those that stop a run first."""
    errors: tuple[str, ...]
    """Headers that do not fit at all."""
    patches: Patches
    refused: tuple[str, ...]
    """Why some of it cannot be accepted by a change that this command could make."""

    @property
    def stops(self) -> bool:
        """Whether a run would stop."""
        return bool(self.errors) or any(drift.stops for drift in self.drifts)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "files": self.files,
            "stops": self.stops,
            "drift": [drift.as_json() for drift in self.drifts],
            "errors": list(self.errors),
            "refused": list(self.refused),
            "patch": self.patches.diff,
            "contracts": sorted(self.patches.texts),
        }


def drifted(workspace: Workspace, archived: bool = False) -> Drifted:
    """Look at every waiting file; with `archived` also at the columns that were kept out of archived files.

    Raises UsageError when a file belongs to two tables; StorageError.
    """
    contracts, lake = workspace.plan.tables, workspace.lake
    waiting = owners_of(lake.source_files(), contracts)
    drifts: list[Drift] = []
    errors: list[str] = []
    files = 0
    for contract in contracts:
        archive = lake.archive(contract.name)
        fresh = [file for file in waiting[contract.name] if is_fresh(file, archive)]
        files += len(fresh)
        found = look(lake, contract, fresh, archive)
        drifts += found.drifts
        errors += [error.message for error in found.errors]
        if archived:
            drifts += kept_out(lake, contract, archive, partial(lake.raw_sample, dialect=contract.dialect))
    drifts.sort(key=lambda drift: not drift.stops)
    patches = make_patches(workspace.project, workspace.plan.tables, [c for drift in drifts for c in drift.accept])
    return Drifted(
        workspace.project.name, files, tuple(drifts), tuple(errors), patches, tuple(_refusals(drifts, patches))
    )


def _refusals(drifts: list[Drift], patches: Patches) -> list[str]:
    found = []
    for drift in drifts:
        whys = [patches.refused[change] for change in drift.accept if change in patches.refused]
        whys += [drift.instead] if drift.instead else []
        found += [f"{drift.file}, `{drift.columns[0]}`: {why}" for why in whys]
    return list(dict.fromkeys(found))


def accept(workspace: Workspace, found: Drifted) -> None:
    """Write the changes into the contracts' files. Raises StorageError."""
    with storage_errors("changing the contracts"):
        write_patches(workspace.project, found.patches)
