"""Listens to a run and tells people what they do not know yet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dataspark.alerting import messages
from dataspark.alerting.matters import Verdicts, judge, unknown_tables
from dataspark.alerting.memory import Delivery, Memory
from dataspark.alerting.reasons import failed, is_told
from dataspark.alerting.sending import Post, send
from dataspark.errors import DataSparkError, LakeBusy, StorageError, WorldError
from dataspark.pipeline.watch import Watch
from dataspark.project import About
from dataspark.telemetry.telling import has_classified, notice

if TYPE_CHECKING:
    from dataspark.pipeline.report import RunReport, StepReport
    from dataspark.wiring import Workspace

BUSY_RUNS = 3
"""Runs in a row that find the lake held before that is told: once is a schedule that overtakes itself."""


class AlertWatch(Watch):
    """Tells channels of a run when it is over, or of one that could not begin."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._step = ""
        self._before: dict[str, Any] = {}

    def step_fails(self, step: StepReport, error: BaseException) -> None:
        """Remember where the run stopped."""
        self._step = f"{step.kind} {step.name}"

    def run_ends(self, run: RunReport, error: BaseException | None) -> None:
        """Tell what is new, and what is over."""
        if error is not None and not is_told(error):
            return
        memory = self._memory(run, error)
        memory.busy = 0
        if error is not None:
            matter = failed(error, self._step or "begin", has_classified(self._workspace))
            self._tell(memory, {matter.key: matter}, run, run.started, error)
            return
        run.notices += unknown_tables(self._workspace.project.alerts, [table.name for table in run.tables])
        try:
            verdicts = judge(self._workspace, run, memory.newest, memory.open)
        except StorageError as problem:
            notice(f"alerts: nothing could be judged: {problem.message}", run, None)
        else:
            self._tell(memory, verdicts, run, run.started, None)

    def run_refused(self, error: DataSparkError) -> None:
        """Tell that no run could begin: a project that is wrong at once, a lake that is held the third time."""
        if not is_told(error):
            return
        memory = self._memory(None, error)
        if isinstance(error, LakeBusy):
            memory.busy += 1
        matter = failed(error, "", discreet=False)
        is_due = not isinstance(error, LakeBusy) or memory.busy >= BUSY_RUNS
        self._tell(memory, {matter.key: matter} if is_due else {}, None, _now(), error)

    def _memory(self, run: RunReport | None, error: BaseException | None) -> Memory:
        """What was told; where that cannot be read, nothing: better told twice than never, when storage is what failed."""
        try:
            self._before = self._workspace.lake.alerts()
        except StorageError as problem:
            self._before = {"unread": True}
            notice(f"alerts: what was told before is not known: {problem.message}", run, error)
        return Memory(self._before)

    def _tell(
        self, memory: Memory, verdicts: Verdicts, run: RunReport | None, moment: str, error: BaseException | None
    ) -> None:
        channels = self._workspace.project.alerts.channels
        memory.learn(verdicts, moment, channels)
        deliveries = list(memory.deliveries(verdicts, channels))
        posts = [Post(one.channel, self._message(one, memory, verdicts, run)) for one in deliveries]
        unsent: dict[str, str] = {}
        for delivery, problem in zip(deliveries, send(posts) if posts else [], strict=True):
            if problem:
                unsent.setdefault(delivery.channel.name, problem)
            else:
                memory.delivered(delivery)
        for name, problem in unsent.items():
            notice(f"alerts: channel `{name}` was not told: {problem}", run, error)
        self._keep(memory, run, error)

    def _keep(self, memory: Memory, run: RunReport | None, error: BaseException | None) -> None:
        """Remember what was told, where there is anything new to remember."""
        after = memory.as_json()
        if after == self._before or not (self._before or any(after.values())):
            return
        try:
            self._workspace.lake.save_alerts(after)
        except WorldError as problem:
            notice(f"alerts: what was told is not remembered: {problem.message}", run, error)

    def _message(self, one: Delivery, memory: Memory, verdicts: Verdicts, run: RunReport | None) -> messages.Message:
        project = self._workspace.project
        if one.about is About.RECOVERED:
            return messages.of_the_end(project, [memory.open[key] for key in one.keys], run)
        found = [matter for key in one.keys if (matter := verdicts[key])]
        return messages.of_matters(project, one.about, found, run)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
