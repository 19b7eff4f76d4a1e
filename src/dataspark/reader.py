"""What programs call: `dataspark.open` reads a release, `dataspark.run` makes one.

A reader is bound to the versions that one release names. It reads their files, which are never written again, so a
run that goes on meanwhile changes nothing for it.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dataspark.columns import ColumnLineage
from dataspark.errors import DataSparkError, StatementRejected, TookTooLong, UsageError
from dataspark.observed import run_observed
from dataspark.plan import nearest_name
from dataspark.sql.history import PROFILED_VALUES, PROFILES, profiles_but_of
from dataspark.sql.text import ALWAYS
from dataspark.sql.text import name as quoted
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace, open_workspace

if TYPE_CHECKING:
    from dataspark.engines.duckdb.engine import DuckDBEngine
    from dataspark.engines.duckdb.session import Session
    from dataspark.pipeline.report import RunReport

_WITH_ZONE = "TIMESTAMP WITH TIME ZONE"
_AGAIN = 0.1
"""Seconds between two interrupts of a reader that is out of time: one that comes between two statements stops none."""


@dataclass(frozen=True)
class Release:
    """Which version of each table belongs together."""

    id: str
    created: str
    """When it was published (ISO, UTC)."""
    as_of: str
    """The date of the run that made it (ISO, UTC)."""
    versions: Mapping[TableRef, int]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Release:
        """Read the object that a run publishes."""
        versions = {TableRef.parse(table): version for table, version in stored["tables"].items()}
        return cls(stored["id"], stored["created"], stored["as_of"], versions)


def run(
    folder: Path | str,
    as_of: str | datetime | None = None,
    full_refresh: bool = False,
    select: Sequence[str] = (),
    profile: str | None = None,
) -> RunReport:
    """Run the project in `folder` once and tell what happened.

    `as_of` is the run's date for rules that name it (default: now), `select` names the models to build by pattern.
    A check that blocks the release is no exception: look at `report.ok`. Raises DataSparkError.
    """
    return run_observed(open_workspace(folder, profile), as_of, full_refresh, select)


def open_reader(
    folder: Path | str,
    release: str | None = None,
    profile: str | None = None,
    masked: bool = False,
    guarded: bool = False,
) -> Reader:
    """Open the newest release of the project in `folder`, or the one named. Raises UsageError where there is none.

    With `masked`, columns that a contract classifies, and those computed from them, read as NULL. `guarded` is for
    questions of somebody we do not know: they reach the tables of the release, and no file, no network and no setting.
    """
    return Reader(open_workspace(folder, profile), release, masked, guarded)


class Reader:
    """The tables of one release. Close it, or use it in a `with` block."""

    def __init__(
        self, workspace: Workspace, release: str | None = None, masked: bool = False, guarded: bool = False
    ) -> None:
        self._workspace = workspace
        self.release = find_release(workspace, release)
        self.until = workspace.lake.until if guarded else None
        """From when on (seconds since 1970) another one must be opened: its key of S3 expires; None: never."""
        self._resources = ExitStack()
        self._engine: Callable[[], DuckDBEngine] | None = self._resources.enter_context(workspace.engine())
        self._own_session: Session | None = None
        self._bound: dict[TableRef, Mapping[str, str]] = {}
        """Table → its masked columns, and in which rows they are."""
        self._columns: dict[TableRef, list[str]] = {}
        self._lineage = ColumnLineage(workspace) if masked else None
        self._guarded = guarded
        if guarded:
            try:
                self._shut()
            except BaseException:
                self.close()
                raise

    def tables(self) -> list[str]:
        """The tables of the release, by layer and name."""
        return [str(table) for table in sorted(self.release.versions)]

    def table(self, name: str) -> Result:
        """A table: `kpi_ca_par_pays` or `gold.kpi_ca_par_pays`, `silver.achats`, `quarantine.achats`.

        Raises UsageError, with the nearest name, for a table that the release does not have.
        """
        table = self._find(name)
        self._bind(table)
        return Result(self._session(), f'SELECT * FROM {table.layer}."{table.name}"')

    def sql(self, query: str) -> Result:
        """The answer to one SELECT. Bare names are gold tables. Raises UsageError for any other statement."""
        session = self._session()
        with _refusals():
            parsed = session.one_select(query)
        if self._guarded and parsed.refused:
            raise UsageError(
                f"a query may not use {', '.join(parsed.refused)} here",
                "it reads the tables of the release, and nothing else",
            )
        for name in sorted(parsed.tables):
            if name not in parsed.defined or self._known(name):
                self._bind(self._find(name))
        return Result(session, parsed.query)

    def columns(self, name: str) -> list[tuple[str, str]]:
        """The (name, SQL type) of a table's columns. Raises UsageError for a table that the release does not have."""
        table = self._find(name)
        self._bind(table)
        return self._session().columns(f'FROM {table.layer}."{table.name}"')

    def masked(self, name: str) -> frozenset[str]:
        """The columns of a table that read as NULL because they are not for everybody."""
        table = self._find(name)
        self._bind(table)
        return frozenset(column for column, where in self._bound[table].items() if where == ALWAYS)

    def numbered(self, name: str, file: str, row: str) -> str:
        """A table as a relation of SQL whose columns `file` and `row` tell where each row stands, for `own`."""
        table = self._find(name)
        self._bind(table)
        return self._open_engine().numbered(table, self.columns(name), self._bound[table], file, row)

    def own(self, query: str) -> Result:
        """The answer to a query that this program wrote, with nothing of a stranger in it but quoted values."""
        return Result(self._session(), query)

    def interrupt(self) -> None:
        """Stop what is being asked in another thread. One that comes between two statements, or behind all, stops none."""
        with suppress(UsageError):  # closed
            self._session().interrupt()

    def another(self) -> Reader:
        """The same release for another thread: it shares memory and tables with this one, which must outlive it."""
        other = Reader.__new__(Reader)
        other.__dict__.update(self.__dict__)
        other._resources = ExitStack()
        other._own_session = self._session().sibling()
        other._resources.callback(other._own_session.close)
        return other

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Give everything that is asked in the block so many seconds. Raises TookTooLong when they are over."""
        session, over, done = self._session(), threading.Event(), threading.Event()

        def watch() -> None:
            if not done.wait(seconds):
                over.set()
                session.interrupt()
                while not done.wait(_AGAIN):
                    session.interrupt()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        except (DataSparkError, KeyboardInterrupt) as error:
            if not over.is_set():
                raise
            raise TookTooLong(
                f"the question took longer than the {seconds:g} seconds that it may",
                "ask for less, or ask a smaller table",
            ) from error
        finally:
            done.set()
            watcher.join()

    def close(self) -> None:
        """Let go of the engine. Results that were not fetched can not be fetched any more."""
        self._engine = None
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<dataspark.Reader of {self._workspace.project.name}, release {self.release.id}>"

    def _known(self, name: str) -> TableRef | None:
        try:
            table = TableRef.parse(name.lower())
        except ValueError:
            return None
        return table if table in self.release.versions else None

    def _find(self, name: str) -> TableRef:
        found = self._known(name)
        if found is None:
            bare = [t.name if t.layer is Layer.GOLD else str(t) for t in sorted(self.release.versions)]
            raise UsageError(f"release {self.release.id} has no table `{name}`", nearest_name(name.lower(), bare))
        return found

    def _bind(self, table: TableRef) -> None:
        if table in self._bound:
            return
        require_files(self._workspace, self.release, table)
        engine, version = self._open_engine(), self.release.versions[table]
        engine.bind(table, version)
        hidden = self._profiled() if str(table) == PROFILES else dict.fromkeys(self._classified(table), ALWAYS)
        if hidden:
            engine.mask(table, hidden)
        self._bound[table] = hidden

    def _classified(self, table: TableRef) -> frozenset[str]:
        return self._lineage.classified(table, self._columns_of(table)) if self._lineage else frozenset()

    def _columns_of(self, table: TableRef) -> list[str]:
        if table not in self._columns:  # it reads the table's log, which may be far away
            fields = self._workspace.tables.fields(table, self.release.versions[table])
            self._columns[table] = [field.name for field in fields]
        return self._columns[table]

    def _profiled(self) -> Mapping[str, str]:
        """What profiles tell of columns that are not for everybody: of some they were kept before that was known."""
        profiled = [table for table in self.release.versions if table.layer in (Layer.GOLD, Layer.SILVER)]
        hidden = {table: self._classified(table) for table in profiled}
        if not any(hidden.values()):
            return {}
        public = (f"{table}.{one}" for table in profiled for one in self._columns_of(table) if one not in hidden[table])
        return dict.fromkeys(PROFILED_VALUES, profiles_but_of(public))

    def _shut(self) -> None:
        """Bind every table, then close the way to everything else."""
        paths: list[str] = []
        for table, version in self.release.versions.items():
            self._bind(table)
            paths += self._workspace.tables.paths(table, version)
        self._open_engine().session.lock(paths)

    def _open_engine(self) -> DuckDBEngine:
        if self._engine is None:
            raise UsageError("this reader is closed", "open another one with `dataspark.open`")
        return self._engine()

    def _session(self) -> Session:
        engine = self._open_engine()
        return self._own_session or engine.session


class Result:
    """A table or the answer to a query. Nothing is computed before it is fetched."""

    def __init__(self, session: Session, query: str) -> None:
        self._session, self._query = session, query
        with _refusals():
            self._described = session.columns(f"SELECT * FROM ({query}\n)")

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [name for name, _kind in self._described]

    @property
    def types(self) -> list[str]:
        """The SQL types of the columns."""
        return [kind for _name, kind in self._described]

    def rows(self, limit: int | None = None) -> list[tuple[Any, ...]]:
        """All rows (or the first ones) as tuples of Python values; decimals are exact, timestamps are in UTC."""
        query, zoned = self._plain(limit)
        with _refusals():
            rows = self._session.rows(query)
        return _zoned(rows, zoned)

    def batches(self, size: int, limit: int | None = None) -> Iterator[list[tuple[Any, ...]]]:
        """The same in parts, computed as they are asked for: whoever has enough stops. Nothing else may be asked meanwhile."""
        query, zoned = self._plain(limit)
        with _refusals():
            for rows in self._session.batches(query, size):
                yield _zoned(rows, zoned)

    def bounded(self, longest: int) -> Result:
        """The same answer, refused where one text has more bytes, or one list more values, than `longest`.

        The engine refuses it before anything is copied out of it.
        """
        aliases = [f"c{number}" for number in range(len(self._described))]
        columns = (
            f"{_no_longer(alias, kind, longest)} AS {quoted(column)}"
            for alias, (column, kind) in zip(aliases, self._described, strict=True)
        )
        query = f"SELECT {', '.join(columns)} FROM ({self._query}\n) AS answer({', '.join(aliases)})"
        return Result(self._session, query)

    def to_arrow(self, limit: int | None = None) -> Any:
        """A `pyarrow.Table` of all rows, or of the first ones. Raises UsageError without pyarrow."""
        _require("pyarrow", "arrow")
        with _refusals():
            return self._session.arrow(_first(self._query, limit))

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`; decimals stay exact. Raises UsageError without pandas."""
        _require("pandas", "pandas")
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """A `polars.DataFrame`. Raises UsageError without polars."""
        return _require("polars", "polars").from_arrow(self.to_arrow())

    def write(self, path: Path, options: str) -> None:
        """Have the engine write the rows to a file; `options` are those of its COPY."""
        target = str(path).replace("'", "''")
        with _refusals():
            self._session.run(f"COPY ({self._query}\n) TO '{target}' ({options})")

    def _plain(self, limit: int | None) -> tuple[str, list[bool]]:
        """The query as the client can hand it out, and which of its columns are moments."""
        zoned = [_WITH_ZONE in kind for kind in self.types]
        return _first(self._without_zones() if any(zoned) else self._query, limit), zoned

    def _without_zones(self) -> str:
        # The engine asks for one more package to hand out a moment with its zone; all of ours are in UTC.
        aliases = [f"c{number}" for number in range(len(self._described))]
        casts = (
            f"CAST({alias} AS {kind.replace(_WITH_ZONE, 'TIMESTAMP')}) AS {alias}" if _WITH_ZONE in kind else alias
            for alias, kind in zip(aliases, self.types, strict=True)
        )
        return f"SELECT {', '.join(casts)} FROM ({self._query}\n) AS answer({', '.join(aliases)})"


def _no_longer(alias: str, kind: str, longest: int) -> str:
    measures = {"VARCHAR": "strlen", "BLOB": "octet_length", "BIT": "octet_length"}
    measure = "len" if kind.endswith("]") else measures.get(kind)
    if measure is None:
        return alias
    refusal = f"error('a value of the answer is longer than {longest:,}')"
    return f"CASE WHEN {measure}({alias}) > {longest} THEN {refusal} ELSE {alias} END"


def _first(query: str, limit: int | None) -> str:
    return query if limit is None else f"SELECT * FROM ({query}\n) LIMIT {int(limit)}"


def _zoned(rows: list[tuple[Any, ...]], zoned: Sequence[bool]) -> list[tuple[Any, ...]]:
    if not any(zoned):
        return rows
    return [tuple(_in_utc(v) if zone else v for v, zone in zip(row, zoned, strict=True)) for row in rows]


def _in_utc(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return [_in_utc(part) for part in value] if isinstance(value, list) else value


def find_release(workspace: Workspace, identifier: str | None) -> Release:
    """The newest release, or the one named. Raises UsageError where there is none."""
    stored = workspace.lake.release(identifier)
    if stored:
        return Release.from_json(stored)
    known = workspace.lake.release_ids()
    if identifier and known:
        raise UsageError(f"there is no release `{identifier}`", nearest_name(identifier, reversed(known)))
    raise UsageError(f"{workspace.project.name} has no release yet", "make one: `dataspark run`")


def require_files(workspace: Workspace, release: Release, table: TableRef) -> None:
    """Raise UsageError when a file of a released table was vacuumed."""
    version = release.versions[table]
    if not workspace.tables.is_whole(table, version):
        raise UsageError(
            f"release {release.id} cannot be read any more: files of {table}, version {version}, are gone",
            "`dataspark vacuum` frees what older releases need; read a newer release",
        )


@contextmanager
def _refusals() -> Iterator[None]:
    """A statement that the engine refuses is the caller's, not the engine's."""
    try:
        yield
    except StatementRejected as error:
        line = f" (line {error.line})" if error.line > 1 else ""
        raise UsageError(f"the query was refused{line}: {error.message}") from error


def _require(package: str, extra: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError as error:
        hint = f"pip install 'dataspark[{extra}]'"
        raise UsageError(f"this needs {package}, which is not installed", hint) from error
