"""Real servers on free ports that keep what they are sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any


@dataclass
class Receiver:
    """What came by HTTP."""

    port: int
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    """(method, path, body)"""
    headers: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    delay: float = 0.0
    """Seconds before it answers."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def documents(self) -> list[Any]:
        """The bodies, as JSON."""
        return [json.loads(body) for _method, _path, body in self.requests]

    def clear(self) -> None:
        self.requests.clear()
        self.headers.clear()


@dataclass
class Mailbox:
    """What came by SMTP."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)


@contextmanager
def http_receiver() -> Iterator[Receiver]:
    """An HTTP server."""

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            received.headers.append(dict(self.headers))
            received.requests.append((self.command, self.path, body))
            time.sleep(received.delay)
            self.send_response(received.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_PUT = _take  # noqa: N815 (http.server looks for these names)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    received = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def smtp_receiver() -> Iterator[Mailbox]:
    """An SMTP server."""
    from aiosmtpd.controller import Controller

    box = Mailbox(0)

    class Keep:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            box.letters.append(message_from_bytes(envelope.content, policy=default))
            box.recipients.append(list(envelope.rcpt_tos))
            return "250 OK"

    with socket() as probe:  # (the controller cannot be asked which port it was given)
        probe.bind(("127.0.0.1", 0))
        box.port = probe.getsockname()[1]
    controller = Controller(Keep(), hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
