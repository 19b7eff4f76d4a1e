"""A process that runs projects on Spark, one after the other in one application, and tells each statement that it gives.

It can be told to end itself with SIGKILL at one of them. Called with a list of orders as JSON, see `Order`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
BEFORE, WITHIN, AFTER = "before", "within", "after"
_MOMENT = 0.1
"""Seconds after which a statement has begun and is not done yet."""


@dataclass(frozen=True)
class Order:
    """One run."""

    root: str
    as_of: str
    environment: dict[str, str] = field(default_factory=dict)
    full_refresh: bool = False
    die: tuple[int, str] | None = None
    """The number of a writing statement, from 1, and whether before it, within it or after it."""


def driver(orders: Sequence[Order]) -> subprocess.Popen[str]:
    """Start a process that carries out the orders. It says `begins 3 INSERT INTO …`, `ends 3`, and `done` for each run."""
    told = json.dumps([asdict(order) for order in orders])
    command = [sys.executable, str(TESTS / "driving.py"), told]
    return subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _main(orders: Sequence[dict[str, Any]]) -> None:
    from dataspark.engines.spark.session import Session
    from workbench import Bench

    given = Session.run
    kept: list[Session] = []
    for order in (Order(**one) for one in orders):
        os.environ.update(order.environment)
        numbers = count(1)

        def run(session: Session, statement: str, order: Order = order, numbers: Any = numbers) -> None:
            number = next(numbers)
            kind = order.die[1] if order.die and order.die[0] == number else ""
            _say(f"begins {number} {statement[:60]}")
            if kind == BEFORE:
                _die()
            if kind == WITHIN:
                threading.Timer(_MOMENT, _die).start()
            given(session, statement)
            if kind == AFTER:
                _die()
            _say(f"ends {number}")

        Session.run = run  # type: ignore[method-assign]
        bench = Bench(Path(order.root), "spark")
        if not kept:  # so that the application outlives the first run
            kept.append(Session(bench.workspace.project.engine))
        bench.run(as_of=order.as_of, full_refresh=order.full_refresh)
        _say("done")
    for session in kept:
        session.close()


def _say(line: str) -> None:
    print(line.replace("\n", " "), flush=True)  # noqa: T201


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
