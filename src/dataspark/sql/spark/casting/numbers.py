"""Values as numbers and truth values."""

from __future__ import annotations

from dataspark.sql.spark.expr import Expr
from dataspark.sql.spark.types import bounds, decimal_of, is_floating, is_number, is_whole, spark_type
from dataspark.sql.spark.writing import case, failure, text

NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
"""A number in the forms that both engines read alike."""
_DIGITS = r"^\s*[+-]?[0-9]+\s*$"
_FRACTION = rf"^\s*{NUMBER}\s*$"
_SPECIAL = r"(?i)^\s*[+-]?(inf|infinity|nan)\s*$"
_HEX = r"^\s*0[xX][0-9a-fA-F]+(_[0-9a-fA-F]+)*\s*$"
_BINARY = r"^\s*0[bB][01]+(_[01]+)*\s*$"
_BETWEEN_DIGITS = "(?<=[0-9])_(?=[0-9])"
_YES, _NO = "('true', 't', 'yes', 'y', '1')", "('false', 'f', 'no', 'n', '0')"


def to_boolean(value: Expr, _wanted: str, attempt: bool) -> str | None:
    """`CAST(… AS BOOLEAN)`."""
    if is_number(value.type):
        return f"({value.sql} <> 0)"
    if value.type != "VARCHAR":
        return None
    spoken = f"lower({value.sql})"
    return case(
        (f"{spoken} IN {_YES}", "TRUE"),
        (f"{spoken} IN {_NO}", "FALSE"),
        *_refused(value, "BOOLEAN", attempt),
    )


def to_whole(value: Expr, wanted: str, attempt: bool) -> str | None:
    """A cast to a type of whole numbers."""
    kind, word, target = value.type, _word(attempt), spark_type(wanted)
    if kind == "VARCHAR" and wanted in ("HUGEINT", "UHUGEINT", "UBIGINT"):
        return None  # what fits in there and in no BIGINT would be lost
    if is_whole(kind) or kind == "BOOLEAN":
        made = f"{word}({value.sql} AS {target})"
    elif decimal_of(kind):
        made = f"{word}(round({value.sql}, 0) AS {target})"  # half away from zero
    elif is_floating(kind):
        made = f"{word}(rint({value.sql}) AS {target})"  # half to even
    elif kind == "VARCHAR":
        made = _digits(value, target, attempt)
    else:
        return None
    return _within(made, value, wanted, attempt)


def _within(made: str, value: Expr, wanted: str, attempt: bool) -> str:
    """Spark has no unsigned types: their bounds are looked at."""
    low, high = bounds(wanted)
    if low < 0 or value.type == "BOOLEAN" or (is_whole(value.type) and _fits(bounds(value.type), (low, high))):
        return made
    return case((f"{made} BETWEEN {low} AND {high}", made), *_refused(value, spark_type(wanted), attempt))


def _fits(ours: tuple[int, int], theirs: tuple[int, int]) -> bool:
    return theirs[0] <= ours[0] and ours[1] <= theirs[1]


def _digits(value: Expr, target: str, attempt: bool) -> str:
    """Digits are read as they are, with underscores between them; a fraction is rounded half away from zero."""
    sql, word = value.sql, _word(attempt)
    cleaned = f"regexp_replace({sql}, {text(_BETWEEN_DIGITS)}, '')"
    tried = f"TRY_CAST({sql} AS {target})"
    return case(
        (f"CAST({tried} AS STRING) = {sql}", tried),  # nearly always, and cheaper than any pattern
        (_like(sql, _DIGITS), f"{word}({sql} AS {target})"),
        (_like(cleaned, _FRACTION), f"{word}(round(TRY_CAST({cleaned} AS DECIMAL(38,18)), 0) AS {target})"),
        (_like(sql, _HEX), f"{word}({_based(sql, 16)} AS {target})"),
        (_like(sql, _BINARY), f"{word}({_based(sql, 2)} AS {target})"),
        *_refused(value, target, attempt),
    )


def _based(sql: str, base: int) -> str:
    return f"TRY_CAST(conv(replace(substring(trim({sql}), 3), '_', ''), {base}, 10) AS DECIMAL(20,0))"


def to_number(value: Expr, wanted: str, attempt: bool) -> str | None:
    """A cast to DOUBLE, FLOAT or DECIMAL."""
    kind, target = value.type, spark_type(wanted)
    if is_floating(kind) and decimal_of(wanted):
        return _from_floating(value, wanted, attempt)
    if is_number(kind):
        made = f"{_word(attempt)}({value.sql} AS {target})"
        return _to_float(value, made, attempt) if (kind, wanted) == ("DOUBLE", "FLOAT") else made
    if kind == "BOOLEAN":
        return f"CAST(CAST({value.sql} AS INT) AS {target})"
    return _number(value, wanted, attempt) if kind == "VARCHAR" else None


def _to_float(value: Expr, made: str, attempt: bool) -> str:
    """A number that no FLOAT holds is an infinity in Spark."""
    too_large = f"abs({made}) = CAST('Infinity' AS FLOAT) AND abs({value.sql}) < CAST('Infinity' AS DOUBLE)"
    otherwise = "CAST(NULL AS FLOAT)" if attempt else failure("{} is no FLOAT", value.sql, "FLOAT")
    return case((too_large, otherwise), otherwise=made)


def _number(value: Expr, wanted: str, attempt: bool) -> str:
    """A text in the forms that both know: Java also takes `1d`, `0x1p3` and the digits of other scripts."""
    sql, target, word = value.sql, spark_type(wanted), _word(attempt)
    cleaned = f"regexp_replace({sql}, {text(_BETWEEN_DIGITS)}, '')"
    branches = [
        (_like(sql, _FRACTION), f"{word}({sql} AS {target})"),
        (_like(cleaned, _FRACTION), f"{word}({cleaned} AS {target})"),
    ]
    if is_floating(wanted):
        unsigned = f"regexp_replace({sql}, '[+-](?=[nN])', '')"  # DuckDB takes `-nan`
        branches.append((_like(sql, _SPECIAL), f"CAST({unsigned} AS {target})"))
    return case(*branches, *_refused(value, target, attempt))


def _from_floating(value: Expr, wanted: str, attempt: bool) -> str:
    """DuckDB multiplies by the power of ten and rounds that to a whole number, half away from zero.

    What comes of a FLOAT is a FLOAT again before it is a whole number: above 2**24 not every one is.
    """
    width, scale = decimal_of(wanted) or (18, 3)
    if width + scale > 38:
        return f"{_word(attempt)}({value.sql} AS {spark_type(wanted)})"
    rounded = f"round(CAST({value.sql} AS DOUBLE) * {float(10**scale)!r}D, 0)"
    if value.type == "FLOAT":
        rounded = f"CAST(CAST({rounded} AS FLOAT) AS DOUBLE)"
    whole = f"{_word(attempt)}({rounded} AS DECIMAL(38,0))"
    unit = f"CAST({'1' if not scale else '1e-' + str(scale) + 'BD'} AS DECIMAL({max(scale, 1)},{scale}))"
    made = f"{_word(attempt)}({whole} * {unit} AS {spark_type(wanted)})"
    if attempt:
        return made
    # Spark makes NULL of what is no number.
    unbounded = f"isnan({value.sql}) OR abs({value.sql}) = CAST('Infinity' AS DOUBLE)"
    target = spark_type(wanted)
    return case((unbounded, failure(f"could not convert {{}} to {target}", value.sql, target)), otherwise=made)


def _like(sql: str, shape: str) -> str:
    return f"{sql} RLIKE {text(shape)}"


def _refused(value: Expr, target: str, attempt: bool) -> list[tuple[str, str]]:
    """The last branch of a CAST: a value that is none stops the query; a TRY_CAST has no such branch."""
    if attempt:
        return []
    return [(f"{value.sql} IS NOT NULL", failure(f"could not convert `{{}}` to {target}", value.sql, target))]


def _word(attempt: bool) -> str:
    return "TRY_CAST" if attempt else "CAST"
