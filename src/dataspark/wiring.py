"""Settings → a real project, a real lake, a real engine. The one place that joins the parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from dataspark.carrying import Carrier, Stop, Threads
from dataspark.columns import ColumnLineage
from dataspark.contracts.contract import Contract
from dataspark.contracts.patches import make_patches
from dataspark.contracts.reading import read_contracts
from dataspark.engines.branches import Branches
from dataspark.errors import DriftError, UsageError
from dataspark.lake.delta import DeltaTables
from dataspark.lake.files import FileLake
from dataspark.pipeline.ports import Engine, EngineSource
from dataspark.pipeline.run import Options, run
from dataspark.pipeline.steps import Carry, in_order
from dataspark.pipeline.watch import Watch
from dataspark.plan import Check, Columns, Plan, Translate, make_plan
from dataspark.project import MEMORY_FOLDER, MEMORY_SIZE, EngineSettings, Project, read_project
from dataspark.sql.parsing import Parser
from dataspark.tables import TableRef

if TYPE_CHECKING:
    from dataspark.engines.duckdb.engine import DuckDBEngine
    from dataspark.pipeline.report import RunReport

_E = TypeVar("_E", bound=Engine)


@dataclass(frozen=True)
class Workspace:
    """A project with its lake, opened but not read."""

    project: Project

    @cached_property
    def contracts(self) -> tuple[Contract, ...]:
        """Every contract. Raises ContractError with every mistake."""
        return read_contracts(self.project)

    @cached_property
    def plan(self) -> Plan:
        """What a run would do. Raises ProjectError with every mistake."""
        parser = Parser(self.project.root / MEMORY_FOLDER)
        opening = TRANSLATORS.get(self.project.engine.name, _no_translator)
        with opening() as translate:
            return make_plan(self.project, self.contracts, parser, translate)

    def require_plan(self) -> None:
        """Raise ProjectError, with every mistake, where the project as it is cannot be run."""
        _ = self.plan

    @cached_property
    def lake(self) -> FileLake:
        """The four areas."""
        return FileLake(self.project.lake, self.project.storage, self.project.engine.temp_directory)

    @cached_property
    def tables(self) -> DeltaTables:
        """The Delta tables of silver and gold."""
        return DeltaTables(self.lake.silver, self.lake.gold)

    def classified(self, table: TableRef, columns: Iterable[str]) -> frozenset[str]:
        """Those of a table's columns whose values are not for everybody."""
        return self._columns.classified(table, columns) if self._columns else frozenset()

    def classified_in(self, check: Check, columns: Iterable[str]) -> frozenset[str]:
        """Those of the columns of a check's failing rows whose values are not for everybody."""
        return self._columns.classified_in(check, columns) if self._columns else frozenset()

    @cached_property
    def _columns(self) -> ColumnLineage | None:
        # A project that classifies nothing need not know where its columns come from.
        classifies = any(column.classified for contract in self.contracts for column in contract.columns)
        return ColumnLineage(self) if classifies else None

    @contextmanager
    def engine(self) -> Iterator[Callable[[], DuckDBEngine]]:
        """The engine that answers questions, started at the first call and closed at the end.

        It is DuckDB whatever engine runs the project: their tables are the same, and it is there at once.
        """
        with _started(lambda: open_reader(self.project.engine, self.lake, self.tables)) as start:
            yield start

    @contextmanager
    def runner(self) -> Iterator[EngineSource]:
        """The engine that the settings name for runs, started at the first call and closed at the end."""
        with _started(lambda: open_engine(self.project.engine, self.lake, self.tables)) as start:
            yield start

    @contextmanager
    def runners(self) -> Iterator[Branches]:
        """The same for several threads: each has an engine of its own."""
        branches = Branches(lambda: open_engine(self.project.engine, self.lake, self.tables))
        try:
            yield branches
        finally:
            branches.close()


@contextmanager
def _started(opening: Callable[[], _E]) -> Iterator[Callable[[], _E]]:
    started: list[_E] = []

    def start() -> _E:
        if not started:
            started.append(opening())
        return started[0]

    try:
        yield start
    finally:
        for engine in started:
            engine.close()


def open_reader(settings: EngineSettings, lake: FileLake, tables: DeltaTables) -> DuckDBEngine:
    """The engine that answers questions."""
    from dataspark.engines.duckdb.engine import DuckDBEngine

    return DuckDBEngine(settings, lake, tables)


def _open_spark(settings: EngineSettings, lake: FileLake, tables: DeltaTables) -> Engine:
    from dataspark.engines.spark.engine import SparkEngine

    return SparkEngine(settings, lake, tables)


ENGINES: dict[str, Callable[[EngineSettings, FileLake, DeltaTables], Engine]] = {
    "duckdb": open_reader,
    "spark": _open_spark,
}
"""The engines that there are, by the names that settings call them by."""


@contextmanager
def _spark_translator() -> Iterator[Translate]:
    from dataspark.engines.duckdb.binding import Binder
    from dataspark.lake.types import stored_type
    from dataspark.sql.spark.translator import Relation, Translator

    binder = Binder(EngineSettings())
    translator = Translator(binder)

    def translate(query: str, relations: Mapping[str, Columns]) -> Columns:
        found = translator.query(query, {name: Relation('"x"', columns) for name, columns in relations.items()})
        return tuple((name, stored_type(kind)) for name, kind in found.columns)

    try:
        yield translate
    finally:
        binder.close()


TRANSLATORS: dict[str, Callable[[], AbstractContextManager[Translate | None]]] = {"spark": _spark_translator}
"""Engine → what opens its translator; an engine that is not here runs models as they are written."""


@contextmanager
def _no_translator() -> Iterator[None]:
    yield None


def open_engine(settings: EngineSettings, lake: FileLake, tables: DeltaTables) -> Engine:
    """The engine that the settings name."""
    return ENGINES[settings.name](settings, lake, tables)


def require_engine(name: str) -> str:
    """The name of an engine that there is. Raises UsageError for another one."""
    if name not in ENGINES:
        raise UsageError(f"there is no engine `{name}`", f"there is: {', '.join(ENGINES)}")
    return name


def open_workspace(
    folder: Path | str, profile: str | None = None, memory_limit: str | None = None, engine: str | None = None
) -> Workspace:
    """Read a project's settings; arguments win over them. Raises ProjectError, UsageError."""
    project = read_project(folder, profile)
    settings = project.engine
    if memory_limit is not None:
        if not MEMORY_SIZE.fullmatch(memory_limit.strip()):
            raise UsageError(f"`{memory_limit}` is no size", "write 4GiB or 800MB")
        settings = replace(settings, memory_limit=memory_limit.strip())
    if engine is not None:
        settings = replace(settings, name=engine)
    require_engine(settings.name)
    return Workspace(replace(project, engine=settings))


Carrying = Callable[[Branches], Carry]
"""Makes what carries out steps in several threads, from what gives each of them an engine."""
_THREADS = 4
_SIDE_BY_SIDE: dict[str, Carrying] = {
    "spark": lambda branches: Carrier(branches, Threads(_THREADS), Stop(), _THREADS, step_timeout=0)
}
"""Engine → what carries out its steps where nobody else does. A small step on Spark mostly waits: for plans, for commits."""


def run_project(
    workspace: Workspace,
    as_of: str | datetime | None = None,
    full_refresh: bool = False,
    select: Sequence[str] = (),
    watch: Watch | None = None,
    replay: bool = False,
    ingest: bool = True,
    carrying: Carrying | None = None,
) -> RunReport:
    """Run a project once. `as_of` is a date (its first instant, UTC) or a moment; None means now.

    With `replay` every quarantined row is judged again; without `ingest`, `sources` is not looked at. `carrying` makes
    what carries out the steps in several threads, each of which has an engine; without it the engine says whether steps
    are done one by one.

    Raises DataSparkError.
    """
    project = workspace.project
    options = Options(
        read_as_of(as_of),
        full_refresh,
        tuple(select),
        replay,
        ingest,
        project.engine.name,
        project.quality.profiles,
        workspace.classified,
    )
    plan = workspace.plan
    carrying = carrying or _SIDE_BY_SIDE.get(project.engine.name)
    with ExitStack() as opened:
        branches = opened.enter_context(workspace.runners()) if carrying else None
        engine = branches or opened.enter_context(workspace.runner())
        other = opened.enter_context(workspace.engine())
        opened.enter_context(_patched(workspace))
        reader = engine if project.engine.name == "duckdb" else other
        carry = carrying(branches) if carrying and branches else in_order
        return run(plan, workspace.lake, engine, project.name, options, watch or Watch(), reader, carry)


@contextmanager
def _patched(workspace: Workspace) -> Iterator[None]:
    """Add to a DriftError what the contracts' files would have to say."""
    try:
        yield
    except DriftError as error:
        error.patch = make_patches(workspace.project, workspace.plan.tables, error.changes).diff
        raise


def read_as_of(given: str | datetime | None) -> datetime:
    """The run's date. Raises UsageError for a text that is no ISO date."""
    if given is None:
        return datetime.now(UTC)
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError as error:
            raise UsageError(f"`{given}` is no date", "write 2025-12-31 or 2025-12-31T18:00:00Z") from error
    if not isinstance(given, datetime):
        given = datetime.combine(given, time())
    return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
