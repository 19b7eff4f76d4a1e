"""Physical lines → CSV records, for the files that an engine's own reader cannot be trusted with.

A reader with a fixed dialect swallows every line after an unclosed quote, one with a guessed dialect stops quoting
altogether, and both number records instead of lines. This splitter loses nothing: each line ends up in a record, in
a broken line with its reason, or is blank. It is slower than an engine by an order of magnitude, so it is used for
those files only: quotes that do not close, records over several lines, wrong numbers of fields, blank lines, bytes
that are not of the encoding, NUL bytes.

A file must mean the same whichever way it is read, so two liberties of the engine's reader are taken here too: a blank
before a quoted field and blanks behind it are no part of it, and empty fields behind the last column are no fields.

When a quoted field spans lines that look like records themselves, nobody can tell whether its quote was forgotten or
the text is meant so. Taking the lines for records would let a text in a field smuggle in rows, taking them for text
would make rows vanish: each of these lines is broken, and a person decides.
"""

from __future__ import annotations

import io
import json
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import BinaryIO, TextIO

from dataspark.contracts.contract import Dialect
from dataspark.pipeline.ports import BrokenLine

_LONGEST = 32 << 20
"""Characters after which an open quote is taken for unclosed."""
_LONG_TEXT = 10
"""Lines inside a quoted field from which on half of them looking like records is enough to doubt it."""
_UNDECODABLE = re.compile("[\ud800-\udfff]")
"""What `rawfiles.opened_text` makes of bytes that are not of the encoding: lone surrogates."""


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

    `source` is from `rawfiles.opened_text`; `width` is the number of fields that the header has; `file` numbers the
    broken lines. The header, when the dialect has one, is skipped.
    """
    return _Splitter(dialect, width, file).run(source, out)


def split_lines(source: TextIO, out: BinaryIO, dialect: Dialect, width: int, file: int) -> Split:
    """The same, but each record is one line of JSON: the list of its file, its line and its fields, all of them texts.

    Such a file can be read from any line on, by many at once, and says itself where each record comes from.
    """
    return _LineSplitter(dialect, width, file).run(source, out)


def first_record(source: TextIO, dialect: Dialect) -> tuple[str, ...]:
    """The fields of the first line that is not blank, or of the record that begins there; empty where there is none."""
    for _number, line in (lines := _Lines(source)):
        if content := line.rstrip("\r\n"):
            grammar = _Grammar(dialect)
            return tuple(_header(grammar, line, lines) or content.split(dialect.delimiter))
    return ()


def fields_of(record: str, dialect: Dialect) -> tuple[str, ...]:
    """The fields of one record."""
    return first_record(io.StringIO(record, newline=""), dialect)


def record_lines(source: TextIO, dialect: Dialect) -> int:
    """How many lines the record takes that begins with the source; 0 where there is none."""
    for _number, line in (lines := _Lines(source)):
        record = _Record(_Grammar(dialect))
        return len(_continued(record, line, lines)) if record.feed(line) is _End.OPEN else 1
    return 0


def readable(text: str) -> str:
    """A line that is no text, in characters that a table can hold: bytes that are none are written `\\xe9`."""
    shown = _UNDECODABLE.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)
    return shown.replace("\0", "\\x00")


class _End(Enum):
    """How a line leaves the record that it belongs to."""

    DONE = auto()
    OPEN = auto()
    """Inside a quoted field: the record goes on."""
    JUNK = auto()
    """Something stands behind a closing quote."""


class _Grammar:
    """A dialect's quotes, as patterns."""

    def __init__(self, dialect: Dialect) -> None:
        self.delimiter, self.quote = dialect.delimiter, dialect.quote
        self.escape = dialect.escape or dialect.quote
        spaced = self.delimiter != " "
        quote, escape = re.escape(self.quote or "\0"), re.escape(self.escape or "\0")
        escaped = quote if escape == quote else "."
        self.opening = re.compile(f" ?{quote}" if spaced else quote)
        # Possessive, because a state for each escaped character of a field of 10 MB would take a gigabyte.
        self.text = re.compile(f"[^{quote}{escape}]*+(?:{escape}{escaped}[^{quote}{escape}]*+)*+", re.DOTALL)
        self.escaped = re.compile(f"{escape}(.)", re.DOTALL)
        self.blanks = re.compile(" *" if spaced else "")
        delimiter = re.escape(self.delimiter)
        self.one = f"(?:{quote}{self.text.pattern}{quote}|[^{quote}{delimiter}]*+)"
        self.separator = delimiter

    def clean(self, width: int) -> re.Pattern[str]:
        """What a line of `width` fields looks like whose quotes leave no doubt."""
        return re.compile(f"{self.one}(?:{self.separator}{self.one}){{{width - 1}}}\\Z", re.DOTALL)


class _Record:
    """The fields of a record, while its lines come in one by one."""

    def __init__(self, grammar: _Grammar) -> None:
        self.grammar = grammar
        self.fields: list[str] = []
        self._parts: list[str] | None = None
        """What the open quoted field has so far."""

    def feed(self, line: str) -> _End:
        """Take in one line, its end included."""
        grammar = self.grammar
        if self._parts is not None and grammar.quote not in line and grammar.escape not in line:
            self._parts.append(line)
            return _End.OPEN
        content = line.rstrip("\r\n")
        at = 0
        while True:
            if self._parts is None and not self._opens(content, at):
                end = content.find(grammar.delimiter, at)
                self.fields.append(content[at:] if end < 0 else content[at:end])
            else:
                end = self._quoted(content, line, at)
            if end < 0 or end == len(content):
                return _End.OPEN if self._parts is not None else _End.DONE
            if content[end] != grammar.delimiter:
                return _End.JUNK
            at = end + 1

    def _opens(self, content: str, at: int) -> bool:
        return bool(self.grammar.quote) and self.grammar.opening.match(content, at) is not None

    def _quoted(self, content: str, line: str, at: int) -> int:
        """Read a quoted field from `at`. Returns where it ends, -1 where it goes on in the next line."""
        grammar = self.grammar
        if self._parts is None:
            self._parts = []
            opening = grammar.opening.match(content, at)
            at = opening.end() if opening else at
        found = grammar.text.match(line, at)
        end = found.end() if found else at
        self._parts.append(line[at:end])
        if end == len(line) or line[end] != grammar.quote:
            self._parts.append(line[end:])  # an escape that is the file's last character
            return -1
        self.fields.append(grammar.escaped.sub(r"\1", "".join(self._parts)))
        self._parts = None
        blanks = grammar.blanks.match(content, end + 1)
        return blanks.end() if blanks else end + 1


class _Splitter:
    def __init__(self, dialect: Dialect, width: int, file: int) -> None:
        self.width, self.file, self.delimiter = width, file, dialect.delimiter
        self.grammar, self.header = _Grammar(dialect), dialect.header
        self.quote = dialect.quote or '"'
        self.clean = self.grammar.clean(width)
        self.as_it_is = self.grammar.quote == self.grammar.escape == '"'
        self.result = Split()

    def run(self, source: TextIO, out: BinaryIO) -> Split:
        lines = _Lines(source)
        if self.header:
            self._skip_header(lines)
        quote, delimiter, separators = self.quote, self.delimiter, self.width - 1
        for number, line in lines:
            content = line.rstrip("\r\n")
            if not content:
                continue
            if "\0" in content or not (content.isascii() or _is_text(content)):
                self._special(number, line, lines, out)
            elif (quote not in content and '"' not in content and content.count(delimiter) == separators) or (
                self.as_it_is and self.clean.match(content)
            ):
                self._write(number, content, out)
            else:
                self._special(number, line, lines, out)
        return self.result

    def _skip_header(self, lines: _Lines) -> None:
        for _number, line in lines:
            if line.rstrip("\r\n"):
                _header(self.grammar, line, lines)
                return

    def _special(self, number: int, line: str, lines: _Lines, out: BinaryIO) -> None:
        record = _Record(self.grammar)
        end = record.feed(line)
        taken = [line]
        if end is _End.OPEN:
            taken = _continued(record, line, lines)
            if len(taken) == 1 or self._is_forgotten_quote(record, taken):
                return self._break(number, line, "csv.quote")
            lines.take(len(taken) - 1)
            if self._looks_like_records(taken):
                for further, one in enumerate(taken):
                    self._break(number + further, one, "csv.quote")
                return None
        elif end is _End.JUNK:
            return self._break(number, line, "csv.quote")
        whole = "".join(taken)
        if not _is_text(whole) or "\0" in whole or not self._fits(record.fields):
            return self._break(number, whole, "csv.columns")
        return self._write(number, self.delimiter.join(map(self._quoted, record.fields[: self.width])), out)

    def _fits(self, fields: Sequence[str]) -> bool:
        return len(fields) >= self.width and not any(fields[self.width :])

    def _is_forgotten_quote(self, record: _Record, taken: Sequence[str]) -> bool:
        """Whether a field that closes on a later line only did so by a quote of that line's own."""
        if self._fits(record.fields):
            return False
        return self.clean.match(taken[-1].rstrip("\r\n")) is not None or self._looks_like_records(taken, fewest=0)

    def _looks_like_records(self, taken: Sequence[str], fewest: int = 1) -> bool:
        """Whether the lines of one record, at least `fewest` between its first and last, look like records too."""
        inner = taken[1:-1]
        if self.width < 2 or len(inner) < fewest:
            return False
        alike = sum(map(self._is_record, inner))
        ends = self._is_record(taken[0]) and self._is_record(taken[-1])
        if self.width == 2:  # many a sentence has one comma
            return ends and alike == len(inner) > fewest
        return 2 * alike >= len(inner) and (ends or len(inner) >= _LONG_TEXT)

    def _is_record(self, line: str) -> bool:
        """Whether a line has the right number of fields by itself, with or without regard to its quotes."""
        record = _Record(self.grammar)
        if record.feed(line) is _End.DONE and len(record.fields) == self.width:
            return True
        return line.count(self.delimiter) == self.width - 1

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
        if len(encoded) > result.longest:
            result.longest = len(encoded)
        out.write(encoded + b"\n")
        result.records += 1

    def _break(self, number: int, line: str, reason: str) -> None:
        """List a broken line; one that is no text at all is listed for that."""
        if "\0" in line:
            reason = "csv.nul"
        elif not _is_text(line):
            reason = "csv.encoding"
        self.result.broken.append(BrokenLine(self.file, number, reason, readable(line.rstrip("\r\n"))))


class _LineSplitter(_Splitter):
    """Writes records as lines of JSON."""

    def __init__(self, dialect: Dialect, width: int, file: int) -> None:
        super().__init__(dialect, width, file)
        self.written = Dialect(delimiter=dialect.delimiter)
        """How the records are written that `_write` gets."""

    def _write(self, number: int, text: str, out: BinaryIO) -> None:
        fields = fields_of(text, self.written) if '"' in text else text.split(self.delimiter)
        line = json.dumps([str(self.file), str(number), *fields], ensure_ascii=False)
        out.write(line.encode() + b"\n")
        self.result.records += 1


def _header(grammar: _Grammar, line: str, lines: _Lines) -> list[str] | None:
    """The names in a header, whose quoted fields may span lines; None where its quotes are broken."""
    record = _Record(grammar)
    end = record.feed(line)
    if end is _End.OPEN:
        taken = _continued(record, line, lines)
        lines.take(len(taken) - 1)
        return record.fields if len(taken) > 1 else None
    return record.fields if end is _End.DONE else None


def _continued(record: _Record, line: str, lines: _Lines) -> list[str]:
    """The lines of a record that goes on after its first line; that line alone where it does not."""
    taken, length = [line], len(line)
    for further in lines.ahead():
        taken.append(further)
        length += len(further)
        end = record.feed(further)
        if end is _End.DONE:
            return taken
        if end is _End.JUNK or length > _LONGEST:
            break
    return [line]


def _is_text(text: str) -> bool:
    """Whether every byte could be decoded."""
    return text.isascii() or not _UNDECODABLE.search(text)


class _Lines:
    """Numbered physical lines that can be looked ahead at and given back."""

    def __init__(self, source: TextIO) -> None:
        self.source, self.number = source, 0
        self.waiting: deque[str] = deque()

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while True:
            while self.waiting:
                self.number += 1
                yield self.number, self.waiting.popleft()
            for line in self.source:
                self.number += 1
                yield self.number, line
                if self.waiting:
                    break
            else:
                if not self.waiting:
                    return

    def ahead(self) -> Iterator[str]:
        """The next lines, which stay where they are until `take`."""
        yield from self.waiting
        for line in self.source:
            self.waiting.append(line)
            yield line

    def take(self, count: int) -> None:
        """Move past lines that were looked ahead at."""
        for _ in range(count):
            self.waiting.popleft()
        self.number += count
