"""A raw file without some of its records: their bytes are gone, their line ends stay, so that lines keep their numbers."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from dataspark.lake.rawfiles import zstd
from dataspark.lake.rawlines import RawText, plain_file
from dataspark.lake.storage import storage_errors

_CHUNK = 1 << 20


def write_without(source: Path, target: Path, records: Sequence[RawText]) -> tuple[str, int]:
    """Write `source` to `target` without the bytes of `records`. Returns the SHA-256 and the size of what was written.

    A packed file is packed again. Raises StorageError.
    """
    with plain_file(source) as file, storage_errors(f"writing {target}"):
        with _packed(target) as out:
            for part in _parts(file, sorted(records, key=lambda record: record.start)):
                out.write(part)
        with target.open("rb") as written:
            return hashlib.file_digest(written, "sha256").hexdigest(), target.stat().st_size


def _packed(target: Path) -> BinaryIO:
    if target.name.endswith(".gz"):
        return cast(BinaryIO, gzip.open(target, "wb", compresslevel=6))
    if target.name.endswith(".zst"):
        return cast(BinaryIO, zstd().open(target, "wb"))
    return target.open("wb")


def _parts(file: BinaryIO, records: Sequence[RawText]) -> Iterator[bytes]:
    at = 0
    for record in records:
        yield from _between(file, at, record.start)
        yield record.line_ends
        at = record.end
    yield from _between(file, at, None)


def _between(file: BinaryIO, start: int, end: int | None) -> Iterator[bytes]:
    file.seek(start)
    left = end - start if end is not None else None
    while left is None or left:
        part = file.read(_CHUNK if left is None else min(_CHUNK, left))
        if not part:
            return
        left = left - len(part) if left is not None else None
        yield part
