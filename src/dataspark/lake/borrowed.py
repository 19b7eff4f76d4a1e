"""A lake over an archive that is not its own: bronze is only read, whatever a run wants to note there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

from dataspark.lake.files import FileLake
from dataspark.pipeline.decisions import Decisions
from dataspark.pipeline.ports import Archive
from dataspark.project import Project


@dataclass(frozen=True)
class Snapshot:
    """What a bronze archive held at one moment: what arrives later is not seen, by any lake that has this snapshot."""

    archives: Mapping[str, Archive]
    """Table → its files."""
    decisions: Mapping[str, Decisions]

    @classmethod
    def of(cls, lake: FileLake, tables: Sequence[str]) -> Snapshot:
        """Read the lists of `tables`."""
        archives = {table: lake.archive(table) for table in tables}
        return cls(archives, {table: lake.decisions(table) for table in tables})


class BorrowedBronze(FileLake):
    """The lake of a project's settings, with the raw files of its bronze as a snapshot lists them."""

    def __init__(self, project: Project, snapshot: Snapshot) -> None:
        super().__init__(project.lake, project.storage, project.engine.temp_directory)
        self._snapshot = snapshot

    def archive(self, table: str) -> Archive:
        """What bronze held of a table."""
        return deepcopy(self._snapshot.archives.get(table, Archive()))

    def decisions(self, table: str) -> Decisions:
        """What people had decided about the rows of a table."""
        return deepcopy(self._snapshot.decisions.get(table, Decisions()))

    def save_archive(self, table: str, archive: Archive) -> None:
        """Nothing: the list is not ours."""

    def save_decisions(self, table: str, decisions: Decisions) -> None:
        """Nothing: the decisions are not ours."""
