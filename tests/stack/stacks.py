"""Projects with a stack of their own, on ports that nobody else has."""

from __future__ import annotations

import os
import random
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from cli.calling import Answer, dataspark

USUAL = (4200, 5432, 7077, 7078, 7079, 8000, 8080, 8081, 8082, 8333, 8501, *range(18333, 18342))
"""Every port that a stack without an offset uses."""


@dataclass(frozen=True)
class Stack:
    """A project's stack, up or not."""

    project: Path
    offset: int
    parts: str = "s3,postgres,prefect"

    @property
    def folder(self) -> Path:
        return self.project / ".dataspark" / "stack"

    def up(self, *options: object) -> Answer:
        return dataspark("up", "--port-offset", self.offset, "--only", self.parts, *options, project=self.project)

    def down(self, *options: object) -> Answer:
        return dataspark("down", *options, project=self.project)

    def status(self) -> Answer:
        return dataspark("status", "--stack", "--json", project=self.project)

    def pid(self, part: str) -> int:
        return next(int(one["pid"]) for one in self.status().json["parts"] if one["name"] == part)

    @property
    def supervisor(self) -> int:
        return int((self.folder / "lock").read_text())

    def processes(self) -> list[psutil.Process]:
        """Every process that was started for it, found by what it was told and where it stands."""
        found = []
        for process in psutil.process_iter():
            try:
                words = [*process.cmdline(), process.cwd()]
            except psutil.Error:
                continue
            if process.pid != os.getpid() and any(str(self.folder) in word for word in words):
                found.append(process)
        return found

    def open_ports(self) -> list[int]:
        """Those of its ports that somebody listens at."""
        return [port + self.offset for port in USUAL if _open(port + self.offset)]


def _open(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


def _free(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@contextmanager
def stack_of(parts: str) -> Iterator[Stack]:
    """A new project; its stack is down when this ends, whatever happened."""
    # Not below pytest's own folder: root's PostgreSQL runs as somebody else, who would not get through it.
    base = Path(tempfile.mkdtemp(prefix="dataspark-stack-"))
    base.chmod(0o755)
    project = base / "boutique"
    assert dataspark("init", project).code == 0
    stack = Stack(project, _free_offset(), parts)
    try:
        yield stack
    finally:
        stack.down()
        for process in stack.processes():
            process.kill()
        shutil.rmtree(base, ignore_errors=True)


def _free_offset() -> int:
    for _ in range(200):
        offset = random.randrange(100, 14000)  # above would be the ports that outgoing connections are given
        if all(_free(port + offset) for port in USUAL):
            return offset
    raise AssertionError("no free ports")
