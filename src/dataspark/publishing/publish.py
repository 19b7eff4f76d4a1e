"""A release → a schema of a PostgreSQL database: what changed is loaded beside what readers see, then takes its place."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from dataspark.errors import DataSparkError, UsageError
from dataspark.plan import nearest_name
from dataspark.publishing.address import Address, read_address
from dataspark.publishing.claiming import claim, clear_staging, drop_staging, held, oids, require_name, staging_of
from dataspark.publishing.database import Database
from dataspark.publishing.dependents import require_restorable, views_on
from dataspark.publishing.loading import Told, finish, load
from dataspark.publishing.memory import Loaded, Publication, read_publication
from dataspark.publishing.roles import existing_roles, require_roles
from dataspark.publishing.shapes import Shape, make_shapes
from dataspark.publishing.swapping import Turn, prove, swap
from dataspark.reader import Reader
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace, open_workspace

WAIT = 60.0
"""Seconds for which readers that hold tables are waited for."""


@dataclass(frozen=True)
class Wanted:
    """What to publish, and how."""

    tables: tuple[str, ...] = ()
    """Patterns of names; empty: every gold table."""
    release: str | None = None
    schema: str | None = None
    unmasked: bool = False
    full: bool = False
    """Load every table, also those that did not change."""
    grant_to: tuple[str, ...] = ()
    create_role: bool = False
    wait: float = WAIT


@dataclass(frozen=True)
class Outcome:
    """What became of one table."""

    table: str
    outcome: str
    """`loaded` or `kept`."""
    rows: int
    seconds: float
    masked: tuple[str, ...]
    """Columns whose every value is NULL."""


@dataclass(frozen=True)
class Published:
    """What a publish did."""

    project: str
    release: str
    as_of: str
    database: str
    """Its URL, without a password."""
    schema: str
    changed: bool
    """Whether readers see anything else than before."""
    tables: tuple[Outcome, ...]
    removed: tuple[str, ...]
    """Tables that were there and are no more."""
    views: tuple[str, ...]
    """Views of others that were made again, for they read tables that were replaced."""
    broken: tuple[str, ...]
    """References that rows do not keep: PostgreSQL knows them as not valid."""
    roles: tuple[str, ...]
    """Who may read the whole schema."""
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Watch:
    """Who hears of a publish that goes on."""

    loading: Told = lambda table, done, total: None
    waiting: Callable[[str], object] = lambda holders: None


def publish(
    folder: Path | str,
    url: str | None = None,
    *,
    schema: str | None = None,
    tables: Sequence[str] = (),
    release: str | None = None,
    unmasked: bool = False,
    full: bool = False,
    grant_to: Sequence[str] = (),
    create_role: bool = False,
    wait: float = WAIT,
    profile: str | None = None,
) -> Published:
    """Publish a release of the project in `folder` to the PostgreSQL database `url` (default: DATASPARK_POSTGRESQL_URL).

    `schema` (default: the project's name) then holds the release's gold tables and no others of DataSpark's; `tables` are
    patterns of names (default: all). Classified columns are NULL unless `unmasked`. The roles of `grant_to` may read all
    tables, from now on; they are made with `create_role`. Readers that hold a table are waited for `wait` seconds.

    Raises UsageError, RowsRefused, PublishError; readers then see what they saw before.
    """
    wanted = Wanted(tuple(tables), release, schema, unmasked, full, tuple(grant_to), create_role, wait)
    return publish_release(open_workspace(folder, profile), read_address(url, os.environ), wanted)


def publish_release(workspace: Workspace, address: Address, wanted: Wanted, watch: Watch | None = None) -> Published:
    """`publish` for an open project."""
    schema = schema_of(workspace, wanted.schema)
    with Reader(workspace, wanted.release) as reader:
        shapes = _shapes(workspace, reader, wanted)
        with _connected(address, f"dataspark publish {schema} {reader.release.id}") as database, held(database, schema):
            return _Work(workspace, reader, database, schema, shapes, wanted, watch or Watch()).done()


def published(workspace: Workspace, address: Address, schema: str | None = None) -> Publication | None:
    """What the schema of a database holds; None where nothing is published there."""
    with _connected(address, "dataspark publish --status") as database:
        return read_publication(database, schema_of(workspace, schema))


def schema_of(workspace: Workspace, given: str | None) -> str:
    """The schema that is meant: the one that is named, or one called like the project. Raises UsageError."""
    return require_name(given or re.sub(r"\W+", "_", workspace.project.name.lower()).strip("_"))


@contextmanager
def _connected(address: Address, called: str) -> Iterator[Database]:
    database = Database(address, called)
    try:
        yield database
    finally:
        database.close()


def _shapes(workspace: Workspace, reader: Reader, wanted: Wanted) -> tuple[Shape, ...]:
    columns: dict[str, Sequence[tuple[str, str]]] = {}
    for table in _chosen(reader, wanted.tables):
        found = reader.table(f"gold.{table}")
        columns[table] = list(zip(found.columns, found.types, strict=True))
    masked = {
        table: frozenset()
        if wanted.unmasked
        else workspace.classified(TableRef(Layer.GOLD, table), [column for column, _kind in described])
        for table, described in columns.items()
    }
    return make_shapes(columns, workspace.plan.gold_contracts, masked)


def _chosen(reader: Reader, patterns: Sequence[str]) -> list[str]:
    there = [table.name for table in sorted(reader.release.versions) if table.layer is Layer.GOLD]
    chosen: set[str] = set()
    for pattern in patterns or ("*",):
        found = [table for table in there if fnmatchcase(table, pattern.removeprefix("gold."))]
        if not found:
            raise UsageError(f"release {reader.release.id} has no gold table `{pattern}`", nearest_name(pattern, there))
        chosen.update(found)
    return [table for table in there if table in chosen]


class _Work:
    """One publish, once the schema is ours."""

    def __init__(
        self,
        workspace: Workspace,
        reader: Reader,
        database: Database,
        schema: str,
        shapes: tuple[Shape, ...],
        wanted: Wanted,
        watch: Watch,
    ) -> None:
        self.began = time.monotonic()
        self.workspace, self.reader, self.database = workspace, reader, database
        self.schema, self.shapes, self.wanted, self.watch = schema, shapes, wanted, watch
        self.now = datetime.now(UTC).isoformat(timespec="milliseconds")
        project = workspace.project.name
        self.before = claim(database, schema, project, [shape.table for shape in shapes])
        self.there = oids(database, schema, self.known) if self.before else {}
        require_roles(database, wanted.grant_to, wanted.create_role)

    @property
    def known(self) -> Mapping[str, Loaded]:
        return self.before.tables if self.before else {}

    def done(self) -> Published:
        """Do it. Whatever stops it, readers go on seeing what they saw."""
        new = {shape.table: self._state(shape) for shape in self.shapes}
        loading = [shape for shape in self.shapes if self.wanted.full or not self._is_there(new[shape.table], shape)]
        removed = frozenset(self.there.keys() & self.known.keys() - new.keys())
        loads = {shape.table for shape in loading}
        after = {table: said if table in loads else self._kept(said, table) for table, said in new.items()}
        turn = Turn(self.schema, self.shapes, frozenset(loads), removed, self._publication(after), self.wanted.grant_to)
        if not loads and not removed and self._says_the_same(turn.publication):
            # A publish that was killed may have left something. What is not ours stays: nothing needs its place.
            with suppress(UsageError):
                drop_staging(self.database, self.schema)
            return self._told(turn, {}, (), changed=False)
        self._require_no_loss(loads | removed)
        clear_staging(self.database, self.schema)
        try:
            seconds = {shape.table: self._load(shape, new[shape.table].rows) for shape in loading}
            views = swap(self.database, turn, self.wanted.wait, self.watch.waiting)
        except BaseException:
            with suppress(DataSparkError):  # the first error is the one to tell; the next publish cleans up, too
                drop_staging(self.database, self.schema)
            raise
        return self._told(turn, seconds, views, changed=True)

    def _state(self, shape: Shape) -> Loaded:
        ref = TableRef(Layer.GOLD, shape.table)
        version = self.reader.release.versions[ref]
        files = self.workspace.tables.files(ref, version)
        fingerprint = shape.fingerprint([file.path for file in files])
        said = [*shape.described(self.schema), *(key.added(self.schema) for key in shape.foreign_keys)]
        words = hashlib.sha256("\n".join(said).encode()).hexdigest()
        return Loaded(version, sum(file.rows for file in files), fingerprint, words, self.now)

    def _is_there(self, new: Loaded, shape: Shape) -> bool:
        known = self.known.get(shape.table)
        return known is not None and shape.table in self.there and known.fingerprint == new.fingerprint

    def _kept(self, new: Loaded, table: str) -> Loaded:
        return replace(new, loaded=self.known[table].loaded)

    def _publication(self, tables: Mapping[str, Loaded]) -> Publication:
        release = self.reader.release
        roles = existing_roles(self.database, (*(self.before.roles if self.before else ()), *self.wanted.grant_to))
        return Publication(self.workspace.project.name, release.id, release.as_of, self.now, roles, tables)

    def _says_the_same(self, new: Publication) -> bool:
        before = self.before
        return before is not None and (before.release, before.roles, before.tables) == (
            new.release,
            new.roles,
            new.tables,
        )

    def _require_no_loss(self, tables: Collection[str]) -> None:
        """Refuse before anything is loaded what could not be swapped; the swap looks again."""
        replaced = [oid for table, oid in self.there.items() if table in tables]
        require_restorable(self.database, replaced, list(self.there.values()))
        views_on(self.database, replaced)

    def _load(self, shape: Shape, rows: int) -> float:
        began = time.monotonic()
        staging = staging_of(self.schema)
        load(self.database, staging, shape, self.reader, rows, self.watch.loading)
        finish(self.database, staging, shape, self.there.get(shape.table))
        return time.monotonic() - began

    def _told(self, turn: Turn, seconds: Mapping[str, float], views: Sequence[str], changed: bool) -> Published:
        broken = prove(self.database, turn)
        now = turn.publication
        tables = (
            Outcome(
                shape.table,
                "loaded" if shape.table in seconds else "kept",
                now.tables[shape.table].rows,
                seconds.get(shape.table, 0.0),
                shape.masked,
            )
            for shape in self.shapes
        )
        return Published(
            project=now.project,
            release=now.release,
            as_of=now.as_of,
            database=self.database.address.shown,
            schema=self.schema,
            changed=changed,
            tables=tuple(tables),
            removed=tuple(sorted(turn.removed)),
            views=tuple(views),
            broken=tuple(broken),
            roles=now.roles,
            seconds=time.monotonic() - self.began,
        )
