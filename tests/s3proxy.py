"""A proxy before an S3 server that counts requests and makes trouble: says 503, is slow, goes away, cuts answers."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}
PASS, SLOW_DOWN, REFUSE, CUT, HANG, LOSE_ANSWER = "pass", "slow down", "refuse", "cut", "hang", "lose the answer"


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    """With its query."""
    number: int
    """From 1, of all requests."""

    @property
    def key(self) -> str:
        """Bucket and key."""
        return urlsplit(self.path).path.strip("/")

    @property
    def lists(self) -> bool:
        """Whether it asks for names."""
        return "list-type" in self.path


@dataclass
class Proxy:
    """What the proxy saw, and what it does with the next requests."""

    url: str = ""
    behave: Callable[[Request], str] = lambda request: PASS
    seen: list[Request] = field(default_factory=list)
    hang: float = 0.0
    """Seconds that a request hangs which is told to."""

    def bodies(self, *parts: str) -> list[Request]:
        """The requests for contents of objects whose key has one of these parts."""
        return [r for r in self.seen if r.method == "GET" and not r.lists and any(p in r.key for p in parts)]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        proxy = self.server.proxy
        with self.server.lock:
            request = Request(self.command, self.path, len(proxy.seen) + 1)
            proxy.seen.append(request)
        what = proxy.behave(request)
        if what == REFUSE:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif what == SLOW_DOWN:
            self.answer(503, [("Content-Type", "application/xml")], b"<Error><Code>SlowDown</Code></Error>", whole=True)
        else:
            if what == HANG:
                time.sleep(proxy.hang)
            self.forward(body, what)

    def forward(self, body: bytes, what: str) -> None:
        connection = http.client.HTTPConnection(self.server.target, timeout=60)
        try:
            # The host is part of what is signed: it stays the proxy's.
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() != "expect":
                    connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if what == LOSE_ANSWER:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        length = response.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
        headers = [(name, value) for name, value in response.getheaders() if name.lower() not in _HOP]
        self.answer(response.status, headers, content, whole=what != CUT, length=length)

    def answer(
        self, status: int, headers: list[tuple[str, str]], content: bytes, whole: bool, length: str | None = None
    ) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        if whole:
            self.wfile.write(content)
        else:
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # a client that did not wait
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    proxy: Proxy
    target: str
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, proxy: Proxy, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy, self.target, self.lock = proxy, target, threading.Lock()

    def handle_error(self, *_: object) -> None:
        pass

    def shutdown_request(self, request: object) -> None:
        with suppress(OSError):
            super().shutdown_request(request)  # type: ignore[arg-type]


@contextmanager
def proxied(server: str) -> Iterator[Proxy]:
    """A proxy before `server`, on loopback."""
    proxy = Proxy()
    httpd = _Server(proxy, urlsplit(server).netloc)
    proxy.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()
