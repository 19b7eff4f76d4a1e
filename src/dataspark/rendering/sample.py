"""What `dataspark sample` says."""

from __future__ import annotations

from pathlib import Path

from dataspark.rendering.text import PLAIN, Paint, grid, plural
from dataspark.sample.truth import Truth


def sample_text(truth: Truth, folder: Path, paint: Paint = PLAIN) -> list[str]:
    """The files and what is planted in them."""
    rows = [
        [f"{name}.csv", *(f"{n:,}" for n in (it.read, it.accepted, it.quarantined, it.duplicates, it.superseded))]
        for name, it in truth.tables.items()
    ]
    heads = ["file", "rows", "good", "to quarantine", "duplicates", "superseded"]
    return [
        f"{paint.strong('sample')} of seed {truth.seed} in {folder}",
        "",
        *grid(rows, heads, right=range(1, 6), paint=paint),
        "",
        f"  {plural(truth.orphans, 'purchase')} of clients that are not there; every planted line is in truth.json",
        f"  next: dataspark run --as-of {truth.as_of}",
    ]
