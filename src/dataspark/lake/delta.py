"""Delta tables: which files a version has, and commits that are all or nothing. The only owner of `deltalake`.

An engine writes Parquet files into a table's folder; here they become a version. Until then no reader sees them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dataspark.errors import StorageError, UsageError
from dataspark.lake.storage import Area
from dataspark.tables import Layer, TableRef

if TYPE_CHECKING:
    from deltalake import DeltaTable

_FOLDERS = {
    Layer.SILVER: "",
    Layer.QUARANTINE: "quarantine",
    Layer.REPEATS: "_repeats",
    Layer.JOURNAL: "_journal",
    Layer.QUALITY: "_quality",
    Layer.GOLD: "",
}
_LOG = re.compile(r"([^/]+)/_delta_log/")
# Versions that a release names must stay readable until `dataspark vacuum` lets them go.
_CONFIGURATION = {"delta.logRetentionDuration": "interval 36500 days"}


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a table."""

    path: str
    """Relative to the table's folder."""
    size: int
    """Bytes."""
    rows: int
    minimum: Mapping[str, Any]
    """Column → smallest value, as Delta's JSON statistics have it. Columns without one are missing."""
    maximum: Mapping[str, Any]
    nulls: Mapping[str, int]

    @property
    def statistics(self) -> str:
        """The Delta log's `stats` text."""
        return json.dumps(
            {
                "numRecords": self.rows,
                "minValues": dict(self.minimum),
                "maxValues": dict(self.maximum),
                "nullCount": dict(self.nulls),
            },
            default=_bound,
        )


def _bound(value: Any) -> Any:
    """A bound that was read from a log as the log writes it: `date`, `datetime` and `Decimal` are no JSON."""
    if isinstance(value, datetime):
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{value!r} is no bound that a log can hold")


@dataclass(frozen=True)
class Field:
    """A column of a table, by its Delta type: `long`, `decimal(12,2)`, `timestamp`, `array<string>`…."""

    name: str
    type: str


class DeltaTables:
    """The tables of one lake."""

    def __init__(self, silver: Area, gold: Area) -> None:
        self._areas = {layer: gold if layer is Layer.GOLD else silver for layer in Layer}
        self._listed: dict[tuple[TableRef, int], list[DataFile]] = {}

    def area(self, table: TableRef) -> Area:
        """The area that a table is in."""
        return self._areas[table.layer]

    def folder(self, table: TableRef) -> str:
        """Where a table's files and log are, below its area."""
        return f"{_FOLDERS[table.layer]}/{table.name}".lstrip("/")

    def location(self, table: TableRef) -> str:
        """Where a table is, as other tools are told: an absolute folder, or `s3://…`."""
        return self.area(table).location(self.folder(table))

    def latest(self, table: TableRef) -> int | None:
        """The newest version, released or not; None where the table does not exist."""
        opened = self._open(table)
        return opened.version() if opened else None

    def files(self, table: TableRef, version: int) -> list[DataFile]:
        """The files of one version, in the order of the log. Raises UsageError for a version that is gone."""
        if (table, version) not in self._listed:  # what a version is made of never changes
            self._listed[table, version] = self._list(table, version)
        return self._listed[table, version]

    def _list(self, table: TableRef, version: int) -> list[DataFile]:
        opened = self._open_version(table, version)
        listing = opened.get_add_actions(flatten=True)
        # (the library's types promise arrays; what comes are lists)
        columns: dict[str, Any] = {name: listing.column(name).to_pylist() for name in listing.schema.names}
        return [_data_file(columns, index) for index in range(len(columns["path"]))]

    def path(self, table: TableRef, file: DataFile) -> str:
        """Where a file of a table is: an absolute path, or `s3://…`."""
        return f"{self.location(table)}/{file.path}"

    def paths(self, table: TableRef, version: int) -> list[str]:
        """Where the files of one version are."""
        return [self.path(table, file) for file in self.files(table, version)]

    def is_whole(self, table: TableRef, version: int) -> bool:
        """Whether every file of a version is still there. Raises UsageError for a version that is gone."""
        files, area, folder = self.files(table, version), self.area(table), self.folder(table)
        if not area.is_remote:
            return all(area.exists(f"{folder}/{file.path}") for file in files)
        there = self.sizes(table)
        return all(file.path in there for file in files)

    def sizes(self, table: TableRef) -> dict[str, int]:
        """The bytes of every file in a table's folder, by its path there."""
        folder = self.folder(table)
        return {one.name.removeprefix(f"{folder}/"): one.size for one in self.area(table).listing(folder)}

    def fields(self, table: TableRef, version: int) -> list[Field]:
        """The columns of one version."""
        schema = json.loads(self._open_version(table, version).schema().to_json())
        return [Field(field["name"], _type_name(field["type"])) for field in schema["fields"]]

    def replace(self, table: TableRef, fields: Sequence[Field], files: Sequence[DataFile]) -> int:
        """Commit a version that has exactly `files`. Returns its number."""
        opened = self._open(table)
        with self._committing(table):
            if opened is None:
                return self._create(table, fields, files)
            return self._become(table, opened, fields, files)

    def change(
        self, table: TableRef, base: int, fields: Sequence[Field], add: Sequence[DataFile], remove: Sequence[DataFile]
    ) -> int:
        """Commit version `base` without the files of `remove` and with those of `add`. Returns the new number.

        Where a run was killed after its commit and before it was recorded, the table is newer than `base`: what it
        added is taken out in the same commit, so that nothing is counted twice.
        """
        opened = self._open_version(table, None)
        with self._committing(table):
            if opened.version() == base:
                return self._commit(table, opened, fields, add, remove)
            gone = {file.path for file in remove}
            wanted = [*(file for file in self.files(table, base) if file.path not in gone), *add]
            return self._become(table, opened, fields, wanted)

    def put_back(self, table: TableRef, base: int) -> int:
        """Let the newest version be what `base` is: itself, or a new one. Returns its number."""
        opened = self._open_version(table, None)
        newest = opened.version()
        if newest == base:
            return base
        with self._committing(table):
            opened.restore(base, commit_properties=_once())
        return newest + 1

    def vacuum(self, table: TableRef, keep: Sequence[int], dry_run: bool = False) -> list[str]:
        """Delete the files that none of the versions `keep` needs. Returns their names."""
        self.area(table).guard()
        opened = self._open(table)
        if opened is None:
            return []
        return opened.vacuum(
            retention_hours=0,
            dry_run=dry_run,
            enforce_retention_duration=False,
            full=True,
            keep_versions=sorted(set(keep)),
        )

    def gold_tables(self) -> list[TableRef]:
        """Every table that there is in gold, whether a release names it or not."""
        found = (_LOG.match(one.name) for one in self._areas[Layer.GOLD].listing())
        return [TableRef(Layer.GOLD, name) for name in sorted({one[1] for one in found if one})]

    def drop(self, table: TableRef) -> None:
        """Delete a table, files and log."""
        self.area(table).delete_folder(self.folder(table))

    def begin_at(self, table: TableRef, version: int) -> None:
        """Delete the log of versions before `version`, which cannot be read any more then."""
        area, log = self.area(table), f"{self.folder(table)}/_delta_log"
        names = [(one.name, one.name.removeprefix(f"{log}/")[:20]) for one in area.listing(log)]
        older = [name for name, number in names if number.isdigit() and int(number) < version]
        if not older:
            return
        area.guard()
        with self._committing(table):
            self._open_version(table, version).create_checkpoint()
            area.delete(older)

    def _create(self, table: TableRef, fields: Sequence[Field], files: Sequence[DataFile]) -> int:
        from deltalake.transaction import create_table_with_add_actions

        adds, options = _adds(files), self.area(table).options

        def commit() -> None:
            create_table_with_add_actions(
                self.location(table),
                _schema(fields),
                adds,
                name=table.name,
                configuration=_CONFIGURATION,
                storage_options=options,
            )

        return self._made(table, 0, adds, commit)

    def _become(self, table: TableRef, opened: DeltaTable, fields: Sequence[Field], wanted: Sequence[DataFile]) -> int:
        """Commit a version of exactly these files, whatever the opened one has."""
        if opened.schema().to_json() != _schema(fields).to_json():
            return self._write(table, opened, _adds(wanted), "overwrite", fields)
        there, names = self.files(table, opened.version()), {file.path for file in wanted}
        known = {file.path for file in there}
        add = [file for file in wanted if file.path not in known]
        return self._commit(table, opened, fields, add, [file for file in there if file.path not in names])

    def _commit(
        self,
        table: TableRef,
        opened: DeltaTable,
        fields: Sequence[Field],
        add: Sequence[DataFile],
        remove: Sequence[DataFile],
    ) -> int:
        from deltalake.transaction import RemoveAction

        removed = [RemoveAction(file.path, True, _now(), file.size, None) for file in remove]
        return self._write(table, opened, [*_adds(add), *removed], "append", fields)

    def _write(
        self, table: TableRef, opened: DeltaTable, actions: list[Any], mode: Any, fields: Sequence[Field]
    ) -> int:
        """Commit the version behind the opened one: exactly that number, or nothing."""

        def commit() -> None:
            opened.create_write_transaction(actions, mode, _schema(fields), commit_properties=_once())

        return self._made(table, opened.version() + 1, actions, commit)

    def _made(self, table: TableRef, version: int, actions: list[Any], commit: Callable[[], None]) -> int:
        """Commit, and be certain about it: the library does not ask again where the answer to its write was lost."""
        from deltalake.exceptions import DeltaError

        for again in (True, False):
            self.area(table).guard()
            try:
                commit()
                break
            except (DeltaError, OSError):
                entry = self._entry(table, version)
                if entry is not None and _are_in(actions, entry):
                    break
                if entry is not None or not again or not self.area(table).is_remote:
                    raise
        return version

    def _entry(self, table: TableRef, version: int) -> bytes | None:
        """The entry of a version in the log of a table in S3; None where there is none."""
        area = self.area(table)
        return area.read(f"{self.folder(table)}/_delta_log/{version:020d}.json") if area.is_remote else None

    def _unread(self, table: TableRef, error: Exception) -> StorageError:
        return self.area(table).failure(f"reading the log of {table} at {self.location(table)}", error)

    @contextmanager
    def _committing(self, table: TableRef) -> Iterator[None]:
        """Translate what the library raises when a commit cannot be written."""
        from deltalake.exceptions import DeltaError

        try:
            yield
        except (DeltaError, OSError) as error:
            raise self.area(table).failure(f"committing {table} to {self.location(table)}", error) from error

    def _open(self, table: TableRef) -> DeltaTable | None:
        # The names in the log are asked for first: the library's own answer costs a listing and an exception.
        # Where a full disk stopped the first commit, there is a folder for the log and no log.
        log = self.area(table).names(f"{self.folder(table)}/_delta_log")
        if not any(name.endswith(".json") for name in log):
            return None
        return self._open_version(table, None)

    def _open_version(self, table: TableRef, version: int | None) -> DeltaTable:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError, TableNotFoundError

        try:
            return DeltaTable(self.location(table), version=version, storage_options=self.area(table).options)
        except OSError as error:
            raise self._unread(table, error) from error
        except (TableNotFoundError, DeltaError) as error:
            if version is None and isinstance(error, TableNotFoundError):
                raise StorageError(f"{table} has no log in {self.location(table)}") from error
            if version is None:
                raise self._unread(table, error) from error
            raise UsageError(
                f"version {version} of {table} is not there any more",
                "`dataspark vacuum` and `forget` let go of what older releases need; read a newer release",
            ) from error


def _are_in(actions: Sequence[Any], entry: bytes) -> bool:
    """Whether an entry of the log is the one with these actions: the names of added files are no one else's."""
    added = [action.path.encode() for action in actions if hasattr(action, "stats")]
    return bool(added) and all(path in entry for path in added)


def _once() -> Any:
    """A commit that takes its place or fails: one that was tried again would go behind somebody else's version."""
    from deltalake import CommitProperties

    return CommitProperties(max_commit_retries=0)


def _now() -> int:
    return int(time.time() * 1000)


def _adds(files: Sequence[DataFile]) -> list[Any]:
    from deltalake.transaction import AddAction

    return [AddAction(file.path, file.size, {}, _now(), True, file.statistics) for file in files]


def _schema(fields: Sequence[Field]) -> Any:
    from deltalake import Schema

    described = [{"name": f.name, "type": _type(f.type), "nullable": True, "metadata": {}} for f in fields]
    return Schema.from_json(json.dumps({"type": "struct", "fields": described}))


def _type(text: str) -> Any:
    if text.startswith("array<"):
        return {"type": "array", "elementType": _type(text[6:-1]), "containsNull": True}
    return text


def _type_name(described: Any) -> str:
    if isinstance(described, dict):
        return f"array<{_type_name(described['elementType'])}>"
    return str(described)


_EXACT = re.compile(r"part-[0-9a-f]{32}\.parquet")
"""What files are called whose statistics were made here. Other writers round some of them."""
_ROUNDED = 32
"""Characters from which on other writers cut a text."""


def _data_file(columns: Mapping[str, Any], index: int) -> DataFile:
    exact = _EXACT.fullmatch(columns["path"][index]) is not None

    def statistics(kind: str) -> dict[str, Any]:
        found = {
            name[len(kind) + 1 :]: values[index] for name, values in columns.items() if name.startswith(f"{kind}.")
        }
        told = {name: value for name, value in found.items() if value is not None}
        return told if exact or kind == "null_count" else {n: v for n, v in told.items() if _is_exact(v)}

    return DataFile(
        columns["path"][index],
        columns["size_bytes"][index],
        columns["num_records"][index],
        statistics("min"),
        statistics("max"),
        statistics("null_count"),
    )


def _is_exact(bound: Any) -> bool:
    """Whether a bound is a value of the column, whoever wrote it: Spark cuts moments to ms and long texts.

    Bounds of floats and booleans are left out by our own writer, too.
    """
    if isinstance(bound, str):
        return len(bound) < _ROUNDED
    return not isinstance(bound, datetime | float | bool)
