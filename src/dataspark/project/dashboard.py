"""`[dashboard]`: what the dashboard shows of a project, where that is not what it finds by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataspark.errors import Mistake
from dataspark.project.settings import Section, Settings, values_of

_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class DashboardSettings:
    """What is shown. What nobody says is found from the tables themselves."""

    fact: str | None = None
    """The table that business pages add up: `fact_achats`."""
    measure: str | None = None
    """Its column with amounts."""
    time: str | None = None
    """Its column with dates or moments."""
    count: str | None = None
    """Its column with how many purchases a row stands for; without one each row is one."""
    country: str | None = None
    """The column with country names: the fact's own (`pays`), or a dimension's (`dim_client.pays`)."""
    product: str | None = None
    """The column with what is sold."""
    customer: str | None = None
    """The fact's column with the number of who buys."""
    currency: str | None = None
    """What amounts are in: `EUR`."""


def read_dashboard(settings: Settings) -> DashboardSettings:
    """What the settings say about it."""
    return DashboardSettings(**values_of("dashboard", settings))


def _check(root: Path, settings: Settings) -> Iterator[Mistake]:
    said = settings.get(("dashboard", "currency"))
    if said and not _CURRENCY.fullmatch(said.value.strip()):
        yield said.mistake(f"`currency` in [dashboard] must be a code of ISO 4217, such as EUR, not {said.value!r}")


SECTION = Section(
    "dashboard",
    dict.fromkeys(("fact", "measure", "time", "count", "country", "product", "customer", "currency"), str),
    _check,
)
