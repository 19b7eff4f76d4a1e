"""What a file's bytes say about its lines, learned while they are copied.

An engine's reader is believed only where it finds exactly as many records as there are lines. That proof needs lines
that everybody counts alike, so a file whose lines are not that plain has none to offer: it goes through the splitter.
"""

from __future__ import annotations

import codecs
import re

from dataspark.contracts.contract import Dialect

_SEAM = 64
"""Bytes on either side of two chunks' border that are looked at again."""


class Survey:
    """Counts the lines of a file, chunk by chunk."""

    def __init__(self, dialect: Dialect) -> None:
        self.size = 0
        self._countable = "\n\r".encode(dialect.encoding) == b"\n\r"
        self._ends = self._returns = self._pairs = 0
        self._odd = False
        self._tail = b""
        self._quote = dialect.quote.encode(dialect.encoding) if self._countable else b""
        if self._quote:
            quote, delimiter = re.escape(self._quote), re.escape(dialect.delimiter.encode(dialect.encoding)[-1:])
            self._reopened = re.compile(b"[^\r\n" + delimiter + b"]" + quote + b" +" + quote)

    @property
    def lines(self) -> int | None:
        """How many lines the file has; None where only the splitter can tell.

        That is: an encoding whose line ends are not one byte, NUL bytes, line ends of several kinds or within fields,
        a blank first line, a quoted field that is opened again behind its end (the engine's reader would join the two).
        """
        several_kinds = self._returns and not self._returns == self._pairs == self._ends
        if not self._countable or self._odd or several_kinds:
            return None
        return self._ends + (self._tail[-1:] not in (b"\n", b""))

    def add(self, chunk: bytes) -> None:
        """Look at the next chunk, which is not empty."""
        if not self.size:  # a header further down is not where the engine's reader looks for it
            self._odd = chunk.removeprefix(codecs.BOM_UTF8)[:1] in (b"\n", b"\r")
        self.size += len(chunk)
        if self._countable:
            self._ends += chunk.count(b"\n")
            # Looking for a byte that is not there costs a thirtieth of counting one that is.
            if b"\r" in chunk:
                self._returns += chunk.count(b"\r")
                self._pairs += chunk.count(b"\r\n")
            self._pairs += self._tail[-1:] == b"\r" and chunk[:1] == b"\n"
            self._odd = self._odd or b"\0" in chunk or self._reopens(chunk) or self._reopens(self._tail + chunk[:_SEAM])
        self._tail = chunk[-_SEAM:]

    def _reopens(self, chunk: bytes) -> bool:
        quote = self._quote
        if not quote or quote not in chunk or not (quote + b" " + quote in chunk or b"  " + quote in chunk):
            return False
        return self._reopened.search(chunk) is not None
