"""`up`, `down` and the question how a stack stands: what people ask for, carried out by the supervisor's process."""

from __future__ import annotations

import errno
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataspark.errors import StackError
from dataspark.stack.folder import Folder, folder_of, holder, read_document, write_private
from dataspark.stack.logs import begin_log, open_log, tail
from dataspark.stack.order import Order, Skipped, choose, require_same
from dataspark.stack.parts import build
from dataspark.stack.parts.part import LOOPBACK, Part
from dataspark.stack.processes import end, sweep, who_listens
from dataspark.stack.state import DOWN, FOREIGN, LEFT_OVER, UP, StackState, identities, read_state
from dataspark.stack.supervisor import HELD

_TICK = 0.1
_TRIES = 3
"""Times that a part may die before it has ever answered."""
_LONGEST = 300.0
"""Seconds that a stack may take to start."""
_ENDING = 60.0
"""Seconds that a supervisor may take to end its parts."""

Watch = Callable[[str, float], None]
"""Told of each part that has come up: its title, and after how many seconds."""


@dataclass(frozen=True)
class Started:
    """A stack that is up."""

    state: StackState
    fresh: bool
    """Whether it was started now."""
    secrets_are_new: bool
    skipped: Skipped
    logins: dict[str, tuple[str, str]]
    """Part → user and password."""
    credentials: Path
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The answer for a program, without passwords: it reads them from the file."""
        told = {"fresh": self.fresh, "seconds": round(self.seconds, 3), "left_out": self.skipped}
        return {**self.state.as_json(), **told, "credentials": str(self.credentials)}


@dataclass(frozen=True)
class Ended:
    """A stack that is down."""

    folder: str
    was_up: bool
    left_over: int
    """Processes that a supervisor which died had left behind."""
    deleted: bool

    def as_json(self) -> dict[str, Any]:
        """The answer for a program."""
        return dict(vars(self))


def stack_status(project: Path) -> StackState:
    """How the stack of a project stands. Raises UsageError, StackError."""
    return read_state(folder_of(project))


def prefect_settings(project: Path) -> dict[str, str]:
    """What Prefect's client has to find in its environment to reach the server of a project's stack.

    It is nothing while no stack with Prefect is up. Raises UsageError, StackError.
    """
    state = stack_status(project)
    if state.phase != UP or state.api_url is None:
        return {}
    secrets = folder_of(project).read_secrets()
    login = f"{secrets['user']}:{secrets['prefect']}"
    return {"PREFECT_API_URL": state.api_url, "PREFECT_API_AUTH_STRING": login}


def up(
    project: Path,
    only: Sequence[str] = (),
    without: Sequence[str] = (),
    bind: str = LOOPBACK,
    offset: int = 0,
    watch: Watch = lambda title, seconds: None,
) -> Started:
    """Start the stack of a project and wait until each part answers. Where it is up already, nothing is done.

    A stack that is up is one that was asked for, whatever its settings, unless others are asked for by name.
    What was started is ended again when this fails or is interrupted. Raises UsageError, StackError.
    """
    began = time.monotonic()
    folder = folder_of(project)
    chosen, skipped = choose(only, without)
    order = Order(chosen, bind, offset, str(project.resolve()))
    folder.make()
    fresh = holder(folder) is None
    if fresh:
        sweep(folder.path, identities(read_state(folder)))
        _forget(folder)  # what a supervisor that died has said would be taken for the new one's words
        _require_ports(build(order.site(folder)))
        write_private(folder.order, json.dumps(order.as_json()))
        state = _start(folder, watch)
    else:
        running = Order.from_json(read_document(folder.order))
        if only or without or bind != LOOPBACK or offset:
            require_same(running, order)
        order, skipped = running, {}
        state = _wait(folder, watch)
    parts = build(order.site(folder))
    new_secrets = not folder.shown.exists()
    folder.shown.touch()
    logins = {part.title: (part.login.user, part.login.password) for part in parts if part.login}
    return Started(state, fresh, new_secrets, skipped, logins, folder.secrets, time.monotonic() - began)


def down(project: Path, delete_data: bool = False) -> Ended:
    """End the stack of a project, and whatever a supervisor that died has left of it. Raises UsageError, StackError."""
    folder = folder_of(project)
    if not folder.path.is_dir():
        return Ended(str(folder.path), was_up=False, left_over=0, deleted=False)
    known = identities(read_state(folder))
    was_up = holder(folder) is not None
    _end_supervisor(folder)
    left_over = sweep(folder.path, known)
    if holder(folder) is not None:
        raise StackError(f"the stack in {folder.path} does not end", f"look into {folder.logs / 'supervisor.log'}")
    _forget(folder)
    if delete_data:
        folder.delete()
    return Ended(str(folder.path), was_up, left_over, delete_data)


def _forget(folder: Folder) -> None:
    folder.profile.unlink(missing_ok=True)
    folder.state.unlink(missing_ok=True)


def _end_supervisor(folder: Folder) -> None:
    deadline = time.monotonic() + _ENDING + 5
    while (pid := holder(folder)) is not None and time.monotonic() < deadline:
        if pid:
            end(pid, folder.path, _ENDING)
        time.sleep(_TICK)


def _require_ports(parts: Sequence[Part]) -> None:
    """Raises StackError with every port that somebody else has."""
    taken = []
    for part in parts:
        for what, port in part.ports.items():
            if _taken(part.host, port):
                who = who_listens(port)
                whose = part.title if what == part.title else f"{part.title}: {what}"
                taken.append(f"port {port} ({whose}) is taken{f' by {who}' if who else ''}")
    if taken:
        way_out = "end what holds it, or move all ports of the stack: `dataspark up --port-offset 100`"
        raise StackError("; ".join(taken), way_out)


def _taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            reason = error.strerror or str(error)
            raise StackError(f"nothing can listen at {host}:{port}: {reason}", "choose another `--bind`") from error
        except OverflowError as error:
            raise StackError(f"there is no port {port}", "choose a smaller `--port-offset`") from error
    return False


def _start(folder: Folder, watch: Watch) -> StackState:
    begin_log(folder.logs / "supervisor.log")
    ours = True
    try:
        code = _run_supervisor(folder)
        ours = code != HELD  # else another `up` was faster
        if code and ours:
            raise _ended(folder)
        return _wait(folder, watch)
    except BaseException:
        if ours:
            _end_supervisor(folder)
        raise


def _run_supervisor(folder: Folder) -> int:
    """Start the supervisor, which goes on by itself once it holds the stack. Returns the exit code of that."""
    with open_log(folder.logs / "supervisor.log") as out:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "dataspark.stack.supervisor", str(folder.path)],
            cwd=folder.path,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            check=False,
        )
    return done.returncode


def _wait(folder: Folder, watch: Watch) -> StackState:
    """Wait until every part has answered once."""
    began = time.monotonic()
    told: set[str] = set()
    while time.monotonic() - began < _LONGEST:
        state = read_state(folder)
        for part in state.parts:
            if part.phase == UP and part.name not in told:
                told.add(part.name)
                watch(part.title, time.monotonic() - began)
        if state.phase == UP:
            return state
        if state.phase in (DOWN, LEFT_OVER):
            raise _ended(folder)
        _require_hope(state)
        time.sleep(_TICK)
    raise StackError(f"the stack was not up after {_LONGEST:.0f} s", f"look into {folder.logs}")


def _ended(folder: Folder) -> StackError:
    said = tail(folder.logs / "supervisor.log", 5)
    if any("the stack is down" in line for line in said):
        return StackError("the stack was taken down while it started", "start it again: `dataspark up`")
    return StackError(
        f"the stack's supervisor ended: {said[-1] if said else 'it said nothing'}", f"look into {folder.logs}"
    )


def _require_hope(state: StackState) -> None:
    """Raises StackError for a part that dies again and again, and for a stack that cannot be asked."""
    if state.phase == FOREIGN:
        raise StackError("the stack was started by another version of DataSpark", "end it first: `dataspark down`")
    for part in state.parts:
        if part.restarts >= _TRIES and part.phase != UP:
            said = "".join(f"\n  {line}" for line in tail(Path(part.log), 8))
            raise StackError(f"{part.title} does not start: it {part.trouble}{said}", f"its whole log: {part.log}")
