"""strftime's directives, each as an expression of Spark's, and strptime's as patterns of Java's."""

from __future__ import annotations

import re

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


def _padded(value: str, width: int) -> str:
    return f"lpad(CAST({value} AS STRING), {width}, '0')"


def _plain(value: str) -> str:
    return f"CAST({value} AS STRING)"


_HOUR12 = "((hour({0}) + 11) % 12 + 1)"
_SECONDS = "second({0})"
_MICROS = "(unix_micros(CAST({0} AS TIMESTAMP)) % 1000000 + 1000000) % 1000000"
_NUMBERS = {
    "d": ("day({0})", 2),
    "m": ("month({0})", 2),
    "y": ("year({0}) % 100", 2),
    "H": ("hour({0})", 2),
    "I": (_HOUR12, 2),
    "M": ("minute({0})", 2),
    "S": (_SECONDS, 2),
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
    "g": f"lpad(CAST(({_MICROS}) div 1000 AS STRING), 3, '0')",
    "z": "'+00'",
    "Z": "'UTC'",
}
_WHOLE = {
    "F": "%Y-%m-%d",
    "T": "%H:%M:%S",
    "R": "%H:%M",
    "D": "%m/%d/%y",
    "x": "%Y-%m-%d",
    "X": "%H:%M:%S",
    "c": "%Y-%m-%d %H:%M:%S",
}


def written(moment: str, directives: str, quote: object) -> list[str]:
    """The parts of a moment's text, in order. Raises ValueError for a directive that is not known."""
    parts: list[str] = []
    for found in _DIRECTIVE.finditer(directives):
        letter, plain = found[1], found[2]
        if plain is not None:
            parts.append(quote(plain))  # type: ignore[operator]
        elif letter == "%":
            parts.append("'%'")
        elif letter in _WHOLE:
            parts += written(moment, _WHOLE[letter], quote)
        else:
            parts.append(_part(letter, moment))
    return parts


def _part(letter: str | None, moment: str) -> str:
    names = {
        "A": day_name(moment),
        "B": month_name(moment),
        "a": f"left({day_name(moment)}, 3)",
        "b": f"left({month_name(moment)}, 3)",
    }
    if letter in names:
        return names[str(letter)]
    if letter in _TEXTS:
        return _TEXTS[str(letter)].format(moment)
    bare = (letter or "").removeprefix("-")
    if bare not in _NUMBERS:
        raise ValueError(f"%{letter}")
    value, width = _NUMBERS[bare]
    return _plain(value.format(moment)) if letter != bare else _padded(value.format(moment), width)


_READ = {
    "Y": ("yyyy", r"[0-9]{4}"),
    "m": ("M", r"[0-9]{1,2}"),
    "d": ("d", r"[0-9]{1,2}"),
    "H": ("H", r"[0-9]{1,2}"),
    "M": ("m", r"[0-9]{1,2}"),
    "S": ("s", r"[0-9]{1,2}"),
}
_ORDER = ("Y", "m", "d", "H", "M", "S", "f", "z", "y", "b", "B", "I", "p")


def reading(directives: str) -> tuple[str, list[str]]:
    """A strptime format as an expression whose groups are its directives: (pattern, directives in order).

    Raises ValueError for a directive that is not known.
    """
    shapes = {
        **{letter: shape for letter, (_java, shape) in _READ.items()},
        "f": r"[0-9]{1,9}",
        "z": r"Z|[+-][0-9]{2}(?::?[0-9]{2})?",
        "y": r"[0-9]{1,2}",
    }
    pattern, order = "", []
    for found in _DIRECTIVE.finditer(directives):
        letter, plain = (found[1] or "").removeprefix("-"), found[2]
        if plain is not None:
            pattern += re.escape(plain).replace("/", "/")
        elif letter == "%":
            pattern += "%"
        elif letter in _WHOLE:
            inner, more = reading(_WHOLE[letter])
            pattern, order = pattern + inner, [*order, *more]
        elif letter in shapes:
            pattern, order = f"{pattern}({shapes[letter]})", [*order, letter]
        else:
            raise ValueError(f"%{letter}")
    return pattern, order
