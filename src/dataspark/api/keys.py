"""Keys of the API: made once and shown once, kept as hashes, revoked at any time.

A key is 256 random bits. Its SHA-256 is kept and nothing slower: a slow hash is for passwords, which people choose and
which can be guessed; nobody guesses one of 2^256, and a slow hash at each request would be a way to tire the server out.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

from dataspark.errors import StorageError, UsageError
from dataspark.lake.storage import storage_errors
from dataspark.plan import nearest_name
from dataspark.project import AGE_FORM, read_age

PREFIX = "ds_"
_BYTES = 32
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class Scope(StrEnum):
    """What a key may do."""

    READ = "read"
    """Read released tables, runs, quality and lineage; classified columns are empty."""
    RUN = "run"
    """Start runs, follow them and stop them."""
    ADMIN = "admin"
    """See and revoke keys; read and run, too."""
    UNMASKED = "unmasked"
    """See classified values and raw lines, where it may read."""


@dataclass(frozen=True)
class Key:
    """What is kept of a key."""

    name: str
    digest: str
    """SHA-256 of the key, in hexadecimal."""
    ending: str
    """Its last four characters, by which its owner knows it."""
    scopes: tuple[Scope, ...]
    created: str
    """ISO, UTC."""
    expires: str | None = None
    """ISO, UTC; None: never."""

    def allows(self, scope: Scope) -> bool:
        """Whether it may do something. `admin` reads and runs, and unmasks nothing."""
        return scope in self.scopes or (Scope.ADMIN in self.scopes and scope in (Scope.READ, Scope.RUN))

    def is_over(self, now: datetime) -> bool:
        """Whether its time has run out."""
        return self.expires is not None and datetime.fromisoformat(self.expires) <= now

    def as_json(self) -> dict[str, Any]:
        """What may be told of it: all but the hash."""
        return {key: value for key, value in asdict(self).items() if key != "digest"}


class Keys:
    """The keys of one project, in one file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> list[Key]:
        """Every key, oldest first. Raises StorageError where the file cannot be read."""
        return [_key(one) for one in self._read()["keys"]]

    def secret(self) -> bytes:
        """What this project's servers sign cursors and ETags with; made at the first call."""
        stored = self._read()
        if not stored["secret"]:
            with self._changing() as stored:
                stored["secret"] = stored["secret"] or secrets.token_hex(_BYTES)
        return bytes.fromhex(stored["secret"])

    def stamp(self) -> tuple[int, int]:
        """What changes when the file does."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino

    def create(self, name: str, scopes: Iterable[str], expires: str | None = None) -> tuple[str, Key]:
        """Make a key. Returns it, to be shown once, and what is kept of it. Raises UsageError.

        `expires` is an age (`90d`, `12h`) from now; None: never.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(f"`{name}` is no name for a key", "letters, digits and . _ @ -, at most 64")
        wanted = tuple(dict.fromkeys(_scope(one) for one in scopes))
        if not wanted:
            raise UsageError("a key without a scope opens nothing", f"give `--scope`: {', '.join(Scope)}")
        token, now = PREFIX + secrets.token_urlsafe(_BYTES), datetime.now(UTC).replace(microsecond=0)
        key = Key(name, digest_of(token), token[-4:], wanted, now.isoformat(), _ends(expires, now))
        with self._changing() as stored:
            if any(one["name"] == name for one in stored["keys"]):
                raise UsageError(f"there is a key `{name}` already", "revoke it first, or give this one another name")
            stored["keys"].append(asdict(key))
        return token, key

    def revoke(self, name: str) -> Key:
        """Make a key worthless, on servers that are up within two seconds. Raises UsageError for an unknown one."""
        with self._changing() as stored:
            known = {one["name"]: one for one in stored["keys"]}
            if name not in known:
                raise UsageError(f"there is no key `{name}`", nearest_name(name, known))
            stored["keys"].remove(known[name])
        return _key(known[name])

    def _read(self) -> dict[str, Any]:
        nothing: dict[str, Any] = {"secret": "", "keys": []}
        with storage_errors(f"reading {self.path}"):
            try:
                content = self.path.read_text(encoding="utf-8")
            except FileNotFoundError:
                return nothing
        try:
            return {**nothing, **json.loads(content)}
        except ValueError as error:
            raise StorageError(
                f"{self.path} is not what `dataspark api key` wrote", "restore it, or delete it and make keys anew"
            ) from error

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        """What is stored, to be changed in the block; one process at a time, and readers see all of it or nothing."""
        with storage_errors(f"writing {self.path}"):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            stored = self._read()
            yield stored
            with storage_errors(f"writing {self.path}"):
                self._replace(json.dumps(stored, indent=1))
        finally:
            os.close(handle)

    def _replace(self, content: str) -> None:
        new = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)


VARIABLE, SCOPES_VARIABLE = "DATASPARK_KEY", "DATASPARK_KEY_SCOPES"
_SHORTEST = 32


def key_of_environment(environ: Mapping[str, str]) -> Key | None:
    """The key that the surroundings give: for containers, which keep secrets outside. Raises UsageError for a short one."""
    token = environ.get(VARIABLE, "")
    if not token:
        return None
    if len(token) < _SHORTEST:
        raise UsageError(f"{VARIABLE} is too short for a key", f"{_SHORTEST} random characters: `openssl rand -hex 32`")
    scopes = tuple(_scope(word) for word in environ.get(SCOPES_VARIABLE, Scope.READ).split(","))
    return Key("environment", digest_of(token), token[-4:], scopes, "")


class KeyRing:
    """The keys of a running server: looked up in memory, read again when their file changes."""

    def __init__(self, keys: Keys, environ: Mapping[str, str] | None = None) -> None:
        self.keys = keys
        self._given = key_of_environment(os.environ if environ is None else environ)
        self._stamp: tuple[int, int] | None = None
        self._by_digest: dict[str, Key] = {}

    def refresh(self) -> None:
        """Read the file again if it is another one. Raises StorageError; the keys that were known stay."""
        stamp = self.keys.stamp()
        if stamp != self._stamp:
            known = [*self.keys.all(), *([self._given] if self._given else [])]
            self._by_digest = {one.digest: one for one in known}
            self._stamp = stamp

    def secret(self) -> bytes:
        """What this server signs with: the same after a restart, where there is a key."""
        if self._given:
            return hashlib.sha256(f"signing:{self._given.digest}".encode()).digest()
        return self.keys.secret() if self._by_digest else secrets.token_bytes(_BYTES)

    def __len__(self) -> int:
        return len(self._by_digest)

    def find(self, token: str) -> Key | None:
        """The key that a caller shows, unless it is unknown, revoked or over.

        What is looked up is its hash, of which a caller cannot choose a part; the whole is compared in constant time.
        """
        digest = digest_of(token)
        key = self._by_digest.get(digest)
        if key is None or not hmac.compare_digest(key.digest, digest):
            return None
        return None if key.expires and key.is_over(datetime.now(UTC)) else key


def digest_of(token: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _key(stored: dict[str, Any]) -> Key:
    return replace(Key(**stored), scopes=tuple(map(Scope, stored["scopes"])))


def _scope(word: str) -> Scope:
    try:
        return Scope(word.strip())
    except ValueError:
        raise UsageError(f"there is no scope `{word}`", nearest_name(word, Scope)) from None


def _ends(age: str | None, now: datetime) -> str | None:
    if age is None:
        return None
    seconds = read_age(age)
    try:
        return (now + timedelta(seconds=seconds or 0)).isoformat() if seconds else _no_age(age)
    except OverflowError:
        return _no_age(age)


def _no_age(age: str) -> NoReturn:
    raise UsageError(f"a key cannot last `{age}`", AGE_FORM)
