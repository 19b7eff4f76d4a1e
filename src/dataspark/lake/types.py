"""SQL types (as DuckDB names them) ↔ Delta types: what a table holds is the same whichever engine wrote it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dataspark.errors import EngineError
from dataspark.lake.delta import Field

_DELTA_TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "byte",
    "SMALLINT": "short",
    "INTEGER": "integer",
    "BIGINT": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "BLOB": "binary",
}
_SQL_TYPES = {delta: sql for sql, delta in _DELTA_TYPES.items()}
# Types that Delta does not have, and the type that holds their values.
_CASTS = {
    "HUGEINT": "BIGINT",
    "UTINYINT": "SMALLINT",
    "USMALLINT": "INTEGER",
    "UINTEGER": "BIGINT",
    "UBIGINT": "BIGINT",
    "UHUGEINT": "BIGINT",
    "TIMESTAMP": "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP_S": "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP_MS": "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP_NS": "TIMESTAMP WITH TIME ZONE",
    "TIME": "VARCHAR",
    "UUID": "VARCHAR",
    "JSON": "VARCHAR",
    '"NULL"': "VARCHAR",
}


_OTHER_NAMES = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE", "INT": "INTEGER", "TEXT": "VARCHAR", "LONG": "BIGINT"}


def canonical(kind: str) -> str:
    """The name that DuckDB gives a type which has several."""
    if kind.endswith("[]"):
        return f"{canonical(kind[:-2])}[]"
    return _OTHER_NAMES.get(kind, kind)


def stored_type(kind: str) -> str:
    """The type in which a table holds the values of a type."""
    return "VARCHAR" if kind.startswith("ENUM(") else _CASTS.get(kind, kind)


def stored_fields(columns: Sequence[tuple[str, str]]) -> list[Field]:
    """The columns of a table that holds a query of these (name, SQL type).

    Raises EngineError for a type that no table can hold.
    """
    return [Field(column, _delta_type(column, stored_type(canonical(kind)))) for column, kind in columns]


def sql_type(delta: str) -> str:
    """The SQL type of a column by its Delta type."""
    if delta.startswith("array<"):
        return f"{sql_type(delta[6:-1])}[]"
    return _SQL_TYPES.get(delta, delta.upper())


def _delta_type(column: str, kind: str) -> str:
    if kind in _DELTA_TYPES:
        return _DELTA_TYPES[kind]
    if decimal := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind):
        return f"decimal({decimal[1]},{decimal[2]})"
    if kind.endswith("[]"):
        return f"array<{_delta_type(column, kind[:-2])}>"
    raise EngineError(f"column `{column}` has the type {kind}, which a table cannot hold", "cast it in the query")
