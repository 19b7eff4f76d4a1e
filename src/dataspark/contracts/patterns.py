"""Which regular expressions mean the same in every engine.

DuckDB matches with RE2, Spark with Java. What only one of them has, or what they read differently, is refused here
with the reason, so that a contract gives the same verdicts everywhere.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

_GROUPS = (
    (re.compile(r"\?<?[=!]"), "look-ahead and look-behind `({0}` are not supported by RE2"),
    (re.compile(r"\?P="), "back-references `({0}…)` are not supported by RE2"),
    (re.compile(r"\?P?<"), "named groups `({0}…>` differ between engines: write a plain group `(…)`"),
    (re.compile(r"\?>"), "atomic groups `({0}…)` are not supported by RE2"),
    (re.compile(r"\?\("), "conditional groups `({0}…)` are not supported by RE2"),
    (re.compile(r"\?#"), "comments `({0}…)` are not supported by RE2"),
)
_FLAGS = re.compile(r"\?[ims]*(-[ims]+)?[:)]")
_CATEGORY = re.compile(r"[pP](\{(L|Lu|Ll|Lt|Lm|Lo|M|Mn|Mc|Me|N|Nd|Nl|No|P|Pd|Ps|Pe|Pc|Po|S|Sm|Sc|Sk|So|Z|Zs)\})")
_ESCAPES = {
    "Z": "`\\Z` differs between engines: write `$`",
    "z": "`\\z` differs between engines: write `$`",
    "k": "back-references such as `\\k` are not supported by RE2",
    "u": "`\\u` is not supported by RE2: write the character itself",
    "U": "`\\U` is not supported by RE2: write the character itself",
    "N": "`\\N` is not supported by RE2: write the character itself",
    "v": "`\\v` differs between engines: write `\\x0B`",
    "0": "octal escapes differ between engines: write `\\x00`",
}
_PROPERTY = r"\\[pP]\{[^}]*\}"
_TOKEN = re.compile(rf"{_PROPERTY}|\\.|\[\^?\]?(?:{_PROPERTY}|\\.|[^\]\\])*\]|\(\?|\{{\d*(?:,\d*)?\}}|.", re.DOTALL)
"""An escape, a whole class, the start of a special group, a count, or one character."""
_TOKEN_IN_CLASS = re.compile(rf"{_PROPERTY}|\\.|\[|&&", re.DOTALL)
_REPEAT = re.compile(r"[*+?]|\{\d*(,\d*)?\}")
_COUNT = re.compile(r"\{(\d*)(,(\d*))?\}")
_MOST_REPEATS = 1000
"""RE2 refuses more."""


def pattern_mistake(pattern: str) -> str:
    """Why `pattern` cannot be used; empty when it can."""
    found = next(_unportable(pattern), "")
    return found or _invalid(pattern)


def _invalid(pattern: str) -> str:
    """Python is the judge of what remains. `\\p{L}` is the one portable thing that it does not know."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(re.sub(r"\\[pP]\{\w+\}", r"\\w", pattern))
    except (re.error, OverflowError, RecursionError) as exc:
        return f"is no regular expression: {exc}"
    return ""


def _unportable(pattern: str) -> Iterator[str]:
    before = ""
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        if text == "(?":
            yield from _group(pattern[token.start() + 1 :])
        elif text.startswith("[") and len(text) > 1:
            yield from _class(text[1:-1])
        elif text.startswith("\\"):
            yield from _escape(text[1:])
        elif _REPEAT.fullmatch(text):
            yield from _repeat(text, before)
        elif text == "{":
            yield "an unescaped `{` differs between engines: write `\\{`"
        before = text


def _escape(rest: str) -> Iterator[str]:
    letter = rest[:1]
    if letter and letter in "123456789":
        yield f"back-references such as `\\{letter}` are not supported by RE2"
    elif letter in ("p", "P"):
        if not _CATEGORY.fullmatch(rest):
            yield f"`\\{rest}` differs between engines: only general categories such as `\\p{{L}}` are supported"
    elif letter in _ESCAPES:
        yield _ESCAPES[letter]


def _class(inside: str) -> Iterator[str]:
    """What stands between `[` and `]`."""
    for token in _TOKEN_IN_CLASS.finditer(inside):
        text = token.group()
        if text == "[":
            yield "an unescaped `[` inside `[…]` differs between engines: write `\\[`"
        elif text == "&&":
            yield "`&&` inside `[…]` differs between engines: write `&\\&`"
        else:
            yield from _escape(text[1:])


def _group(rest: str) -> Iterator[str]:
    """What follows an opening bracket, from its question mark on."""
    for form, message in _GROUPS:
        found = form.match(rest)
        if found:
            yield message.format(found.group())
            return
    if not _FLAGS.match(rest):
        yield f"the group `({rest[:3]}` differs between engines: only the flags i, m and s are supported"


def _repeat(text: str, before: str) -> Iterator[str]:
    if text == "+" and _REPEAT.fullmatch(before):
        yield "possessive repeats such as `a++` are not supported by RE2"
    count = _COUNT.fullmatch(text)
    if count and not count.group(1):
        yield f"`{text}` differs between engines: write `{{0{count.group(2) or ''}}}`"
    elif count and max(int(count.group(1)), int(count.group(3) or 0)) > _MOST_REPEATS:
        yield f"`{text}` repeats more than {_MOST_REPEATS} times, which RE2 refuses"
