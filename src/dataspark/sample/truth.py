"""What a sample holds: the counts that a run must arrive at, and for small samples the line of each planted row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from dataspark.sample.kinds import ORPHANS
from dataspark.sample.layout import Layout, Outcome, Span
from dataspark.sample.rows import COUNTRIES, DAYS, PRODUCTS, STRIDE

AS_OF = "2025-12-31"
FIRST_DAY = date(2025, 1, 19)
LISTED_ROWS = 200_000
"""Up to this many rows in a file, its planted lines are listed."""


@dataclass(frozen=True)
class PlantedLine:
    """One line that is not plain. The header is on line 1."""

    line: int
    kind: str
    outcome: Outcome
    """What happens to the row of this very line."""
    reasons: tuple[str, ...] = ()
    original: int | None = None
    """For the later line of a repeated row: the line that it repeats or supersedes."""


@dataclass(frozen=True)
class TableTruth:
    """What refine must count in one table."""

    read: int
    accepted: int
    quarantined: int
    duplicates: int
    superseded: int
    reasons: dict[str, int]
    """Quarantined rows by reason; a row with several is under each."""
    warnings: dict[str, int]
    planted: dict[str, int]
    """Rows by kind; a repeated row counts once."""
    lines: tuple[PlantedLine, ...] | None
    """By line; None where the file is too large to list them."""


@dataclass(frozen=True)
class GoldTruth:
    """What gold must hold."""

    days: int
    weeks: int
    months: int
    products: int
    countries: int
    dim_client: int
    fact_achats: int


@dataclass(frozen=True)
class Truth:
    """What was written."""

    seed: int
    as_of: str
    """The run's date for which all this holds."""
    orphans: int
    """Accepted purchases whose client is not among the accepted clients."""
    tables: dict[str, TableTruth]
    gold: GoldTruth

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def tell_truth(clients: Layout, achats: Layout, seed: int) -> Truth:
    """The truth about the two files, from their layouts alone."""
    orphans = sum(achats.span(name).count for name in ORPHANS)
    accepted_clients = clients.count(Outcome.ACCEPTED)
    accepted_achats = achats.count(Outcome.ACCEPTED)
    days = [FIRST_DAY + timedelta(days=rank * STRIDE % DAYS) for rank in range(min(DAYS, accepted_achats))]
    gold = GoldTruth(
        days=len(days),
        weeks=len({day.isocalendar()[:2] for day in days}),
        months=len({(day.year, day.month) for day in days}),
        products=min(len(PRODUCTS), accepted_achats),
        countries=min(len(COUNTRIES), accepted_clients),
        dim_client=accepted_clients + (1 if orphans else 0),
        fact_achats=accepted_achats,
    )
    return Truth(seed, AS_OF, orphans, {"clients": _table(clients), "achats": _table(achats)}, gold)


def _table(layout: Layout) -> TableTruth:
    reasons: Counter[str] = Counter()
    warnings: Counter[str] = Counter()
    for span in layout.spans:
        if span.count:
            reasons.update(dict.fromkeys(span.kind.reasons, span.count))
            warnings.update({span.kind.warning: span.count} if span.kind.warning else {})
    lines = sorted(_lines(layout), key=lambda planted: planted.line) if layout.rows <= LISTED_ROWS else None
    return TableTruth(
        read=layout.rows,
        accepted=layout.count(Outcome.ACCEPTED),
        quarantined=layout.count(Outcome.QUARANTINED),
        duplicates=layout.count(Outcome.DUPLICATE),
        superseded=layout.count(Outcome.SUPERSEDED),
        reasons=dict(sorted(reasons.items())),
        warnings=dict(sorted(warnings.items())),
        planted={span.kind.name: span.count for span in layout.spans},
        lines=None if lines is None else tuple(lines),
    )


def _lines(layout: Layout) -> Iterator[PlantedLine]:
    for span in layout.spans:
        if span.kind.slots_each == 2:
            yield from _pairs(layout, span)
        else:
            for slot in range(span.start, span.end):
                yield PlantedLine(layout.line(slot) + 2, span.kind.name, span.kind.outcome, span.kind.reasons)


def _pairs(layout: Layout, span: Span) -> Iterator[PlantedLine]:
    """A duplicate falls on the later line; of a conflict the earlier line is superseded."""
    falls_later = span.kind.outcome is Outcome.DUPLICATE
    for earlier, later in layout.pairs(span):
        first, second = earlier + 2, later + 2
        fate = (Outcome.ACCEPTED, span.kind.outcome) if falls_later else (span.kind.outcome, Outcome.ACCEPTED)
        yield PlantedLine(first, span.kind.name, fate[0])
        yield PlantedLine(second, span.kind.name, fate[1], original=first)
