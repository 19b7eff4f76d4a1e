"""`[prefect]`: how Prefect carries out the steps of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataspark.errors import Mistake
from dataspark.project.settings import Section, Settings, values_of


@dataclass(frozen=True)
class PrefectSettings:
    """How Prefect carries out the steps of a run."""

    retries: int = 3
    """How often a step that failed for a passing reason is tried again."""
    retry_delay: int = 2
    """Seconds before the first of them; twice as many before each next one, and by chance up to a half more or less."""
    step_timeout: int = 21_600
    """Seconds that a step may take; 0: as long as it takes."""
    parallel: int = 4
    """Steps that may be carried out at the same time."""


def read_prefect(settings: Settings) -> PrefectSettings:
    """What the settings say."""
    return PrefectSettings(**values_of("prefect", settings))


def _check(root: Path, settings: Settings) -> Iterator[Mistake]:
    """What is too small."""
    for (section, key), said in settings.items():
        least = 1 if key == "parallel" else 0
        if section == "prefect" and said.value < least:
            yield said.mistake(f"`{key}` in [prefect] must be at least {least}, not {said.value}")


SECTION = Section("prefect", {"retries": int, "retry_delay": int, "step_timeout": int, "parallel": int}, _check)
