"""The lake on folders, in buckets, or any mix of them: what the pipeline's `Lake` port asks for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataspark.contracts.contract import Dialect
from dataspark.errors import StorageError
from dataspark.lake import alerts, lock, rawfiles, rawlines, releases, runs
from dataspark.lake.areas import buckets, open_areas
from dataspark.lake.erasing import write_without
from dataspark.lake.rawlines import RawText, Span
from dataspark.lake.storage import Area, Folder, Listed, Tag
from dataspark.lake.surveying import Survey
from dataspark.pipeline.decisions import Decisions
from dataspark.pipeline.ports import Archive, Copied, RawFile, SourceFile
from dataspark.project import LakeSettings, StorageSettings
from dataspark.tables import Layer, TableRef

if TYPE_CHECKING:
    from dataspark.lake.lease import Lease

_DECISIONS = "_decisions.json"
_ARCHIVE = "_archive.json"
FORGETTING = "_forgetting.json"
"""In bronze while rows of a table are being forgotten: their places, and what must not be found when it is done."""
_COPIES_AT_ONCE = 8
"""Files that are copied to or from S3 together."""


_SMALL, _COPIED = 8 << 20, 1 << 30
"""Bytes of a file, and of all together, up to which copies are made before an engine reads them."""


class FileLake:
    """Four areas: `sources`, `bronze`, `silver`, `gold`."""

    def __init__(
        self, settings: LakeSettings, storage: StorageSettings | None = None, scratch: str | None = None
    ) -> None:
        self.areas = open_areas(settings, storage or StorageSettings(), scratch)
        self.sources, self.bronze, self.silver, self.gold = self.areas
        self._seen: Tag | None = None
        """The newest release when the lake began to be held."""
        self._held = False

    def remote_statements(self) -> list[str]:
        """What an engine that reads `s3://…` by itself must be told first; nothing where no area is there."""
        from dataspark.lake.access import for_duckdb

        return [statement for bucket in buckets(self.areas)[:1] for statement in for_duckdb(bucket.access)]

    def renewals(self) -> Callable[[], list[str]] | None:
        """What such an engine asks before each statement: what it must be told anew. None where no area is in S3."""
        from dataspark.lake.access import renewals

        return next((renewals(bucket.access) for bucket in buckets(self.areas)), None)

    @property
    def until(self) -> float | None:
        """From when on (seconds since 1970) the key of S3, as it is now, must be used no more; None: for ever."""
        return next((bucket.access.until for bucket in buckets(self.areas)), None)

    @property
    def ca_file(self) -> str | None:
        """The certificates that other tools have to trust to reach the areas; None: those that the system trusts."""
        return next((bucket.access.ca_file for bucket in buckets(self.areas)), None)

    def spark_settings(self) -> dict[str, str]:
        """What a Spark session must be told to reach the areas; nothing where none is in S3."""
        from dataspark.lake.access import for_spark

        return next((for_spark(bucket.access) for bucket in buckets(self.areas)), {})

    @contextmanager
    def hold(self, purpose: str) -> Iterator[None]:
        """One writer at a time. Raises LakeBusy."""
        with self._locked(purpose):
            self._held = True
            try:
                yield
            finally:
                self._held = False

    @contextmanager
    def _locked(self, purpose: str) -> Iterator[None]:
        if isinstance(self.gold, Folder):
            with lock.exclusive(self.gold, purpose):
                self._seen = releases.tag_of(self.gold)
                yield
            return
        from dataspark.lake.lease import leased

        remote = buckets(self.areas)
        for bucket in remote:
            bucket.may_make = True
        try:
            with leased(next(one for one in remote if one is self.gold), purpose, self._taken):
                yield
        finally:
            for area in self.areas:
                area.free()
            for bucket in remote:
                bucket.may_make = False
                bucket.forget()

    def _taken(self, lease: Lease, from_holder: bool) -> None:
        """Begin to hold a lake in S3: what is read from here on is what this process may replace."""
        for area in self.areas:
            area.guard = lease.check
        if from_holder:
            releases.fence(self.gold, lease.document["token"])
        self._seen = releases.tag_of(self.gold)
        for bucket in buckets(self.areas):
            bucket.remember()
            if self._seen is None:  # other tools write to them too, and do not make them
                bucket.make()
        lease.check()  # the release was seen while the lake was held for certain

    def foresee(self, silver: Collection[str], gold: Collection[str]) -> None:
        """Read at once what will be asked for one by one: the documents of these tables."""
        bronze = [
            f"{table}/{name}" for table in silver if table[0] != "_" for name in (_ARCHIVE, _DECISIONS, FORGETTING)
        ]
        heads = [self._state(TableRef(Layer.SILVER, table))[1] for table in silver]
        made = [self._state(TableRef(Layer.GOLD, table))[1] for table in gold]
        wanted = [
            (area, name) for area, names in zip(self.areas[1:], (bronze, heads, made), strict=True) for name in names
        ]
        remote = [(area, name) for area, name in wanted if area.is_remote]
        if remote and self._held:
            with ThreadPoolExecutor(_COPIES_AT_ONCE) as pool:
                list(pool.map(lambda one: one[0].read(one[1]), remote))

    def source_files(self) -> list[SourceFile]:
        """Every file in `sources`, by name; hidden files and folders are left out. Raises StorageError."""
        if isinstance(self.sources, Folder) and not self.sources.root.is_dir():
            raise StorageError(
                f"there is no folder {self.sources.root}", "make it and put raw files there, or set `lake.sources`"
            )
        return [SourceFile(listed.name, listed.stamp) for listed in self.sources.listing(hidden=False)]

    def looking_at(self, files: Sequence[SourceFile]) -> AbstractContextManager[None]:
        """Say which files will be looked at, in this order, so that their beginnings can be fetched side by side."""
        for bucket in buckets([self.sources]):
            return bucket.looking_at([file.name for file in files])
        return nullcontext()

    def source_header(self, name: str, dialect: Dialect) -> tuple[str, ...]:
        """The first record of a file in `sources`; empty for an empty file."""
        return rawfiles.read_header(self.sources.source(name), dialect)

    def source_sample(self, name: str, dialect: Dialect) -> tuple[tuple[str, ...], ...]:
        """The first records of a file in `sources`, its header included: enough to see what they look like."""
        return rawfiles.read_sample(self.sources.source(name), dialect)

    def source_sha256(self, name: str) -> str:
        """The SHA-256 of a file in `sources`. Raises StorageError."""
        return rawfiles.sha256_of(self.sources.source(name))

    def raw_sample(self, file: RawFile, dialect: Dialect) -> tuple[tuple[str, ...], ...]:
        """The first records of a file of the bronze archive, its header included."""
        return rawfiles.read_sample(self.bronze.source(file.object), dialect)

    def copy_in(
        self, files: Sequence[SourceFile], table: str, dialect: Dialect, unwanted: Collection[str] = ()
    ) -> Iterator[Copied]:
        """Copy files of `sources` into bronze, byte by byte, each content once, in this order.

        `unwanted` contents are not kept. To or from S3 several are under way at a time.

        Raises StorageError, also when a file is not the one any more that was listed; DataError when its packing is
        damaged.
        """
        copy = partial(self._copy, table=table, dialect=dialect, unwanted=unwanted)
        if not (self.sources.is_remote or self.bronze.is_remote) or len(files) < 2:
            yield from map(copy, files)
            return
        with ThreadPoolExecutor(_COPIES_AT_ONCE) as pool:
            yield from pool.map(copy, files)

    def _copy(self, file: SourceFile, table: str, dialect: Dialect, unwanted: Collection[str]) -> Copied:
        ending = _ending(file.name)
        survey = Survey(dialect)
        packed = rawfiles.is_packed(file.name)
        with self.bronze.arriving(table, ending) as partial:
            with self.sources.pinned(Listed(file.name, file.stamp[0], file.stamp)) as source:
                sha256 = rawfiles.copy_hashed(source, partial, survey)
                if packed:
                    rawfiles.unpacks(partial, str(source))
            copied = f"{table}/{sha256}{ending}"
            if sha256 not in unwanted:
                self.bronze.put(partial, copied)
        return Copied(copied, sha256, survey.size, None if packed else survey.lines)

    def archive(self, table: str) -> Archive:
        """What bronze holds of a table."""
        stored = self.bronze.read_json(f"{table}/{_ARCHIVE}") or {"files": [], "seen": {}}
        files = [_raw_file(file) for file in stored["files"]]
        return Archive(files, {name: tuple(stamp) for name, stamp in stored["seen"].items()})

    def save_archive(self, table: str, archive: Archive) -> None:
        """Record what bronze holds of a table."""
        self.bronze.write_json(
            f"{table}/{_ARCHIVE}", {"files": [asdict(f) for f in archive.files], "seen": archive.seen}
        )

    def decisions(self, table: str) -> Decisions:
        """What people decided about the rows of a table."""
        return Decisions.from_json(self.bronze.read_json(f"{table}/{_DECISIONS}") or {})

    def save_decisions(self, table: str, decisions: Decisions) -> None:
        """Record what people decided about the rows of a table."""
        self.bronze.write_json(f"{table}/{_DECISIONS}", decisions.as_json())

    def is_forgetting(self, table: str) -> bool:
        """Whether rows of a table were being forgotten when that was interrupted."""
        return self.bronze.exists(f"{table}/{FORGETTING}")

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
        """Let all readers see a release. Raises ReleaseConflict where another one came first."""
        seen = self._seen if self._held else releases.tag_of(self.gold)
        self._seen = releases.publish(self.gold, release, seen)

    def releases(self, newest: int = 0) -> list[dict[str, Any]]:
        """Every release, oldest first; with `newest` only that many."""
        return releases.all_of(self.gold, newest)

    def release_ids(self) -> list[str]:
        """The id of every release, oldest first."""
        return releases.ids(self.gold)

    def save_run(self, record: dict[str, Any]) -> None:
        """Keep the record of a run."""
        runs.save(self.gold, record)

    def runs(self, newest: int = 0) -> list[dict[str, Any]]:
        """Every run's record, oldest first; with `newest` only that many."""
        return runs.all_of(self.gold, newest)

    def alerts(self) -> dict[str, Any]:
        """What people were told and is not over yet."""
        return alerts.read(self.gold)

    def save_alerts(self, remembered: dict[str, Any]) -> None:
        """Record what people were told."""
        alerts.save(self.gold, remembered)

    def raw_records(self, file: RawFile, dialect: Dialect, wanted: Mapping[int, Span]) -> dict[int, RawText]:
        """The records of a bronze file that begin on the wanted lines, with their bytes."""
        if not wanted:
            return {}
        with self.raw_path(file) as path:
            return rawlines.read_records(path, dialect, wanted)

    def erase(self, file: RawFile, table: str, records: Sequence[RawText]) -> RawFile:
        """Write a bronze file anew without some of its records. The old object stays until it is deleted."""
        ending = _ending(file.object)
        with self.bronze.arriving(table, ending) as partial, self.raw_path(file) as path:
            sha256, size = write_without(path, partial, records)
            made = f"{table}/{sha256}{ending}"
            self.bronze.put(partial, made)
        gone = {line for record in records for line in range(record.line, record.line + record.lines)}
        erased = tuple(sorted({*file.erased, *gone}))
        return replace(file, object=made, sha256=sha256, size=size, origin=file.first_sha256, erased=erased)

    def raw_path(self, file: RawFile) -> AbstractContextManager[Path]:
        """A file of the bronze archive as a local file: itself, or a copy that is gone afterwards."""
        return self.bronze.local(file.object)

    @contextmanager
    def raw_near(self, files: Sequence[RawFile]) -> Iterator[list[str]]:
        """Where an engine of this machine reads files of the bronze archive.

        Of small files in S3 copies are made, side by side: an engine asks for one after the other, and twice for each.
        """
        remote, small = buckets([self.bronze]), _small(files)
        if not remote or not small:
            yield [self.raw_location(file) for file in files]
            return
        with remote[0].temporary() as folder:
            remote[0].bring(sorted(small), folder)
            names = {
                file.object: str(folder / file.object.rpartition("/")[2]) for file in files if file.object in small
            }
            yield [names.get(file.object) or self.raw_location(file) for file in files]

    def raw_location(self, file: RawFile) -> str:
        """Where a file of the bronze archive is, as an engine is told: an absolute path, or `s3://…`."""
        return self.bronze.location(file.object)


def _small(files: Sequence[RawFile]) -> set[str]:
    """The objects that are worth a copy: small ones, and not more of them than scratch space can be expected for."""
    small, left = set(), _COPIED
    for file in files:
        if file.size <= _SMALL and file.size <= left:
            small.add(file.object)
            left -= file.size
    return small


def _raw_file(stored: dict[str, Any]) -> RawFile:
    return RawFile(**{**stored, "header": tuple(stored["header"]), "erased": tuple(stored.get("erased", ()))})


def _ending(name: str) -> str:
    suffixes = Path(name).suffixes[-2:]
    if suffixes and suffixes[-1] in rawfiles.PACKINGS:
        return "".join(suffixes)
    return suffixes[-1] if suffixes else ""
