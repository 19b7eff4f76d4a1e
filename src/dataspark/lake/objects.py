"""An area in a bucket, or below a prefix of one. The only owner of `obstore`; loaded when an area is `s3://…`.

While the lake is held, every document that was read is remembered with its tag: reading it again costs no request, and
it is only replaced if it is still the one that was read.
"""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from dataspark.errors import ProjectError, StorageError
from dataspark.lake import access as limits
from dataspark.lake.access import Access, for_deltalake, for_obstore
from dataspark.lake.ahead import BEGINNING, Ahead, Beginning, joined
from dataspark.lake.buckets import BucketTaken, is_broken_off, is_missing, make_bucket, storage_error, untrusted
from dataspark.lake.credentials import Credentials
from dataspark.lake.storage import SCHEME, Area, Listed, Overtaken, Source, Tag, Unanswered, changed, storage_errors

_T = TypeVar("_T")
AT_ONCE = 16
"""Requests for small objects that are under way together."""
_CHUNK = 1 << 20
_PART = 8 << 20
"""Bytes from which on a file goes up in parts, and of each part."""
_PARTS_AT_ONCE = 4
_ASKING = ("reading", "listing", "looking at")
"""What changes nothing and can be asked twice."""
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class Bucket(Area):
    """An area at `s3://bucket[/prefix]`."""

    is_remote = True

    def __init__(self, url: str, access: Access, scratch: str | None = None) -> None:
        super().__init__()
        self.bucket, _, prefix = url.removeprefix(SCHEME).rstrip("/").partition("/")
        if not _BUCKET.fullmatch(self.bucket):
            raise ProjectError(f"`{url}` names no bucket", "write s3://BUCKET or s3://BUCKET/PREFIX")
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.access, self._scratch = access, scratch
        self._client: tuple[Credentials, S3Store] | None = None
        self.may_make = False
        """Whether the bucket is made where it is missing: by who holds the lake, not by who only looks."""
        self._remembered: dict[str, tuple[bytes, Tag] | None] | None = None
        self._ahead: Ahead | None = None

    @property
    def _store(self) -> S3Store:
        """The client, with the key as it is now."""
        key = self.access.credentials
        if self._client is None or self._client[0] is not key:
            _meet(self.access, self.bucket)
            self._client = (key, _store(self.access, self.bucket))
        return self._client[1]

    @property
    def options(self) -> dict[str, str]:
        """What deltalake has to know to reach it."""
        return for_deltalake(self.access, self.bucket)

    def failure(self, doing: str, error: Exception) -> StorageError:
        """What to say where another tool that reads or writes the area failed."""
        return storage_error(self.access, doing, error)

    # Documents

    def read_tagged(self, name: str) -> tuple[bytes, Tag] | None:
        """The object's content and ETag, or None where there is none."""
        if self._remembered is None:
            return self._fetch(name)
        if name not in self._remembered:
            self._remembered[name] = self._fetch(name)
        return self._remembered[name]

    def _fetch(self, name: str) -> tuple[bytes, Tag] | None:
        def get() -> tuple[bytes, Tag]:
            answer = obstore.get(self._store, self._key(name))
            return bytes(answer.bytes()), str(answer.meta["e_tag"])

        try:
            return self._asked("reading", name, get)
        except FileNotFoundError:
            return None

    def read_all(self, names: Sequence[str]) -> list[bytes | None]:
        """The contents of several objects, in this order; they are fetched side by side."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self.read, names))

    def write(self, name: str, content: bytes) -> None:
        """Replace the object whole; a document that was read since the lake is held, only if it is still that one."""
        if self._remembered is not None and name in self._remembered:
            known = self._remembered[name]
            self.replace(name, content, known[1] if known else None)
            return
        self.guard()
        self._changing("writing", name, lambda: obstore.put(self._store, self._key(name), content, use_multipart=False))

    def replace(self, name: str, content: bytes, tag: Tag | None) -> Tag:
        """Write the object if it is still the one with this ETag (None: if there is none)."""
        self.guard()
        tag = self.claim(name, content, tag)
        if self._remembered is not None:
            self._remembered[name] = (content, tag)
        return tag

    def claim(self, name: str, content: bytes, tag: Tag | None) -> Tag:
        """Like `replace`, for the lease itself: no guard is asked."""
        mode: Any = "create" if tag is None else {"e_tag": tag}

        def put() -> Tag:
            return str(obstore.put(self._store, self._key(name), content, mode=mode)["e_tag"])

        for last in (False, True):
            try:
                return self._changing("writing", name, put)
            except (AlreadyExistsError, PreconditionError):
                last = True
            except Unanswered:
                if last:
                    raise
            # Whether a write was done whose answer was lost, only the object can tell: it may be ours already.
            there = self._fetch(name)
            if there and there[0] == content:
                return there[1]
            if last or (there[1] if there else None) != tag:
                break
        raise Overtaken(f"{self.location(name)} was written by somebody else meanwhile")

    def remember(self) -> None:
        """From now on, read each document once."""
        self._remembered = {}

    def forget(self) -> None:
        """Read documents anew each time."""
        self._remembered = None

    def written_at(self, name: str) -> float:
        """When the object was last written, by the server's own clock (seconds)."""
        meta = self._asked("looking at", name, lambda: obstore.head(self._store, self._key(name)))
        return float(meta["last_modified"].timestamp())

    # Names

    def location(self, name: str = "") -> str:
        """`s3://bucket/prefix/name`."""
        return f"{SCHEME}{self.bucket}/{self.prefix}{name}".rstrip("/")

    def names(self, folder: str) -> list[str]:
        """The names of the objects directly in `folder`, sorted; hidden ones are left out."""
        start = f"{self.prefix}{folder}"

        def get() -> Any:
            return obstore.list_with_delimiter(self._store, start)["objects"]

        found = (str(meta["path"])[len(self.prefix) :] for meta in self._listed(folder, get))
        # Some servers list an empty folder itself.
        return sorted(n for n in found if n != folder and not n.rpartition("/")[2].startswith("."))

    def listing(self, folder: str = "", hidden: bool = True) -> list[Listed]:
        """Everything below `folder`, sorted by name: a request for every thousand objects."""
        start = f"{self.prefix}{folder}".rstrip("/")

        def get() -> list[Any]:
            return [meta for page in obstore.list(self._store, start or None, chunk_size=1000) for meta in page]

        found = [self._entry(meta) for meta in self._listed(folder, get)]
        shown = [one for one in found if one.name != folder and (hidden or "/." not in f"/{one.name}")]
        return sorted(shown, key=lambda listed: listed.name)

    def _entry(self, meta: Any) -> Listed:
        modified = int(meta["last_modified"].timestamp() * 1_000_000) * 1000
        return Listed(str(meta["path"])[len(self.prefix) :], meta["size"], (meta["size"], modified, str(meta["e_tag"])))

    def _listed(self, folder: str, get: Callable[[], Any]) -> Any:
        try:
            return self._asked("listing", folder, get)
        except FileNotFoundError:  # what a bucket that is not there holds
            return []

    def exists(self, name: str) -> bool:
        """Whether there is such an object."""
        if self._remembered is not None:
            return self.read_tagged(name) is not None
        try:
            self._asked("looking at", name, lambda: obstore.head(self._store, self._key(name)))
        except FileNotFoundError:
            return False
        return True

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects, a thousand a request."""
        self.guard()
        if keys := [self._key(name) for name in names]:
            self._asked("deleting", keys[0][len(self.prefix) :], lambda: obstore.delete(self._store, keys))
        for name in (key[len(self.prefix) :] for key in keys if self._remembered is not None):
            self._remembered = {**(self._remembered or {}), name: None}

    def delete_folder(self, folder: str) -> None:
        """Delete everything below `folder`."""
        self.delete([listed.name for listed in self.listing(folder)])

    # Files

    def source(self, name: str) -> Source:
        """An object to be read from its beginning."""
        return _Object(self, name)

    @contextmanager
    def pinned(self, listed: Listed) -> Iterator[Source]:
        """The object with the ETag that was listed."""
        yield _Object(self, listed.name, str(listed.stamp[2]))

    @contextmanager
    def looking_at(self, names: Sequence[str]) -> Iterator[None]:
        """Fetch the beginnings of objects side by side, in the order in which `source` will be asked for them."""
        self._ahead = Ahead(names, self._beginning, AT_ONCE)
        try:
            yield
        finally:
            self._ahead.close()
            self._ahead = None

    def _beginning(self, name: str) -> Beginning:
        def get() -> Beginning:
            # Of an empty object no range can be asked for, and what is small comes whole either way.
            answer = obstore.get(self._store, self._key(name))
            meta = answer.meta
            content = b""
            for chunk in answer.stream(min_chunk_size=BEGINNING):
                content += bytes(chunk)
                if len(content) >= BEGINNING:
                    break
            return Beginning(content, meta["size"], str(meta["e_tag"]))

        try:
            return self._asked("reading", name, get)
        except FileNotFoundError:
            raise self._vanished(name) from None

    def chunks(self, name: str, tag: Tag | None = None) -> Iterator[Any]:
        """The bytes of an object from its beginning, which may have been fetched before; with `tag`, of that very one."""
        known = self._ahead.get(name) if self._ahead and tag is None else None
        if known is None:
            return self.stream(name, tag)
        return joined(known, lambda: self.stream(name, known.tag, len(known.content)))

    def _vanished(self, name: str) -> StorageError:
        return StorageError(f"reading {self.location(name)} failed: there is no such object")

    def bring(self, names: Sequence[str], folder: Path) -> None:
        """Copy objects into a local folder, side by side, under the last parts of their names."""

        def copy(name: str) -> None:
            target = folder / name.rpartition("/")[2]
            with storage_errors(f"writing {target}"), target.open("wb") as out:
                for chunk in self.stream(name):
                    out.write(chunk)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(copy, names))

    def stream(self, name: str, tag: Tag | None = None, start: int = 0) -> Iterator[Any]:
        """The bytes of an object in chunks, from `start` on; with `tag`, of the one that has this ETag."""
        options: Any = {"if_match": tag} if tag else {}
        if start:
            options["range"] = {"offset": start}
        try:
            answer = self._asked("reading", name, lambda: obstore.get(self._store, self._key(name), options=options))
        except PreconditionError:
            raise changed(self.location(name)) from None
        except FileNotFoundError:
            raise self._vanished(name) from None
        chunks = iter(answer.stream(min_chunk_size=_CHUNK))
        while (chunk := self._asked("reading", name, lambda: next(chunks, None))) is not None:
            yield chunk

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """A copy in a folder for scratch files, under the same name."""
        with self.temporary() as folder:
            self.bring([name], folder)
            yield folder / name.rpartition("/")[2]

    @contextmanager
    def arriving(self, folder: str, ending: str) -> Iterator[Path]:
        """A file in a folder for scratch files."""
        self.guard()
        with self.temporary() as temporary:
            yield temporary / f"arriving{ending}"

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """A folder for scratch files."""
        with storage_errors("making a folder for scratch files"):
            made = tempfile.TemporaryDirectory(prefix="dataspark-", dir=self._scratch, ignore_cleanup_errors=True)
        with made as folder:
            yield Path(folder)

    def put(self, path: Path, name: str) -> None:
        """Send a local file, a large one in parts; it appears whole or not at all."""
        self.take(path, name, None)

    def holding(self, path: Path, candidates: Sequence[Listed]) -> list[str]:
        """Which objects have the content of `path`: by their ETags, as far as those are hashes of contents."""
        if not candidates:
            return []
        with storage_errors(f"reading {path}"), path.open("rb") as file:
            tags = {f'"{tag}"' for tag in _content_tags(file)}
        return [one.name for one in candidates if one.stamp[2] in tags]

    def take(self, path: Path, name: str, told: Callable[[int], object] | None) -> None:
        """Send a local file, a large one in parts; it appears whole or not at all. `told` hears of bytes as they go."""
        self.guard()
        with storage_errors(f"reading {path}"):
            size = path.stat().st_size

        def send() -> None:
            # Only what the disk says is told as such: a server's answer can look like a file that is not there.
            with storage_errors(f"reading {path}"):
                file = path.open("rb")
            with file:
                content: Any = _parts(file, told) if size > _PART else file.read()
                options: dict[str, Any] = {"chunk_size": _PART, "max_concurrency": _PARTS_AT_ONCE}
                obstore.put(self._store, self._key(name), content, use_multipart=size > _PART, **options)

        self._changing("writing", name, send)

    def prepare(self, folder: str) -> None:
        """Nothing: buckets have no folders."""
        self.guard()

    def make(self) -> None:
        """Make the bucket unless it is there. Raises StorageError, also where it is another's and may not be used."""
        # The client has no call for it, but it signs any request.
        try:
            make_bucket(self.access, self.bucket, obstore.sign(self._store, "PUT", "", timedelta(seconds=60)))
        except BucketTaken as taken:
            try:
                self.names("")
            except StorageError:
                raise taken from None
            # Who may use a bucket need not be who made it: each session of a role is somebody else to some servers.

    # Requests

    def _key(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def _changing(self, doing: str, name: str, ask: Callable[[], _T]) -> _T:
        """A request that changes something. A bucket that is missing is made by who may."""
        try:
            return self._asked(doing, name, ask)
        except FileNotFoundError as error:
            if not (is_missing(error) and self.may_make):
                raise storage_error(self.access, f"{doing} {self.location(name)}", error) from error
        self.make()
        return self._asked(doing, name, ask)

    def _asked(self, doing: str, name: str, ask: Callable[[], _T]) -> _T:
        """The answer to a request. Raises FileNotFoundError and what tells of a condition, else StorageError."""
        begun = time.monotonic()
        try:
            return ask()
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            raise
        except BaseError as error:
            if is_missing(error):
                raise FileNotFoundError(str(error)) from error
            # The client does not try again where an answer breaks off behind its head.
            if doing in _ASKING and is_broken_off(error) and time.monotonic() - begun < limits.RETRY_SECONDS / 4:
                return self._asked(f"again {doing}", name, ask)
            raise storage_error(self.access, f"{doing.removeprefix('again ')} {self.location(name)}", error) from error


_STORES: dict[str, S3Store] = {}
"""What was said to a client → the client: making one takes 10 ms, and areas may share a bucket."""
_KEPT = 16
"""Clients; those of keys that have expired are for nobody."""
_MET: set[tuple[str, str | None, bool]] = set()
"""Endpoints that were asked once, and how they were trusted."""


def _store(access: Access, bucket: str) -> S3Store:
    said = for_obstore(access, bucket)
    known = hashlib.sha256(repr((bucket, said)).encode()).hexdigest()
    if known not in _STORES:
        while len(_STORES) >= _KEPT:
            _STORES.pop(next(iter(_STORES)), None)
        _STORES[known] = S3Store(bucket, **said)
    return _STORES[known]


def _meet(access: Access, bucket: str) -> None:
    """Ask an endpoint with TLS for nothing, once. Raises StorageError where its certificate will not do.

    The client would try that again, too, for as long as it tries anything.
    """
    name = (access.of_bucket(bucket), access.ca_file, access.settings.verify_tls)
    if access.plain or name in _MET:
        return
    said = for_obstore(access, bucket)
    said["retry_config"]["max_retries"] = 0
    said["client_options"]["timeout"] = timedelta(seconds=limits.CONNECT_SECONDS)
    try:
        obstore.head(S3Store(bucket, **said), "_nothing")
    except (BaseError, OSError) as error:
        if refused := untrusted(access, error):
            raise refused from error
    _MET.add(name)


class _Object:
    """An object as something that can be read from its beginning."""

    def __init__(self, area: Bucket, name: str, tag: Tag | None = None) -> None:
        self._area, self._name, self._tag = area, name, tag

    def __str__(self) -> str:
        return self._area.location(self._name)

    @property
    def name(self) -> str:
        return self._name.rpartition("/")[2]

    def open(self, mode: Literal["rb"], buffering: int = -1) -> BinaryIO:
        raw = _Chunks(self._area.chunks(self._name, self._tag))
        return io.BufferedReader(raw, _CHUNK)


class _Chunks(io.RawIOBase):
    """Chunks as a file that can only be read forward."""

    def __init__(self, chunks: Iterator[Any]) -> None:
        self._chunks, self._left = chunks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        taken = self._left[: len(into)]
        into[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


def _parts(file: BinaryIO, told: Callable[[int], object] | None) -> Iterator[bytes]:
    while part := file.read(_CHUNK):
        yield part
        if told:
            told(len(part))


def _content_tags(file: BinaryIO) -> Iterator[str]:
    """The ETags that a content has where nothing is encrypted: sent whole, and sent in parts as we do."""
    whole, parts = hashlib.md5(usedforsecurity=False), b""
    count = 0
    while part := file.read(_PART):
        whole.update(part)
        parts += hashlib.md5(part, usedforsecurity=False).digest()
        count += 1
    yield whole.hexdigest()
    yield f"{hashlib.md5(parts, usedforsecurity=False).hexdigest()}-{count}"
