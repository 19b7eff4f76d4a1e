"""The date and time formats that a contract may name, in ODCS (JDK) notation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dataspark.contracts.contract import LogicalType

ISO = "iso"
"""Stands for ISO 8601 in a list of formats."""

_WIDTHS: dict[str, tuple[int, ...]] = {
    "y": (4,),
    "M": (1, 2),
    "d": (1, 2),
    "H": (1, 2),
    "m": (2,),
    "s": (2,),
    "S": (1, 2, 3, 4, 5, 6),
    "X": (3,),
}
"""The letters that every engine reads alike, and how often each may stand in a row."""

_DATE_LETTERS = frozenset("yMd")
_TOKEN = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']|'")
_ALLOWED = " ".join(_WIDTHS)


def format_mistake(form: str, kind: LogicalType) -> str:
    """Why `form` cannot be used for a column of this type; empty when it can."""
    if form == ISO:
        return ""
    return next(_mistakes(form, kind), "")


def _mistakes(form: str, kind: LogicalType) -> Iterator[str]:
    tokens = [token.group() for token in _TOKEN.finditer(form)]
    letters = [token[0] for token in tokens if token[0].isalpha()]
    for token in tokens:
        yield from _token_mistakes(token)
    for letter in sorted(set(letters)):
        if letters.count(letter) > 1:
            yield f"the letter {letter} stands in two places"
    yield from _part_mistakes(frozenset(letters), kind)


def _token_mistakes(token: str) -> Iterator[str]:
    if token == "'":
        yield "a quote ' is not closed"
    elif token in "[]{}#":
        yield f"`{token}` has a meaning of its own in JDK formats: write '{token}' in quotes"
    elif token[0].isalpha() and token[0] not in _WIDTHS:
        yield f"unknown letter {token[0]} (known: {_ALLOWED}; other text goes in 'quotes')"
    elif token[0].isalpha() and len(token) not in _WIDTHS[token[0]]:
        widths = " or ".join(token[0] * width for width in _WIDTHS[token[0]])
        yield f"`{token}` is not supported: write {widths}"


def _part_mistakes(letters: frozenset[str], kind: LogicalType) -> Iterator[str]:
    if kind is not LogicalType.TIME and not letters >= _DATE_LETTERS:
        yield "needs a year (y), a month (M) and a day (d)"
    if kind is LogicalType.DATE and "X" in letters:
        yield "a date has no zone (XXX): make the column a timestamp"
    if kind is LogicalType.TIME and letters & _DATE_LETTERS:
        yield "has letters of a date: make the column a timestamp"
    if kind is LogicalType.TIME and "H" not in letters:
        yield "needs an hour (HH)"
    if kind is LogicalType.TIME and "X" in letters:
        yield "a time has no zone (XXX)"
    for smaller, larger in ("mH", "sm", "Ss"):
        if smaller in letters and larger not in letters:
            yield f"has {smaller} without {larger}"
