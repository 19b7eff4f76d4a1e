"""Leaving a server that is gone without waiting for it.

Prefect's client keeps events and lines of logs in queues and sends them before the process ends. Where nobody
answers, it tries each of them ten times: minutes, for a run of a second. It has no setting for that, so what waits is
thrown away here, by names that are Prefect's own (seen in 3.8.8, which is pinned).
"""

from __future__ import annotations

from contextlib import suppress
from queue import Empty
from typing import Any

from prefect._internal.concurrency.services import QueueService, _QueueServiceBase


def forget_what_waits() -> None:
    """Throw away what was to be sent."""
    services: list[QueueService[Any]] = list(vars(_QueueServiceBase)["_instances"].values())
    for service in services:
        with suppress(Empty):
            while True:
                service._queue.get_nowait()
                service._queue.task_done()
