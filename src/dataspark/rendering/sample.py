"""What `dataspark sample` says."""

from __future__ import annotations

from pathlib import Path

from dataspark.rendering.text import PLAIN, Call, Paint, grid, plural
from dataspark.sample.truth import Truth


def sample_text(truth: Truth, folder: Path, paint: Paint = PLAIN, call: Call | None = None) -> list[str]:
    """The files, what is planted in them and, in a project, what comes next."""
    rows = [
        [f"{name}.csv", *(f"{n:,}" for n in (it.read, it.accepted, it.quarantined, it.duplicates, it.superseded))]
        for name, it in truth.tables.items()
    ]
    heads = ["file", "rows", "good", "to quarantine", "duplicates", "superseded"]
    listed = all(table.lines is not None for table in truth.tables.values())
    lines = [
        f"{paint.strong('sample')} of seed {truth.seed} in {folder}",
        "",
        *grid(rows, heads, right=range(1, 6), paint=paint),
        "",
        f"  {plural(truth.orphans, 'purchase')} of clients that are not there",
        f"  truth.json has {'every planted line and ' if listed else ''}every count",
    ]
    return [*lines, f"  next: {call(f'run --as-of {truth.as_of}')}"] if call else lines
