"""Where a database is, and how it may be written in a message: without its password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from dataspark.errors import UsageError

VARIABLE = "DATASPARK_POSTGRESQL_URL"
"""The environment variable that names the database where the call does not."""
_SCHEMES = ("postgresql", "postgres")
_SECRETS = ("password", "sslpassword", "passfile", "sslkey")
"""Parameters of a URL that are nobody's business."""
_HIDDEN = "***"
_FORM = "write it as postgresql://user@host:5432/database"


@dataclass(frozen=True)
class Address:
    """A database by its URL, as libpq understands it."""

    url: str

    @property
    def shown(self) -> str:
        """The URL without what is secret in it."""
        parts = urlsplit(self.url)
        user, at, place = parts.netloc.rpartition("@")
        name, colon, _password = user.partition(":")
        netloc = f"{name}{f':{_HIDDEN}' if colon else ''}{at}{place}"
        query = [(key, _HIDDEN if key in _SECRETS else value) for key, value in parse_qsl(parts.query)]
        asked = f"?{urlencode(query, safe='*/,')}" if query else ""
        return f"{parts.scheme}://{netloc}{parts.path}{asked}"

    def hide(self, message: str) -> str:
        """A message without what is secret in the URL."""
        for secret in self._secrets():
            message = message.replace(secret, _HIDDEN)
        return message

    def _secrets(self) -> set[str]:
        parts = urlsplit(self.url)
        written = parts.netloc.rpartition("@")[0].partition(":")[2]
        found = {written, *(value for key, value in parse_qsl(parts.query) if key in _SECRETS)}
        return {form for secret in found if secret for form in (secret, unquote(secret), quote(secret))}


def read_address(given: str | None, environ: Mapping[str, str]) -> Address:
    """The database that is named, or the one that the environment names. Raises UsageError where none is."""
    url = (given or environ.get(VARIABLE) or "").strip()
    source = "" if given else f" in {VARIABLE}"
    if not url:
        raise UsageError(
            "no database is named", f"`dataspark publish postgresql://user@host/database`, or let {VARIABLE} say it"
        )
    scheme, colon, _ = url.partition("://")
    if not colon or scheme not in _SCHEMES:
        # What is no URL may hold a password all the same: only its beginning is shown.
        shown = f"`{scheme}://…`" if colon else "what is given"
        raise UsageError(f"{shown}{source} is no address of a PostgreSQL database", _FORM)
    try:
        _ = urlsplit(url).port
    except ValueError as error:
        raise UsageError(
            f"the address of the database{source} cannot be read: {_sentence(error, url)}", _FORM
        ) from None
    return Address(url)


def _sentence(error: ValueError, url: str) -> str:
    """Why a URL cannot be read. What quotes it is left out: a `/` or `#` in a password makes a port of it."""
    return "write `/`, `#`, `?`, `@` and `:` in a password as %2F, %23, %3F, %40 and %3A" if "@" in url else str(error)
