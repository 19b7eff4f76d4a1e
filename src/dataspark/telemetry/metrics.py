"""The figures of the last run, as Prometheus reads them: one file that is replaced, or a push. The owner of its client.

Names follow Prometheus: base units, `_seconds`, and no `_total`, for none of these only grows. Every one has the label
`project`; no value of a row is in any of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dataspark.pipeline.watch import Watch
from dataspark.telemetry.telling import first_line, notice

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from dataspark.errors import DataSparkError
    from dataspark.pipeline.report import RunReport, TableReport
    from dataspark.wiring import Workspace

_SUCCESS = "dataspark_run_last_success_timestamp_seconds"
_OUTCOMES = ("read", "accepted", "quarantined", "duplicates", "superseded")
_PUSH_SECONDS = 5.0

Sample = tuple[str, dict[str, str], float]
"""A metric's name, its labels and its value."""

HELP = {
    "dataspark_run_success": "Whether the last run went through and no check stood in the way of its release (1 or 0).",
    "dataspark_run_timestamp_seconds": "When the last run ended, in seconds since 1970.",
    _SUCCESS: "When the last run that went through ended, in seconds since 1970.",
    "dataspark_run_duration_seconds": "How long the last run took.",
    "dataspark_run_as_of_timestamp_seconds": "The last run's date, in seconds since 1970.",
    "dataspark_release_info": "1; the label says which release readers see.",
    "dataspark_release_published": "Whether the last run moved the release (1 or 0).",
    "dataspark_step_duration_seconds": "How long a step of the last run took.",
    "dataspark_table_rows": "Rows of all files of a silver table, by what became of them.",
    "dataspark_table_new_files": "Files that the last run took in.",
    "dataspark_table_quarantine_reason_rows": "Quarantined rows that have a reason; a row may have several.",
    "dataspark_table_warning_rows": "Accepted rows that broke a rule of severity warning.",
    "dataspark_model_rows": "Rows of a gold table.",
    "dataspark_check_failures": "Failures of a check; 0 where it passed.",
    "dataspark_run_notices": "Notices of the last run.",
}
"""Metric → what it means."""


class MetricsWatch(Watch):
    """Writes the figures when the run is over."""

    def __init__(self, workspace: Workspace) -> None:
        self._project, self._settings = workspace.project.name, workspace.project.metrics

    def run_ends(self, run: RunReport, error: BaseException | None) -> None:
        """Replace the file and push, whichever is wanted."""
        self._tell(run, run, error)

    def run_refused(self, error: DataSparkError) -> None:
        """Say that no run went through; of the tables nothing is known."""
        self._tell(None, None, error)

    def _tell(self, run: RunReport | None, told: RunReport | None, error: BaseException | None) -> None:
        if self._settings.file:
            file = Path(self._settings.file)
            try:
                write(file, [*samples(self._project, run, time.time()), *_earlier_success(file, self._project, run)])
            except (OSError, ValueError) as problem:
                notice(f"metrics: {file} could not be written: {first_line(problem)}", told, error)
        if self._settings.pushgateway:
            try:
                _push(self._settings.pushgateway, self._project, samples(self._project, run, time.time()))
            except OSError as problem:
                notice(f"metrics: {self._settings.pushgateway} was not reached: {first_line(problem)}", told, error)


def samples(project: str, run: RunReport | None, now: float) -> list[Sample]:
    """Every figure of a run that ended `now`; without a run, that it failed."""
    ok = run is not None and run.ok
    found: list[Sample] = [
        ("dataspark_run_success", {}, float(ok)),
        ("dataspark_run_timestamp_seconds", {}, now),
        *([(_SUCCESS, {}, now)] if ok else []),
        *(_of_run(run) if run else ()),
    ]
    return [(name, {"project": project, **labels}, value) for name, labels, value in found]


def _of_run(run: RunReport) -> Iterator[Sample]:
    yield "dataspark_run_duration_seconds", {}, run.seconds
    yield "dataspark_run_as_of_timestamp_seconds", {}, datetime.fromisoformat(run.as_of).timestamp()
    yield "dataspark_run_notices", {}, len(run.notices)
    yield "dataspark_release_published", {}, float(run.published)
    if run.release:
        yield "dataspark_release_info", {"release": run.release}, 1.0
    for step in run.steps:
        yield "dataspark_step_duration_seconds", {"kind": step.kind, "step": step.name}, step.seconds
    for table in run.tables:
        yield from _of_table(table)
    for model in run.models:
        yield "dataspark_model_rows", {"model": model.name}, model.rows
    for check in run.checks:
        severity = "error" if check.blocks else "warning"
        yield "dataspark_check_failures", {"check": check.name, "severity": severity}, check.failures


def _of_table(table: TableReport) -> Iterator[Sample]:
    its = {"table": table.name}
    for outcome in _OUTCOMES:
        yield "dataspark_table_rows", {**its, "outcome": outcome}, getattr(table.ledger, outcome)
    yield "dataspark_table_new_files", its, table.new_files
    for reason, rows in table.ledger.reasons.items():
        yield "dataspark_table_quarantine_reason_rows", {**its, "reason": reason}, rows
    for rule, rows in table.ledger.warnings.items():
        yield "dataspark_table_warning_rows", {**its, "rule": rule}, rows


def write(file: Path, figures: list[Sample]) -> None:
    """Replace a file by these figures, at once for whoever reads it. Raises OSError."""
    from prometheus_client import write_to_textfile

    file.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(file), _registry(figures))


def _registry(figures: list[Sample]) -> CollectorRegistry:
    from prometheus_client import CollectorRegistry, Gauge

    registry, gauges = CollectorRegistry(), dict[str, Gauge]()
    for name, labels, value in figures:
        if name not in gauges:
            gauges[name] = Gauge(name, HELP[name], list(labels), registry=registry)
        gauges[name].labels(**labels).set(value)
    return registry


def _earlier_success(file: Path, project: str, run: RunReport | None) -> list[Sample]:
    """When a run went through last, where this one did not: what the file says now."""
    if run is not None and run.ok:
        return []
    from prometheus_client.parser import text_string_to_metric_families

    try:
        families = list(text_string_to_metric_families(file.read_text()))
    except (FileNotFoundError, ValueError):
        return []
    known = [one for family in families for one in family.samples if one.name == _SUCCESS]
    return [(_SUCCESS, dict(one.labels), one.value) for one in known if one.labels.get("project") == project]


def _push(gateway: str, project: str, figures: list[Sample]) -> None:
    # Adding keeps what this run has no figure for: the time of the last success, where it failed.
    from prometheus_client import pushadd_to_gateway

    pushadd_to_gateway(gateway, job=f"dataspark_{project}", registry=_registry(figures), timeout=_PUSH_SECONDS)


class HttpFigures:
    """The figures of a server, and beside them those of the newest run. For one thread."""

    MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "dataspark_http_request_duration_seconds",
            "How long requests took, until their last byte was sent.",
            ["method", "route", "status"],
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30),
            registry=self._registry,
        )
        self._kept = Counter(
            "dataspark_http_kept_answers_total", "Answers that were there already.", registry=self._registry
        )
        self._open = Gauge("dataspark_http_requests_open", "Requests that are open.", registry=self._registry)
        self._children: dict[tuple[str, str, int], Histogram] = {}

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        key = (method, route, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._seconds.labels(method, route, str(status))
        child.observe(seconds)

    def kept(self) -> None:
        """An answer was there already."""
        self._kept.inc()

    def text(self, requests_open: int, project: str, run: RunReport | None, ended: float) -> bytes:
        """All of it, as Prometheus reads it. `ended` is when the run ended, in seconds since 1970."""
        from prometheus_client import generate_latest

        self._open.set(requests_open)
        figures = generate_latest(self._registry)
        return figures + (generate_latest(_registry(samples(project, run, ended))) if run else b"")
