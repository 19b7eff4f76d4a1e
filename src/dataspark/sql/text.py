"""Identifiers and literals, quoted so that any name and any value is safe inside a statement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

ALWAYS = "true"
"""The condition that holds for every row."""


def name(identifier: str) -> str:
    """A quoted identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def names(identifiers: Iterable[str]) -> str:
    """Quoted identifiers, separated by commas."""
    return ", ".join(name(identifier) for identifier in identifiers)


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def literal(value: object) -> str:
    """A literal of a value as YAML gives it: text, number, boolean or None.

    Raises TypeError for anything else.
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | Decimal():
            return str(value)
        case float():
            return repr(value)
        case str():
            return text(value)
    raise TypeError(f"no literal for {type(value).__name__}")


def instant(moment: datetime) -> str:
    """A `TIMESTAMP WITH TIME ZONE` literal, in UTC."""
    return f"TIMESTAMPTZ '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00'"


def conjunction(conditions: Iterable[str]) -> str:
    """All conditions, joined by AND; TRUE when there is none."""
    return " AND ".join(f"({condition})" for condition in conditions) or "TRUE"
