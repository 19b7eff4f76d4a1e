"""The process of one run: `python -m dataspark.api.child REQUEST`. Tells on stdout what happens, one JSON object a line."""

from __future__ import annotations

import json
import os
import resource
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dataspark.errors import DataSparkError, LakeBusy, ProjectError
from dataspark.pipeline.watch import Watch

if TYPE_CHECKING:
    from dataspark.pipeline.report import RunReport, StepReport

_STDOUT = 1


def main() -> int:
    """Run once, as the first argument says. Returns the exit code."""
    from dataspark.orchestration.request import Request
    from dataspark.orchestration.running import chosen, run_once, terminating

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))  # the server's bound is not the run's
    given = json.loads(sys.argv[1])
    request = Request(**{**given, "select": tuple(given.get("select", ()))})
    watch = _Telling()
    try:
        with terminating():
            report = run_once(request, chosen(None, request), watch, lambda text: None)
    except DataSparkError as error:
        watch.failed(error)
        return error.exit_code
    except KeyboardInterrupt:
        watch.tell("ended", outcome="stopped")
        return 130
    watch.tell(
        "ended", outcome=_outcome(report), release=report.release, published=report.published, seconds=report.seconds
    )
    return 0 if report.ok else 1


def _outcome(report: RunReport) -> str:
    if report.published:
        return "released"
    stale = any(model.stale for model in report.models)
    return "nothing new" if report.ok and not stale else "not released"


class _Telling(Watch):
    """Writes every event at once; when nobody reads them any more, the run goes on."""

    run = ""

    def tell(self, event: str, **more: Any) -> None:
        """Write one event."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"event": event, "run": self.run, "at": now, **more}, ensure_ascii=False, default=str)
        with suppress(OSError):
            os.write(_STDOUT, line.encode() + b"\n")

    def failed(self, error: DataSparkError) -> None:
        """Tell what stopped the run, or why there is none."""
        kinds = {
            "busy": isinstance(error, LakeBusy),
            "project": isinstance(error, ProjectError),
        }
        if self.run:
            self.tell("ended", outcome="failed", error=type(error).__name__)
        else:
            self.tell("refused", message=error.message, **kinds)

    def run_begins(self, run: RunReport) -> None:
        """The lake is held."""
        self.run = run.id
        self.tell("begun", as_of=run.as_of, engine=run.engine)

    def step_begins(self, kind: str, name: str) -> None:
        """A step begins."""
        self.tell("step-begun", kind=kind, step=name)

    def step_ends(self, step: StepReport) -> None:
        """A step went through."""
        self.tell("step-ended", kind=step.kind, step=step.name, seconds=step.seconds)

    def step_fails(self, step: StepReport, error: BaseException) -> None:
        """A step was stopped."""
        self.tell("step-stopped", kind=step.kind, step=step.name, seconds=step.seconds, error=type(error).__name__)


if __name__ == "__main__":
    sys.exit(main())
