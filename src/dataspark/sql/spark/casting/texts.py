"""Values as text."""

from __future__ import annotations

from dataspark.sql.spark.expr import Expr
from dataspark.sql.spark.types import decimal_of, is_naive, is_whole, is_zoned
from dataspark.sql.spark.writing import case, integer, shared

_AS_THEY_ARE = ("TIME", "UUID", "JSON")
"""Types that are text in Spark anyway."""


def to_text(value: Expr, _wanted: str, _attempt: bool) -> str | None:
    """`CAST(… AS VARCHAR)`."""
    kind, sql = value.type, value.sql
    if kind in _AS_THEY_ARE or kind.startswith("ENUM("):
        return sql
    if is_zoned(kind):
        return f"concat(CAST({sql} AS STRING), '+00')"
    if kind == "DOUBLE":
        return _floating(sql)
    if kind in ("BOOLEAN", "DATE") or is_naive(kind) or is_whole(kind) or decimal_of(kind):
        return f"CAST({value.typed()} AS STRING)"
    return None


def to_bytes(value: Expr, _wanted: str, _attempt: bool) -> str | None:
    """`CAST(… AS BLOB)` of a text: its bytes."""
    return f"CAST({value.sql} AS BINARY)" if value.type == "VARCHAR" else None


def _floating(value: str) -> str:
    """A binary fraction as DuckDB writes it: the shortest digits, plain from 1e-4 up to 1e16, else as `1e+16`.

    Java writes `1.2E7`; what comes out is put together anew from its sign, its digits and its power of ten. Before
    Java 19 it also writes more digits than tell the number apart.
    """
    java = f"CAST({value} AS STRING)"
    tries = [f"format_string('%.{digits}E', {value})" for digits in (14, 15, 16)]
    enough = [(f"TRY_CAST({one} AS DOUBLE) = {value}", one) for one in tries[:2]]
    shortest = case((f"length({java}) <= 16", java), *enough, otherwise=tries[2])
    special = f"isnan({value}) OR abs({value}) = CAST('Infinity' AS DOUBLE)"
    written = case((special, java), (f"{value} IS NOT NULL", shortest))
    return shared((written,), _rewritten)


def _rewritten(java: str) -> str:
    sign = case((f"startswith({java}, '-')", "'-'"), otherwise="''")
    digits = rf"regexp_replace({java}, '^-|\\.?0*E.*|\\.', '')"
    power = integer(f"split({java}, 'E')[1]")
    return case(
        (f"{java} = 'NaN'", "'nan'"),
        (f"{java} IN ('Infinity', '-Infinity')", f"concat({sign}, 'inf')"),
        (f"NOT contains({java}, 'E')", java),
        (f"{power} BETWEEN -4 AND 15", f"concat({sign}, {_plain(digits, power)})"),
        otherwise=f"concat({sign}, {_short(digits)}, {_exponent(power)})",
    )


def _plain(digits: str, power: str) -> str:
    """`12` and 1 as `12.0`, `12` and 0 as `1.2`, `12` and -2 as `0.012`."""
    point = f"({power} + 1)"
    return case(
        (f"{power} < 0", f"concat('0.', repeat('0', -{power} - 1), {digits})"),
        (f"length({digits}) > {point}", f"concat(left({digits}, {point}), '.', substring({digits}, {point} + 1))"),
        otherwise=f"concat(rpad({digits}, {point}, '0'), '.0')",
    )


def _short(digits: str) -> str:
    """`1`, `1.2`."""
    longer = f"concat(left({digits}, 1), '.', substring({digits}, 2))"
    return case((f"length({digits}) > 1", longer), otherwise=digits)


def _exponent(power: str) -> str:
    """`e+07`, `e-300`."""
    size = f"CAST(abs({power}) AS STRING)"
    way = case((f"{power} < 0", "'e-'"), otherwise="'e+'")
    return f"concat({way}, lpad({size}, greatest(2, length({size})), '0'))"
