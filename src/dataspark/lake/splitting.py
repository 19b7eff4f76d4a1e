"""Physical lines → CSV records, for the files that an engine's own reader cannot be trusted with.

A reader with a fixed dialect swallows every line after an unclosed quote, one with a guessed dialect stops quoting
altogether, and both number records instead of lines. This splitter loses nothing: each line ends up in a record, in
a broken line with its reason, or is blank. It is slower than an engine by an order of magnitude, so it is used for
those files only: quotes that do not close, records over several lines, wrong numbers of fields, blank lines, bytes
that are not of the encoding, NUL bytes.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, TextIO

from dataspark.contracts.contract import Dialect
from dataspark.pipeline.ports import BrokenLine

_LONGEST_FIELD = 32 << 20
"""Characters after which an open quote is taken for unclosed."""


@dataclass
class Split:
    """What a file consists of."""

    records: int = 0
    broken: list[BrokenLine] = field(default_factory=list)
    shifts: list[tuple[int, int]] = field(default_factory=list)
    """(record's index from 0, its line − its index), where that difference changes."""
    longest: int = 0
    """Bytes of the longest record written."""

    @property
    def read(self) -> int:
        """Every row of the file, broken lines included."""
        return self.records + len(self.broken)


def split(source: TextIO, out: BinaryIO, dialect: Dialect, width: int, file: int) -> Split:
    """Write the well-formed records of `source` to `out` (UTF-8, quoted by RFC 4180, one line end) and list the rest.

    `source` is opened with `newline=""` and `errors="surrogateescape"`; `width` is the number of fields that the
    header has; `file` numbers the broken lines. The header, when the dialect has one, is skipped.
    """
    return _Splitter(dialect, width, file).run(source, out)


class _Splitter:
    def __init__(self, dialect: Dialect, width: int, file: int) -> None:
        self.width, self.file, self.delimiter = width, file, dialect.delimiter
        self.quote, self.header = dialect.quote, dialect.header
        self.special = [mark for mark in {self.quote, '"', "\0"} if mark]
        self.result = Split()
        if self.quote:
            escape = re.escape(dialect.escape or dialect.quote)
            quote, delimiter = re.escape(dialect.quote), re.escape(dialect.delimiter)
            # Unrolled: an alternation under a star would keep a state for each character of a field of 10 MB.
            body = f"[^{quote}{escape}]*(?:{escape}{quote if escape == quote else '.'}[^{quote}{escape}]*)*"
            self.closed = re.compile(f"{quote}(?P<text>{body}){quote}(?={delimiter}|$)", re.DOTALL)
            self.whole = re.compile(f"{quote}{body}{quote}", re.DOTALL)
            self.escaped = re.compile(f"{escape}(.)", re.DOTALL)

    def run(self, source: TextIO, out: BinaryIO) -> Split:
        lines = _Lines(source)
        header = self.header
        for number, line in lines:
            content = line.rstrip("\r\n")
            if header:
                header = False
                self._skip_header(content, lines)
                continue
            if not content and self.width > 1:
                continue
            if not any(mark in content for mark in self.special) and not _undecodable(content):
                self._plain_record(number, content, out)
            else:
                self._special_record(number, content, line, lines, out)
        return self.result

    def _skip_header(self, content: str, lines: _Lines) -> None:
        # A quoted header name may contain line ends.
        if self.quote and self._fields(content) is None and self.quote in content:
            self._continued(content, "", lines)

    def _plain_record(self, number: int, content: str, out: BinaryIO) -> None:
        found = content.count(self.delimiter) + 1
        if found != self.width:
            self._break(number, "csv.columns", content)
        else:
            self._write(number, content, out)

    def _special_record(self, number: int, content: str, line: str, lines: _Lines, out: BinaryIO) -> None:
        if "\0" in content:
            return self._break(number, "csv.nul", content)
        if _undecodable(content):
            return self._break(number, "csv.encoding", content)
        fields = self._fields(content) if self.quote else content.split(self.delimiter)
        if fields is None:
            fields = self._continued(content, line[len(content) :], lines)
        if fields is None:
            return self._break(number, "csv.quote", content)
        if len(fields) != self.width:
            return self._break(number, "csv.columns", content)
        return self._write(number, self.delimiter.join(map(self._quoted, fields)), out)

    def _fields(self, text: str) -> list[str] | None:
        """The fields of one record, or None where a quote does not close or is followed by junk."""
        fields, at = [], 0
        while True:
            if text.startswith(self.quote, at):
                match = self.closed.match(text, at)
                if not match:
                    return None
                fields.append(self.escaped.sub(r"\1", match["text"]))
                at = match.end()
            else:
                end = text.find(self.delimiter, at)
                end = len(text) if end < 0 else end
                fields.append(text[at:end])
                at = end
            if at >= len(text):
                return fields
            at += 1
            if at == len(text):
                fields.append("")
                return fields

    def _continued(self, content: str, ending: str, lines: _Lines) -> list[str] | None:
        """The fields of a record that goes on over the next lines; None, and no line taken, where it does not."""
        if not self._open(content):
            return None
        parts, length, taken = [content, ending], len(content), 0
        for _number, line in lines.ahead():
            taken += 1
            length += len(line)
            parts.append(line)
            if length > _LONGEST_FIELD:
                return None
            if self.quote not in line:
                continue
            text = "".join(parts).rstrip("\r\n")
            fields = self._fields(text)
            if fields is not None and len(fields) == self.width and not self._swallows(parts[2:-1]):
                lines.take(taken)
                return fields
            if fields is not None or not self._open(text):
                return None
        return None

    def _open(self, text: str) -> bool:
        """Whether the text ends inside a quoted field (rather than in junk after a closing quote)."""
        at = 0
        while at <= len(text):
            if not text.startswith(self.quote, at):
                at = text.find(self.delimiter, at)
                if at < 0:
                    return False
                at += 1
                continue
            match = self.whole.match(text, at)
            if not match:
                return True
            at = match.end()
            if at < len(text) and text[at] != self.delimiter:
                return False
            at += 1
        return False

    def _swallows(self, inner: list[str]) -> bool:
        """Whether the lines inside a quoted field look like records of their own: then its quote was never closed."""
        if self.width < 3 or not inner:
            return False
        records = sum(1 for line in inner if len(self._fields(line.rstrip("\r\n")) or ()) == self.width)
        return 2 * records >= len(inner)

    def _quoted(self, text: str) -> str:
        if not any(mark in text for mark in (self.delimiter, '"', "\n", "\r")):
            return text
        return '"' + text.replace('"', '""') + '"'

    def _write(self, number: int, text: str, out: BinaryIO) -> None:
        result = self.result
        shift = number - result.records
        if not result.shifts or result.shifts[-1][1] != shift:
            result.shifts.append((result.records, shift))
        encoded = (text or '""').encode()
        result.longest = max(result.longest, len(encoded))
        out.write(encoded + b"\n")
        result.records += 1

    def _break(self, number: int, reason: str, content: str) -> None:
        readable = content.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
        self.result.broken.append(BrokenLine(self.file, number, reason, readable))


def _undecodable(text: str) -> bool:
    """Whether bytes could not be decoded: `surrogateescape` leaves them as lone surrogates."""
    return not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)


class _Lines:
    """Numbered physical lines that can be looked ahead at and given back."""

    def __init__(self, source: TextIO) -> None:
        self.source, self.number = source, 0
        self.waiting: deque[str] = deque()

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while line := self.waiting.popleft() if self.waiting else self.source.readline():
            self.number += 1
            yield self.number, line

    def ahead(self) -> Iterator[tuple[int, str]]:
        """The next lines, which stay where they are until `take`."""
        for index, line in enumerate(tuple(self.waiting), 1):
            yield self.number + index, line
        while line := self.source.readline():
            self.waiting.append(line)
            yield self.number + len(self.waiting), line

    def take(self, count: int) -> None:
        """Move past lines that were looked ahead at."""
        for _ in range(count):
            self.waiting.popleft()
        self.number += count
