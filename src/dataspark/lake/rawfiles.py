"""Raw files: copied into bronze byte by byte, opened as text whatever their packing and encoding."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, TextIO

from dataspark.contracts.contract import Dialect
from dataspark.errors import DataError, StorageError
from dataspark.lake.storage import storage_errors

_CHUNK = 1 << 20
PACKINGS = (".gz", ".zst")
"""Endings of packed files, which are read as they are."""


def copy_hashed(source: Path, target: Path) -> tuple[str, int, int, bool]:
    """Copy a file and learn what its bytes say: (sha256, size, line ends, whether the last line is open).

    Hash and copy run side by side: both let go of the interpreter's lock. Raises StorageError when the file is gone,
    is still being written, or cannot be copied.
    """
    digest = hashlib.sha256()
    size = ends = 0
    last = b"\n"
    with storage_errors(f"copying {source} to bronze"), ThreadPoolExecutor(1) as pool:
        before = _stamp(source)
        hashed: Future[None] | None = None
        with source.open("rb", buffering=0) as incoming, target.open("wb", buffering=0) as outgoing:
            while chunk := incoming.read(_CHUNK):
                if hashed:
                    hashed.result()
                hashed = pool.submit(digest.update, chunk)
                _write_all(outgoing, chunk)
                size += len(chunk)
                ends += chunk.count(b"\n")
                last = chunk[-1:]
        if hashed:
            hashed.result()
        if _stamp(source) != before:
            raise StorageError(f"{source} changed while it was read", "run again when it is complete")
    return digest.hexdigest(), size, ends, last != b"\n"


def _write_all(outgoing: io.RawIOBase | BinaryIO | IO[bytes], chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:  # an unbuffered write may take less than it is given
        view = view[outgoing.write(view) :]


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def is_packed(name: str) -> bool:
    """Whether a file is unpacked while it is read."""
    return name.endswith(PACKINGS)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file's bytes, unpacked. Raises StorageError when it is gone or its packing is damaged."""
    with storage_errors(f"reading {path}"), path.open("rb") as packed:
        try:
            yield _unpacked(packed, path.name)
        except (EOFError, gzip.BadGzipFile, _zstd_error()) as error:
            raise StorageError(f"{path} is damaged: {error}", "have it sent again") from error


def _unpacked(packed: BinaryIO, name: str) -> BinaryIO:
    if name.endswith(".gz"):
        return gzip.open(packed)
    if name.endswith(".zst"):
        return _zstd().open(packed)
    return packed


@contextmanager
def opened_text(path: Path, encoding: str) -> Iterator[TextIO]:
    """A file's text with its line ends as they are; bytes that are not of the encoding become lone surrogates."""
    codec = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    with opened(path) as binary:
        yield io.TextIOWrapper(binary, encoding=codec, errors="surrogateescape", newline="")


def read_header(path: Path, dialect: Dialect) -> tuple[str, ...]:
    """The first record, which names the columns; empty for an empty file.

    Raises DataError when the file's beginning is no text of the dialect.
    """
    quoting = csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE
    escape = dialect.escape if dialect.escape != dialect.quote else None
    with opened_text(path, dialect.encoding) as text:
        reader = csv.reader(
            _limited(text), delimiter=dialect.delimiter, quotechar=dialect.quote or None, quoting=quoting, escapechar=escape
        )
        try:
            return tuple(field.strip() for field in next(reader, []))
        except (csv.Error, UnicodeError) as error:
            raise DataError(f"{path.name} does not begin like a CSV file: {error}", "is it another kind of file?") from error


def _limited(text: TextIO) -> Iterator[str]:
    # A file without line ends would be read whole just to see its header.
    while line := text.readline(_CHUNK):
        yield line


def sync(path: Path) -> None:
    """Have a finished file on disk before anything says that it is there."""
    with storage_errors(f"writing {path}"):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _zstd() -> object:
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from backports import zstd  # type: ignore[import-not-found,unused-ignore]
    return zstd


def _zstd_error() -> type[Exception]:
    import sys

    for module in ("compression.zstd", "backports.zstd"):
        if module in sys.modules:
            return sys.modules[module].ZstdError  # type: ignore[no-any-return]
    return EOFError
