"""One part's process: started, asked whether it answers, started again when it dies, ended in good order."""

from __future__ import annotations

import contextlib
import logging
import os
import pwd
import signal
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dataspark.errors import DataSparkError
from dataspark.stack.folder import Folder
from dataspark.stack.logs import begin_log, open_log, trim_log
from dataspark.stack.parts.part import Part, surroundings
from dataspark.stack.processes import MARK, Identity, identify
from dataspark.stack.state import DOWN, RESTARTING, SILENT, STARTING, UP, PartState

_LOOKS = 5.0
"""Seconds between two looks at a part that is up."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a part that died is started again: twice as many each time."""
_STEADY = 60.0
"""Seconds after which a part has earned to be started again at once."""
_MISSES = 3
"""Looks without an answer after which a part is called silent."""

log = logging.getLogger("dataspark.stack")


def now() -> str:
    """This moment: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass
class Keeper:
    """Keeps one part running. `step` is called again and again."""

    part: Part
    stack: Folder
    phase: str = DOWN
    since: str = field(default_factory=now)
    restarts: int = 0
    answered: bool = False
    """Whether it has ever answered."""
    trouble: str = ""
    process: subprocess.Popen[bytes] | None = None
    identity: Identity | None = None
    _begun: float = 0.0
    _due: float = 0.0
    """Before this moment it is not started."""
    _next_look: float = 0.0
    _misses: int = 0
    _pause: float = _FIRST_PAUSE

    @property
    def log(self) -> Path:
        """Where the part's output goes."""
        return self.stack.logs / f"{self.part.name}.log"

    def begin(self) -> None:
        """Before the first start."""
        begin_log(self.log)

    def step(self) -> None:
        """Do what is due now."""
        moment = time.monotonic()
        if self.process is None:
            if moment >= self._due:
                self._start(moment)
        elif (code := self.process.poll()) is not None:
            self._died(f"ended with {_in_words(code)}", moment)
        elif moment >= self._next_look:
            self._look(moment)

    def _start(self, moment: float) -> None:
        self._enter(RESTARTING if self.restarts else STARTING)
        part = self.part
        try:
            part.prepare()
            with open_log(self.log) as out:
                self.process = subprocess.Popen(
                    part.command,
                    cwd=part.folder,
                    env={**surroundings(part), MARK: str(self.stack.path)},
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                    user=part.account,
                    group=pwd.getpwnam(part.account).pw_gid if part.account else None,
                    extra_groups=[] if part.account else None,
                )
        except (DataSparkError, OSError, subprocess.SubprocessError) as error:
            self._died(str(error).replace("\n\nhint: ", "; "), moment)
            return
        self.identity = identify(self.process.pid)
        self._begun = moment
        self._next_look = moment
        log.info("%s started, process %d", part.name, self.process.pid)

    def _look(self, moment: float) -> None:
        if self.part.ready():
            self._misses = 0
            self.answered = True
            if self.phase != UP:
                log.info("%s answers after %.1f s", self.part.name, moment - self._begun)
                self._enter(UP)
            if moment - self._begun > _STEADY:
                self._pause = _FIRST_PAUSE
            trim_log(self.log)
        elif self.phase in (UP, SILENT):
            self._misses += 1
            if self._misses == _MISSES:
                log.warning("%s does not answer", self.part.name)
                self._enter(SILENT)
        elif moment - self._begun > self.part.patience:
            self._signal(signal.SIGKILL)
            self.process.wait() if self.process else None
            self._died(f"did not answer within {self.part.patience:.0f} s", moment)
            return
        self._next_look = time.monotonic() + (_LOOKS if self.phase == UP else 0.2)

    def _died(self, how: str, moment: float) -> None:
        log.warning("%s %s; started again in %.1f s", self.part.name, how, self._pause)
        self._signal(signal.SIGKILL)  # what it started itself
        self.process = self.identity = None
        self.trouble = how
        self.restarts += 1
        self._due = moment + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        self._enter(RESTARTING)

    def _enter(self, phase: str) -> None:
        if phase != self.phase:
            self.phase, self.since = phase, now()

    def ask_to_end(self) -> None:
        """Ask the process to end, and start it no more."""
        if self.process and self.process.poll() is None:
            log.info("%s is asked to end", self.part.name)
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.part.signal)

    def end(self) -> None:
        """Wait for the process, end it by force where it takes too long, and clear away what it left behind."""
        if self.process:
            try:
                self.process.wait(self.part.grace)
            except subprocess.TimeoutExpired:
                log.warning("%s did not end within %.0f s and was killed", self.part.name, self.part.grace)
            self._signal(signal.SIGKILL)
            self.process.wait()
        for left in self.part.sockets:
            left.unlink(missing_ok=True)
        self.process = self.identity = None
        self._enter(DOWN)

    def _signal(self, number: int) -> None:
        """To the process and all that it started in its session."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def state(self) -> PartState:
        """As everybody may know it."""
        return PartState(
            name=self.part.name,
            title=self.part.title,
            phase=self.phase,
            pid=self.identity.pid if self.identity else None,
            born=self.identity.born if self.identity else 0.0,
            since=self.since,
            restarts=self.restarts,
            address=self.part.address,
            page=self.part.page,
            log=str(self.log),
            trouble=self.trouble,
        )


def _in_words(code: int) -> str:
    """`exit code 1`, `SIGKILL`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
