"""CAST and TRY_CAST: what DuckDB makes of a value, said in Spark SQL."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from dataspark.sql.spark.expr import Expr, Node, Span, of_type, standing, text
from dataspark.sql.spark.types import (
    decimal_of,
    is_floating,
    is_moment,
    is_naive,
    is_number,
    is_whole,
    is_zoned,
    spark_type,
)

if TYPE_CHECKING:
    from dataspark.sql.spark.expressions import Expressions

_WIDTHS = {"TINYINT": 8, "UTINYINT": 16, "SMALLINT": 16, "USMALLINT": 32, "INTEGER": 32, "UINTEGER": 64, "BIGINT": 64}
_NUMBER = r"^\\s*[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?\\s*$"
_DATE = r"^\\s*[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}\\s*$"
_MOMENT = r"^\\s*[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?)?\\s*(Z|[+-][0-9]{2}(:?[0-9]{2})?)?\\s*$"
_CLOCK = r"^\\s*[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?\\s*$"
_YES, _NO = "('true', 't', 'yes', 'y', '1')", "('false', 'f', 'no', 'n', '0')"


def cast(expressions: Expressions, value: Expr, wanted: str, node: Node, attempt: bool) -> Expr:
    """`CAST(value AS wanted)`; with `attempt`, NULL where it cannot be done."""
    wanted = expressions.type_of(f"CAST(NULL AS {wanted})", node) if wanted != "INTERVAL" else wanted
    if wanted == "INTERVAL":
        return _interval(expressions, value, node)
    if value.is_null:
        return of_type(f"CAST(NULL AS {spark_type(wanted)})", wanted)
    if value.type == wanted:
        return value.settled()
    word = "TRY_CAST" if attempt else "CAST"
    if value.literal and isinstance(value.constant, str) and (made := _literal(value.constant, wanted, attempt)):
        return Expr(
            made,
            wanted,
            f"CAST({value.stand} AS {wanted})",
            literal=is_number(wanted),
            constant=_number(value.constant),
        )
    made = _cast(value, wanted, word)
    if made is None:
        raise expressions.work.refuse(f"a cast from {value.type} to {wanted}", node)
    stand = f"CAST({value.stand} AS {wanted})" if value.literal else standing(wanted)
    return Expr(made, wanted, stand, literal=value.literal and not is_moment(wanted), constant=value.constant)


def _literal(said: str, wanted: str, attempt: bool) -> str:
    """A literal text in the forms that both engines read alike; empty for any other."""
    plain = said.strip()
    shapes = {"DATE": _DATE, "BOOLEAN": r"^(?i)(t|f|true|false)$"}
    shape = (
        _MOMENT if is_moment(wanted) else _NUMBER if is_floating(wanted) or decimal_of(wanted) else shapes.get(wanted)
    )
    if is_whole(wanted):
        shape = r"^[+-]?[0-9]+$"
    if shape is None or not re.search(shape.replace("\\\\", "\\").replace("(?i)", ""), plain):
        return (
            f"CAST(NULL AS {spark_type(wanted)})"
            if attempt and wanted == "DATE" and not re.search(_MOMENT.replace("\\\\", "\\"), plain)
            else ""
        )
    if wanted == "BOOLEAN":
        return "TRUE" if plain[:1].lower() == "t" else "FALSE"
    return f"{'TRY_CAST' if attempt else 'CAST'}({text(plain)} AS {spark_type(wanted)})"


def _number(said: str) -> object:
    return int(said) if re.fullmatch(r"[+-]?[0-9]+", said.strip()) else said


def _cast(value: Expr, wanted: str, word: str) -> str | None:
    for applies, made in (
        (wanted == "VARCHAR", _to_text),
        (wanted == "BOOLEAN", _to_boolean),
        (is_whole(wanted), _to_whole),
        (is_number(wanted), _to_number),
        (wanted == "DATE" or is_moment(wanted), _to_moment),
        (wanted == "TIME", _to_clock),
        (wanted.endswith("[]"), _to_list),
        (wanted.startswith("STRUCT("), _plain),
        (wanted == "BLOB", _to_bytes),
    ):
        if applies:
            return made(value, wanted, word)
    return None


def _plain(value: Expr, wanted: str, word: str) -> str:
    return f"{word}({value.sql} AS {spark_type(wanted)})"


# To text


def _to_text(value: Expr, _wanted: str, _word: str) -> str | None:
    """A value as text."""
    kind, sql = value.type, value.sql
    if kind in ("TIME", "UUID", "JSON") or kind.startswith("ENUM("):
        return sql
    if is_zoned(kind):
        return f"concat(CAST({sql} AS STRING), '+00')"
    if is_floating(kind):
        return floating_text(value)
    if kind in ("BOOLEAN", "DATE") or is_naive(kind) or is_whole(kind) or decimal_of(kind):
        return f"CAST({value.typed()} AS STRING)"
    return None


def floating_text(value: Expr) -> str:
    """A binary fraction as DuckDB writes it: the shortest digits, plain from 1e-4 up to 1e16, else `1e+16`."""
    java = f"CAST({value.sql} AS STRING)"
    whole, fraction = "split({0}, '[.E]')[0]", "split({0}, '[.E]')[1]"
    power = "CAST(split({0}, 'E')[1] AS INT)"
    digits = f"concat(replace({whole}, '-', ''), CASE WHEN {fraction} = '0' THEN '' ELSE {fraction} END)"
    sign = "CASE WHEN startswith({0}, '-') THEN '-' ELSE '' END"
    point = f"({power} + 1)"
    plain = (
        f"CASE WHEN {power} >= 0 THEN CASE WHEN length({digits}) > {point} "
        f"THEN concat(left({digits}, {point}), '.', substring({digits}, {point} + 1)) "
        f"ELSE concat(rpad({digits}, {point}, '0'), '.0') END "
        f"ELSE concat('0.', repeat('0', -{power} - 1), {digits}) END"
    )
    short = (
        f"CASE WHEN length({digits}) > 1 THEN concat(left({digits}, 1), '.', substring({digits}, 2)) ELSE {digits} END"
    )
    sized = f"concat({short}, 'e', CASE WHEN {power} < 0 THEN '-' ELSE '+' END, lpad(CAST(abs({power}) AS STRING), greatest(2, length(CAST(abs({power}) AS STRING))), '0'))"
    template = (
        f"CASE WHEN {{0}} = 'NaN' THEN 'nan' WHEN {{0}} = 'Infinity' THEN 'inf' WHEN {{0}} = '-Infinity' THEN '-inf' "
        f"WHEN NOT contains({{0}}, 'E') THEN {{0}} "
        f"WHEN {power} BETWEEN -4 AND 15 THEN concat({sign}, {plain}) ELSE concat({sign}, {sized}) END"
    )
    return template.format(java)


# To numbers


def _to_boolean(value: Expr, _wanted: str, word: str) -> str | None:
    if is_number(value.type):
        return f"({value.sql} <> 0)"
    if value.type != "VARCHAR":
        return None
    spoken = f"lower(trim({value.sql}))"
    otherwise = "NULL" if word == "TRY_CAST" else f"CAST({_broken(value, 'BOOLEAN')} AS BOOLEAN)"
    return f"CASE WHEN {spoken} IN {_YES} THEN TRUE WHEN {spoken} IN {_NO} THEN FALSE WHEN {value.sql} IS NULL THEN NULL ELSE {otherwise} END"


def _to_whole(value: Expr, wanted: str, word: str) -> str | None:
    kind, target = value.type, spark_type(wanted)
    if is_whole(kind) or kind == "BOOLEAN":
        return f"{word}({value.sql} AS {target})"
    if decimal_of(kind):
        return f"{word}(round({value.typed()}, 0) AS {target})"  # half away from zero
    if is_floating(kind):
        return f"{word}(rint({value.sql}) AS {target})"  # half to even
    if kind == "VARCHAR":
        return _text_to_whole(value, target, word)
    return None


def _text_to_whole(value: Expr, target: str, word: str) -> str:
    """Digits are read as they are, with underscores between them; a fraction is rounded half away from zero."""
    sql = value.sql
    plain = f"regexp_replace({sql}, '(?<=[0-9])_(?=[0-9])', '')"
    fraction = f"{word}(round(TRY_CAST({plain} AS DECIMAL(38,10)), 0) AS {target})"
    based = "TRY_CAST(conv(replace(substring(trim({0}), 3), '_', ''), {1}, 10) AS DECIMAL(20,0))"
    cases = (
        (r"^\\s*[+-]?[0-9]+\\s*$", f"{word}({sql} AS {target})"),
        (r"^\\s*[+-]?([0-9_]+\\.?[0-9_]*|\\.[0-9_]+)([eE][+-]?[0-9]+)?\\s*$", fraction),
        (r"^\\s*0[xX][0-9a-fA-F]+(_[0-9a-fA-F]+)*\\s*$", f"{word}({based.format(sql, 16)} AS {target})"),
        (r"^\\s*0[bB][01]+(_[01]+)*\\s*$", f"{word}({based.format(sql, 2)} AS {target})"),
    )
    tried = " ".join(f"WHEN {sql} RLIKE {_raw(shape)} THEN {made}" for shape, made in cases)
    otherwise = "NULL" if word == "TRY_CAST" else f"CAST({_broken(value, target)} AS {target})"
    return f"CASE {tried} WHEN {sql} IS NULL THEN NULL ELSE {otherwise} END"


def _to_number(value: Expr, wanted: str, word: str) -> str | None:
    kind, target = value.type, spark_type(wanted)
    if is_number(kind):
        if is_floating(kind) and decimal_of(wanted):
            return _float_to_decimal(value, wanted, word)
        return f"{word}({value.sql} AS {target})"
    if kind == "BOOLEAN":
        return f"CAST(CAST({value.sql} AS INT) AS {target})"
    if kind != "VARCHAR":
        return None
    if is_floating(wanted):
        spoken = f"CASE WHEN {value.sql} RLIKE {_raw(_NUMBER)} OR lower(trim({value.sql})) RLIKE '^[+-]?(inf|infinity|nan)$' THEN {word}({value.sql} AS {target})"
    else:
        spoken = f"CASE WHEN {value.sql} RLIKE {_raw(_NUMBER)} THEN {word}({value.sql} AS {target})"
    otherwise = "NULL" if word == "TRY_CAST" else f"CAST({_broken(value, target)} AS {target})"
    return f"{spoken} WHEN {value.sql} IS NULL THEN NULL ELSE {otherwise} END"


def _float_to_decimal(value: Expr, wanted: str, word: str) -> str:
    """DuckDB multiplies by the power of ten and rounds that to the nearest whole number, half to even."""
    width, scale = decimal_of(wanted) or (18, 3)
    scaled = f"rint({value.cast('DOUBLE')} * {float(10**scale)!r}D)"
    return (
        f"{word}(CAST({scaled} AS DECIMAL(38,0)) * CAST({'1' if not scale else '0.' + '0' * (scale - 1) + '1'} AS DECIMAL({max(scale, 1)},{scale})) AS {spark_type(wanted)})"
        if width + scale <= 38
        else f"{word}({value.sql} AS {spark_type(wanted)})"
    )


# To dates and moments


def _to_moment(value: Expr, wanted: str, word: str) -> str | None:
    kind, target, sql = value.type, spark_type(wanted), value.sql
    if kind == "DATE" or is_moment(kind):
        return f"CAST({sql} AS {target})"  # the session's zone is UTC: a moment and its reading are the same
    if kind != "VARCHAR":
        return None
    shape = _DATE if wanted == "DATE" else _MOMENT
    # Spark takes a year alone for a date, and drops a date's time.
    read = (
        f"{word}(trim({sql}) AS {target})"
        if not is_naive(wanted)
        else f"{word}({word}(trim({sql}) AS TIMESTAMP) AS {target})"
    )
    if wanted == "DATE":
        shaped, read = (
            f"({sql} RLIKE {_raw(_DATE)} OR {sql} RLIKE {_raw(_MOMENT)})",
            f"{word}(split(trim({sql}), '[ T]')[0] AS DATE)",
        )
    else:
        shaped = f"{sql} RLIKE {_raw(shape)}"
    otherwise = "NULL" if word == "TRY_CAST" else f"CAST({_broken(value, target)} AS {target})"
    return f"CASE WHEN {shaped} THEN {read} WHEN {sql} IS NULL THEN NULL ELSE {otherwise} END"


def _to_clock(value: Expr, _wanted: str, word: str) -> str | None:
    """A time of day as text: `HH:MM:SS`, with the digits of its fraction that are not trailing zeros."""
    sql = value.sql
    if is_moment(value.type):
        return f"substring(CAST({sql} AS STRING), 12)"
    if value.type != "VARCHAR":
        return None
    moment = f"TRY_CAST(concat('2000-01-01 ', trim({sql})) AS TIMESTAMP_NTZ)"
    read = f"CASE WHEN {sql} RLIKE {_raw(_CLOCK)} THEN substring(CAST({moment} AS STRING), 12) END"
    if word == "TRY_CAST":
        return read
    return f"CASE WHEN {sql} IS NULL THEN NULL ELSE coalesce({read}, {_broken(value, 'TIME')}) END"


def _to_list(value: Expr, wanted: str, word: str) -> str | None:
    if value.type in ('"NULL"[]', "INTEGER[]") and value.sql == "array()":
        return f"CAST(array() AS {spark_type(wanted)})"
    if not value.type.endswith("[]"):
        return None
    inner = _cast(of_type("x", value.type[:-2]), wanted[:-2], word)
    return f"transform({value.sql}, x -> {inner})" if inner else None


def _to_bytes(value: Expr, _wanted: str, _word: str) -> str | None:
    return f"CAST({value.sql} AS BINARY)" if value.type == "VARCHAR" else None


def _broken(value: Expr, target: str) -> str:
    return f"raise_error(concat('Could not convert string ''', {value.sql}, ''' to {target}'))".replace(
        "''''", "\\'"
    ).replace("'''", "\\''")


def _raw(pattern: str) -> str:
    return f"'{pattern}'"


# To intervals


_UNITS = {
    "year": ("months", 12),
    "years": ("months", 12),
    "month": ("months", 1),
    "months": ("months", 1),
    "mon": ("months", 1),
    "week": ("days", 7),
    "weeks": ("days", 7),
    "day": ("days", 1),
    "days": ("days", 1),
    "d": ("days", 1),
    "hour": ("micros", 3_600_000_000),
    "hours": ("micros", 3_600_000_000),
    "h": ("micros", 3_600_000_000),
    "minute": ("micros", 60_000_000),
    "minutes": ("micros", 60_000_000),
    "min": ("micros", 60_000_000),
    "second": ("micros", 1_000_000),
    "seconds": ("micros", 1_000_000),
    "s": ("micros", 1_000_000),
}


def _interval(expressions: Expressions, value: Expr, node: Node) -> Expr:
    words = str(value.constant).split() if isinstance(value.constant, str) else []
    parts = {"months": 0, "days": 0, "micros": 0}
    pairs = list(zip(words[::2], words[1::2], strict=False))
    if not pairs or len(words) % 2:
        raise expressions.work.refuse(f"the interval {value.constant!r}", node)
    for number, unit in pairs:
        if unit.lower() not in _UNITS or not number.lstrip("+-").isdigit():
            raise expressions.work.refuse(f"the interval {value.constant!r}", node)
        part, size = _UNITS[unit.lower()]
        parts[part] += int(number) * size
    span = Span(*(str(parts[part]) if parts[part] else "" for part in ("months", "days", "micros")))
    made = Expr("", "INTERVAL", f"CAST('{value.constant}' AS INTERVAL)", literal=True)
    return replace(made, span=span)
