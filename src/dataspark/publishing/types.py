"""Types of the lake → types of PostgreSQL, and values → the text form that its COPY reads.

Every value arrives as it is: decimals with all their digits, moments as moments, an empty text as an empty text. Lists
of plain values become arrays; what is nested deeper becomes jsonb, for an array of arrays must be a rectangle there.
"""

from __future__ import annotations

import re

from dataspark.sql.text import name

_PLAIN = {
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "BLOB": "bytea",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_NESTED = ("STRUCT(", "MAP(")
_ESCAPES = (("\\", "'\\\\'"), ("\t", "'\\t'"), ("\n", "'\\n'"), ("\r", "'\\r'"))
"""Characters that mean something in COPY's text form, and what stands for them."""


def column_type(kind: str) -> str | None:
    """The type of PostgreSQL for a SQL type of the lake; None where there is none."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if decimal := _DECIMAL.fullmatch(kind):
        return f"numeric({decimal[1]},{decimal[2]})"
    if kind.endswith("[]") and (inner := _scalar(kind[:-2])):
        return f"{inner}[]"
    return "jsonb" if kind.endswith("[]") or kind.startswith(_NESTED) else None


def _scalar(kind: str) -> str | None:
    return None if kind.endswith("[]") or kind.startswith(_NESTED) else column_type(kind)


def copied(column: str, kind: str) -> str:
    """The SQL for a column's field of a line of COPY; `\\N` is NULL."""
    written = _written(name(column), kind)
    if kind in ("VARCHAR", "BLOB") or kind.endswith("]") or kind.startswith(_NESTED):
        for character, escape in _ESCAPES:
            written = f"replace({written}, chr({ord(character)}), {escape})"
    return f"coalesce({written}, '\\N')"


def _written(value: str, kind: str) -> str:
    """The SQL for a value as PostgreSQL reads it."""
    text = f"CAST({value} AS VARCHAR)"
    if kind == "VARCHAR":
        return value
    if kind == "BLOB":
        return f"'\\x' || lower(hex({value}))"
    if kind == "DATE":
        return f"replace({text}, ' (BC)', ' BC')"
    if kind == "TIMESTAMP WITH TIME ZONE":
        # The era stands behind the day here and behind the zone there.
        return f"CASE WHEN year({value}) < 1 THEN replace({text}, ' (BC)', '') || ' BC' ELSE {text} END"
    if kind.endswith("[]") and _scalar(kind[:-2]):
        return _array(value, kind[:-2])
    if kind.endswith("]") or kind.startswith(_NESTED):
        return f"CAST(to_json({value}) AS VARCHAR)"
    return text


def _array(value: str, kind: str) -> str:
    element = f"replace(replace({_written('e', kind)}, '\\', '\\\\'), '\"', '\\\"')"
    quoted = f"CASE WHEN e IS NULL THEN 'NULL' ELSE '\"' || {element} || '\"' END"
    return f"CASE WHEN {value} IS NOT NULL THEN '{{' || array_to_string([{quoted} for e in {value}], ',') || '}}' END"
