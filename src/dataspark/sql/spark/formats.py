"""strftime's directives, each as an expression of Spark's, and strptime's as parts of a pattern."""

from __future__ import annotations

import re
from collections.abc import Callable

_DAYS = "array('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday')"
_MONTHS = (
    "array('January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', "
    "'November', 'December')"
)
_DIRECTIVE = re.compile(r"%(-?[A-Za-z%])|([^%]+)|%", re.DOTALL)


def day_name(moment: str) -> str:
    """The English name of the day of the week."""
    return f"get({_DAYS}, weekday({moment}))"


def month_name(moment: str) -> str:
    """The English name of the month."""
    return f"get({_MONTHS}, month({moment}) - 1)"


# Writing

_MICROS = "((unix_micros(CAST({0} AS TIMESTAMP)) % 1000000 + 1000000) % 1000000)"
_NUMBERS = {
    "d": ("day({0})", 2),
    "m": ("month({0})", 2),
    "y": ("year({0}) % 100", 2),
    "H": ("hour({0})", 2),
    "I": ("((hour({0}) + 11) % 12 + 1)", 2),
    "M": ("minute({0})", 2),
    "S": ("second({0})", 2),
    "j": ("dayofyear({0})", 3),
    "V": ("weekofyear({0})", 2),
    "U": ("(dayofyear({0}) + 6 - (dayofweek({0}) - 1)) div 7", 2),
    "W": ("(dayofyear({0}) + 6 - weekday({0})) div 7", 2),
}
"""Directive → (number, digits); with `%-d` the number is not padded."""
_TEXTS = {
    "Y": "lpad(CAST(year({0}) AS STRING), 4, '0')",
    "G": "lpad(CAST(extract(YEAROFWEEK FROM {0}) AS STRING), 4, '0')",
    "u": "CAST(weekday({0}) + 1 AS STRING)",
    "w": "CAST(dayofweek({0}) - 1 AS STRING)",
    "p": "CASE WHEN hour({0}) < 12 THEN 'AM' ELSE 'PM' END",
    "f": f"lpad(CAST({_MICROS} AS STRING), 6, '0')",
    "g": f"lpad(CAST({_MICROS} div 1000 AS STRING), 3, '0')",
    "z": "'+00'",
    "A": day_name("{0}"),
    "B": month_name("{0}"),
    "a": f"left({day_name('{0}')}, 3)",
    "b": f"left({month_name('{0}')}, 3)",
    "h": f"left({month_name('{0}')}, 3)",
}
_WHOLE = {
    "T": "%H:%M:%S",
    "x": "%Y-%m-%d",
    "X": "%H:%M:%S",
    "c": "%Y-%m-%d %H:%M:%S",
}
"""Directives that stand for several."""


def written(moment: str, directives: str, quote: Callable[[str], str]) -> list[str]:
    """The parts of a moment's text, in order. Raises ValueError for a directive that is not known."""
    parts: list[str] = []
    for found in _DIRECTIVE.finditer(directives):
        letter, plain = found[1], found[2]
        if plain is not None:
            parts.append(quote(plain))
        elif letter == "%":
            parts.append("'%'")
        elif letter in _WHOLE:
            parts += written(moment, _WHOLE[letter], quote)
        else:
            parts.append(_part(letter or "", moment))
    return parts


def _part(letter: str, moment: str) -> str:
    if letter in _TEXTS:
        return _TEXTS[letter].format(moment)
    bare = letter.removeprefix("-")
    if bare not in _NUMBERS:
        raise ValueError(f"%{letter}")
    number, width = _NUMBERS[bare]
    digits = f"CAST({number.format(moment)} AS STRING)"
    return digits if letter != bare else f"lpad({digits}, {width}, '0')"


# Reading

_MONTH_NAMES = "january|february|march|april|may|june|july|august|september|october|november|december"
_SHAPES = {
    "Y": "[0-9]{1,4}+",
    "m": "[0-9]{1,2}+",
    "d": "[0-9]{1,2}+",
    "H": "[0-9]{1,2}+",
    "M": "[0-9]{1,2}+",
    "S": "[0-9]{1,2}+",
    "f": "[0-9]{1,6}+",
    "z": "[+-][0-9]{2}(?::?[0-9]{2})?",
    "y": "[0-9]{1,2}+",
    "b": "(?i:" + "|".join(month[:3] for month in _MONTH_NAMES.split("|")) + ")",
    "B": f"(?i:{_MONTH_NAMES})",
    "I": "0?[1-9]|1[0-2]",
    "p": "(?i:am|pm)",
}
"""Directive → what it reads, as a pattern without groups. DuckDB takes as many digits as there are, and never steps back."""
_PASSED = {
    "A": "(?i:monday|tuesday|wednesday|thursday|friday|saturday|sunday)",
    "a": "(?i:mon|tue|wed|thu|fri|sat|sun)",
}
"""Directives that are read and say nothing."""
DIRECT = frozenset("YmdHMSfz")
"""Directives whose text can stand as it is in a moment's text."""


def reading(directives: str) -> tuple[str, list[str]]:
    """A strptime format as a pattern whose groups are its directives: (pattern, directives in order).

    Raises ValueError for a directive that is not known.
    """
    pattern = ""
    order: list[str] = []
    for found in _DIRECTIVE.finditer(directives):
        letter, plain = (found[1] or "").removeprefix("-"), found[2]
        letter = "b" if letter == "h" else letter
        if plain is not None:
            pattern += re.sub(r"(?:\\?\s)+", r"\\s+", re.escape(plain))
        elif letter == "%" or letter in _PASSED:
            pattern += _PASSED.get(letter, letter)
        elif letter in _WHOLE:
            inner, more = reading(_WHOLE[letter])
            pattern, order = pattern + inner, [*order, *more]
        elif letter in _SHAPES:
            pattern, order = f"{pattern}({_SHAPES[letter]})", [*order, letter]
        else:
            raise ValueError(f"%{letter}")
    if len(order) != len(set(order)) or {"I", "H"} <= set(order) or ("I" in order) != ("p" in order):
        raise ValueError(directives)
    return pattern, order


def read(order: list[str], part: Callable[[str], str]) -> str:
    """The text of a moment, as Spark reads it, put together from what the directives of `order` read."""
    day = [_year(order, part), "'-'", _month(order, part), "'-'", part("d") if "d" in order else "'1'"]
    clock = [_hour(order, part), "':'", _or_zero(order, part, "M"), "':'", _or_zero(order, part, "S")]
    rest = [*(["'.'", part("f")] if "f" in order else []), *([part("z")] if "z" in order else [])]
    parts = ", ".join([*day, "' '", *clock, *rest])
    return f"concat({parts})"


def _or_zero(order: list[str], part: Callable[[str], str], letter: str) -> str:
    return part(letter) if letter in order else "'0'"


def _year(order: list[str], part: Callable[[str], str]) -> str:
    if "y" in order:
        short = f"CAST({part('y')} AS INT)"
        return f"CAST({short} + CASE WHEN {short} < 69 THEN 2000 ELSE 1900 END AS STRING)"
    return f"concat('00', {part('Y')})" if "Y" in order else "'1900'"


def _month(order: list[str], part: Callable[[str], str]) -> str:
    named = next((letter for letter in "bB" if letter in order), "")
    if named:
        starts = "".join(month[:3] for month in _MONTH_NAMES.split("|"))
        return f"CAST((instr('{starts}', lower(left({part(named)}, 3))) + 2) div 3 AS STRING)"
    return part("m") if "m" in order else "'1'"


def _hour(order: list[str], part: Callable[[str], str]) -> str:
    if "I" not in order:
        return part("H") if "H" in order else "'0'"
    after_noon = f"CASE WHEN lower({part('p')}) = 'pm' THEN 12 ELSE 0 END"
    return f"CAST(CAST({part('I')} AS INT) % 12 + {after_noon} AS STRING)"
