"""What a page shows and in which language: everything that a page needs, handed to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dataspark.dashboard.countries import country_name
from dataspark.dashboard.figures import Figures
from dataspark.dashboard.filters import Filters
from dataspark.dashboard.formats import Formats
from dataspark.dashboard.periods import Period
from dataspark.dashboard.source import Source
from dataspark.dashboard.words import Words
from dataspark.reader import Release


@dataclass(frozen=True)
class View:
    """One look at one release."""

    source: Source
    release: Release
    figures: Figures | None
    """None where the project has no amounts over time."""
    filters: Filters
    words: Words
    formats: Formats
    dark: bool = False

    @property
    def period(self) -> Period:
        """The days that are looked at."""
        span = self.figures.span if self.figures else None
        assert span is not None, "pages with a period are shown where there are days"
        return self.filters.period(span)

    def ask(self, query: str, **how: Any) -> Any:
        """The answer to a query as a frame that nobody may change."""
        return self.source.ask(self.release.id, query, **how)

    def country_labels(self, names: Sequence[str]) -> dict[str, str]:
        """Countries as this language calls them; two that it calls the same stay told apart."""
        found = {name: country_name(name, self.words.language) for name in names}
        labels = list(found.values())
        return {name: f"{label} ({name})" if labels.count(label) > 1 else label for name, label in found.items()}
