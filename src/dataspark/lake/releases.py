"""The release: one small object that names the version of every table that belongs together.

`_release.json` is what readers open; `_releases/<id>.json` keeps each release for `rollback` and for questions about
the past. A release is written to the history first: the moment `_release.json` is replaced it is complete.
"""

from __future__ import annotations

from typing import Any

from dataspark.lake.storage import Area

CURRENT = "_release.json"
_HISTORY = "_releases"


def read(gold: Area, identifier: str | None = None) -> dict[str, Any] | None:
    """The newest release, or the one named; None where there is none."""
    return gold.read_json(f"{_HISTORY}/{identifier}.json" if identifier else CURRENT)


def publish(gold: Area, release: dict[str, Any]) -> None:
    """Let all readers see a release from now on."""
    gold.write_json(f"{_HISTORY}/{release['id']}.json", release)
    gold.write_json(CURRENT, release)


def all_of(gold: Area) -> list[dict[str, Any]]:
    """Every release that was written, oldest first."""
    return [release for name in gold.names(_HISTORY) if (release := gold.read_json(name))]
