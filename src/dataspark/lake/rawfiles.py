"""Raw files: copied into bronze byte by byte, opened as text whatever their packing and encoding."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO, cast

from dataspark.contracts.contract import Dialect
from dataspark.errors import DataError, HeaderError
from dataspark.inference.records import first_records
from dataspark.lake.splitting import first_record, readable
from dataspark.lake.storage import Source, storage_errors
from dataspark.lake.surveying import Survey

_CHUNK = 1 << 20
SAMPLE_RECORDS = 1000
_SAMPLE_TEXT = 1 << 20
PACKINGS = (".gz", ".zst")
"""Endings of packed files, which are read as they are."""


def copy_hashed(source: Source, target: Path, survey: Survey) -> str:
    """Copy a file, let `survey` see its bytes, and return their SHA-256.

    Looking and copying run side by side: hash, read and write let go of the interpreter's lock. Raises StorageError
    when the file is gone or
    cannot be copied.
    """
    digest = hashlib.sha256()

    def look(chunk: bytes) -> None:
        digest.update(chunk)
        survey.add(chunk)

    with storage_errors(f"copying {source} to bronze"), ThreadPoolExecutor(1) as pool:
        hashed: Future[None] | None = None
        with source.open("rb", 0) as incoming, target.open("wb", buffering=0) as outgoing:
            while chunk := incoming.read(_CHUNK):
                if hashed:
                    hashed.result()
                hashed = pool.submit(look, chunk)
                _write_all(outgoing, chunk)
        if hashed:
            hashed.result()
    return digest.hexdigest()


def sha256_of(path: Source) -> str:
    """The SHA-256 of a file as it is, packed or not. Raises StorageError."""
    with storage_errors(f"reading {path}"), path.open("rb") as file:
        return hashlib.file_digest(cast(io.BufferedReader, file), "sha256").hexdigest()


def _write_all(outgoing: io.RawIOBase | BinaryIO | IO[bytes], chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:  # an unbuffered write may take less than it is given
        view = view[outgoing.write(view) :]


def is_packed(name: str) -> bool:
    """Whether a file is unpacked while it is read."""
    return name.endswith(PACKINGS)


def unpacks(path: Source, called: str = "") -> None:
    """Unpack a file once, so that a damaged one is refused while it can still be sent again. Raises StorageError.

    `called` is what a message calls it.
    """
    with opened(path, called) as binary:
        while binary.read(_CHUNK):
            pass


@contextmanager
def opened(path: Source, called: str = "") -> Iterator[BinaryIO]:
    """A file's bytes, unpacked. Raises StorageError when it is gone, DataError when its packing is damaged."""
    with storage_errors(f"reading {path}"), path.open("rb") as packed:
        try:
            yield _unpacked(packed, path.name)
        except (EOFError, zlib.error, gzip.BadGzipFile, _zstd_error()) as error:
            raise DataError(f"{called or path} is damaged: {error}", "have it sent again") from error


def _unpacked(packed: BinaryIO, name: str) -> BinaryIO:
    if name.endswith(".gz"):
        return cast(BinaryIO, gzip.open(packed))
    if name.endswith(".zst"):
        return cast(BinaryIO, zstd().open(packed))
    return packed


@contextmanager
def opened_text(path: Source, encoding: str) -> Iterator[TextIO]:
    """A file's text with its line ends as they are; bytes that are not of the encoding become lone surrogates."""
    codec = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    with opened(path) as binary:
        yield io.TextIOWrapper(binary, encoding=codec, errors=LONE, newline="")


LONE = "dataspark.lone"
"""The handler of bytes that are not of the encoding, for `open(errors=…)`."""


def _lone_surrogates(error: UnicodeError) -> tuple[str, int]:
    """Like `surrogateescape`, which refuses bytes below 128 and so half of what can be wrong in UTF-16."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(LONE, _lone_surrogates)


def read_header(path: Source, dialect: Dialect) -> tuple[str, ...]:
    """The first record, which names the columns; empty for a file with nothing but blank lines.

    Raises HeaderError when the file's beginning is no text of the dialect.
    """
    with opened(path) as binary:
        kind = other_kind(binary.read(8))
    if kind and not (kind == _UTF16[1] and dialect.encoding.lower().startswith(("utf-16", "utf_16"))):
        raise HeaderError(f"{path.name} is no CSV file: it begins like {kind[0]}", kind[1])
    with opened_text(path, dialect.encoding) as text:
        record = first_record(text, dialect)
    if dialect.header and (strange := [title for title in record if not _is_title(title)]):
        raise HeaderError(
            f"{path.name} does not begin with a header in {dialect.encoding}: `{readable(strange[0])[:40]}`",
            "say how it is written in the contract's dialect (`encoding: cp1252`), or is it another kind of file?",
        )
    return tuple(field.strip() for field in record)


def read_sample(path: Source, dialect: Dialect) -> tuple[tuple[str, ...], ...]:
    """The first records, the header included; never more than a thousand, or a megabyte of text."""
    with opened_text(path, dialect.encoding) as text:
        return first_records(text, dialect, SAMPLE_RECORDS, _SAMPLE_TEXT).records


_KINDS = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"PK\x03\x04", "a ZIP archive (or an office document)"),
    (b"%PDF-", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
)
_OTHER_FILE = "have it sent as CSV, or take it out of `sources`"
_UTF16 = ((b"\xff\xfe", b"\xfe\xff"), ("text in UTF-16", "say `encoding: utf-16` in the contract's dialect"))
_PACKED = (
    (b"\x1f\x8b", ("a gzip file", "name it `….csv.gz`")),
    (b"\x28\xb5\x2f\xfd", ("a zstd file", "name it `….csv.zst`")),
)


def other_kind(beginning: bytes) -> tuple[str, str] | None:
    """What a file is that begins with other bytes than a text, and what to do about it."""
    known = [(kind, _OTHER_FILE) for mark, kind in _KINDS if beginning.startswith(mark)]
    known += [kind for mark, kind in _PACKED if beginning.startswith(mark)]
    known += [_UTF16[1]] if beginning.startswith(_UTF16[0]) else []
    return known[0] if known else None


def _is_title(title: str) -> bool:
    return readable(title) == title and not any(letter < " " and letter not in "\t\r\n" for letter in title)


def zstd() -> Any:
    """The module that packs and unpacks `.zst`."""
    try:
        from compression import zstd as module  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from backports import zstd as module  # type: ignore[import-not-found,unused-ignore]
    return module


def _zstd_error() -> type[Exception]:
    import sys

    for module in ("compression.zstd", "backports.zstd"):
        if module in sys.modules:
            return sys.modules[module].ZstdError  # type: ignore[no-any-return]
    return EOFError
