"""Messages → channels, by Apprise; its owner. A channel that is dead costs some seconds and is named, nothing else."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dataspark.alerting.messages import Message
from dataspark.project import About, Channel
from dataspark.project.alerts import VARIABLE, WHOLE

PATIENCE = 15.0
"""Seconds that all channels together have to take their messages."""
_HIDDEN = "…"
_SECRET_PART = re.compile(r"[^:/?&=@#]{6,}")


class Unsent(Exception):
    """A channel was not told; the message says why, without a secret in it."""


@dataclass(frozen=True)
class Post:
    """One message on its way to one channel."""

    channel: Channel
    message: Message


def send(posts: Sequence[Post], environ: Mapping[str, str] | None = None, patience: float = PATIENCE) -> list[str]:
    """Send messages, those of one channel after each other, channels side by side.

    Returns why each was not sent, in their order; empty for those that were.
    """
    environ = os.environ if environ is None else environ
    outcomes = [f"did not answer within {patience:g} s"] * len(posts)
    mine: dict[str, list[int]] = {}
    for number, post in enumerate(posts):
        mine.setdefault(post.channel.name, []).append(number)
    threads = [
        # (one that hangs must not keep the process from ending)
        threading.Thread(target=_send_all, args=(posts, numbers, outcomes, environ), daemon=True)
        for numbers in mine.values()
    ]
    deadline = time.monotonic() + patience
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return list(outcomes)


def _send_all(posts: Sequence[Post], numbers: Sequence[int], outcomes: list[str], environ: Mapping[str, str]) -> None:
    for number in numbers:
        try:
            _deliver(posts[number], environ)
        except Unsent as reason:
            outcomes[number] = str(reason)
        except Exception as error:  # noqa: BLE001 - what a channel's plugin raises is anybody's guess
            outcomes[number] = f"Apprise failed: {type(error).__name__}"
        else:
            outcomes[number] = ""


def resolve(channel: Channel, environ: Mapping[str, str]) -> str:
    """The channel's URL with what the environment holds. Raises Unsent, naming the variable that is not set."""

    def value(name: str) -> str:
        if not environ.get(name):
            raise Unsent(f"the environment variable {name} is not set")
        return environ[name]

    if channel.url.startswith(WHOLE):
        return value(channel.url.removeprefix(WHOLE)).strip()
    # In front of the host a password may hold any character; it is written there as URLs want it.
    head, at, tail = channel.url.rpartition("@")
    head = VARIABLE.sub(lambda found: quote(value(found[1]), safe=""), head)
    return head + at + VARIABLE.sub(lambda found: value(found[1]), tail)


def _deliver(post: Post, environ: Mapping[str, str]) -> None:
    import apprise

    url = resolve(post.channel, environ)
    if re.match(r"mailtos?://", url) and "format=" not in url:
        url += f"{'&' if '?' in url else '?'}format=text"
    asset = apprise.AppriseAsset(app_id="DataSpark", app_desc="DataSpark", async_mode=False)
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        raise Unsent("Apprise cannot make a channel of its URL: is it complete?")
    kinds: dict[About | None, Any] = {None: apprise.NotifyType.INFO, About.RECOVERED: apprise.NotifyType.SUCCESS}
    kind = kinds.get(post.message.about, apprise.NotifyType.FAILURE)
    with _Heard() as heard:
        gone = service.notify(
            body=post.message.body, title=post.message.title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
        )
    if not gone:
        raise Unsent(_without_secrets(heard.last, url) or "Apprise could not send it")


class _Heard(logging.Handler):
    """The last thing that Apprise says in this thread: why it could not send."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""
        self._thread = threading.get_ident()
        self._logger = logging.getLogger("apprise")

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.last = record.getMessage()

    def __enter__(self) -> _Heard:
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)


def _without_secrets(text: str, url: str) -> str:
    """A text without the parts of a URL, its host left in."""
    host = re.sub(r"^.*@", "", url.partition("://")[2]).partition("/")[0].partition("?")[0]
    parts = {part for part in _SECRET_PART.findall(url.partition("://")[2]) if part not in host}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, _HIDDEN)
    return " ".join(text.split())
