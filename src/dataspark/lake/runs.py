"""Run records: what each run read, judged, built and published, kept in gold."""

from __future__ import annotations

from typing import Any

from dataspark.lake.releases import documents
from dataspark.lake.storage import Area

_RUNS = "_runs"


def save(gold: Area, record: dict[str, Any]) -> None:
    """Keep the record of a run under its id."""
    gold.write_json(f"{_RUNS}/{record['id']}.json", record)


def all_of(gold: Area, newest: int = 0) -> list[dict[str, Any]]:
    """Every run's record, oldest first; with `newest` only that many."""
    return documents(gold, _RUNS, newest)
