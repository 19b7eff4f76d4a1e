"""DuckDB's types as Spark has them."""

from __future__ import annotations

import re

_TYPES = {
    "BOOLEAN": "BOOLEAN",
    "TINYINT": "TINYINT",
    "SMALLINT": "SMALLINT",
    "INTEGER": "INT",
    "BIGINT": "BIGINT",
    "HUGEINT": "BIGINT",
    "UTINYINT": "SMALLINT",
    "USMALLINT": "INT",
    "UINTEGER": "BIGINT",
    "UBIGINT": "BIGINT",
    "UHUGEINT": "BIGINT",
    "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE",
    "VARCHAR": "STRING",
    "DATE": "DATE",
    "TIME": "STRING",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "TIMESTAMP_S": "TIMESTAMP_NTZ",
    "TIMESTAMP_MS": "TIMESTAMP_NTZ",
    "TIMESTAMP_NS": "TIMESTAMP_NTZ",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "TIMESTAMPTZ": "TIMESTAMP",
    "BLOB": "BINARY",
    "UUID": "STRING",
    "JSON": "STRING",
    '"NULL"': "VOID",
}
_FROM_SPARK = {
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "timestamp_ntz": "TIMESTAMP",
    "binary": "BLOB",
    "void": '"NULL"',
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)", re.IGNORECASE)
_WHOLE = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)


def spark_type(kind: str) -> str:
    """The type of Spark that holds the values of one of DuckDB's. Raises ValueError where there is none."""
    if kind in _TYPES:
        return _TYPES[kind]
    if found := _DECIMAL.fullmatch(kind):
        return f"DECIMAL({found[1]},{found[2]})"
    if kind.endswith("[]"):
        return f"ARRAY<{spark_type(kind[:-2])}>"
    if kind.startswith("ENUM("):
        return "STRING"
    if kind.startswith("STRUCT("):
        return f"STRUCT<{', '.join(f'`{field}`: {spark_type(of)}' for field, of in members(kind))}>"
    raise ValueError(f"Spark has no type for {kind}")


def duckdb_type(kind: str) -> str:
    """The type of DuckDB that a type of Spark's stands for, both as their engines spell them."""
    plain = kind.strip()
    if plain.lower() in _FROM_SPARK:
        return _FROM_SPARK[plain.lower()]
    if found := _DECIMAL.fullmatch(plain):
        return f"DECIMAL({found[1]},{found[2]})"
    if plain.lower().startswith("array<"):
        return f"{duckdb_type(plain[6:-1])}[]"
    if plain.lower().startswith("struct<"):
        parts = (part.split(":", 1) for part in _split(plain[7:-1], "<>()"))
        return f"STRUCT({', '.join(f'{_quoted(field)} {duckdb_type(of)}' for field, of in parts)})"
    raise ValueError(f"DuckDB has no type for {kind}")


def members(kind: str) -> list[tuple[str, str]]:
    """The (name, type) of the fields of a STRUCT type."""
    found = []
    for number, part in enumerate(_split(kind[7:-1], "()"), 1):
        if part in _TYPES:  # of a row without names, and maybe of several words
            field, rest = part, ""
        elif part.startswith('"'):
            end = part.replace('""', "  ").index('"', 1)
            field, rest = part[1:end].replace('""', '"'), part[end + 1 :]
        else:
            field, _, rest = part.partition(" ")
        # A row without names: the whole is the type.
        found.append((field, rest.strip()) if rest.strip() else (f"col{number}", part))
    return found


def unnamed(kind: str) -> list[str]:
    """The types of the fields of a STRUCT that has no names, as `row(…)` makes it; nothing for one that has."""
    parts = _split(kind[7:-1], "()")
    return parts if [of for _field, of in members(kind)] == parts else []


def _split(inside: str, brackets: str) -> list[str]:
    """The parts between commas that stand in no bracket and no quotes."""
    opening, closing = brackets[::2], brackets[1::2]
    parts, depth, quoted, current = [], 0, False, ""
    for letter in inside:
        quoted ^= letter in '"`'
        depth += 0 if quoted else (letter in opening) - (letter in closing)
        if letter == "," and not depth and not quoted:
            parts.append(current.strip())
            current = ""
        else:
            current += letter
    return [*parts, current.strip()]


def _quoted(field: str) -> str:
    return '"' + field.strip().strip("`").replace('"', '""') + '"'


def decimal_of(kind: str) -> tuple[int, int] | None:
    """Width and scale of a DECIMAL type."""
    found = _DECIMAL.fullmatch(kind)
    return (int(found[1]), int(found[2])) if found else None


def is_whole(kind: str) -> bool:
    """Whether a type holds whole numbers."""
    return kind in _WHOLE


def is_floating(kind: str) -> bool:
    """Whether a type holds binary fractions."""
    return kind in ("FLOAT", "DOUBLE")


def is_number(kind: str) -> bool:
    """Whether a type holds numbers."""
    return is_whole(kind) or is_floating(kind) or decimal_of(kind) is not None


def is_zoned(kind: str) -> bool:
    """Whether a type holds moments in UTC."""
    return kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")


def is_naive(kind: str) -> bool:
    """Whether a type holds dates with a time and without a zone."""
    return kind.startswith("TIMESTAMP") and not is_zoned(kind)


def is_moment(kind: str) -> bool:
    """Whether a type holds a date with a time."""
    return kind.startswith("TIMESTAMP")


_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128}


def bounds(kind: str) -> tuple[int, int]:
    """The smallest and the largest value of a type of whole numbers."""
    bits = _BITS[kind.removeprefix("U")]
    return (0, 2**bits - 1) if kind.startswith("U") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
