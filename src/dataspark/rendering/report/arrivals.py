"""What came with the last runs of a table, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dataspark.answers.report import Source
from dataspark.answers.trends import Batch
from dataspark.rendering.report import shapes
from dataspark.rendering.text import moment, share


@dataclass(frozen=True)
class Arrivals:
    """What came with the last runs of a table, drawn."""

    rows: str
    quarantined: str
    first: str
    last: str
    newest: str
    newest_share: str


def arrivals(source: Source) -> Arrivals:
    """The pictures of a table that had new files in several runs."""
    batches: Sequence[Batch] = source.quality.trend.batches
    read, labels = [float(batch.read) for batch in batches], [moment(batch.started) for batch in batches]
    shares = [100 * batch.share(batch.quarantined) for batch in batches]
    tips = [f"{label}: {batch.read:,} rows read" for label, batch in zip(labels, batches, strict=True)]
    parts = [f"{label}: {part:.1f} % quarantined" for label, part in zip(labels, shares, strict=True)]
    return Arrivals(
        shapes.columns(read, tips, f"rows of {source.quality.name} that came with the last {len(read)} runs"),
        shapes.columns(shares, parts, f"share of them that was quarantined, {shares[-1]:.1f} % at last", "share"),
        labels[0],
        labels[-1],
        f"{batches[-1].read:,}",
        share(batches[-1].quarantined, batches[-1].read),
    )
