"""What is known about a stack while it runs, as plain values: written by its supervisor, read by everybody else."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from dataspark.stack.folder import Folder, holder, read_document, write_private
from dataspark.stack.processes import Identity, lives

UP, DOWN, STARTING, RESTARTING, SILENT = "up", "down", "starting", "restarting", "silent"
FOREIGN = "of another version"
LEFT_OVER = "left over"
"""Of a part whose supervisor died: it runs, and nobody would start it again."""


@dataclass(frozen=True)
class PartState:
    """One part of a stack, as it was last seen."""

    name: str
    title: str
    phase: str
    """`starting`, `up`, `silent` (it runs and does not answer), `restarting`, `left over` or `down`."""
    pid: int | None
    born: float
    since: str
    """When this phase began: ISO 8601, UTC."""
    restarts: int
    address: str
    page: str
    """Where a browser sees it, if that is another address."""
    log: str
    trouble: str = ""
    """Why it was last started again."""


@dataclass(frozen=True)
class StackState:
    """A stack, as it was last seen."""

    phase: str
    """`starting`, `up` when every part has answered once, `left over`, `of another version`, or `down`."""
    folder: str
    started: str
    supervisor: int | None
    parts: tuple[PartState, ...]
    api_url: str | None = None
    """Where Prefect's API is, for `PREFECT_API_URL`."""

    def as_json(self) -> dict[str, Any]:
        """The stack as plain values."""
        return {**asdict(self), "ok": self.ok}

    @property
    def ok(self) -> bool:
        """Whether every part is up, or the stack is down as a whole."""
        return self.phase == DOWN or (self.phase == UP and all(part.phase == UP for part in self.parts))


def write_state(folder: Folder, state: StackState) -> None:
    """Let everybody know."""
    write_private(folder.state, json.dumps(asdict(state), indent=1))


def read_state(folder: Folder) -> StackState:
    """What a stack does now. Where its supervisor is gone, what is left of it is looked for among the processes."""
    state = _known(folder)
    supervisor = holder(folder)
    if state is None:
        phase = DOWN if supervisor is None else STARTING
        return StackState(phase, str(folder.path), "", supervisor, ())
    if supervisor is not None:
        return state
    parts = tuple(_without_supervisor(part) for part in state.parts)
    phase = LEFT_OVER if any(part.phase == LEFT_OVER for part in parts) else DOWN
    return StackState(phase, state.folder, state.started, None, parts if phase == LEFT_OVER else ())


def _known(folder: Folder) -> StackState | None:
    known = read_document(folder.state)
    try:
        return known and StackState(**{**known, "parts": tuple(PartState(**part) for part in known["parts"])})
    except (TypeError, KeyError):
        # Another version of DataSpark has written it: what matters is that `down` ends its stack.
        return StackState(FOREIGN, str(folder.path), "", holder(folder), ())


def _without_supervisor(part: PartState) -> PartState:
    alive = part.pid is not None and lives(Identity(part.pid, part.born))
    told = {"phase": LEFT_OVER if alive else DOWN, "pid": part.pid if alive else None}
    return PartState(**{**asdict(part), **told})


def identities(state: StackState) -> list[Identity]:
    """The processes of the parts, as they were last seen."""
    return [Identity(part.pid, part.born) for part in state.parts if part.pid is not None]
