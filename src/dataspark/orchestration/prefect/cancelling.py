"""Somebody presses Cancel in Prefect: this process finds out by asking.

Prefect's workers tell a process that they started, by a signal. Nobody tells a process that a person started, and the
signal may be lost; so every run asks its server every few seconds what it is meant to be.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException

from dataspark.carrying import Stop

_EVERY = 2.0
"""Seconds between two questions."""


@contextmanager
def listening() -> Iterator[Stop]:
    """What is asked to stop once the flow run of the calling thread is cancelled."""
    context = FlowRunContext.get()
    stop, over = Stop(), threading.Event()
    if context is not None and context.flow_run is not None:
        asking = threading.Thread(target=_ask, args=(context.flow_run.id, stop, over), name="cancelled?", daemon=True)
        asking.start()
    try:
        yield stop
    finally:
        over.set()


def _ask(identifier: UUID, stop: Stop, over: threading.Event) -> None:
    while not over.wait(_EVERY):
        try:
            with get_client(sync_client=True) as client:
                state = client.read_flow_run(identifier).state
        except (httpx.HTTPError, PrefectException, OSError):
            continue  # a server that is gone cancels nothing
        if state and (state.is_cancelling() or state.is_cancelled()):
            stop.ask("cancelled in Prefect")
            return
