"""Pieces of Spark SQL: names, literals, choices, and values that are needed several times."""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

_SHORT = 160
"""Characters of an expression that may be written several times."""


def text(value: str) -> str:
    """A string literal of Spark's: backslashes and quotes are written as escapes."""
    plain = value.replace("\\", "\\\\").replace("'", "\\'")
    for character, escape in (("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("\x00", "\\0")):
        plain = plain.replace(character, escape)
    return f"'{plain}'"


def name(identifier: str) -> str:
    """A quoted identifier of Spark's."""
    return "`" + identifier.replace("`", "``") + "`"


def case(*branches: tuple[str, str], otherwise: str = "") -> str:
    """`CASE WHEN condition THEN value … ELSE otherwise END`; NULL where no condition holds and nothing is said."""
    whens = " ".join(f"WHEN {condition} THEN {value}" for condition, value in branches)
    return f"CASE {whens}{f' ELSE {otherwise}' if otherwise else ''} END"


def call(function: str, *arguments: object) -> str:
    """A call of a function."""
    return f"{function}({', '.join(map(str, arguments))})"


def integer(value: str) -> str:
    """A value as an INT, which the places and lengths of Spark's functions are."""
    return f"CAST({value} AS INT)"


def failure(message: str, value: str, kind: str) -> str:
    """An expression of a type that stops the query and tells a value. `message` has `{}` where the value goes."""
    before, _, after = message.partition("{}")
    parts = [text(before), *([f"CAST({value} AS STRING)"] if value else []), *([text(after)] if after else [])]
    return f"CAST(raise_error({call('concat', *parts)}) AS {kind})"


def shared(values: tuple[str, ...], made: Callable[..., str]) -> str:
    """What is made of values that it names several times.

    Spark has no LET. Written out each time, nested calls would grow without end; so long values are the fields of a
    struct that a lambda over a list of one is given. A subquery cannot stand there: it is written out.
    """
    written = made(*values)
    if all(len(value) <= _SHORT for value in values) or "SELECT " in written:
        return written
    bound = f"v{crc32(repr(values).encode()):x}"  # a name of its own, so that none hides another
    if len(values) == 1:
        return f"transform(array({values[0]}), {bound} -> {made(bound)})[0]"
    fields = ", ".join(f"'{number}', {value}" for number, value in enumerate(values))
    body = made(*(f"{bound}.`{number}`" for number in range(len(values))))
    return f"transform(array(named_struct({fields})), {bound} -> {body})[0]"
