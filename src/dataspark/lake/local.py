"""The lake on local folders: what the pipeline's `Lake` port asks for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dataspark.contracts.contract import Dialect
from dataspark.errors import StorageError
from dataspark.lake import lock, rawfiles, releases, runs
from dataspark.lake.storage import Area, storage_errors
from dataspark.pipeline.ports import Archive, Copied, RawFile, SourceFile
from dataspark.project import LakeSettings
from dataspark.tables import Layer, TableRef


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
            for folder, folders, files in os.walk(root):
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

    def copy_in(self, name: str, table: str, dialect: Dialect) -> Copied:
        """Copy a file of `sources` into bronze, byte by byte, each content once. Raises StorageError."""
        source, ending = self.sources.path(name), _ending(name)
        partial = self.bronze.path(f"{table}/.arriving.{os.getpid()}")
        with storage_errors(f"writing {partial}"):
            partial.parent.mkdir(parents=True, exist_ok=True)
            try:
                sha256, size, ends, open_line = rawfiles.copy_hashed(source, partial)
                copied = f"{table}/{sha256}{ending}"
                rawfiles.sync(partial)
                partial.replace(self.bronze.path(copied))
            finally:
                partial.unlink(missing_ok=True)
        countable = not rawfiles.is_packed(name) and _one_byte_line_ends(dialect.encoding)
        return Copied(copied, sha256, size, ends + open_line if countable else None)

    def archive(self, table: str) -> Archive:
        """What bronze holds of a table."""
        stored = self.bronze.read_json(f"{table}/_archive.json") or {"files": [], "seen": {}}
        files = [RawFile(**{**file, "header": tuple(file["header"])}) for file in stored["files"]]
        return Archive(files, {name: tuple(stamp) for name, stamp in stored["seen"].items()})

    def save_archive(self, table: str, archive: Archive) -> None:
        """Record what bronze holds of a table."""
        self.bronze.write_json(
            f"{table}/_archive.json", {"files": [asdict(f) for f in archive.files], "seen": archive.seen}
        )

    def state(self, table: TableRef) -> dict[str, Any]:
        """The recorded head of a table; empty before the first run."""
        area, name = self._state(table)
        return dict(area.read_json(name) or {})

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

    def runs(self) -> list[dict[str, Any]]:
        """Every run's record, oldest first."""
        return runs.all_of(self.gold)

    def raw_path(self, file: RawFile) -> Path:
        """Where a file of the bronze archive is."""
        return self.bronze.path(file.object)


def _ending(name: str) -> str:
    suffixes = Path(name).suffixes[-2:]
    if suffixes and suffixes[-1] in rawfiles.PACKINGS:
        return "".join(suffixes)
    return suffixes[-1] if suffixes else ""


def _one_byte_line_ends(encoding: str) -> bool:
    return "\n\r".encode(encoding) == b"\n\r"
