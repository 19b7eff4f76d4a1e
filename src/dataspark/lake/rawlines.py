"""Records of raw files by the line on which they begin: where their bytes are, and the bytes themselves.

Lines are counted as everywhere else: `\\n`, `\\r\\n` and `\\r` end one (the text layer of Python calls that universal
newlines), whatever stands in quotes. Positions in a packed file are those of its unpacked content.
"""

from __future__ import annotations

import codecs
import io
import mmap
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from dataspark.contracts.contract import Dialect
from dataspark.lake.rawfiles import LONE, is_packed, opened
from dataspark.lake.splitting import record_lines
from dataspark.lake.storage import storage_errors

_CHUNK = 1 << 20
_STEP = 1 << 18
"""Bytes whose lines are counted at a time: those of the step that has a wanted line are looked at one by one."""
_BOMS = ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"))
_BOMS_16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

Span = int | None
"""How many lines a record takes; None: as many as its quotes say."""


@dataclass(frozen=True)
class RawText:
    """The bytes of one record."""

    line: int
    """The physical line on which it begins, from 1."""
    lines: int
    """How many lines it takes."""
    start: int
    """Its first byte, from 0, in the file's unpacked content."""
    end: int
    """Behind its last byte; its line end is no part of it."""
    raw: bytes
    codec: str

    @property
    def text(self) -> str:
        """The bytes as text; those that are not of the encoding are written `\\xe9`."""
        return self.raw.decode(self.codec, errors="backslashreplace")

    @property
    def line_ends(self) -> bytes:
        """The line ends inside the record."""
        width, pattern = _line_end(self.codec)
        return b"".join(mark[0] for mark in pattern.finditer(self.raw) if mark.start() % width == 0)


def lines_in(text: str) -> int:
    """How many lines a text takes: nothing but `\\n`, `\\r\\n` and `\\r` ends one."""
    return len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def read_records(path: Path, dialect: Dialect, wanted: Mapping[int, Span]) -> dict[int, RawText]:
    """The records that begin on the wanted lines; a line that the file does not have is left out.

    Raises StorageError when the file cannot be read, DataError when its packing is damaged.
    """
    if not wanted:
        return {}
    with plain_file(path) as file, _mapped(file) as content:
        ends = _LineEnds(dialect.encoding, content)
        starts = ends.starts(content, wanted)
        return {
            line: _record(file, content, ends, dialect, line, start, wanted[line]) for line, start in starts.items()
        }


@contextmanager
def plain_file(path: Path) -> Iterator[BinaryIO]:
    """A file that can be looked into anywhere: the file itself, or a packed one's content."""
    if not is_packed(path.name):
        with storage_errors(f"reading {path}"), path.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as unpacked:
        with opened(path) as packed:
            shutil.copyfileobj(packed, unpacked, _CHUNK)
        unpacked.flush()
        yield cast(BinaryIO, unpacked)


@contextmanager
def _mapped(file: BinaryIO) -> Iterator[mmap.mmap | bytes]:
    if not file.seek(0, io.SEEK_END):
        yield b""  # nothing cannot be mapped
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield content


class _LineEnds:
    """What ends a line in one encoding, and where lines begin."""

    def __init__(self, encoding: str, content: mmap.mmap | bytes) -> None:
        self.codec = _codec(encoding, bytes(content[:4]))
        self.width, self.pattern = _line_end(self.codec)

    def starts(self, content: mmap.mmap | bytes, wanted: Mapping[int, Span]) -> dict[int, int]:
        """Line → its first byte, for those of the wanted lines that there are."""
        waiting = sorted(wanted, reverse=True)
        found = {1: 0} if waiting and waiting[-1] == 1 and len(content) else {}
        if waiting and waiting[-1] == 1:
            waiting.pop()
        line, at = 1, 0
        while waiting and at < len(content):
            end = self._chunk_end(content, at)
            chunk = bytes(content[at:end])
            if self.width == 1 and waiting[-1] > line + (more := self._count(chunk)):
                line += more
            else:
                for mark in self._marks(chunk):
                    line += 1
                    if waiting and waiting[-1] == line:
                        waiting.pop()
                        if at + mark < len(content):
                            found[line] = at + mark
            at = end
        return found

    def end_of(self, content: mmap.mmap | bytes, start: int, lines: int) -> int:
        """Behind the last byte of the `lines` lines that begin at `start`, without their last line end."""
        at = start
        for number in range(lines):
            mark = next((m for m in self.pattern.finditer(content, at) if (m.start() - start) % self.width == 0), None)
            if mark is None:
                return len(content)
            if number == lines - 1:
                return mark.start()
            at = mark.end()
        return at

    def _chunk_end(self, content: mmap.mmap | bytes, at: int) -> int:
        """The end of the next chunk, never between the two halves of a line end."""
        end = min(at + _STEP, len(content))
        carriage, feed = "\r".encode(self.codec), "\n".encode(self.codec)
        if content[end - self.width : end] == carriage and content[end : end + self.width] == feed:
            end += self.width
        return end

    def _count(self, chunk: bytes) -> int:
        returns = chunk.count(b"\r") - chunk.count(b"\r\n") if b"\r" in chunk else 0
        return chunk.count(b"\n") + returns

    def _marks(self, chunk: bytes) -> Iterator[int]:
        return (m.end() for m in self.pattern.finditer(chunk) if m.start() % self.width == 0)


def _line_end(codec: str) -> tuple[int, re.Pattern[bytes]]:
    """How many bytes a character takes at least, and what ends a line."""
    marks = [mark.encode(codec) for mark in ("\r\n", "\r", "\n")]
    return len(marks[2]), re.compile(b"|".join(map(re.escape, marks)))


def _codec(encoding: str, beginning: bytes) -> str:
    """An encoding whose texts may begin anywhere in the file: no byte order mark is looked for."""
    name = codecs.lookup(encoding).name
    if name in ("utf-8-sig", "utf-8"):
        return "utf-8"
    known = _BOMS if name == "utf-32" else _BOMS_16 if name == "utf-16" else ()
    for mark, codec in known:
        if beginning.startswith(mark):
            return codec
    return f"{name}-le" if known else name


def _record(
    file: BinaryIO, content: mmap.mmap | bytes, ends: _LineEnds, dialect: Dialect, line: int, start: int, span: Span
) -> RawText:
    end = ends.end_of(content, start, span or 1)
    quote = dialect.quote.encode(ends.codec)
    if span is None and quote and quote in content[start:end]:
        span = _lines_of(file, ends.codec, dialect, start)
        end = ends.end_of(content, start, span)
    return RawText(line, span or 1, start, end, bytes(content[start:end]), ends.codec)


def _lines_of(file: BinaryIO, codec: str, dialect: Dialect, start: int) -> int:
    file.seek(start)
    text = io.TextIOWrapper(file, encoding=codec, errors=LONE, newline="")
    try:
        return max(1, record_lines(text, dialect))
    finally:
        text.detach()
