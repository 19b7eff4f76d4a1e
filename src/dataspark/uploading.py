"""Local files → `sources`, wherever that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dataspark.errors import UsageError
from dataspark.lake.areas import buckets
from dataspark.lake.storage import Area, Listed, storage_errors
from dataspark.wiring import Workspace

Told = Callable[[str, int, int], object]
"""Hears of a file's name, of its bytes that are there so far, and of its bytes in all."""
_AT_ONCE = 4


@dataclass(frozen=True)
class Sent:
    """What became of one file."""

    file: str
    """As it was given."""
    name: str
    """Below `sources`."""
    size: int
    outcome: str
    """`sent`, `replaced` (another content had its name) or `there` (with the same content)."""
    same_as: str = ""
    """The object below `sources` that has the same content."""


@dataclass(frozen=True)
class Uploaded:
    """What an upload did."""

    sources: str
    files: tuple[Sent, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def upload(workspace: Workspace, paths: Sequence[Path], to: str = "", told: Told | None = None) -> Uploaded:
    """Send local files to `sources`, below the folder `to`; each appears whole or not at all, under its own name.

    A content that is there already is not sent again, whatever its name. Raises UsageError before anything is sent for
    files that are none, that a run would not see or that have one name; StorageError, then what was sent before is there.
    """
    sources = workspace.lake.sources
    targets = _targets(paths, to)
    for bucket in buckets([sources]):
        bucket.may_make = True
    there = sources.listing(hidden=False)
    names = {one.name for one in there}
    by_size: dict[int, list[Listed]] = defaultdict(list)
    for one in there:
        by_size[one.size].append(one)

    def send(target: tuple[str, Path]) -> Sent:
        name, path = target
        return _send(sources, path, name, by_size, name in names, told or (lambda name, done, size: None))

    with ThreadPoolExecutor(_AT_ONCE if sources.is_remote else 1) as pool:
        return Uploaded(sources.location(), tuple(pool.map(send, targets.items())))


def _send(sources: Area, path: Path, name: str, there: Mapping[int, Sequence[Listed]], taken: bool, told: Told) -> Sent:
    with storage_errors(f"reading {path}"):
        size = path.stat().st_size
    same = sorted(sources.holding(path, there.get(size, ())), key=lambda known: known != name)
    if same:
        told(name, size, size)
        return Sent(str(path), name, size, "there", same[0])
    done = 0

    def more(count: int) -> None:
        nonlocal done
        done += count
        told(name, done, size)

    told(name, 0, size)
    sources.take(path, name, more)
    return Sent(str(path), name, size, "replaced" if taken else "sent")


def _targets(paths: Sequence[Path], to: str) -> dict[str, Path]:
    folder = PurePosixPath(to.replace("\\", "/"))
    parts = [part for part in folder.parts if part != "."]
    if folder.is_absolute() or any(part.startswith(".") for part in parts):
        raise UsageError(f"`{to}` is no folder below sources", "name one such as `2025/06`")
    problems = list(_problems(paths))
    if problems:
        raise UsageError("; ".join(problems), "nothing was sent")
    return {"/".join([*parts, path.name]): path for path in paths}


def _problems(paths: Sequence[Path]) -> Iterator[str]:
    seen: set[str] = set()
    for path in paths:
        if path.is_dir():
            yield f"{path} is a folder: name its files"
        elif not path.is_file():
            yield f"there is no file {path}"
        elif path.name.startswith("."):
            yield f"{path} is hidden: a run would not see it"
        elif path.name in seen:
            yield f"two files are called {path.name}"
        seen.add(path.name)
