"""`[api]`: what the HTTP API grants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dataspark.errors import Mistake
from dataspark.project.engine import MEMORY_SIZE
from dataspark.project.settings import Section, Settings, folder_of, values_of

_KEYS_FILE = ".dataspark/api/keys.json"


@dataclass(frozen=True)
class ApiSettings:
    """What the HTTP API grants."""

    requests_per_minute: int = 600
    """To one key."""
    row_limit: int = 10_000
    """The most rows of one answer."""
    time_limit: float = 10
    """Seconds for one question."""
    concurrency: int = 4
    """Questions that are worked on at once; others wait a little, and are turned away when too many wait."""
    max_requests: int = 1000
    """Requests that are open at once."""
    arrival_limit: float = 10
    """Seconds in which a request's header must arrive, and as many for its body."""
    max_body: int = 65_536
    """Bytes of one request's body."""
    cache_size: int = 64 * 1024 * 1024
    """Bytes of answers that are kept for those who ask the same."""
    memory_limit: str = "1GiB"
    """What the engine may take for one release that is open."""
    threads: int | None = None
    """Of the engine; None: one for each processor."""
    cors_origins: tuple[str, ...] = ()
    """Pages of these origins may ask: `https://app.example.com`; nobody's by default."""
    hosts: tuple[str, ...] = ()
    """The names by which the server is called; empty: any."""
    keys_file: str = _KEYS_FILE
    """Where the hashes of keys are kept."""


def read_api(root: Path, settings: Settings) -> ApiSettings:
    """What the settings say about it."""
    given = values_of("api", settings)
    for listed in ("cors_origins", "hosts"):
        if listed in given:
            given[listed] = tuple(given[listed])
    given["keys_file"] = folder_of(root, given.get("keys_file", _KEYS_FILE))
    return replace(ApiSettings(), **given)


def _check(root: Path, settings: Settings) -> Iterator[Mistake]:
    for key in _MORE_THAN_NOTHING:
        said = settings.get(("api", key))
        if said and said.value <= 0:
            yield said.mistake(f"`{key}` in [api] must be more than 0, not {said.value}")
    memory = settings.get(("api", "memory_limit"))
    if memory and not MEMORY_SIZE.fullmatch(memory.value.strip()):
        yield memory.mistake(f"`memory_limit` in [api] must be a size such as 4GiB or 800MB, not {memory.value!r}")
    origins = settings.get(("api", "cors_origins"))
    if not origins:
        return
    for origin in origins.value:
        if origin != "*" and "://" not in origin:
            yield origins.mistake(f"`cors_origins` in [api] has {origin!r}: write https://app.example.com")


_MORE_THAN_NOTHING = (
    *("requests_per_minute", "row_limit", "time_limit", "concurrency", "threads"),
    *("max_requests", "max_body", "arrival_limit"),
)
_KEYS = {
    "requests_per_minute": int,
    "row_limit": int,
    "time_limit": float,
    "concurrency": int,
    "max_requests": int,
    "arrival_limit": float,
    "max_body": int,
    "cache_size": int,
    "memory_limit": str,
    "threads": int,
    "cors_origins": list,
    "hosts": list,
    "keys_file": str,
}
SECTION = Section("api", _KEYS, _check, where_secrets_are="`dataspark api key create` makes keys")
