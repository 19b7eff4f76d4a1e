"""Each step as a task of Prefect's, in a thread, tried again where that may help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.states import Cancelled

from dataspark.carrying import Done, StepStopped
from dataspark.errors import Again, DataSparkError, OrchestratorError
from dataspark.pipeline.steps import Key, Step
from dataspark.project import PrefectSettings

_JITTER = 0.5
"""A wait is up to so much of itself longer or shorter: runs that failed together do not come back together."""
_LONGEST = 300
"""Seconds that no wait is longer than."""


def delays(settings: PrefectSettings) -> list[float]:
    """The seconds before each new try: twice as many each time."""
    return [float(min(settings.retry_delay * 2**number, _LONGEST)) for number in range(settings.retries)]


class Tasks:
    """Starts steps as tasks of the flow run that calls it (a `Launch`)."""

    def __init__(self, settings: PrefectSettings) -> None:
        self._settings = settings
        self._futures: dict[Key, PrefectFuture[Any]] = {}
        self._errors: dict[Key, BaseException | None] = {}
        """Step → what its last try failed with."""

    def __call__(self, step: Step, body: Callable[[], None], done: Done) -> None:
        """Submit a step. Its dependencies are done already; named here, they are lines in Prefect's picture of the run."""
        future = self._task(step, body).submit(return_state=False, wait_for=[self._futures[key] for key in step.after])
        self._futures[step.key] = future
        future.add_done_callback(lambda _future: self._tell(step, done))

    def _task(self, step: Step, body: Callable[[], None]) -> Task[[], Any]:
        def carry_out() -> Any:
            try:
                body()
            except StepStopped as stop:
                self._errors[step.key] = stop
                return Cancelled(message=stop.message)
            except BaseException as error:
                self._errors[step.key] = error
                raise
            self._errors[step.key] = None
            return None

        # No tags: for each one Prefect would ask its server, and a server that is gone would stop the step.
        return Task(
            carry_out,
            name=step.kind,
            task_run_name=f"{step.kind} {step.name}",
            retries=self._settings.retries,
            retry_delay_seconds=delays(self._settings) or None,
            retry_jitter_factor=_JITTER,
            retry_condition_fn=lambda *_: self._may_help(step),
            persist_result=False,
            cache_policy=NO_CACHE,
        )

    def _tell(self, step: Step, done: Done) -> None:
        """What the last try ended with. Where Prefect never called the step, that is no success."""
        never = OrchestratorError(
            f"Prefect did not carry out `{step.kind} {step.name}`", "its page of the run says why"
        )
        done(self._errors.get(step.key, never))

    def _may_help(self, step: Step) -> bool:
        error = self._errors.get(step.key)
        return isinstance(error, DataSparkError) and error.again is Again.STEP
