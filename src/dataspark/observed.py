"""A run, and everybody who hears of it: logs, metrics, OpenLineage, alerts. Every door that runs a project calls this.

What cannot be told is a notice in the run's report; it never stops a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

from dataspark.errors import DataSparkError, UsageError
from dataspark.pipeline.watch import Watch, together
from dataspark.wiring import Workspace, run_project

if TYPE_CHECKING:
    from dataspark.pipeline.report import RunReport


@dataclass(frozen=True)
class _Teller:
    """A way to tell of runs that is not always there."""

    extra: str
    package: str
    wanted: Callable[[Workspace], bool]
    watch: Callable[[Workspace], Watch]


def _alerts(workspace: Workspace) -> Watch:
    from dataspark.alerting.watch import AlertWatch

    return AlertWatch(workspace)


def _metrics(workspace: Workspace) -> Watch:
    from dataspark.telemetry.metrics import MetricsWatch

    return MetricsWatch(workspace)


def _lineage(workspace: Workspace) -> Watch:
    from dataspark.telemetry.openlineage import LineageWatch

    return LineageWatch(workspace)


def _wants_lineage(workspace: Workspace) -> bool:
    from dataspark.telemetry.openlineage import is_wanted

    return is_wanted(workspace.project.openlineage)


_TELLERS = (
    _Teller(
        "metrics",
        "prometheus_client",
        lambda one: bool(one.project.metrics.file or one.project.metrics.pushgateway),
        _metrics,
    ),
    _Teller("openlineage", "openlineage", _wants_lineage, _lineage),
    _Teller("alerts", "apprise", lambda one: bool(one.project.alerts.channels), _alerts),
)
"""In the order in which they are told; alerts are last, they tell nobody what others could not be told."""


def run_observed(
    workspace: Workspace,
    as_of: str | datetime | None = None,
    full_refresh: bool = False,
    select: Sequence[str] = (),
    watch: Watch | None = None,
    replay: bool = False,
    ingest: bool = True,
) -> RunReport:
    """Run a project once (the arguments are those of `run_project`) and tell everybody who is to hear of it.

    Raises DataSparkError; UsageError where the settings want something told by a package that is not installed.
    """
    with observing(workspace, watch) as everybody:
        return run_project(workspace, as_of, full_refresh, select, everybody, replay, ingest)


@contextmanager
def observing(workspace: Workspace, watch: Watch | None = None) -> Iterator[Watch]:
    """Who is to be told of one run inside the block: `watch`, and those that the settings name.

    Raises UsageError where a package is missing.
    """
    from dataspark.telemetry.logs import LogWatch

    tellers = [teller for teller in _TELLERS if teller.wanted(workspace)]
    for teller in tellers:
        _require(teller.extra, teller.package)
    begun = _Begun()
    watches = [begun, *([watch] if watch else []), *(teller.watch(workspace) for teller in tellers)]
    everybody = together([*watches, LogWatch(workspace.project.name)])
    try:
        yield everybody
    except DataSparkError as error:
        if not begun.run:
            everybody.run_refused(error)
        raise


class _Begun(Watch):
    """Whether there is a run to tell of."""

    run: RunReport | None = None

    def run_begins(self, run: RunReport) -> None:
        self.run = run


def _require(extra: str, package: str) -> None:
    if not find_spec(package):
        raise UsageError(
            f"the settings have [{extra}] and {package} is not installed", f"pip install 'dataspark[{extra}]'"
        )


def require_alerts() -> None:
    """Raise UsageError where what sends alerts is not installed."""
    _require("alerts", "apprise")


def with_metrics_file(workspace: Workspace, file: str | None) -> Workspace:
    """The workspace with another file for metrics, where one is given."""
    if file is None:
        return workspace
    project = workspace.project
    return replace(workspace, project=replace(project, metrics=replace(project.metrics, file=file)))
