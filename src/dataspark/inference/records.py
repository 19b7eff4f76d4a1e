"""The first records of a text, within bounds: an unclosed quote or an endless line costs no more than a clean file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from dataspark.contracts.contract import Dialect

_FIELD_LIMIT = 1 << 20
"""Characters of a field up to which it is looked at."""


@dataclass(frozen=True)
class Sample:
    """The first records of a file, its header included."""

    records: tuple[tuple[str, ...], ...]
    whole: bool
    """Whether these are all of them."""


def first_records(source: TextIO, dialect: Dialect, most: int, budget: int) -> Sample:
    """At most `most` records from at most `budget` characters; blank lines are none."""
    lines = _Budget(source, budget)
    found: list[tuple[str, ...]] = []
    old = csv.field_size_limit(_FIELD_LIMIT)
    try:
        for record in _reader(lines, dialect):
            if record:
                found.append(tuple(record))
            if len(found) == most:
                break
    except csv.Error:  # a field beyond the limit: what came before it is the sample
        return Sample(tuple(found), whole=False)
    finally:
        csv.field_size_limit(old)
    if lines.cut and found:  # the last record may be half of one
        found.pop()
    return Sample(tuple(found), whole=not lines.cut and not source.read(1))


def _reader(lines: Iterator[str], dialect: Dialect) -> Iterator[list[str]]:
    doubled = dialect.escape == dialect.quote
    if not dialect.quote:
        return csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        doublequote=doubled,
        escapechar=None if doubled else dialect.escape,
        skipinitialspace=dialect.delimiter != " ",
    )


class _Budget:
    """The lines of a text until so many characters were read."""

    def __init__(self, source: TextIO, budget: int) -> None:
        self.source, self.left, self.cut = source, budget, False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.left <= 0:
            self.cut = True
            raise StopIteration
        line = self.source.readline(self.left)
        if not line:
            raise StopIteration
        self.left -= len(line)
        return line
