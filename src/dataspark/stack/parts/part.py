"""What a part of a stack is: one server process, and what is known about it."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dataspark.stack.folder import USER, Folder

LOOPBACK = "127.0.0.1"
_WILDCARDS = ("0.0.0.0", "::")
Sections = dict[str, dict[str, str | bool | dict[str, str]]]
"""Settings of a profile: section → key → value."""


@dataclass(frozen=True)
class Site:
    """Where a stack is built: its folder, its addresses, its passwords, and which parts belong to it."""

    folder: Folder
    chosen: frozenset[str]
    secrets: Mapping[str, str] = field(repr=False)
    bind: str = LOOPBACK
    """Where those parts listen that may be reached from elsewhere."""
    offset: int = 0
    project: str = ""
    """The project's folder, for parts that serve it."""

    def port(self, usual: int) -> int:
        """The port that takes the place of the usual one."""
        return usual + self.offset

    @property
    def near(self) -> str:
        """The address by which this machine itself reaches what listens at `bind`, as URLs have it."""
        if self.bind in _WILDCARDS:
            return LOOPBACK
        return f"[{self.bind}]" if ":" in self.bind else self.bind


@dataclass(frozen=True)
class Login:
    """Who one is at a part."""

    user: str
    password: str = field(repr=False)


def _nothing() -> None:
    """Most parts need no preparation."""


@dataclass(frozen=True)
class Part:
    """One server process."""

    name: str
    """A short word; its log is `<name>.log`."""
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    """Added to the surroundings, which have nothing that would bend the server to somebody's own settings."""
    folder: Path
    """Where it runs and writes."""
    ports: Mapping[str, int]
    """What each is for → its number."""
    address: str
    """What a person or a program is told."""
    ready: Callable[[], bool]
    """Whether it answers, in at most a few seconds."""
    page: str = ""
    """Where a browser sees it, if that is another address."""
    needs: tuple[str, ...] = ()
    """Parts that must have answered once before this one is started; those that are not there are not waited for."""
    host: str = LOOPBACK
    """Where it listens."""
    login: Login | None = None
    prepare: Callable[[], None] = _nothing
    """Done before each start, in the supervisor's process."""
    account: str | None = None
    """The system's user that it runs as, where that is not the one who starts it."""
    signal: int = 15
    """What ends it in good order."""
    grace: float = 10
    """Seconds after which it is ended by force."""
    patience: float = 60
    """Seconds from its start until it must have answered."""
    sockets: tuple[Path, ...] = ()
    """Files that it leaves behind outside of its folder."""


@dataclass(frozen=True)
class Lack:
    """Why a part cannot be started here."""

    message: str
    hint: str


@dataclass(frozen=True)
class Kind:
    """What can be asked for by one word: a server, or several that belong together."""

    name: str
    lack: Callable[[], Lack | None]
    """What is missing on this machine."""
    build: Callable[[Site], tuple[Part, ...]]
    profile: Callable[[Site], Sections]
    """What the profile `stack` says because of it."""
    optional: bool = False
    """Whether a stack that was not asked for it by name does without where something lacks."""


def user_of(site: Site, what: str) -> Login:
    """The login at a part whose password has this name."""
    return Login(USER, site.secrets[what])


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url: str, holds: bytes = b"") -> bool:
    """Whether a URL answers with success, and with these bytes in it. No proxy is asked."""
    try:
        with _OPENER.open(url, timeout=3) as answer:
            return holds in answer.read()
    except (urllib.error.URLError, OSError, ValueError):
        return False


_FOREIGN = ("PREFECT_", "SPARK_", "PYSPARK_", "HADOOP_", "AWS_", "WEED_", "S3_", "PG", "DATASPARK_", "CLASSPATH")
"""Settings of the person who starts a stack that are not meant for its servers."""


def surroundings(part: Part) -> dict[str, str]:
    """The whole environment of a part's process."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}, **part.environment}
