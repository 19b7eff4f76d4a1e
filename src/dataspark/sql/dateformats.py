"""ODCS date formats (the letters of Java's DateTimeFormatter) as a shape to match and a format to parse with."""

from __future__ import annotations

import re
from dataclasses import dataclass

ISO = "iso"
"""The keyword that stands for ISO 8601 in a list of formats."""

# letter run → (regular expression, strptime directive). Longest runs first: the pattern below is greedy by letter.
_PARTS = {
    "yyyy": ("[0-9]{4}", "%Y"),
    "MM": ("[0-9]{2}", "%m"),
    "M": ("[0-9]{1,2}", "%m"),
    "dd": ("[0-9]{2}", "%d"),
    "d": ("[0-9]{1,2}", "%d"),
    "HH": ("[0-9]{2}", "%H"),
    "H": ("[0-9]{1,2}", "%H"),
    "mm": ("[0-9]{2}", "%M"),
    "ss": ("[0-9]{2}", "%S"),
    "XXX": ("(?:Z|[+-][0-9]{2}:[0-9]{2})", "%z"),
}
_TOKEN = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>(?P<letter>[A-Za-z])(?P=letter)*)|(?P<other>.)", re.DOTALL)
_SPECIAL = re.compile(r"([\\.^$|?*+()\[\]{}])")


@dataclass(frozen=True)
class DateFormat:
    """One accepted way to write a date, a timestamp or a time."""

    shape: str
    """A regular expression that the whole text must match (strptime alone takes `1/2/2025` for `dd/MM/yyyy`)."""
    directive: str
    """The strptime format."""
    has_zone: bool
    parts: str
    """The shape with each run of letters as a group that is named after its letter: `(?P<d>[0-9]{2})`."""


def read_format(pattern: str) -> DateFormat:
    """Read an ODCS format.

    Raises ValueError naming the letters that are not understood.
    """
    shape, directive, parts = "", "", ""
    for token in _TOKEN.finditer(pattern):
        if letters := token["letters"]:
            piece, parse = _letters(letters)
            parts += f"(?P<{letters[0]}>{piece})"
        else:
            plain = "'" if token["quoted"] == "" else (token["quoted"] or token["other"] or "").replace("''", "'")
            piece, parse = _SPECIAL.sub(r"\\\1", plain), plain.replace("%", "%%")
            parts += piece
        shape += piece
        directive += parse
    return DateFormat(shape, directive, "%z" in directive, parts)


def _letters(letters: str) -> tuple[str, str]:
    if set(letters) == {"S"}:
        return f"[0-9]{{{len(letters)}}}", "%f"
    if letters not in _PARTS:
        raise ValueError(f"`{letters}` is not understood (known: {', '.join(_PARTS)}, S… and text in quotes)")
    return _PARTS[letters]
