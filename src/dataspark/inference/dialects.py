"""A piece of text → how it is written: delimiter, quote, escape, decimal mark, header or not."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dataspark.contracts.contract import Column, Dialect, LogicalType
from dataspark.inference.guessing import NULL_WORDS, counted, enough, guess
from dataspark.inference.records import first_records
from dataspark.inference.values import PADDING, fits

DELIMITERS = (",", ";", "\t", "|", "^", "~")
_RECORDS = 400
"""Records that are looked at for each delimiter."""
_COMMA_NUMBER = re.compile(r"[+-]?[0-9]+,[0-9]+")
_POINT_NUMBER = re.compile(r"[+-]?[0-9]+\.[0-9]+")
_TYPED = (LogicalType.INTEGER, LogicalType.NUMBER, LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME)


@dataclass(frozen=True)
class Sniffed:
    """A dialect and why."""

    dialect: Dialect
    evidence: dict[str, str]
    """`delimiter`, `quote`, `escape`, `header` → what speaks for it."""


def sniff(text: str) -> Sniffed:
    """The delimiter and the quotes of a piece of text that begins where its file begins."""
    quote = _quote(text)
    candidates = [Dialect(delimiter, quote, quote, header=False) for delimiter in DELIMITERS]
    best = max(candidates, key=lambda dialect: _score(text, dialect))
    share, fields = _score(text, best)
    if fields < 2:
        absent = next((mark for mark in DELIMITERS if mark not in text), DELIMITERS[0])
        return Sniffed(Dialect(absent, quote, quote), {"delimiter": "one column: no delimiter splits the lines alike"})
    evidence = {"delimiter": f"{share:.0%} of the first records have {fields} fields"}
    escape = _escape(text, best.delimiter, quote)
    if escape != quote:
        evidence["escape"] = f"{quote} within fields is written {escape}{quote}"
    if quote != '"':
        evidence["quote"] = f"fields stand in {quote}"
    return Sniffed(Dialect(best.delimiter, quote, escape), evidence)


def has_header(records: Sequence[Sequence[str]]) -> tuple[bool, str]:
    """Whether the first record names the columns, and why."""
    first, rest = [title.strip(PADDING) for title in records[0]], records[1:]
    typed = [title for title in first if title and guess("", Counter([title])).column.type in _TYPED]
    if typed:
        return False, f"the first line has values: {', '.join(typed[:3])}"
    if len(set(first)) == len(first) and not rest:
        return True, "the only line is taken for titles"
    even = [row[: len(first)] for row in _even(rest, len(first))]
    below = [guess("", counted(column)) for column in zip(*even, strict=True)]
    unlike = [title for title, found in zip(first, below, strict=False) if found.column.type in _TYPED and title]
    if unlike:
        return True, f"`{unlike[0]}` is no value of its column"
    repeated = [
        title
        for n, title in enumerate(first)
        if title and sum(title == row[n].strip(PADDING) for row in _even(rest, n + 1))
    ]
    if repeated:
        return False, f"the first line has a value that comes again: {repeated[0]}"
    return True, "the first line has words that do not come again"


def decimal_mark(columns: Sequence[Counter[str]]) -> tuple[str, str]:
    """The decimal mark of a table's numbers, and why; a table has one."""
    found = dict.fromkeys(",.", 0)
    for values in columns:
        total = sum(count for text, count in values.items() if text not in NULL_WORDS)
        for mark, shape in ((",", _COMMA_NUMBER), (".", _POINT_NUMBER)):
            alike = sum(count for text, count in values.items() if shape.fullmatch(text))
            fit = fits(Column("", LogicalType.NUMBER), Dialect(decimal=mark))
            numbers = sum(count for text, count in values.items() if fit(text))
            if alike and enough(numbers, total):
                found[mark] += alike
    if found[","] > found["."]:
        return ",", f"{found[',']:,} numbers such as 12,50" + (f", {found['.']:,} with a point" if found["."] else "")
    return ".", f"{found['.']:,} numbers with a point" if found["."] else ""


def _score(text: str, dialect: Dialect) -> tuple[float, int]:
    """(share of records with the most common number of fields, that number); (0, 1) where nothing is split."""
    sample = first_records(io.StringIO(text, newline=""), dialect, _RECORDS, len(text) + 1)
    widths = Counter(map(len, sample.records))
    if not widths:
        return 0.0, 1
    fields, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    # Where a few lines are broken the right delimiter still splits most of them, and the header, alike.
    share = round(count / len(sample.records), 2)
    return (share if share >= 0.5 else share / 10, fields) if fields > 1 else (0.0, 1)


def _quote(text: str) -> str:
    marks = "".join(map(re.escape, DELIMITERS))
    single = len(re.findall(rf"(?:^|[{marks}])'[^'\r\n]*'(?=[{marks}\r\n]|$)", text, re.MULTILINE))
    double = len(re.findall(rf'(?:^|[{marks}]) ?"[^"\r\n]*"(?=[{marks}\r\n]|$)', text, re.MULTILINE))
    return "'" if single > 2 * double and single >= 3 else '"'


def _escape(text: str, delimiter: str, quote: str) -> str:
    edge = f"[^{re.escape(delimiter)}\\r\\n{re.escape(quote)}]"
    escaped = len(re.findall(rf"{edge}\\{quote}", text))
    doubled = len(re.findall(rf"{edge}{quote}{quote}{edge}", text)) if escaped else 0
    return "\\" if escaped > doubled else quote


def _even(rows: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    return [row for row in rows if len(row) >= width]
