"""Many at once, and callers that hang up: every request has an answer, and the server lives on."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from api.serving import Server

ENDLESS = json.dumps({"sql": "SELECT count(*) FROM range(1000000000) a, range(1000) b"}).encode()


async def _ask(address: str, request: bytes) -> int:
    where = urlsplit(address)
    try:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        writer.close()
        return int(head[9:12])
    except (OSError, asyncio.IncompleteReadError):
        return 0


async def _flood(address: str, request: bytes, many: int) -> Counter[int]:
    return Counter(await asyncio.gather(*(_ask(address, request) for _ in range(many))))


def _request(served: Server, method: str, path: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {served.tokens['read']}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def _memory(served: Server) -> int:
    told = Path(f"/proc/{served.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in told if line.startswith("VmRSS")) // 1024


def test_thousands_of_requests_at_once(served: Server) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = min(10_000, hard - 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        path = "/v1/tables/fact_achats/rows?limit=5&filter=montant:gt:"
        served.get("/v1/kpis/ca_par_pays")
        before = _memory(served)
        found = asyncio.run(_flood(served.address, _request(served, "GET", f"{path}{time.time()}"), many))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert sum(found.values()) == many
    assert set(found) <= {200, 503}, found
    assert found[200] > 0
    assert _memory(served) - before < 300
    assert served.get("/v1/kpis/ca_par_pays").status_code == 200


def test_a_caller_that_hangs_up_has_no_question_left(served: Server) -> None:
    where = urlsplit(served.address)
    for _ in range(4):  # as many as are worked on at once
        with socket.create_connection((str(where.hostname), int(where.port or 0))) as caller:
            caller.sendall(_request(served, "POST", "/v1/sql", ENDLESS))
            time.sleep(0.1)
    began = time.monotonic()
    assert served.post("/v1/sql", {"sql": "SELECT 1 AS one"}).json()["rows"] == [{"one": 1}]
    assert time.monotonic() - began < 1.5  # their time limit is 3 s


def test_half_a_request_keeps_nobody(served: Server) -> None:
    where = urlsplit(served.address)
    callers = [socket.create_connection((str(where.hostname), int(where.port or 0))) for _ in range(50)]
    for caller in callers:
        caller.sendall(b"POST /v1/sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + served.tokens["read"].encode())
    assert served.get("/v1/kpis/ca_par_pays").status_code == 200
    for caller in callers:
        caller.close()
