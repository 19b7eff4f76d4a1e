"""What somebody asked for: which parts, at which addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dataspark.errors import StackError, UsageError
from dataspark.project import did_you_mean
from dataspark.stack.folder import Folder
from dataspark.stack.parts import KINDS
from dataspark.stack.parts.part import LOOPBACK, Kind, Site

Skipped = dict[str, str]
"""Kind → why the stack does without it."""


@dataclass(frozen=True)
class Order:
    """Which parts, and where they listen."""

    kinds: tuple[str, ...]
    bind: str = LOOPBACK
    offset: int = 0
    project: str = ""
    """The project's folder."""

    def site(self, folder: Folder) -> Site:
        """What the parts are built from. Raises StackError where the passwords cannot be read."""
        return Site(folder, frozenset(self.kinds), folder.read_secrets(), self.bind, self.offset, self.project)

    def as_json(self) -> dict[str, Any]:
        """The order as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Order:
        """The order that `as_json` made."""
        return cls(tuple(said["kinds"]), said["bind"], said["offset"], said.get("project", ""))


def choose(only: Sequence[str], without: Sequence[str]) -> tuple[tuple[str, ...], Skipped]:
    """Which kinds of parts a stack has, and those that it does without because this machine lacks something.

    Raises UsageError for a name that there is not, and for a kind that cannot be started here and must be.
    """
    known = [kind.name for kind in KINDS]
    for name in (*only, *without):
        if name not in known:
            raise UsageError(
                f"a stack has no part `{name}`{did_you_mean(name, known)}", f"there are: {', '.join(known)}"
            )
    wanted = [kind for kind in KINDS if (kind.name in only or not only) and kind.name not in without]
    skipped: Skipped = {}
    for kind in wanted:
        _look_for(kind, kind.name in only, skipped)
    chosen = tuple(kind.name for kind in wanted if kind.name not in skipped)
    if not chosen:
        raise UsageError("a stack without any part is none", f"choose of: {', '.join(known)}")
    return chosen, skipped


def _look_for(kind: Kind, asked: bool, skipped: Skipped) -> None:
    lack = kind.lack()
    if lack is None:
        return
    if kind.optional and not asked:
        skipped[kind.name] = f"{lack.message} ({lack.hint})"
        return
    way_out = f"{lack.hint}; or do without: `dataspark up --without {kind.name}`"
    raise UsageError(f"{kind.name} cannot be started: {lack.message}", lack.hint if asked else way_out)


def require_same(running: Order, asked: Order) -> None:
    """Raises StackError where a stack that is up is not the one that is asked for."""
    if running != asked:
        told = f"parts {', '.join(running.kinds)}, bound to {running.bind}, port offset {running.offset}"
        raise StackError(f"the stack is up already, with other settings: {told}", "end it first: `dataspark down`")
