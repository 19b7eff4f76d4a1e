"""Callers that never finish what they say are let go; those that are merely slow are answered."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from api.serving import Server
from workbench import Bench

LIMIT = 1.5
LATEST = 4.0
"""Seconds by which a connection must be over, on a busy machine too."""


@pytest.fixture(scope="module")
def hasty(retail: Bench) -> Iterator[Server]:
    """A server that waits for little."""
    server = Server(retail.root, arrival_limit=str(LIMIT), time_limit="2.5", requests_per_minute="1000000")
    yield server
    server.stop()


def _caller(server: Server) -> socket.socket:
    where = urlsplit(server.address)
    return socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=10)


def _head(server: Server, method: str = "GET", path: str = "/health", more: str = "") -> bytes:
    key = f"Authorization: Bearer {server.tokens['read']}"
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n{key}\r\n{more}\r\n".encode()


def _trickled(caller: socket.socket, first: bytes, drop: bytes) -> tuple[bytes, float]:
    """Send something, then one drop after the other until the other end hangs up: what it said, and after how long."""
    began = time.monotonic()
    caller.settimeout(0.1)
    caller.sendall(first)
    told = b""
    while time.monotonic() - began < 5 * LATEST:
        try:
            if drop:
                caller.sendall(drop)
            heard = caller.recv(65_536)
        except TimeoutError:
            continue
        except (ConnectionResetError, BrokenPipeError):
            break
        if not heard:
            break
        told += heard
    return told, time.monotonic() - began


def _answer(caller: socket.socket) -> tuple[bytes, bytes]:
    """The head and the body of one answer."""
    told = b""
    while b"\r\n\r\n" not in told:
        told += caller.recv(65_536)
    head, _, body = told.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += caller.recv(65_536)
    return head, body


def _problem(told: bytes) -> dict[str, object]:
    head, _, body = told.partition(b"\r\n\r\n")
    found: dict[str, object] = json.loads(body)
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    assert f"x-request-id: {str(found['instance']).removeprefix('urn:uuid:')}".encode() in head
    return found


@pytest.mark.parametrize("drop", [b"", b"x", b"\r\nX-More: yes"])
def test_a_header_without_an_end(hasty: Server, drop: bytes) -> None:
    with _caller(hasty) as caller:
        told, seconds = _trickled(caller, b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ", drop)
    assert told.startswith(b"HTTP/1.1 408 ")
    assert _problem(told)["detail"] == "the header did not arrive within 1.5 seconds"
    assert LIMIT * 0.9 < seconds < LATEST


@pytest.mark.parametrize("drop", [b"", b"\r\n"])
def test_a_caller_without_a_word(hasty: Server, drop: bytes) -> None:
    with _caller(hasty) as caller:
        _, seconds = _trickled(caller, b"", drop)
    assert LIMIT * 0.9 < seconds < LATEST


def test_bytes_behind_an_answer_that_begin_nothing(hasty: Server) -> None:
    with _caller(hasty) as caller:
        told, seconds = _trickled(caller, _head(hasty), b"\r\n")
    assert told.startswith(b"HTTP/1.1 200 ")
    assert seconds < LATEST


def test_a_second_header_without_an_end(hasty: Server) -> None:
    with _caller(hasty) as caller:
        told, seconds = _trickled(caller, _head(hasty) + b"GET /health HT", b"")
    assert told.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in told
    assert seconds < LATEST


@pytest.mark.parametrize("length", ["Content-Length: 5000", "Transfer-Encoding: chunked"])
def test_a_body_without_an_end(hasty: Server, length: str) -> None:
    head = _head(hasty, "POST", "/v1/sql", f"Content-Type: application/json\r\n{length}\r\n")
    drop = b"1\r\n \r\n" if "chunked" in length else b" "
    with _caller(hasty) as caller:
        told, seconds = _trickled(caller, head, drop)
    assert told.startswith(b"HTTP/1.1 408 ")
    assert _problem(told)["detail"] == "the body did not arrive within 1.5 seconds"
    assert LIMIT * 0.9 < seconds < LATEST


@pytest.mark.parametrize("drop", [b"", b" "])
def test_a_body_without_an_end_that_nobody_waits_for(hasty: Server, drop: bytes) -> None:
    with _caller(hasty) as caller:
        told, seconds = _trickled(caller, _head(hasty, more="Content-Length: 5000\r\n"), drop)
    assert told.startswith(b"HTTP/1.1 200 ")
    assert LIMIT * 0.9 < seconds < LATEST


def test_a_header_too_long(hasty: Server) -> None:
    with _caller(hasty) as caller:
        began = time.monotonic()
        caller.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 65_536)
        told = caller.recv(65_536)
    assert told.startswith(b"HTTP/1.1 431 ")
    assert _problem(told)["type"] == "/problems/long-header"
    assert time.monotonic() - began < LATEST


def test_what_is_no_request(hasty: Server) -> None:
    with _caller(hasty) as caller:
        caller.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n")  # TLS where there is none
        told = caller.recv(65_536)
    assert told.startswith(b"HTTP/1.1 400 ")
    assert _problem(told)["type"] == "/problems/no-request"


def test_whoever_wants_a_websocket_gets_an_answer(hasty: Server) -> None:
    more = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
    with _caller(hasty) as caller:
        caller.sendall(_head(hasty, more=more))
        assert _answer(caller)[0].startswith(b"HTTP/1.1 200 ")


def test_a_slow_caller_within_the_limits_is_answered(hasty: Server) -> None:
    """Header and body have 0.8 s each, which together is more than either may take; then the connection is used again."""
    body = json.dumps({"sql": "SELECT 1 AS one"}).encode()
    head = _head(hasty, "POST", "/v1/sql", f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n")
    with _caller(hasty) as caller:
        for part in (head, body):
            for number in range(8):
                size = len(part) // 8 + 1
                caller.sendall(part[number * size : (number + 1) * size])
                time.sleep(0.1)
        answer, rows = _answer(caller)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert json.loads(rows)["rows"] == [{"one": 1}]
        time.sleep(1.5 * LIMIT)  # between requests another, longer limit holds
        caller.sendall(_head(hasty))
        assert caller.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_an_answer_that_takes_longer_than_a_header_may(hasty: Server) -> None:
    body = json.dumps({"sql": "SELECT count(*) FROM range(1000000000) a, range(1000) b"}).encode()
    head = _head(hasty, "POST", "/v1/sql", f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n")
    with _caller(hasty) as caller:
        caller.settimeout(30)
        caller.sendall(head + body)
        assert _answer(caller)[0].startswith(b"HTTP/1.1 503 ")  # out of its own time, 2.5 s


def test_many_slow_callers_leave_nothing_behind(hasty: Server) -> None:
    callers = [_caller(hasty) for _ in range(200)]
    for caller in callers:
        caller.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ")
    assert hasty.client.get("/health").status_code == 200
    for caller in callers:
        assert caller.recv(65_536).startswith(b"HTTP/1.1 408 ")
        assert caller.recv(65_536) == b""
        caller.close()
