"""`[quality]`: what is kept about quality over time."""

from __future__ import annotations

from dataclasses import dataclass

from dataspark.project.settings import Section, Settings, values_of


@dataclass(frozen=True)
class QualitySettings:
    """What is kept about quality over time."""

    profiles: bool = True
    """Whether a run looks at the columns of each table that changed."""


def read_quality(settings: Settings) -> QualitySettings:
    """What the settings say about it."""
    return QualitySettings(**values_of("quality", settings))


SECTION = Section("quality", {"profiles": bool})
