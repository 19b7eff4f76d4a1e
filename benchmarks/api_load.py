"""How many requests a second the API answers, and how long each takes: a kept KPI, the same with 304, rows, SQL.

    python benchmarks/api_load.py PROJECT [--connections 32] [--seconds 5]

Starts `dataspark api` on a free port, with a key of its own, and asks it from this process over kept-open connections.
Both share the machine: with two processors one is the server's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dataspark.api.keys import Keys

CASES = {
    "kept KPI": ("GET", "/v1/kpis/ca_par_pays", b""),
    "kept KPI, 304": ("GET", "/v1/kpis/ca_par_pays", b""),
    "kept page of 100 rows": ("GET", "/v1/tables/fact_achats/rows", b""),
    "SQL, not kept": ("POST", "/v1/sql", b'{"sql": "SELECT count(*), sum(montant) FROM fact_achats"}'),
    "health": ("GET", "/health", b""),
}


@contextmanager
def server(project: Path) -> Iterator[tuple[str, str]]:
    """The address of a server of a project, and a key to it."""
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys.json"
        token, _ = Keys(keys).create("load", ["read"])
        more = {"DATASPARK_API_KEYS_FILE": str(keys), "DATASPARK_API_REQUESTS_PER_MINUTE": "100000000"}
        command = [sys.executable, "-m", "dataspark", "api", "--port", "0", "--project", str(project), "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **more})
        try:
            assert process.stdout
            told = ""
            while not told.rstrip().endswith("}"):
                told += process.stdout.readline()
            yield json.loads(told)["address"], token
        finally:
            process.terminate()
            process.wait()


@dataclass
class Load:
    """What was seen."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)


class Client(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    def __init__(self, request: bytes, load: Load, until: float, ended: asyncio.Future[None]) -> None:
        self.request, self.load, self.until, self.ended = request, load, until, ended
        self.buffer = b""
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Count an answer that is whole, and ask again."""
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        status = int(head[9:12])
        length = 0 if status == 304 else int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self.buffer = b""
        now = time.perf_counter()
        self.load.seconds.append(now - self.began)
        self.load.statuses[status] = self.load.statuses.get(status, 0) + 1
        if now < self.until:
            self._ask()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Say that this one is over."""
        if not self.ended.done():
            self.ended.set_result(None)


async def load(address: str, request: bytes, connections: int, seconds: float) -> Load:
    """Ask for so many seconds over so many connections."""
    where, found, loop = urlsplit(address), Load(), asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    for end in ends:
        await loop.create_connection(lambda end=end: Client(request, found, until, end), where.hostname, where.port)
    await asyncio.gather(*ends)
    return found


def request_of(method: str, path: str, token: str, body: bytes, etag: str = "") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
    lines += [f"If-None-Match: {etag}"] if etag else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def etag_of(address: str, path: str, token: str) -> str:
    """The ETag that an answer has."""
    from urllib.request import Request, urlopen

    with urlopen(Request(f"{address}{path}", headers={"Authorization": f"Bearer {token}"})) as answer:
        return str(answer.headers["ETag"])


def main() -> None:
    """Measure every case and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    with server(given.project) as (address, token):
        print(f"{'case':24}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}  statuses")
        for case, (method, path, body) in CASES.items():
            etag = etag_of(address, path, token) if "304" in case else ""
            request = request_of(method, path, token, body, etag)
            asyncio.run(load(address, request, 2, 0.5))  # the first answer is made, the others are kept
            found = asyncio.run(load(address, request, given.connections, given.seconds))
            taken = sorted(found.seconds)
            rate = len(taken) / given.seconds
            p50, p99 = (1000 * taken[int(len(taken) * share)] for share in (0.5, 0.99))
            print(f"{case:24}{rate:12,.0f}{p50:9.1f}{p99:9.1f}  {found.statuses}")


if __name__ == "__main__":
    main()
