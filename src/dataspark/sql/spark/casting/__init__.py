"""CAST and TRY_CAST: what DuckDB makes of a value, said in Spark SQL."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from dataspark.sql.spark.casting import intervals, moments, numbers, texts
from dataspark.sql.spark.expr import Expr, Node, of_type, standing
from dataspark.sql.spark.types import (
    decimal_of,
    is_floating,
    is_moment,
    is_naive,
    is_number,
    is_whole,
    members,
    spark_type,
    unnamed,
)
from dataspark.sql.spark.writing import name, shared, text

if TYPE_CHECKING:
    from dataspark.sql.spark.expressions import Expressions

_COARSER = ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
"""Types that round to other units than Spark's."""
_TRUTH = {"true": "TRUE", "t": "TRUE", "false": "FALSE", "f": "FALSE"}
_Maker = Callable[[Expr, str, bool], str | None]
"""(value, wanted type, whether it is tried) → Spark SQL; None where there is none."""


def cast(expressions: Expressions, value: Expr, wanted: str, node: Node, attempt: bool) -> Expr:
    """`CAST(value AS wanted)`; with `attempt`, NULL where it cannot be done."""
    if wanted == "INTERVAL":
        return intervals.read(expressions, value, node)
    if not (wanted.startswith("STRUCT(") and unnamed(wanted)):  # which no CAST can name
        wanted = expressions.type_of(f"CAST(NULL AS {wanted})", node)
    if wanted in _COARSER and value.type != wanted:
        raise expressions.work.refuse(f"a cast to {wanted} (write TIMESTAMP)", node)
    if value.is_null:
        return of_type(f"CAST(NULL AS {spark_type(wanted)})", wanted)
    stand = f"CAST({value.stand} AS {wanted})" if value.literal else standing(wanted)
    if value.type == wanted:  # a bare literal takes the type that its neighbours want; one that was cast does not
        return replace(value.settled(), stand=stand)
    if value.literal and isinstance(value.constant, str) and (read := _literal(value.constant, wanted, attempt)):
        return Expr(read, wanted, stand, literal=is_number(wanted), constant=_constant(value.constant, wanted))
    if attempt and value.type == "VARCHAR" and expressions.knows(value.sql, wanted):
        return Expr(f"TRY_CAST({value.sql} AS {spark_type(wanted)})", wanted, stand)
    made = _cast(value, wanted, attempt)
    if made is None:
        raise expressions.work.refuse(f"a cast from {value.type} to {wanted}", node)
    constant = _constant(value.constant, wanted)
    return Expr(made, wanted, stand, literal=value.literal and constant is not None, constant=constant)


def _literal(said: str, wanted: str, attempt: bool) -> str:
    """A literal text in the forms that both engines read alike; empty for any other."""
    plain = said.strip()
    if wanted == "BOOLEAN" and plain.lower() in _TRUTH:
        return _TRUTH[plain.lower()]
    if shape := _shape(wanted):
        return f"{_word(attempt)}({text(plain)} AS {spark_type(wanted)})" if re.fullmatch(shape, plain) else ""
    return ""


def _shape(wanted: str) -> str:
    if is_whole(wanted):
        return "[+-]?[0-9]+" if not wanted.startswith("U") and wanted != "HUGEINT" else ""
    if is_floating(wanted) or decimal_of(wanted):
        return numbers.NUMBER
    if wanted == "DATE":
        return moments.PLAIN_DATE
    if not is_moment(wanted):
        return ""
    return moments.PLAIN_MOMENT if is_naive(wanted) else moments.PLAIN_MOMENT + moments.PLAIN_ZONE


def _constant(value: object, wanted: str) -> object:
    """What a cast makes of a literal's value; None where it is not known here."""
    if wanted == "VARCHAR":
        return value if isinstance(value, str) else None
    if not is_number(wanted) or not isinstance(value, bool | int | float | Decimal | str):
        return None
    try:
        exact = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        return None
    if not exact.is_finite() or is_floating(wanted):
        return float(exact)
    _width, scale = decimal_of(wanted) or (0, 0)
    way = ROUND_HALF_EVEN if isinstance(value, float) and is_whole(wanted) else ROUND_HALF_UP
    rounded = exact.quantize(Decimal(1).scaleb(-scale), rounding=way, context=Context(prec=400))
    return int(rounded) if is_whole(wanted) else rounded


def _word(attempt: bool) -> str:
    return "TRY_CAST" if attempt else "CAST"


def _cast(value: Expr, wanted: str, attempt: bool) -> str | None:
    """Whatever is long enough to hurt is written once: a cast of a text names it several times."""
    for applies, made in _KINDS:
        if applies(wanted):
            return _once(made, value, wanted, attempt)
    return None


def _once(made: _Maker, value: Expr, wanted: str, attempt: bool) -> str | None:
    if made(value, wanted, attempt) is None:
        return None
    typed = value.typed()
    return shared((typed,), lambda sql: str(made(Expr(sql, value.type, value.stand), wanted, attempt)))


def _list(value: Expr, wanted: str, attempt: bool) -> str | None:
    if value.sql == "array()":
        return f"CAST(array() AS {spark_type(wanted)})"
    if not value.type.endswith("[]"):
        return None
    inner = _cast(of_type("x", value.type[:-2]), wanted[:-2], attempt)
    return f"transform({value.sql}, x -> {inner})" if inner else None


def _struct(value: Expr, wanted: str, attempt: bool) -> str | None:
    """Field by field, in order."""
    if not value.type.startswith("STRUCT("):
        return None
    ours, theirs = members(value.type), members(wanted)
    if len(ours) != len(theirs):
        return None
    fields = []
    for (mine, kind), (called, other) in zip(ours, theirs, strict=True):
        field = of_type(f"{value.sql}.{name(mine)}", kind)
        made = field.sql if kind == other else _cast(field, other, attempt)
        if made is None:
            return None
        fields += [text(called), made]
    return f"CASE WHEN {value.sql} IS NOT NULL THEN named_struct({', '.join(fields)}) END"


_KINDS: tuple[tuple[Callable[[str], bool], _Maker], ...] = (
    (lambda kind: kind == "VARCHAR", texts.to_text),
    (lambda kind: kind == "BLOB", texts.to_bytes),
    (lambda kind: kind == "BOOLEAN", numbers.to_boolean),
    (is_whole, numbers.to_whole),
    (is_number, numbers.to_number),
    (lambda kind: kind == "DATE" or is_moment(kind), moments.to_moment),
    (lambda kind: kind == "TIME", moments.to_clock),
    (lambda kind: kind.endswith("[]"), _list),
    (lambda kind: kind.startswith("STRUCT("), _struct),
)
