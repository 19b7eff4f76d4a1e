"""`[engine]`: what runs the SQL and what it may use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dataspark.errors import Mistake
from dataspark.project.settings import Section, Settings, flat, folder_of, values_of

MEMORY_SIZE = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B|B)", re.IGNORECASE)
_MASTER = re.compile(r"local(\[(\*|\d+)(,\d+)?\])?|spark://.+|sc://.+")


@dataclass(frozen=True)
class EngineSettings:
    """Which engine runs the SQL and what it may use."""

    name: str = "duckdb"
    memory_limit: str | None = None
    threads: int | None = None
    temp_directory: str | None = None
    master: str = "local[*]"
    """Where Spark runs: `local[*]` on this machine, `spark://host:7077` on a cluster, `sc://host:15002` by Connect."""
    spark: tuple[tuple[str, str], ...] = ()
    """Spark's own settings, handed on as they are."""


def read_engine(root: Path, settings: Settings) -> EngineSettings:
    """The engine that the settings name."""
    given = values_of("engine", settings)
    if "temp_directory" in given:
        given["temp_directory"] = folder_of(root, given["temp_directory"])
    if "spark" in given:
        given["spark"] = tuple(sorted(flat(given["spark"])))
    return replace(EngineSettings(), **given)


def _check(root: Path, settings: Settings) -> Iterator[Mistake]:
    memory = settings.get(("engine", "memory_limit"))
    if memory and not MEMORY_SIZE.fullmatch(memory.value.strip()):
        yield memory.mistake(f"`memory_limit` must be a size such as 4GiB or 800MB, not {memory.value!r}")
    threads = settings.get(("engine", "threads"))
    if threads and threads.value < 1:
        yield threads.mistake(f"`threads` must be at least 1, not {threads.value}")
    yield from _check_spark(settings)


def _check_spark(settings: Settings) -> Iterator[Mistake]:
    """What is wrong about the settings that only Spark has."""
    master = settings.get(("engine", "master"))
    if master and not _MASTER.fullmatch(master.value):
        known = "local[*], local[4], spark://host:7077 or sc://host:15002"
        yield master.mistake(f"`master` must be {known}, not {master.value!r}")
    given = settings.get(("engine", "spark"))
    if not given:
        return
    for key, value in flat(given.value):
        if not isinstance(value, str):
            yield given.mistake(f"`{key}` in [engine.spark] must be a text, not {value!r}")
        elif not key.startswith("spark."):
            yield given.mistake(f"`{key}` in [engine.spark] must begin with `spark.`")


_KEYS = {"name": str, "memory_limit": str, "threads": int, "temp_directory": str, "master": str, "spark": dict}
SECTION = Section("engine", _KEYS, _check)
