"""What a container is given to get its keys from: a server on loopback that speaks AWS's protocol for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_TOKEN = "let me in"


@dataclass
class Container:
    """The role of a container."""

    key: str
    secret: str
    lasts: float = 3600
    """Seconds that a key lasts from when it is asked for."""
    broken: bool = False
    asked: int = 0
    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What a process in the container finds in its environment."""
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": _TOKEN}

    def answer(self) -> dict[str, str]:
        """A key, as the protocol has it."""
        self.asked += 1
        until = datetime.now(UTC) + timedelta(seconds=self.lasts)
        return {
            "AccessKeyId": self.key,
            "SecretAccessKey": self.secret,
            "Token": "",
            "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != _TOKEN or self.server.container.broken:
            self.send_error(403)
            return
        content = json.dumps(self.server.container.answer()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


class _Server(ThreadingHTTPServer):
    container: Container


@contextmanager
def container_role(key: str, secret: str) -> Iterator[Container]:
    """A server that hands out a key, while the block runs."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.container = Container(key, secret, url=f"http://127.0.0.1:{server.server_port}/role")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.container
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
