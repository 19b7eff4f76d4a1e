"""The release: one small object that names the version of every table that belongs together.

`_release.json` is what readers open; `_releases/<id>.json` keeps each release for `rollback` and for questions about
the past. A release is written to the history first: the moment `_release.json` is replaced it is complete. It is
replaced only if it is still the one that the publisher saw when it began to hold the lake.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from dataspark.errors import ReleaseConflict, WorldError
from dataspark.lake.storage import Area, Overtaken, Tag, as_json

CURRENT = "_release.json"
_HISTORY = "_releases"
_FENCE = "fence"
_CONFLICT = "theirs stands; what this run made is kept and goes on from here: run again"


def read(gold: Area, identifier: str | None = None) -> dict[str, Any] | None:
    """The newest release, or the one named; None where there is none."""
    found = gold.read_json(f"{_HISTORY}/{identifier}.json" if identifier else CURRENT)
    return found if found and "id" in found else None


def tag_of(gold: Area) -> Tag | None:
    """What the newest release is known by; None where there is none."""
    found = gold.read_tagged(CURRENT)
    return found[1] if found else None


def publish(gold: Area, release: dict[str, Any], seen: Tag | None) -> Tag:
    """Let all readers see a release from now on, in the place of the one with the tag `seen`. Returns its tag.

    Raises ReleaseConflict where that is not the newest one any more.
    """
    kept = f"{_HISTORY}/{release['id']}.json"
    try:
        gold.replace(kept, as_json(release), None)
    except Overtaken as error:
        raise ReleaseConflict(f"another process made release {release['id']} at the same time", _CONFLICT) from error
    try:
        return gold.replace(CURRENT, as_json(release), seen)
    except Overtaken as error:
        with suppress(WorldError):
            gold.delete([kept])
        raise ReleaseConflict(
            f"another process has published since this one began to hold {gold.location()}", _CONFLICT
        ) from error


def fence(gold: Area, token: str) -> None:
    """Write the newest release again, so that whoever saw it before can no longer publish in its place."""
    for _try in range(10):
        found = gold.read_tagged(CURRENT)
        release = gold.parsed(CURRENT, found[0]) if found else {}
        with suppress(Overtaken):
            gold.replace(CURRENT, as_json({**release, _FENCE: token}), found[1] if found else None)
            return
    raise ReleaseConflict(f"{gold.location(CURRENT)} is written again and again by others", "run again")


def ids(gold: Area) -> list[str]:
    """The ids of all releases, oldest first."""
    return [name.removeprefix(f"{_HISTORY}/").removesuffix(".json") for name in gold.names(_HISTORY)]


def all_of(gold: Area, newest: int = 0) -> list[dict[str, Any]]:
    """Every release that was written, oldest first; with `newest` only that many."""
    return documents(gold, _HISTORY, newest)


def documents(gold: Area, folder: str, newest: int = 0) -> list[dict[str, Any]]:
    """The JSON documents in a folder, by name; with `newest` only the last ones."""
    names = gold.names(folder)[-newest:]
    contents = zip(names, gold.read_all(names), strict=True)
    return [gold.parsed(name, content) for name, content in contents if content is not None]
