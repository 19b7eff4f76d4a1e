"""A project run by one engine into a lake of its own, with the statements that the engine was given written down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from dataspark.errors import DataSparkError, StatementRejected, UsageError, WorldError
from dataspark.lake.borrowed import BorrowedBronze, Snapshot
from dataspark.pipeline.heads import Head
from dataspark.pipeline.ports import Engine, EngineSource, Judge, RawFile, Select, Staged, Translates, Written
from dataspark.pipeline.report import RunReport
from dataspark.pipeline.report import StepReport as Ended
from dataspark.pipeline.watch import Watch
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace, run_project

if TYPE_CHECKING:
    from dataspark.contracts.contract import Contract

Step = tuple[str, str]
"""A step of a run: (`model`, `dim_client`)."""


@dataclass
class Heard:
    """What an engine was given, step by step."""

    step: Step = ("", "")
    statements: dict[Step, list[tuple[str, str]]] = field(default_factory=dict)
    """Step → (what it was for, the statement as the engine sends it)."""

    def note(self, purpose: str, statement: str) -> None:
        """Write a statement of the current step down."""
        self.statements.setdefault(self.step, []).append((purpose, statement))


class _Listening:
    """An engine that does as it is told, and whose SQL is written down. What it reads is not: that makes no table."""

    def __init__(self, engine: Engine, heard: Heard) -> None:
        self._engine, self._heard = engine, heard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def stage(self, name: str, files: Sequence[RawFile], contract: Contract, judge: Judge) -> Staged:
        self._heard.note(f"judge every row as `{name}`", judge("raw_rows"))
        return self._engine.stage(name, files, contract, judge)

    def keep(self, name: str, query: str) -> None:
        self._note(f"keep as `{name}`", query)
        self._engine.keep(name, query)

    def show(self, name: str, query: str) -> None:
        self._note(f"call it `{name}`", query)
        self._engine.show(name, query)

    def overwrite(self, table: TableRef, query: str, slices: tuple[str, Select] | None = None) -> Written:
        self._note(f"write {table}", query)
        return self._engine.overwrite(table, query, slices)

    def append(self, table: TableRef, base: int, query: str) -> Written:
        self._note(f"add to {table}", query)
        return self._engine.append(table, base, query)

    def _note(self, purpose: str, query: str) -> None:
        said = self._engine.translated(query) if isinstance(self._engine, Translates) else query
        self._heard.note(purpose, said)


class _Listener(Watch):
    """Notes which step is running, and tells it with the engine's name."""

    def __init__(self, heard: Heard, name: str, told: Watch) -> None:
        self._heard, self._name, self._told = heard, name, told

    def step_begins(self, kind: str, name: str) -> None:
        self._heard.step = kind, name
        self._told.step_begins(f"{self._name}: {kind}", name)

    def step_ends(self, step: Ended) -> None:
        self._told.step_ends(replace(step, kind=f"{self._name}: {step.kind}"))

    def step_fails(self, step: Ended, error: BaseException) -> None:
        self._told.step_fails(replace(step, kind=f"{self._name}: {step.kind}"), error)


@dataclass(frozen=True)
class Scratch(Workspace):
    """A project with a lake of its own, over a bronze archive that is only read."""

    snapshot: Snapshot
    heard: Heard

    @classmethod
    def of(cls, workspace: Workspace, engine: str, root: str, bronze: str, snapshot: Snapshot) -> Scratch:
        """`workspace` with `engine`, silver and gold below `root`. Columns are not profiled."""
        project = workspace.project
        lake = replace(project.lake, bronze=bronze, silver=f"{root}/silver", gold=f"{root}/gold")
        changed = replace(
            project,
            lake=lake,
            engine=replace(project.engine, name=engine),
            quality=replace(project.quality, profiles=False),
        )
        return cls(changed, snapshot, Heard())

    @cached_property
    def lake(self) -> BorrowedBronze:
        """The areas of this lake."""
        return BorrowedBronze(self.project, self.snapshot)

    @contextmanager
    def runner(self) -> Iterator[EngineSource]:
        """The engine, listened to."""
        with super().runner() as start:
            listening: list[Engine] = []

            def begin() -> Engine:
                if not listening:
                    listening.append(cast(Engine, _Listening(start(), self.heard)))
                return listening[0]

            yield begin

    def versions(self) -> dict[TableRef, int]:
        """The version of every table that the run made, also of one that was stopped."""
        found: dict[TableRef, int] = {}
        for contract in self.plan.tables:
            head = self.head(contract.name)
            found |= {t: v for t, v in head.versions(contract.name).items() if t.layer is not Layer.JOURNAL}
        for model in self.plan.models:
            state = self.lake.state(model.table)
            if "version" in state:
                found[model.table] = state["version"]
        return found

    def head(self, table: str) -> Head:
        """A silver table as the run left it."""
        return Head.from_json(self.lake.state(TableRef(Layer.SILVER, table)))


@dataclass(frozen=True)
class Carried:
    """How one engine's run ended."""

    workspace: Scratch
    name: str
    """What it is called by: the engine's name, with a number where the same engine runs twice."""
    report: RunReport | None
    """None where the run was stopped."""
    error: DataSparkError | None
    seconds: float
    took: dict[Step, float]


def carry_out(workspace: Scratch, name: str, as_of: datetime, select: Sequence[str], watch: Watch) -> Carried:
    """Run the project once, by one engine. What the data or a statement stops is an answer, not an error.

    Raises ProjectError, WorldError: then there is nothing to compare.
    """

    report, error = None, None
    try:
        report = run_project(
            workspace, as_of, select=select, watch=_Listener(workspace.heard, name, watch), ingest=False
        )
    except DataSparkError as stop:
        if isinstance(stop, UsageError) or (isinstance(stop, WorldError) and not isinstance(stop, StatementRejected)):
            raise
        error = stop
    last = workspace.lake.runs(newest=1)[-1]
    took = {(step["kind"], step["name"]): step["seconds"] for step in last["steps"]}
    return Carried(workspace, name, report, error, last["seconds"], took)
