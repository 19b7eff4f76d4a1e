"""What people were told about a project and is not over yet, kept in gold beside the runs' records."""

from __future__ import annotations

from typing import Any

from dataspark.lake.storage import Area

_FILE = "_alerts.json"


def read(gold: Area) -> dict[str, Any]:
    """What is remembered; empty before anything was told. Raises StorageError."""
    return dict(gold.read_json(_FILE, "delete it: what is still wrong is then told once more") or {})


def save(gold: Area, remembered: dict[str, Any]) -> None:
    """Remember this from now on. Raises StorageError."""
    gold.write_json(_FILE, remembered)
