"""Small answers: the values of Spark's rows as DuckDB gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dataspark.sql.spark.writing import name as identifier

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = "TIMESTAMP WITH TIME ZONE"


def asked(query: str, kinds: Sequence[str]) -> str:
    """A query whose columns travel well: a moment as its microseconds, for a client would shift it to its own zone."""
    if not any(kind.startswith(_MOMENT) for kind in kinds):
        return query
    names = [f"c{number}" for number in range(len(kinds))]
    shown = ", ".join(_travelling(name, kind) for name, kind in zip(names, kinds, strict=True))
    return f"SELECT {shown} FROM ({query}) AS t({', '.join(map(identifier, names))})"


def decoded(row: Sequence[Any], kinds: Sequence[str]) -> tuple[Any, ...]:
    """The values of a row that was asked for so."""
    return tuple(_decoder(kind)(value) for value, kind in zip(row, kinds, strict=True))


def _travelling(name: str, kind: str) -> str:
    if kind == _MOMENT:
        return f"unix_micros({identifier(name)})"
    if kind == f"{_MOMENT}[]":
        return f"transform({identifier(name)}, moment -> unix_micros(moment))"
    return identifier(name)


def _decoder(kind: str) -> Callable[[Any], Any]:
    if kind == _MOMENT:
        return _moment
    if kind == f"{_MOMENT}[]":
        return lambda values: None if values is None else [_moment(value) for value in values]
    return _plain


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def _plain(value: Any) -> Any:
    """A value without Spark's own types: records become dictionaries, bytes become bytes."""
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(one) for key, one in value.items()}
    if hasattr(value, "asDict"):
        return {name: _plain(one) for name, one in value.asDict().items()}
    return value
