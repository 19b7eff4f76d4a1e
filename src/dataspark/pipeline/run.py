"""One run over a project: ingest, refine, model, audit, publish."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from dataspark.contracts.changes import meaning
from dataspark.contracts.contract import Contract
from dataspark.errors import (
    DataSparkError,
    DriftError,
    Interrupted,
    Mistake,
    ModelError,
    RuleStopped,
    StatementRejected,
    StorageError,
    UsageError,
)
from dataspark.pipeline import audit, model
from dataspark.pipeline.decisions import Position
from dataspark.pipeline.heads import Head, Task
from dataspark.pipeline.history import Past, audit_history
from dataspark.pipeline.holding import audit_held
from dataspark.pipeline.ingest import Ingested, archived, ingest, take_back
from dataspark.pipeline.journal import keep_journal, waived_let_in
from dataspark.pipeline.ledger import total
from dataspark.pipeline.orphans import count_orphans, parents_found
from dataspark.pipeline.ports import EngineSource, Lake
from dataspark.pipeline.profiles import Classified, Subject, nothing_classified
from dataspark.pipeline.publish import publish
from dataspark.pipeline.record import COUNTS, STATE, Judged, Moment, record
from dataspark.pipeline.refine import refine
from dataspark.pipeline.report import ModelReport, RunReport, StepReport, TableReport
from dataspark.pipeline.steps import AUDIT, INGEST, PUBLISH, RECORD, Carry, Key, Step, in_order, steps_of
from dataspark.pipeline.watch import Watch
from dataspark.plan import Model, Plan
from dataspark.tables import Layer, TableRef

_AUDIT = TableRef(Layer.GOLD, "_audit")


@dataclass(frozen=True)
class Options:
    """What a caller may ask of a run."""

    as_of: datetime
    full_refresh: bool = False
    select: tuple[str, ...] = ()
    """Models to build, by pattern; empty means all."""
    replay: bool = False
    """Judge every quarantined row again."""
    ingest: bool = True
    """Whether `sources` is looked at."""
    engine: str = ""
    """The name of the engine, for the record: a run with nothing to do never starts one to ask it."""
    profiles: bool = True
    """Whether columns are profiled."""
    classified: Classified = nothing_classified
    """What of a table may not be shown."""


def run(
    plan: Plan,
    lake: Lake,
    engine: EngineSource,
    project: str,
    options: Options,
    watch: Watch,
    reader: EngineSource | None = None,
    carry: Carry = in_order,
) -> RunReport:
    """Carry out a plan and leave a record of it, also of a run that failed.

    `engine` makes the tables and judges them; `reader`, where there is another one, looks at a little of what was made
    and writes down what this process knows of the run. `carry` says in which threads steps are carried out: the report
    is the same.

    A blocking check that fails is no error here: the report says so and the release stays where it was.

    Raises DataSparkError: the data, the project or the world stopped the run; readers keep the release they had.
    """
    with lake.hold("run"):
        started = time.monotonic()
        now = datetime.now(UTC)
        identifier = f"{now:%Y%m%dT%H%M%S}.{now.microsecond // 1000:03d}-{os.getpid()}"
        report = RunReport(
            identifier, project, options.engine, now.isoformat(timespec="seconds"), options.as_of.isoformat()
        )
        lake.foresee(
            [contract.name for contract in plan.tables] + [STATE.name],
            [built.name for built in plan.models] + [_AUDIT.name],
        )
        current = lake.release()
        report.release = current["id"] if current else None
        stop: BaseException | None = None
        watch.run_begins(report)
        try:
            _Run(plan, lake, engine, reader or engine, options, watch, report).carry_out(carry)
        except BaseException as error:
            # Also Ctrl-C, or a defect of ours: the record must not look like that of a run that went through.
            stop, report.error = error, _what_stopped(error)
            raise
        finally:
            report.seconds = round(time.monotonic() - started, 3)
            watch.run_ends(report, stop)
            # A disk that stopped the run may stop its record too: the first error is the one to tell.
            with suppress(StorageError) if report.error else nullcontext():
                lake.save_run(report.as_json())
        return report


class _Run:
    def __init__(
        self,
        plan: Plan,
        lake: Lake,
        engine: EngineSource,
        reader: EngineSource,
        options: Options,
        watch: Watch,
        report: RunReport,
    ) -> None:
        self.plan, self.lake, self.engine, self.reader = plan, lake, engine, reader
        self.options, self.watch, self.report = options, watch, report
        self.steps = steps_of(plan)
        self.versions: dict[TableRef, int] = {}
        self.heads: dict[str, Head] = {}
        self.tasks: dict[str, Task] = {}
        self.arrived = Ingested()
        self.chosen = plan.select(options.select) if options.select else frozenset(m.name for m in plan.models)
        self._told: dict[Key, list[str]] = {}
        """What each step has to say, once it was done."""
        self._watching = threading.Lock()
        """What is told of steps is told by one thread at a time."""

    def carry_out(self, carry: Carry) -> None:
        self._require_inputs()
        try:
            carry(self.steps, self._do)
        finally:
            self._arrange()

    def _do(self, step: Step) -> None:
        """Carry out a step. Steps that do not come after one another may be in several threads.

        A step reads what was written by those that it comes after, and writes under names of its own.
        """
        with self._watching:
            self.watch.step_begins(step.kind, step.name)
        started = time.monotonic()
        self._told[step.key] = []
        try:
            self._action(step)()
        except BaseException as error:
            with self._watching:
                self.watch.step_fails(StepReport(step.kind, step.name, round(time.monotonic() - started, 3)), error)
            raise
        done = StepReport(step.kind, step.name, round(time.monotonic() - started, 3))
        with self._watching:
            self.report.steps.append(done)
            self.watch.step_ends(done)

    def _action(self, step: Step) -> Callable[[], None]:
        if step.kind == "refine":
            return partial(self._refine, next(c for c in self.plan.tables if c.name == step.name))
        if step.kind == "model":
            return partial(self._model, self.plan.model(step.name))
        return {INGEST: self._ingest, RECORD: self._record, AUDIT: self._audit, PUBLISH: self._publish}[step.key]

    def _arrange(self) -> None:
        """Bring the report into the order of the plan, whatever was done first."""
        place = {step.key: number for number, step in enumerate(self.steps)}
        self.report.steps.sort(key=lambda done: place[done.kind, done.name])
        self.report.tables.sort(key=lambda table: place["refine", table.name])
        self.report.models.sort(key=lambda built: place["model", built.name])
        self.report.notices = [notice for step in self.steps for notice in self._told.get(step.key, ())]

    def _require_inputs(self) -> None:
        """Raise UsageError where a chosen model is made from one that is neither chosen nor was ever built."""
        for built in self.plan.models:
            left_out = [t for t in built.inputs if t.layer is Layer.GOLD and t.name not in self.chosen]
            missing = (
                [t.name for t in left_out if "version" not in self.lake.state(t)] if built.name in self.chosen else []
            )
            if missing:
                raise UsageError(
                    f"`{built.name}` is made from `{missing[0]}`, which was never built and is not selected",
                    f"`--select '+{built.name}'` builds what it is made from, too",
                )

    def _ingest(self) -> None:
        if not self.options.ingest:
            self.arrived = archived(self.lake, self.plan.tables)
            return
        try:
            self.arrived = ingest(self.lake, self.plan.tables)
        except DriftError as error:
            self.report.drift = list(error.drifts)
            raise
        self.report.drift = [drift.as_json() for drift in self.arrived.drift]
        self._told[INGEST] += self.arrived.notices

    def _refine(self, contract: Contract) -> None:
        table = TableRef(Layer.SILVER, contract.name)
        head = Head.from_json(self.lake.state(table))
        archive = self.arrived.archives[contract.name]
        notices = self._told["refine", contract.name]
        if self.lake.is_forgetting(contract.name):
            notices.append(f"rows of {contract.name} are only half forgotten: give `dataspark forget` again")
        parents = {link.parent: self._parent_version(contract, link.parent) for link in contract.relationships}
        task = Task(
            contract,
            archive,
            self.options.as_of,
            meaning(contract, self.plan.tables),
            dict(self.plan.conditions[contract.name]),
            parents,
            self.lake.decisions(contract.name).but(archive.erased_places()),
            self.report.id,
            self.options.full_refresh,
            self.options.replay,
        )
        try:
            done = refine(self.engine, task, head)
        except RuleStopped as stop:
            take_back(self.lake, contract.name, task.archive, frozenset(head.files))
            self._hand_back(task, stop.mended)
            raise
        except StatementRejected as error:
            if not contract.row_rules:  # the only SQL in it that is not ours
                raise
            raise ModelError(
                f"a rule of `{contract.name}` cannot be judged",
                mistakes=[Mistake(contract.path, contract.line, error.message)],
            ) from error
        journaled = keep_journal(self.engine, task, head, count_orphans(self.engine, task, head, done.head))
        after = journaled.head
        if after != head:
            self.lake.save_state(table, after.as_json())
        if let_in := waived_let_in(self.engine, task, after, journaled.events):
            notices.append(f"{contract.name}: of the rows that left the quarantine, {let_in:,} had been waived")
        self.versions |= after.versions(contract.name)
        self.heads[contract.name], self.tasks[contract.name] = after, task
        self.report.tables.append(
            TableReport(
                contract.name,
                self.arrived.new[contract.name],
                total(after.files.values()),
                after.version or 0,
                after.version != head.version or after.quarantine != head.quarantine,
                done.rebuilt,
                dict(journaled.events),
                parents_found(head, after),
            )
        )

    def _count_circles(self) -> None:
        """Where `keep` relationships form a circle, a child came before its parent: count its orphans by today's parent."""
        for number, report in enumerate(self.report.tables):
            task, head = self.tasks[report.name], self.heads[report.name]
            parents = {parent: self.versions.get(TableRef(Layer.SILVER, parent)) for parent in task.parents}
            if parents == task.parents:
                continue
            after = count_orphans(self.engine, replace(task, parents=parents), head, head)
            if after != head:
                self.lake.save_state(TableRef(Layer.SILVER, report.name), after.as_json())
                self.heads[report.name] = after
                self.report.tables[number] = replace(report, ledger=total(after.files.values()))

    def _hand_back(self, task: Task, mended: Collection[Position]) -> None:
        """Strike the mended rows that broke the rule: like a raw file, they must not stop every later run."""
        if mended:
            self.lake.save_decisions(task.contract.name, task.decisions.but(mended))

    def _parent_version(self, contract: Contract, parent: str) -> int | None:
        # Where `keep` relationships form a circle, a child may come before its parent: it meets the last run's.
        table = TableRef(Layer.SILVER, parent)
        if table in self.versions or parent == contract.name:
            return self.versions.get(table)
        return Head.from_json(self.lake.state(table)).version

    def _model(self, built: Model) -> None:
        state = self.lake.state(built.table)
        if built.name not in self.chosen:
            self.report.models.append(self._left_out(built, state))
            return
        before = dict(state)
        done = model.build(self.engine, built, self.versions, self.options.as_of, state)
        if state != before:
            self.lake.save_state(built.table, state)
        self.versions[built.table] = done.version
        self.report.models.append(done)

    def _left_out(self, built: Model, state: dict[str, Any]) -> ModelReport:
        known = all(table in self.versions for table in built.inputs) and "version" in state
        if "version" in state:
            self.versions[built.table] = state["version"]
        stale = not known or state["fingerprint"] != model.fingerprint(built, self.versions, self.options.as_of)
        return ModelReport(built.name, state.get("rows", 0), state.get("version", -1), changed=False, stale=stale)

    def _record(self) -> None:
        self._arrange()
        self._count_circles()
        moment = Moment(self.report.id, self.report.started, self.report.as_of)
        subjects = self._subjects() if self.options.profiles else []
        judged = [
            Judged(contract.name, self.tasks[contract.name].archive, self.heads[contract.name].files)
            for contract in self.plan.tables
        ]
        self.versions |= record(self.reader, self.lake, moment, judged, subjects)

    def _subjects(self) -> list[Subject]:
        """Every table, with what of it may not be shown."""
        silver = {contract.name: contract for contract in self.plan.tables}
        classified = self.options.classified
        found = []
        for table in self.report.tables:
            contract, ref = silver[table.name], TableRef(Layer.SILVER, table.name)
            key = frozenset(contract.primary_key if len(contract.primary_key) == 1 else ())
            found.append(Subject(ref, table.version, table.ledger.accepted, classified, key))
        for built in self.report.models:
            ref = TableRef(Layer.GOLD, built.name)
            if ref in self.versions:
                found.append(Subject(ref, self.versions[ref], built.rows, classified))
        return found

    def _audit(self) -> None:
        self.report.checks.clear()
        state = self.lake.state(_AUDIT)
        before = repr(state)
        as_of = self.options.as_of
        for contract in (*self.plan.tables, *self.plan.gold_contracts):
            table = TableRef(contract.layer, contract.name)
            if table in self.versions:
                remembered = state.setdefault(str(table), {})
                self.report.checks += audit.audit_contract(
                    self.engine, contract, self.versions[table], self.versions, as_of, remembered
                )
            if contract.history_rules and table in self.versions:
                remembered = state.setdefault(f"{table} in time", {})
                self.report.checks += audit_history(self.reader, contract, self._past(table), remembered)
        for contract in self.plan.tables:
            self.report.checks += audit_held(self.engine, self.tasks[contract.name], self.heads[contract.name])
        for check in self.plan.checks:
            if all(table in self.versions for table in check.inputs):
                remembered = state.setdefault(check.name, {})
                self.report.checks.append(audit.audit_check(self.engine, check, self.versions, as_of, remembered))
        if repr(state) != before:
            self.lake.save_state(_AUDIT, state)

    def _past(self, table: TableRef) -> Past:
        archive = self.tasks[table.name].archive if table.layer is Layer.SILVER else None
        return Past(self.versions[table], self.versions.get(COUNTS), archive, self.options.as_of)

    def _publish(self) -> None:
        stale = [built.name for built in self.report.models if built.stale]
        if stale:
            self._told[PUBLISH].append(f"not released: {_few(stale)} left out by --select and not up to date")
        elif self.report.ok:
            self.report.release, self.report.published = publish(
                self.lake, self.versions, self.report.id, self.options.as_of
            )


def _what_stopped(stop: BaseException) -> str:
    if isinstance(stop, DataSparkError):
        return str(stop)
    if isinstance(stop, Exception):
        return f"{type(stop).__name__}: {stop}"  # a defect of ours
    return str(stop) if isinstance(stop, Interrupted) else "interrupted"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
