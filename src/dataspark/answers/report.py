"""Everything that the report of a project shows, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataspark.answers.masking import MASK, Hidden, masked, without_values
from dataspark.answers.quality import TableQuality, quality
from dataspark.answers.reasons import words
from dataspark.answers.status import RunLine
from dataspark.answers.trends import History, TableProfile, changes, history
from dataspark.contracts.contract import Contract
from dataspark.errors import UsageError
from dataspark.pipeline.heads import Head
from dataspark.plan import Model
from dataspark.reader import Result
from dataspark.sql.text import name, names
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

_SAMPLES = 3
"""Rows that a reason shows."""
_KPI_ROWS = 2_000
"""The most rows of a KPI that are looked at."""
_RUNS = 200
"""The most runs that are looked at."""
_FACTS = ("fact", "fait", "fct")
_KPIS = ("kpi_", "agregation")


@dataclass(frozen=True)
class Sample:
    """A rejected row, as it came."""

    file: str
    line: int
    values: tuple[str | None, ...]
    """In the order of the contract's columns; empty for a line that is no record."""
    text: str | None
    """The line, where it is no record."""


@dataclass(frozen=True)
class Reason:
    """Why rows of a table are in its quarantine."""

    table: str
    code: str
    words: str
    rows: int
    """A row may have several reasons."""
    first: int
    """The rows that have it as their first reason: these add up to the quarantined rows."""
    column: str | None
    """The column that the rule is about."""
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Source:
    """A silver table: where its rows came from, what became of them, where they went."""

    quality: TableQuality
    columns: tuple[str, ...]
    reasons: tuple[Reason, ...]
    """The most frequent first."""
    facts: tuple[tuple[str, int], ...]
    """Gold facts that read it, with their rows."""


@dataclass(frozen=True)
class Profiled:
    """A table's columns now and in the version before."""

    table: str
    now: TableProfile
    before: TableProfile | None
    changes: tuple[str, ...]
    classified: frozenset[str]


@dataclass(frozen=True)
class Kpi:
    """A small gold table to draw."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int
    """Its rows, of which these may be the first."""


@dataclass(frozen=True)
class Report:
    """What the report shows."""

    project: str
    release: Mapping[str, Any] | None
    """The newest release."""
    run: Mapping[str, Any]
    """The record of the newest run that changed something; of the newest run where none did."""
    last: Mapping[str, Any]
    """The record of the newest run: its checks are the ones that count."""
    runs: tuple[RunLine, ...]
    """Newest last."""
    sources: tuple[Source, ...]
    profiles: tuple[Profiled, ...]
    kpis: tuple[Kpi, ...]
    masked: bool
    ahead: bool
    """Whether the rows are those of a state that is not released."""


def report(workspace: Workspace, unmasked: bool = False) -> Report:
    """Collect the report. Values of classified columns are masked unless `unmasked`.

    Raises UsageError where there was no run yet.
    """
    records = workspace.lake.runs(newest=_RUNS)
    if not records:
        raise UsageError(f"{workspace.project.name} has no run yet", "make one: `dataspark run`")
    hidden = Hidden(workspace, unmasked)
    tables = quality(workspace)
    with workspace.engine() as engine, history(workspace) as past:
        return Report(
            workspace.project.name,
            workspace.lake.release(),
            next((record for record in reversed(records) if _changed(record)), records[-1]),
            {**records[-1], "checks": [hidden.check(check) for check in records[-1]["checks"]]},
            tuple(map(RunLine.from_record, records)),
            tuple(_source(workspace, engine, table, hidden) for table in tables if table.as_of),
            tuple(_profiles(workspace, past)),
            tuple(_kpis(workspace, engine, hidden)),
            not unmasked,
            _ahead(workspace),
        )


def _ahead(workspace: Workspace) -> bool:
    released = (workspace.lake.release() or {"tables": {}})["tables"]
    tables = [TableRef(Layer.SILVER, contract.name) for contract in workspace.plan.tables]
    return any(workspace.lake.state(table).get("version") != released.get(str(table)) for table in tables)


def _changed(record: Mapping[str, Any]) -> bool:
    return bool(record["published"] or any(one["changed"] for one in (*record["tables"], *record["models"])))


def _source(workspace: Workspace, engine: Callable[[], Any], table: TableQuality, hidden: Hidden) -> Source:
    contract = next(one for one in workspace.plan.tables if one.name == table.name)
    facts = tuple(
        (model.name, workspace.lake.state(model.table).get("rows", 0))
        for model in workspace.plan.models
        if model.name.startswith(_FACTS) and _grain(workspace, model) == table.name
    )
    columns = tuple(column.name for column in contract.columns)
    return Source(table, columns, _reasons(workspace, engine, contract, table, hidden), facts)


def _grain(workspace: Workspace, model: Model) -> str:
    """The silver table that a fact has a row for each row of: of those that it reads, the one of nearest size."""
    rows = workspace.lake.state(model.table).get("rows", 0)
    read = [table for table in model.inputs if table.layer is Layer.SILVER]
    sizes = {
        one.name: sum(f.accepted for f in Head.from_json(workspace.lake.state(one)).files.values()) for one in read
    }
    return min(sizes, key=lambda name: abs(sizes[name] - rows), default="")


def _reasons(
    workspace: Workspace, engine: Callable[[], Any], contract: Contract, table: TableQuality, hidden: Hidden
) -> tuple[Reason, ...]:
    if not table.ledger.quarantined:
        return ()
    quarantine = TableRef(Layer.QUARANTINE, table.name)
    run = engine()
    run.bind(quarantine, Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, table.name))).quarantine)
    first = dict(run.rows(f"SELECT _reasons[1], count(*) FROM {quarantine} GROUP BY ALL"))
    samples = _samples(workspace, run, contract, quarantine, hidden)
    counted = sorted(((code, rows) for code, rows in table.ledger.reasons.items() if rows), key=lambda c: (-c[1], c[0]))
    of_rule = {rule.code: rule.column for rule in contract.rules}
    return tuple(
        Reason(
            table.name,
            code,
            words(contract, code),
            rows,
            first.get(code, 0),
            of_rule.get(code),
            tuple(samples.get(code, ())),
        )
        for code, rows in counted
    )


def _samples(
    workspace: Workspace, run: Any, contract: Contract, quarantine: TableRef, hidden: Hidden
) -> dict[str, list[Sample]]:
    """Reason → the first rows that have it."""
    columns = [column.name for column in contract.columns]
    masked_columns = hidden.columns(quarantine, [*columns, "_text"])
    files = {file.number: file.name for file in workspace.lake.archive(contract.name).files}
    rows = f"SELECT unnest(_reasons) AS code, _file, _line, _text, {names(columns)} FROM {quarantine}"
    first = f"QUALIFY row_number() OVER (PARTITION BY code ORDER BY _file, _line) <= {_SAMPLES}"
    found: dict[str, list[Sample]] = {}
    for code, file, line, text, *values in run.rows(f"SELECT * FROM ({rows}) {first} ORDER BY code, _file, _line"):
        if text is not None and "_text" in masked_columns:
            text = MASK
        shown = () if text is not None else masked(columns, values, masked_columns)
        found.setdefault(code, []).append(Sample(files.get(file, str(file)), line, shown, text))
    return found


def _profiles(workspace: Workspace, past: History) -> Iterator[Profiled]:
    """Silver before gold, each table of the plan that was ever profiled."""
    tables = [f"silver.{one.name}" for one in workspace.plan.tables]
    for table in (*tables, *(f"gold.{model.name}" for model in workspace.plan.models)):
        found = past.profiles(table)
        if found:
            hidden = workspace.classified(TableRef.parse(table), [one.column for one in found[-1].columns])
            *earlier, now = (without_values(one, hidden) for one in found)
            before = earlier[-1] if earlier else None
            told = tuple(changes(before.columns, now.columns)) if before else ()
            yield Profiled(table, now, before, told, hidden)


def _kpis(workspace: Workspace, engine: Callable[[], Any], hidden: Hidden) -> Iterator[Kpi]:
    """The KPIs of the newest release, in the order in which they are made."""
    release = workspace.lake.release()
    versions = release["tables"] if release else {}
    for model in workspace.plan.models:
        if model.name.startswith(_KPIS) and str(model.table) in versions:
            engine().bind(model.table, versions[str(model.table)])
            result = Result(engine().session, f"SELECT * FROM {model.table.layer}.{name(model.name)}")
            rows = result.rows(_KPI_ROWS)
            total = engine().rows(f"SELECT count(*) FROM {model.table}")[0][0]
            yield Kpi(
                model.name, tuple(result.columns), tuple(result.types), _shown(model.table, result, rows, hidden), total
            )


def _shown(
    table: TableRef, result: Result, rows: Sequence[Sequence[Any]], hidden: Hidden
) -> tuple[tuple[Any, ...], ...]:
    columns = result.columns
    unseen = hidden.columns(table, columns)
    return tuple(masked(columns, row, unseen) for row in rows)
