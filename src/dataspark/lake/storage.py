"""An area of the lake as named objects: small documents that are replaced whole, and the files of tables.

An area is a folder (here) or a bucket or a prefix of one (`lake/objects.py`); what it can do is the same.
"""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import re
import shutil
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from dataspark.errors import StorageError

Tag = str
"""What is another one whenever an object's content is another one: its ETag, or the hash of its content."""
SCHEME = "s3://"
_CHUNK = 1 << 20


FULL = "free some space and run again: nothing half-written is visible"
"""What to do where a disk is full."""


@contextmanager
def storage_errors(doing: str) -> Iterator[None]:
    """Translate the operating system's errors, once, into a StorageError that says what was being done."""
    try:
        yield
    except OSError as error:
        full = error.errno in (28, 27, 122)  # ENOSPC, EFBIG, EDQUOT
        hint = FULL if full else ""
        place = f" ({error.filename})" if error.filename and str(error.filename) not in doing else ""
        raise StorageError(f"{doing} failed: {error.strerror or error}{place}", hint) from error


class Unanswered(StorageError):
    """A server did not answer, or its answer was lost: nobody knows whether it did what it was asked."""


class Overtaken(StorageError):
    """An object is not the one any more that was to be replaced: somebody else has written it."""


@dataclass(frozen=True)
class Listed:
    """One object of an area."""

    name: str
    size: int
    """Bytes."""
    stamp: tuple[int, int, int | str]
    """Size, time of modification (ns), and the time of change (ns) of a file or the ETag of an object."""


class Source(Protocol):
    """Something that can be read from its beginning: a local file, or an object."""

    @property
    def name(self) -> str:
        """The last part of its place."""

    def open(self, mode: Literal["rb"], buffering: int = -1) -> BinaryIO:
        """Its bytes."""


class Area(ABC):
    """One area (`sources`, `bronze`, `silver` or `gold`). Every method may raise StorageError."""

    is_remote: bool

    def __init__(self) -> None:
        self.guard: Callable[[], object] = _nobody_asks
        """Called before anything is changed. Raises LeaseLost in a process that must not change anything any more."""

    @property
    def options(self) -> dict[str, str] | None:
        """What deltalake has to know to reach it; None for a folder."""
        return None

    def failure(self, doing: str, error: Exception) -> StorageError:
        """What to say where another tool that reads or writes the area failed."""
        message = one_line(error)
        full = any(words in message.lower() for words in ("no space left", "file too large", "quota"))
        return StorageError(f"{doing} failed: {message}", FULL if full else "")

    def free(self) -> None:
        """Whoever held the lake does not any more."""
        self.guard = _nobody_asks

    @abstractmethod
    def location(self, name: str = "") -> str:
        """Where an object is, as other tools are told: an absolute path, or `s3://…`."""

    @abstractmethod
    def read_tagged(self, name: str) -> tuple[bytes, Tag] | None:
        """The object's content and tag, or None where there is none."""

    @abstractmethod
    def write(self, name: str, content: bytes) -> None:
        """Replace the object whole: a reader sees the old content or the new one."""

    @abstractmethod
    def replace(self, name: str, content: bytes, tag: Tag | None) -> Tag:
        """Write the object if it is still the one with `tag` (None: if there is none). Returns the new tag.

        Raises Overtaken. In a folder this is no protection by itself: the lake's lock is.
        """

    @abstractmethod
    def names(self, folder: str) -> list[str]:
        """The names of the objects directly in `folder`, sorted; hidden ones are left out."""

    @abstractmethod
    def listing(self, folder: str = "", hidden: bool = True) -> list[Listed]:
        """Everything below `folder`, sorted by name; without `hidden`, not what is hidden or in a hidden folder."""

    @abstractmethod
    def exists(self, name: str) -> bool:
        """Whether there is such an object."""

    @abstractmethod
    def delete(self, names: Iterable[str]) -> None:
        """Delete objects; those that do not exist are none to delete."""

    @abstractmethod
    def delete_folder(self, folder: str) -> None:
        """Delete everything below `folder`."""

    @abstractmethod
    def source(self, name: str) -> Source:
        """An object to be read from its beginning."""

    @abstractmethod
    def pinned(self, listed: Listed) -> AbstractContextManager[Source]:
        """A listed object to be read from its beginning. Raises StorageError when it is not the listed one any more."""

    @abstractmethod
    def local(self, name: str) -> AbstractContextManager[Path]:
        """The object as a local file: the file itself, or a copy that is gone afterwards."""

    @abstractmethod
    def arriving(self, folder: str, ending: str) -> AbstractContextManager[Path]:
        """Where a new file for `folder` can be made; what is left of it afterwards is deleted."""

    @abstractmethod
    def put(self, path: Path, name: str) -> None:
        """Take in a local file that was made in `arriving`; it appears whole or not at all."""

    @abstractmethod
    def take(self, path: Path, name: str, told: Callable[[int], object]) -> None:
        """Copy a local file, whole or not at all; `told` hears how many more bytes went."""

    @abstractmethod
    def holding(self, path: Path, candidates: Sequence[Listed]) -> list[str]:
        """Which of the candidates, that are as large as a local file, have its content for certain."""

    @abstractmethod
    def prepare(self, folder: str) -> None:
        """Make sure that another tool can write into `folder`."""

    def read(self, name: str) -> bytes | None:
        """The object's content, or None where there is none."""
        found = self.read_tagged(name)
        return found[0] if found else None

    def read_all(self, names: Sequence[str]) -> list[bytes | None]:
        """The contents of several objects, in this order."""
        return [self.read(name) for name in names]

    def read_json(self, name: str, hint: str = "restore it from a backup") -> Any | None:
        """The object as JSON, or None where there is none. Raises StorageError, with `hint`, where it is no JSON object."""
        content = self.read(name)
        return None if content is None else self.parsed(name, content, hint)

    def parsed(self, name: str, content: bytes, hint: str = "restore it from a backup") -> Any:
        """The content of the object `name` as JSON. Raises StorageError, with `hint`, where it is no JSON object."""
        try:
            value = json.loads(content)
        except ValueError as error:
            raise StorageError(f"{self.location(name)} is damaged: {error}", hint) from error
        if not isinstance(value, dict):
            raise StorageError(f"{self.location(name)} is damaged: it holds no JSON object", hint)
        return value

    def write_json(self, name: str, value: Any) -> None:
        """Replace the object with `value` as JSON."""
        self.write(name, as_json(value))


def one_line(error: Exception) -> str:
    """What an error says, without its layout."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|↳", " ", str(error)).split())


def as_json(value: Any) -> bytes:
    """A document's bytes."""
    return json.dumps(value, indent=1, ensure_ascii=False).encode()


def _nobody_asks() -> None:
    """Where the operating system holds the lock, its holder cannot lose it."""


class Folder(Area):
    """An area in a local folder."""

    is_remote = False

    def __init__(self, location: str) -> None:
        super().__init__()
        self.root = Path(location)

    def path(self, name: str) -> Path:
        """Where the object called `name` is."""
        return self.root / name

    def location(self, name: str = "") -> str:
        """Its absolute path."""
        return str(self.root / name)

    def read_tagged(self, name: str) -> tuple[bytes, Tag] | None:
        """The object's content and its hash, or None where there is none."""
        content = self.read(name)
        return None if content is None else (content, _hash(content))

    def read(self, name: str) -> bytes | None:
        """The object's content, or None where there is none."""
        with storage_errors(f"reading {self.path(name)}"):
            try:
                return self.path(name).read_bytes()
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Replace the object whole: a reader sees the old content or the new one.

        Nothing is forced to the disk: Delta's own log is not either, and a lake that loses its newest seconds in a
        power cut is brought back by running again.
        """
        self.guard()
        target = self.path(name)
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        with storage_errors(f"writing {target}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                partial.write_bytes(content)
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)

    def replace(self, name: str, content: bytes, tag: Tag | None) -> Tag:
        """Write the object if its content is still the one with this hash."""
        there = self.read_tagged(name)
        if (there[1] if there else None) != tag:
            raise Overtaken(f"{self.path(name)} was written by somebody else meanwhile")
        self.write(name, content)
        return _hash(content)

    def names(self, folder: str) -> list[str]:
        """The names of the objects directly in `folder`, sorted."""
        path = self.path(folder)
        if not path.is_dir():
            return []
        return sorted(f"{folder}/{entry.name}" for entry in path.iterdir() if not entry.name.startswith("."))

    def listing(self, folder: str = "", hidden: bool = True) -> list[Listed]:
        """Every file below `folder`, sorted by name."""
        found = []
        with storage_errors(f"listing {self.path(folder)}"):
            if not self.path(folder).is_dir():
                return []
            for parent, folders, files in os.walk(self.path(folder), onerror=_raise):
                folders[:] = sorted(name for name in folders if hidden or not name.startswith("."))
                found += [Path(parent, name) for name in files if hidden or not name.startswith(".")]
            return sorted((self._listed(path) for path in found), key=lambda listed: listed.name)

    def _listed(self, path: Path) -> Listed:
        status = path.stat()
        stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return Listed(path.relative_to(self.root).as_posix(), status.st_size, stamp)

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return self.path(name).exists()

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; those that do not exist are none to delete."""
        self.guard()
        for name in names:
            with storage_errors(f"deleting {self.path(name)}"):
                self.path(name).unlink(missing_ok=True)

    def delete_folder(self, folder: str) -> None:
        """Delete a folder with everything in it."""
        self.guard()
        shutil.rmtree(self.path(folder), ignore_errors=True)

    def source(self, name: str) -> Source:
        """The file."""
        return self.path(name)

    @contextmanager
    def pinned(self, listed: Listed) -> Iterator[Source]:
        """The file; that it is still the listed one is looked at when it was read."""
        path = self.path(listed.name)
        yield path
        with storage_errors(f"reading {path}"):
            if self._listed(path) != listed:
                raise changed(str(path))

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """The file itself."""
        yield self.path(name)

    @contextmanager
    def arriving(self, folder: str, ending: str) -> Iterator[Path]:
        """A hidden file of this process in the folder itself: it only has to be renamed."""
        self.guard()
        partial = self.path(f"{folder}/.arriving.{os.getpid()}.{threading.get_ident()}{ending}")
        with storage_errors(f"writing {partial}"):
            partial.parent.mkdir(parents=True, exist_ok=True)
            try:
                yield partial
            finally:
                partial.unlink(missing_ok=True)

    def put(self, path: Path, name: str) -> None:
        """Rename a file that was made in `arriving`."""
        self.guard()
        with storage_errors(f"writing {self.path(name)}"):
            path.replace(self.path(name))

    def take(self, path: Path, name: str, told: Callable[[int], object]) -> None:
        """Copy the file beside its place and rename it."""
        with self.arriving(name.rpartition("/")[0], "") as partial, storage_errors(f"copying {path}"):
            with path.open("rb") as file, partial.open("wb") as out:
                while part := file.read(_CHUNK):
                    out.write(part)
                    told(len(part))
            partial.replace(self.path(name))

    def holding(self, path: Path, candidates: Sequence[Listed]) -> list[str]:
        """Which files have the content of `path`."""
        with storage_errors(f"reading {path}"):
            return [one.name for one in candidates if filecmp.cmp(path, self.path(one.name), shallow=False)]

    def prepare(self, folder: str) -> None:
        """Make the folder."""
        self.guard()
        with storage_errors(f"making {self.path(folder)}"):
            self.path(folder).mkdir(parents=True, exist_ok=True)


def changed(place: str) -> StorageError:
    """What to say of a file that was written while it was read."""
    return StorageError(f"{place} changed while it was read", "run again when it is complete")


def _hash(content: bytes) -> Tag:
    return hashlib.sha256(content).hexdigest()


def _raise(error: OSError) -> None:
    # A walk that passes over what it may not read would lose the files there.
    raise error
