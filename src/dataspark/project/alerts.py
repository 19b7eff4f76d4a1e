"""`[alerts]`: who is told, of what, and from when on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dataspark.errors import Mistake
from dataspark.project.ages import AGE_FORM, read_age
from dataspark.project.settings import SETTINGS_FILE, Section, Setting, Settings, values_of
from dataspark.project.words import did_you_mean

WHOLE = "env:"
"""`env:NAME`: the variable NAME holds the whole URL."""
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""`${NAME}` in a URL."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SECRET = re.compile(r"key|secret|token|pass|pwd|credential|auth|signature", re.IGNORECASE)
_NO_SECRET_IN_PATH = frozenset(
    ("dbus", "form", "forms", "json", "jsons", "mailto", "mailtos", "syslog", "xml", "xmls", "http", "https")
)
"""Kinds of channels whose address alone lets nobody in; of all others (chats, pagers) the address is the secret.

Apprise knows the chats' own `https://` addresses too: those with a long path are refused below.
"""
_LONG_PATH = re.compile(r"/[A-Za-z0-9_-]{16,}")
_CURE = "write env:NAME, or ${NAME} in its place, and set that variable"


class About(StrEnum):
    """What can be told."""

    FAILED = "failed"
    """A run stopped, or could not begin."""
    CHECKS = "checks"
    """A check that blocks the release failed."""
    QUARANTINE = "quarantine"
    """More of a table's rows than allowed were quarantined."""
    OVERDUE = "overdue"
    """The newest file or value of a table is older than allowed."""
    RECOVERED = "recovered"
    """Something that was told is over."""


@dataclass(frozen=True)
class Channel:
    """One way to tell people something."""

    name: str
    url: str
    """An Apprise URL; `env:NAME`, or with `${NAME}` where the environment has the secret."""
    about: frozenset[str]


@dataclass(frozen=True)
class AlertSettings:
    """Who is told, of what, and from when on."""

    channels: tuple[Channel, ...] = ()
    quarantine_share: float = 0.1
    """The share of rows (0 to 1) above which a table's quarantine is worth a message."""
    quarantine: tuple[tuple[str, float], ...] = ()
    """Table → its own share."""
    overdue: tuple[tuple[str, int], ...] = ()
    """Table → seconds that its newest file may be old; what its contract says about freshness counts too."""

    def share_of(self, table: str) -> float:
        """The share of a table's rows that may be quarantined."""
        return dict(self.quarantine).get(table, self.quarantine_share)


def read_alerts(settings: Settings) -> AlertSettings:
    """Who is told of what, once everything was found right."""
    given = values_of("alerts", settings)
    about = given.get("about", list(About))
    named = {**({"alerts": given["url"]} if "url" in given else {}), **given.get("channels", {})}
    return AlertSettings(
        tuple(_channel(name, one, about) for name, one in named.items()),
        float(given.get("quarantine_share", AlertSettings.quarantine_share)),
        tuple((table, float(share)) for table, share in given.get("quarantine", {}).items()),
        tuple((table, read_age(age) or 0) for table, age in given.get("overdue", {}).items()),
    )


def _channel(name: str, given: Any, about: Iterable[str]) -> Channel:
    if isinstance(given, str):
        return Channel(name, given.strip(), frozenset(about))
    return Channel(name, given["url"].strip(), frozenset(given.get("about", about)))


def _check(root: Path, settings: Settings) -> Iterator[Mistake]:
    here = {key: setting for (section, key), setting in settings.items() if section == "alerts"}
    if "url" in here:
        yield from (here["url"].mistake(wrong) for wrong in _wrong_url("`url` in [alerts]", here["url"]))
    if "about" in here:
        yield from (here["about"].mistake(wrong) for wrong in _wrong_about("[alerts]", here["about"].value))
    if "channels" in here:
        yield from (here["channels"].mistake(wrong) for wrong in _wrong_channels(here["channels"]))
    if "quarantine_share" in here:
        said = here["quarantine_share"]
        yield from (said.mistake(wrong) for wrong in _wrong_share("[alerts]", "quarantine_share", said.value))
    for table, share in here["quarantine"].value.items() if "quarantine" in here else ():
        yield from (here["quarantine"].mistake(w) for w in _wrong_share("[alerts.quarantine]", table, share))
    if "overdue" in here:
        for table, age in here["overdue"].value.items():
            if not isinstance(age, str) or read_age(age) is None:
                yield here["overdue"].mistake(f"`{table}` in [alerts.overdue] is no age: {AGE_FORM}")


def _wrong_share(title: str, key: str, share: Any) -> Iterator[str]:
    if type(share) not in (int, float) or not 0 <= share <= 1:
        yield f"`{key}` in {title} must be a share from 0 to 1, such as 0.05, not {share!r}"


def _wrong_channels(said: Setting) -> Iterator[str]:
    for name, given in said.value.items():
        what = f"the channel `{name}` in [alerts.channels]"
        if isinstance(given, str):
            yield from _wrong_url(what, Setting(given, said.path, said.line))
        elif not isinstance(given, dict) or not isinstance(given.get("url"), str):
            yield f"{what} must be a URL, or a section with `url`"
        else:
            yield from _wrong_channel(what, name, given, said)


def _wrong_channel(what: str, name: str, given: Mapping[str, Any], said: Setting) -> Iterator[str]:
    yield from _wrong_url(what, Setting(given["url"], said.path, said.line))
    yield from _wrong_about(f"[alerts.channels.{name}]", given.get("about", []))
    for key in given:
        if key not in ("url", "about"):
            yield f"unknown key `{key}` in [alerts.channels.{name}]{did_you_mean(key, ('url', 'about'))}"


def _wrong_about(title: str, words: Any) -> Iterator[str]:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        yield f"`about` in {title} must be a list of texts, not {words!r}"
        return
    known = [about.value for about in About]
    for word in words:
        if word not in known:
            close = did_you_mean(word, known) or f" (there are: {', '.join(known)})"
            yield f"`about` in {title} names `{word}`, of which nothing is told{close}"


def _wrong_url(what: str, said: Setting) -> Iterator[str]:
    """What is wrong with the URL of a channel. The URL itself is never repeated: it may hold a secret."""
    url = said.value.strip()
    if url.startswith(WHOLE):
        if not VARIABLE.fullmatch(f"${{{url.removeprefix(WHOLE)}}}"):
            yield f"{what} must name a variable after `{WHOLE}`, such as {WHOLE}DATASPARK_ALERT_URL"
    elif not _SCHEME.match(url):
        yield f"{what} must be a URL of Apprise, such as mailtos://… or jsons://…, or {WHOLE}NAME"
    elif said.path == SETTINGS_FILE and (secret := _secret_in(url)):
        yield f"{what} has {secret} in plain text: a secret is no setting; {_CURE}"


def _secret_in(url: str) -> str:
    """What of a URL in a file is a secret; empty where nothing is."""
    scheme = url.partition("://")[0].lower()
    plain = urlsplit(VARIABLE.sub("", url))
    if plain.netloc.rpartition("@")[0].partition(":")[2]:
        return "a password"
    for key, value in parse_qsl(plain.query):
        if value and _SECRET.search(key):
            return f"`{key}`"
    if VARIABLE.search(url):
        return ""
    if scheme not in _NO_SECRET_IN_PATH:
        return f"the address of {scheme}://, which is a secret itself,"
    return "what looks like a token" if _LONG_PATH.search(plain.path) else ""


_KEYS = {
    "url": str,
    "about": list,
    "channels": dict,
    "quarantine_share": float,
    "quarantine": dict,
    "overdue": dict,
}
SECTION = Section("alerts", _KEYS, _check, where_secrets_are=_CURE)
