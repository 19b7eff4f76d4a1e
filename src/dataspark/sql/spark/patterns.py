"""Patterns: RE2's regular expressions as Java's, and LIKE."""

from __future__ import annotations

import re

from dataspark.contracts.patterns import pattern_mistake

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\$|.", re.DOTALL)
_OPTIONS = {"i": "iu", "s": "s", "m": "m", "c": "", "g": "", "l": ""}


def java_pattern(pattern: str, options: str = "") -> str:
    """An RE2 expression as one of Java's with the same matches.

    In Java's default mode a `$` also stands before a last line end, and a dot leaves out more than `\\n`; `\\s` has a
    vertical tab more. Raises ValueError, with the reason, for what cannot be said in both.
    """
    if mistake := pattern_mistake(pattern):
        raise ValueError(mistake)
    if unknown := set(options) - set(_OPTIONS):
        raise ValueError(f"the option {', '.join(sorted(unknown))} is not known")
    flags = "d" + "".join(_OPTIONS[one] for one in options)
    if "l" in options:
        return f"(?{flags})" + re.escape(pattern)
    multiline = "m" in options or bool(re.search(r"\(\?[a-z]*m", pattern))
    return f"(?{flags})" + "".join(_token(found.group(), multiline) for found in _TOKEN.finditer(pattern))


def _token(token: str, multiline: bool) -> str:
    if token == "$":
        return token if multiline else r"\z"
    if token == r"\s":
        return r"[\t\n\f\r ]"
    if token == r"\S":
        return r"[^\t\n\f\r ]"
    if token.startswith("[") and len(token) > 1:
        return token.replace(r"\s", r"\t\n\f\r ")
    return token


def whole(pattern: str) -> str:
    """The expression that matches when `pattern`, one of Java's, matches a whole text."""
    flags, _, body = pattern.partition(")")
    return rf"{flags})\A(?:{body})\z"


def matches_nothing(pattern: str) -> bool:
    """Whether a pattern, which both engines know, matches an empty text: the engines then go on in different places."""
    return re.search(re.sub(r"\\[pP]\{\w+\}", r"\\w", pattern), "") is not None


def java_replacement(replacement: str, shift: int = 0) -> str:
    """What a match is replaced by: `\\1` as `$1`; the numbers of groups are raised by `shift`."""
    found = ""
    for token in re.finditer(r"\\(\d)|\\\\|(.)", replacement, re.DOTALL):
        if token[1] is not None:
            found += f"${int(token[1]) + shift}"
        elif token[2] is not None:
            found += f"\\{token[2]}" if token[2] in "$\\" else token[2]
        else:
            found += "\\\\"
    return found


def like(pattern: str, escape: str = "") -> str:
    """A LIKE pattern with Spark's escape, which DuckDB does not have unless it is told."""
    found, letters = "", iter(pattern)
    for letter in letters:
        if escape and letter == escape:
            following = next(letters, "")
            found += f"\\{following}" if following in ("%", "_", "\\") else following
        else:
            found += "\\\\" if letter == "\\" else letter
    return found
