"""The lake on local folders: what the pipeline's `Lake` port asks for."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from dataspark.contracts.contract import Dialect
from dataspark.errors import StorageError
from dataspark.lake import lock, rawfiles, rawlines, releases, runs
from dataspark.lake.erasing import write_without
from dataspark.lake.rawlines import RawText, Span
from dataspark.lake.storage import Area, storage_errors
from dataspark.lake.surveying import Survey
from dataspark.pipeline.decisions import Decisions
from dataspark.pipeline.ports import Archive, Copied, RawFile, SourceFile
from dataspark.project import LakeSettings
from dataspark.tables import Layer, TableRef

_DECISIONS = "_decisions.json"
FORGETTING = "_forgetting.json"
"""In bronze while rows of a table are being forgotten: their places, and what must not be found when it is done."""


class LocalLake:
    """Four folders: `sources`, `bronze`, `silver`, `gold`."""

    def __init__(self, settings: LakeSettings) -> None:
        self.sources, self.bronze = Area(settings.sources), Area(settings.bronze)
        self.silver, self.gold = Area(settings.silver), Area(settings.gold)

    @contextmanager
    def hold(self, purpose: str) -> Iterator[None]:
        """One writer at a time. Raises LakeBusy."""
        with lock.exclusive(self.gold, purpose):
            yield

    def source_files(self) -> list[SourceFile]:
        """Every file in `sources`, by name; hidden files and folders are left out. Raises StorageError."""
        root = self.sources.root
        if not root.is_dir():
            raise StorageError(f"there is no folder {root}", "make it and put raw files there, or set `lake.sources`")
        found = []
        with storage_errors(f"listing {root}"):
            for folder, folders, files in os.walk(root, onerror=_raise):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                found += [Path(folder) / name for name in files if not name.startswith(".")]
            return sorted((self._source(path) for path in found), key=lambda file: file.name)

    def _source(self, path: Path) -> SourceFile:
        status = path.stat()
        name = path.relative_to(self.sources.root).as_posix()
        return SourceFile(name, (status.st_size, status.st_mtime_ns, status.st_ctime_ns))

    def source_header(self, name: str, dialect: Dialect) -> tuple[str, ...]:
        """The first record of a file in `sources`; empty for an empty file."""
        return rawfiles.read_header(self.sources.path(name), dialect)

    def source_sample(self, name: str, dialect: Dialect) -> tuple[tuple[str, ...], ...]:
        """The first records of a file in `sources`, its header included: enough to see what they look like."""
        return rawfiles.read_sample(self.sources.path(name), dialect)

    def source_sha256(self, name: str) -> str:
        """The SHA-256 of a file in `sources`. Raises StorageError."""
        return rawfiles.sha256_of(self.sources.path(name))

    def raw_sample(self, file: RawFile, dialect: Dialect) -> tuple[tuple[str, ...], ...]:
        """The first records of a file of the bronze archive, its header included."""
        return rawfiles.read_sample(self.raw_path(file), dialect)

    def copy_in(self, file: SourceFile, table: str, dialect: Dialect, unwanted: Collection[str] = ()) -> Copied:
        """Copy a file of `sources` into bronze, byte by byte, each content once; `unwanted` contents are not kept.

        Raises StorageError, also when the file is not the one any more that was listed; DataError when its packing is
        damaged.
        """
        source, ending = self.sources.path(file.name), _ending(file.name)
        partial = self.bronze.path(f"{table}/.arriving.{os.getpid()}{ending}")
        survey = Survey(dialect)
        with storage_errors(f"writing {partial}"):
            partial.parent.mkdir(parents=True, exist_ok=True)
            try:
                sha256 = rawfiles.copy_hashed(source, partial, survey)
                if rawfiles.is_packed(file.name):
                    rawfiles.unpacks(source)
                if self._source(source) != file:
                    raise StorageError(f"{source} changed while it was read", "run again when it is complete")
                copied = f"{table}/{sha256}{ending}"
                if sha256 not in unwanted:
                    partial.replace(self.bronze.path(copied))
            finally:
                partial.unlink(missing_ok=True)
        return Copied(copied, sha256, survey.size, None if rawfiles.is_packed(file.name) else survey.lines)

    def archive(self, table: str) -> Archive:
        """What bronze holds of a table."""
        stored = self.bronze.read_json(f"{table}/_archive.json") or {"files": [], "seen": {}}
        files = [_raw_file(file) for file in stored["files"]]
        return Archive(files, {name: tuple(stamp) for name, stamp in stored["seen"].items()})

    def save_archive(self, table: str, archive: Archive) -> None:
        """Record what bronze holds of a table."""
        self.bronze.write_json(
            f"{table}/_archive.json", {"files": [asdict(f) for f in archive.files], "seen": archive.seen}
        )

    def decisions(self, table: str) -> Decisions:
        """What people decided about the rows of a table."""
        return Decisions.from_json(self.bronze.read_json(f"{table}/{_DECISIONS}") or {})

    def save_decisions(self, table: str, decisions: Decisions) -> None:
        """Record what people decided about the rows of a table."""
        self.bronze.write_json(f"{table}/{_DECISIONS}", decisions.as_json())

    def is_forgetting(self, table: str) -> bool:
        """Whether rows of a table were being forgotten when that was interrupted."""
        return self.bronze.path(f"{table}/{FORGETTING}").exists()

    def state(self, table: TableRef) -> dict[str, Any]:
        """The recorded head of a table; empty before the first run."""
        area, name = self._state(table)
        return dict(area.read_json(name, "delete it and run again: the table is built anew from bronze") or {})

    def save_state(self, table: TableRef, state: dict[str, Any]) -> None:
        """Record the head of a table."""
        area, name = self._state(table)
        area.write_json(name, state)

    def _state(self, table: TableRef) -> tuple[Area, str]:
        area = self.gold if table.layer is Layer.GOLD else self.silver
        return area, f"_state/{table.name}.json"

    def release(self, identifier: str | None = None) -> dict[str, Any] | None:
        """The newest release, or the one named; None where there is none."""
        return releases.read(self.gold, identifier)

    def publish(self, release: dict[str, Any]) -> None:
        """Let all readers see a release."""
        releases.publish(self.gold, release)

    def releases(self) -> list[dict[str, Any]]:
        """Every release, oldest first."""
        return releases.all_of(self.gold)

    def save_run(self, record: dict[str, Any]) -> None:
        """Keep the record of a run."""
        runs.save(self.gold, record)

    def runs(self, newest: int = 0) -> list[dict[str, Any]]:
        """Every run's record, oldest first; with `newest` only that many."""
        return runs.all_of(self.gold, newest)

    def raw_records(self, file: RawFile, dialect: Dialect, wanted: Mapping[int, Span]) -> dict[int, RawText]:
        """The records of a bronze file that begin on the wanted lines, with their bytes."""
        return rawlines.read_records(self.raw_path(file), dialect, wanted)

    def erase(self, file: RawFile, table: str, records: Sequence[RawText]) -> RawFile:
        """Write a bronze file anew without some of its records. The old object stays until `drop_raw` deletes it."""
        ending = _ending(file.object)
        partial = self.bronze.path(f"{table}/.erasing.{os.getpid()}{ending}")
        try:
            sha256, size = write_without(self.raw_path(file), partial, records)
            with storage_errors(f"writing {partial}"):
                partial.replace(self.bronze.path(f"{table}/{sha256}{ending}"))
        finally:
            partial.unlink(missing_ok=True)
        gone = {line for record in records for line in range(record.line, record.line + record.lines)}
        erased = tuple(sorted({*file.erased, *gone}))
        made = f"{table}/{sha256}{ending}"
        return replace(file, object=made, sha256=sha256, size=size, origin=file.first_sha256, erased=erased)

    def drop_raw(self, object_: str) -> None:
        """Delete an object of bronze that no list names any more."""
        with storage_errors(f"deleting {self.bronze.path(object_)}"):
            self.bronze.path(object_).unlink(missing_ok=True)

    def raw_path(self, file: RawFile) -> Path:
        """Where a file of the bronze archive is."""
        return self.bronze.path(file.object)


def _raw_file(stored: dict[str, Any]) -> RawFile:
    return RawFile(**{**stored, "header": tuple(stored["header"]), "erased": tuple(stored.get("erased", ()))})


def _ending(name: str) -> str:
    suffixes = Path(name).suffixes[-2:]
    if suffixes and suffixes[-1] in rawfiles.PACKINGS:
        return "".join(suffixes)
    return suffixes[-1] if suffixes else ""


def _raise(error: OSError) -> None:
    # A walk that passes over what it may not read would lose the files there.
    raise error
