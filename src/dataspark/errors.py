"""Every way DataSpark can fail, and the exit code that each one means.

```
DataSparkError
├── ProjectError            exit 2   the project or the call is wrong
│   ├── ContractError                a contract cannot be read (lists every mistake)
│   ├── ModelError                   a model or a check cannot be planned
│   └── UsageError                   an argument, a name or a version that does not exist
│       └── TookTooLong              a question that its reader gave no more time
├── DataError               exit 1   the data failed
│   ├── RuleStopped                  a rule with severity `fail` was broken
│   ├── HeaderError                  a file's header cannot be matched to its contract
│   ├── DriftError                   files are not what their tables' earlier files were (has every drift)
│   ├── RowsRefused                  rows that a database does not take, or that break a key there
│   └── LedgerError                  read ≠ accepted + quarantined + duplicates + superseded
└── WorldError              exit 3   storage, engine or another process failed
    ├── StorageError         (step)  a file or folder could not be read or written
    ├── EngineError          (step)  the SQL engine failed
    │   ├── StatementRejected        the engine refused a statement, or data that it was given
    │   └── StepTimedOut     (step)  a step took longer than it may
    ├── StackError                   a server of the stack cannot be started, or does not end
    ├── LakeBusy             (run)   another run holds the lake
    ├── LeaseLost            (run)   this run held the lake in S3 and holds it no more
    ├── ReleaseConflict      (run)   another run published first
    ├── PublishError                 a database that releases are published to is away, or refuses
    │   └── PublishBusy      (run)   another publish or long readers hold what must be replaced
    └── OrchestratorError            what should carry out or schedule runs is not there
```

What may pass by itself says so: (step) trying the same step again may help, (run) only a whole new run. A run that somebody
stops is no failure: `Interrupted` is a KeyboardInterrupt.

A message is one sentence that names the thing and the place; `hint` is the way out, printed on a line of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar


class Again(Enum):
    """What may help against a failure that passes by itself."""

    NOTHING = "nothing"
    """It stays until somebody changes the data, the project or the call."""
    STEP = "step"
    """The same step, once more."""
    RUN = "run"
    """A new run."""


class DataSparkError(Exception):
    """The root of the tree. `exit_code` is what the command line ends with, `again` whether trying again may help."""

    exit_code = 3
    again: ClassVar[Again] = Again.NOTHING

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n\nhint: {self.hint}" if self.hint else self.message


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing that is wrong in one file of a project."""

    path: str
    """The file, relative to the project's folder."""
    line: int
    """Counted from 1; 0 where the mistake has no line."""
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


class ProjectError(DataSparkError):
    """The project or the call is wrong. `mistakes` has all of them, not the first."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "", mistakes: Sequence[Mistake] = ()) -> None:
        super().__init__(message, hint)
        self.mistakes = tuple(sorted(mistakes))

    def __str__(self) -> str:
        lines = [self.message, *(f"  {mistake}" for mistake in self.mistakes)]
        if self.hint:
            lines += ["", f"hint: {self.hint}"]
        return "\n".join(lines)


class ContractError(ProjectError):
    """A contract cannot be read."""


class ModelError(ProjectError):
    """A model or a check cannot be planned or run."""


class UsageError(ProjectError):
    """An argument, a name or a version that does not exist."""


class TookTooLong(UsageError):
    """A question that its reader gave no more time."""


class DataError(DataSparkError):
    """The data failed."""

    exit_code = 1


class RuleStopped(DataError):
    """A rule with severity `fail` was broken: nothing of the run is visible.

    `mended` are the places (file, line) of rows that a person mended and that break it.
    """

    def __init__(self, message: str, hint: str = "", mended: Sequence[tuple[int, int]] = ()) -> None:
        super().__init__(message, hint)
        self.mended = tuple(mended)


class HeaderError(DataError):
    """A file's header cannot be matched to its contract."""


class DriftError(DataError):
    """Files are not what their tables' earlier files were, in a way that could lose data.

    `drifts` has all of them as plain values, `changes` are those of the contracts that would accept them, and `patch`
    is a unified diff of the contracts' files with these changes, once somebody has made it.
    """

    def __init__(self, message: str, hint: str, drifts: Sequence[dict[str, object]], changes: Sequence[Any]) -> None:
        super().__init__(message, hint)
        self.drifts = tuple(drifts)
        self.changes = tuple(changes)
        self.patch = ""

    def __str__(self) -> str:
        parts = (self.message, self.patch.rstrip(), f"hint: {self.hint}")
        return "\n\n".join(part for part in parts if part)


class RowsRefused(DataError):
    """Rows that a database does not take, or that break a key which is promised there."""


class LedgerError(DataError):
    """The rows do not add up. This is a defect of DataSpark, never of the data."""


class WorldError(DataSparkError):
    """Storage, engine or another process failed; running again may help."""


class StorageError(WorldError):
    """A file or a folder could not be read or written."""

    again = Again.STEP


class EngineError(WorldError):
    """The SQL engine failed."""

    again = Again.STEP


class StatementRejected(EngineError):
    """The engine refused a statement, or data that it was given. `line` is the statement's line, 0 if none is named."""

    again = Again.NOTHING

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class StackError(WorldError):
    """A server of the stack cannot be started, or does not end."""


class StepTimedOut(EngineError):
    """A step took longer than the settings allow and was stopped."""


class LakeBusy(WorldError):
    """Another run holds the lake."""

    again = Again.RUN


class LeaseLost(WorldError):
    """This process held a lake in S3, did not say so for too long, and must not change it any more."""

    again = Again.RUN


class ReleaseConflict(WorldError):
    """Somebody else has published a release since this process looked: theirs stands."""

    again = Again.RUN


class PublishError(WorldError):
    """A database that releases are published to is away, or refuses a statement."""


class PublishBusy(PublishError):
    """Another publish, or readers that do not end, hold what must be replaced."""

    again = Again.RUN


class OrchestratorError(WorldError):
    """What should carry out or schedule runs is not there, or gave up."""


class Interrupted(KeyboardInterrupt):
    """Somebody stopped the run; the message says who. Like Ctrl-C, no handler of errors may swallow it."""
