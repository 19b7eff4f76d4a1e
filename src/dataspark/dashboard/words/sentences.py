"""The usual sentences of errors in another language than English; what is not known is shown as it was said."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

_BLANK = "{}"


def translated(text: str, language: str) -> str:
    """The sentence in a language, where it is a usual one. Names, numbers and other programs' words in it stay."""
    first, line_end, rest = text.partition("\n")
    for pattern, said in _sentences(language):
        found = pattern.fullmatch(first)
        if found:
            return said.format(*found.groups()) + line_end + rest
    return text


@cache
def _sentences(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What a sentence looks like in English, and what it is called in the language."""
    path = Path(__file__).with_name(f"sentences.{language}.toml")
    if not path.is_file():
        return ()
    listed = tomllib.loads(path.read_text(encoding="utf-8"))["sentence"]
    return tuple((_pattern(one["en"]), one["said"]) for one in listed)


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(map(re.escape, english.split(_BLANK))))
