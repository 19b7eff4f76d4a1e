"""What a run would do, asked without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dataspark.contracts.changes import meaning
from dataspark.contracts.contract import Contract
from dataspark.pipeline.heads import Head, Task
from dataspark.pipeline.ingest import is_fresh, owners_of
from dataspark.pipeline.model import fingerprint
from dataspark.pipeline.ports import Archive, EngineSource, RawFile, SourceFile
from dataspark.pipeline.refine import must_rebuild, to_judge_again
from dataspark.plan import Model, Plan
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace


@dataclass(frozen=True)
class TablePreview:
    """What a run would do with one silver table."""

    name: str
    files: tuple[str, ...]
    """New or changed files in `sources`."""
    action: str
    """`unchanged`, `refine`, `judge again` or `rebuild`."""
    why: str


@dataclass(frozen=True)
class ModelPreview:
    """What a run would do with one gold table."""

    name: str
    action: str
    """`keep`, `build`, `build if an input changes` or `leave out`."""
    why: str


@dataclass(frozen=True)
class Preview:
    """What a run would do."""

    project: str
    as_of: str
    tables: tuple[TablePreview, ...]
    models: tuple[ModelPreview, ...]
    checks: tuple[str, ...]
    promises: int
    """What contracts promise about whole tables: judged like checks."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def preview(workspace: Workspace, as_of: datetime, full_refresh: bool = False, select: Sequence[str] = ()) -> Preview:
    """What a run would do now. Raises DataSparkError where the run would not even begin."""
    plan, lake = workspace.plan, workspace.lake
    waiting = owners_of(lake.source_files(), plan.tables)
    with workspace.engine() as engine:
        tables = tuple(
            _table(workspace, engine, contract, waiting[contract.name], as_of, full_refresh) for contract in plan.tables
        )
    chosen = plan.select(select) if select else frozenset(model.name for model in plan.models)
    models = _models(workspace, tables, chosen, as_of)
    promises = sum(len(contract.table_rules) for contract in (*plan.tables, *plan.gold_contracts))
    return Preview(
        workspace.project.name, as_of.isoformat(), tables, models, tuple(check.name for check in plan.checks), promises
    )


def _table(
    workspace: Workspace,
    engine: EngineSource,
    contract: Contract,
    waiting: Sequence[SourceFile],
    as_of: datetime,
    full: bool,
) -> TablePreview:
    plan = workspace.plan
    head = Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, contract.name)))
    archive = workspace.lake.archive(contract.name)
    fresh = tuple(file.name for file in waiting if is_fresh(file, archive))
    unread = [file for file in archive.files if file.number not in head.files]
    task = Task(
        contract,
        _with_fresh(archive, fresh),
        as_of,
        meaning(contract, plan.tables),
        dict(plan.conditions[contract.name]),
        _parents(workspace, contract),
        workspace.lake.decisions(contract.name),
        "",
        full,
    )
    why = must_rebuild(engine, task, head)
    if why:
        return TablePreview(contract.name, fresh, "rebuild", why)
    if fresh or unread:
        return TablePreview(
            contract.name, fresh, "refine", "first run" if head.version is None else "new or changed files"
        )
    if head.version is None:
        return TablePreview(contract.name, fresh, "refine", "no files yet: the table will be empty")
    if len(task.decisions.fixes) > head.fixes:
        return TablePreview(contract.name, fresh, "judge again", "rows were mended")
    if to_judge_again(task, head):
        return TablePreview(contract.name, fresh, "judge again", "quarantined rows may be valid by now")
    return TablePreview(contract.name, fresh, "unchanged", "")


def _with_fresh(archive: Archive, names: Sequence[str]) -> Archive:
    """The archive as it will be: files that were not read yet stand for themselves."""
    start = len(archive.files) + 1
    coming = [
        RawFile(number, name, object="", sha256="", size=0, header=(), lines=None, arrived="")
        for number, name in enumerate(names, start)
    ]
    return Archive([*archive.files, *coming], archive.seen)


def _parents(workspace: Workspace, contract: Contract) -> dict[str, int | None]:
    return {
        link.parent: Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, link.parent))).version
        for link in contract.relationships
    }


def _models(
    workspace: Workspace, tables: Sequence[TablePreview], chosen: frozenset[str], as_of: datetime
) -> tuple[ModelPreview, ...]:
    plan = workspace.plan
    layers = (Layer.SILVER, Layer.QUARANTINE)
    changing = {TableRef(layer, table.name) for table in tables if table.action != "unchanged" for layer in layers}
    versions = _versions(workspace, plan)
    found = []
    for model in plan.models:
        one = _model(workspace, model, changing, versions, as_of)
        if model.name not in chosen:
            one = ModelPreview(model.name, "leave out", "not selected")
        elif one.action != "keep":
            changing.add(model.table)
        found.append(one)
    return tuple(found)


def _model(
    workspace: Workspace, model: Model, changing: set[TableRef], versions: dict[TableRef, int], as_of: datetime
) -> ModelPreview:
    state = workspace.lake.state(model.table)
    inputs = [table for table in model.inputs if table in changing]
    if not state:
        return ModelPreview(model.name, "build", "never built")
    known = all(table in versions for table in model.inputs)
    if not known or state["fingerprint"] != fingerprint(model, versions, as_of):
        date = " or the run's date" if model.uses_as_of else ""
        return ModelPreview(model.name, "build", f"its SQL, an input{date} changed")
    if inputs:
        return ModelPreview(model.name, "build if an input changes", f"reads {', '.join(map(str, inputs))}")
    return ModelPreview(model.name, "keep", "")


def _versions(workspace: Workspace, plan: Plan) -> dict[TableRef, int]:
    """The newest versions, released or not."""
    versions: dict[TableRef, int] = {}
    for contract in plan.tables:
        head = Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, contract.name)))
        if head.version is not None and head.quarantine is not None:
            versions[TableRef(Layer.SILVER, contract.name)] = head.version
            versions[TableRef(Layer.QUARANTINE, contract.name)] = head.quarantine
    for model in plan.models:
        state = workspace.lake.state(model.table)
        if "version" in state:
            versions[model.table] = state["version"]
    return versions
