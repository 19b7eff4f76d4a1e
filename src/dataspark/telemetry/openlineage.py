"""Listens to a run and says it in OpenLineage's words: one job for the project, one for each table, one for the checks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

from dataspark.pipeline.watch import Watch
from dataspark.tables import Layer, TableRef
from dataspark.telemetry.datasets import Dataset, Datasets
from dataspark.telemetry.events import JobRun, Said, Sender, new_run_id
from dataspark.telemetry.telling import has_classified, notice

if TYPE_CHECKING:
    from dataspark.errors import DataSparkError
    from dataspark.pipeline.report import RunReport, StepReport
    from dataspark.project import LineageSettings
    from dataspark.wiring import Workspace

_OWN = ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG")
_KINDS = {"ingest": "INGEST", "refine": "REFINE", "model": "MODEL", "audit": "AUDIT"}
"""The steps that are jobs; the others touch no data of the project."""


def is_wanted(settings: LineageSettings) -> bool:
    """Whether somebody is to get events: by the settings, or by OpenLineage's own variables."""
    if os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return False
    if settings.url or settings.file:
        return True
    said = any(name in _OWN or name.startswith("OPENLINEAGE__") for name in os.environ)
    # The variables may be meant for other programs of this machine: without the package they say nothing to this one.
    return said and find_spec("openlineage") is not None


class LineageWatch(Watch):
    """Says START, COMPLETE and FAIL of a run and of its steps."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._project = workspace.project.name
        self._models: dict[str, str] = {}
        self._steps: dict[tuple[str, str], JobRun] = {}
        self._run: RunReport | None = None

    def run_begins(self, run: RunReport) -> None:
        """Say that the project's job begins."""
        self._run = run
        self._models = {model.name: model.sql for model in self._workspace.plan.models}
        self._sender = Sender(self._workspace.project.openlineage)
        self._datasets: Datasets | None = None
        self._job = JobRun(self._project, "RUN", new_run_id(_now()))
        self._about_run = {"as_of": run.as_of, "engine": run.engine, "tags": (("dataspark_run", run.id),)}
        self._say("START", self._job)

    def step_begins(self, kind: str, name: str) -> None:
        """Say that a step's job begins."""
        if kind in _KINDS:
            sql = self._models.get(name, "") if kind == "model" else ""
            job = JobRun(
                f"{self._project}.{_named(kind, name)}", _KINDS[kind], new_run_id(_now()), self._job, sql, "duckdb"
            )
            self._steps[kind, name] = job
            self._say("START", job)

    def step_ends(self, step: StepReport) -> None:
        """Say what the step read and made."""
        if job := self._steps.pop((step.kind, step.name), None):
            self._say("COMPLETE", job, step)

    def step_fails(self, step: StepReport, error: BaseException) -> None:
        """Say that the step failed."""
        if job := self._steps.pop((step.kind, step.name), None):
            self._say(_end(error), job, error=self._words(error))

    def run_ends(self, run: RunReport, error: BaseException | None) -> None:
        """Say how the run ended, and wait a little for what is on its way."""
        blocked = [check.name for check in run.checks if check.failed and check.blocks]
        said = self._words(error) if error else f"blocked by {', '.join(blocked)}" if blocked else ""
        self._say(_end(error) if error else "FAIL" if blocked else "COMPLETE", self._job, error=said)
        self._sender.close()
        if self._sender.problem:
            notice(f"openlineage: events were not sent: {self._sender.problem}", run, error)

    def run_refused(self, error: DataSparkError) -> None:
        """Nothing is said of a run that never began: it has no job and no data."""

    def _say(self, state: str, job: JobRun, step: StepReport | None = None, error: str = "") -> None:
        moment, run = _now(), self._run
        about = self._about_run if job is self._job else {}

        def event() -> Said:
            inputs, outputs = self._touched(run, step) if run and step else ((), ())
            return Said(state, job, moment, inputs, outputs, error, **about)  # type: ignore[arg-type]

        self._sender.say(event)

    def _touched(self, run: RunReport, step: StepReport) -> tuple[tuple[Dataset, ...], tuple[Dataset, ...]]:
        """What a step read and made."""
        known = self._datasets = self._datasets or Datasets(self._workspace)
        tables = {table.name: table for table in run.tables}
        if step.kind == "ingest":
            return (known.sources(),), tuple(known.raw(contract.name) for contract in self._workspace.plan.tables)
        if step.kind == "refine" and step.name in tables:
            table = tables[step.name]
            silver, quarantine = (TableRef(layer, table.name) for layer in (Layer.SILVER, Layer.QUARANTINE))
            return (known.raw(table.name, table.ledger.read),), (
                known.table(silver, table.version, table.ledger.accepted),
                known.table(quarantine, None, table.ledger.quarantined),
            )
        if step.kind == "model":
            model = self._workspace.plan.model(step.name)
            made = next((one for one in run.models if one.name == step.name and one.version >= 0), None)
            outputs = (known.table(model.table, made.version, made.rows),) if made else ()
            return tuple(known.table(one) for one in model.inputs), outputs
        if step.kind == "audit":
            judged = _judged(run, {check.name: check.inputs for check in self._workspace.plan.checks})
            return tuple(replace(known.table(one), checks=tuple(checks)) for one, checks in sorted(judged.items())), ()
        return (), ()

    def _words(self, error: BaseException) -> str:
        """An error as a receiver may know it: without words that may quote a row, where values are classified."""
        kind = type(error).__name__
        return f"{kind} (its words are in the run's record)" if has_classified(self._workspace) else f"{kind}: {error}"


def _named(kind: str, name: str) -> str:
    layers = {"refine": Layer.SILVER, "model": Layer.GOLD}
    return str(TableRef(layers[kind], name)) if kind in layers else kind


def _judged(run: RunReport, inputs: Mapping[str, Sequence[TableRef]]) -> dict[TableRef, list[tuple[str, bool, str]]]:
    """Table → (check, whether it passed, its severity) of each check that read it, or of its contract."""
    found: dict[TableRef, list[tuple[str, bool, str]]] = {}
    for check in run.checks:
        tables = inputs.get(check.name) or [TableRef.parse(".".join(check.name.split(".")[:2]))]
        for table in tables:
            said = (check.name, not check.failed, "error" if check.blocks else "warn")
            found.setdefault(table, []).append(said)
    return found


def _end(error: BaseException) -> str:
    return "FAIL" if isinstance(error, Exception) else "ABORT"


def _now() -> datetime:
    return datetime.now(UTC)
