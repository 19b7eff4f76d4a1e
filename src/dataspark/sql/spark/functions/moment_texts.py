"""Dates and moments, written as text and read from it."""

from __future__ import annotations

from dataspark.sql.spark import formats
from dataspark.sql.spark.expr import Expr
from dataspark.sql.spark.functions.call import Call, Functions
from dataspark.sql.spark.functions.moments import moment
from dataspark.sql.spark.types import is_zoned, spark_type
from dataspark.sql.spark.writing import case, shared, text

FUNCTIONS = Functions()
_MARK = "\x1f"
"""Stands before each part of a text that was taken apart."""


@FUNCTIONS.called("dayname")
def _dayname(call: Call) -> Expr:
    return call.gives(formats.day_name(moment(call, 0)))


@FUNCTIONS.called("monthname")
def _monthname(call: Call) -> Expr:
    return call.gives(formats.month_name(moment(call, 0)))


@FUNCTIONS.called("strftime")
def _strftime(call: Call) -> Expr:
    value, place = (0, 1) if call.args[1].literal and call.args[1].type == "VARCHAR" else (1, 0)
    directives = call.string(place)
    zone = "UTC" if is_zoned(call.args[value].type) else ""
    said = moment(call, value)
    said = f"CAST({said} AS TIMESTAMP_NTZ)" if call.args[value].type == "DATE" else said
    try:
        formats.written("", directives.replace("%Z", zone), text)
    except ValueError as error:
        raise call.refuse(f"the directive `{error}` of `strftime`") from error

    def made(sql: str) -> str:
        parts = formats.written(sql, directives.replace("%Z", zone), text)
        return f"concat({', '.join([*parts, left_empty(sql)])})"

    def left_empty(sql: str) -> str:
        return case((f"{sql} IS NOT NULL", "''"))

    return call.gives(shared((said,), made))


@FUNCTIONS.called("strptime", "try_strptime")
def _strptime(call: Call) -> Expr:
    """Read by a pattern: Java's own formats take other texts than DuckDB's. Of several formats, the first that fits."""
    known = call.constant(1)
    listed = [one for one in (known if isinstance(known, list) else [known]) if isinstance(one, str)]
    if not listed or (isinstance(known, list) and len(known) != len(listed)):
        raise call.refuse(f"`{call.name}` with anything but literal formats")
    value, target = call.arg(0, "VARCHAR"), spark_type(call.type)
    tries = [_tried(call, value, one, target) for one in listed]
    read = tries[0] if len(tries) == 1 else f"coalesce({', '.join(tries)})"
    if call.name == "try_strptime":
        return call.gives(read)
    wrong = f"raise_error(concat('could not read a moment from `', {value}, '`'))"
    return call.gives(case((f"{value} IS NOT NULL", f"coalesce({read}, CAST({wrong} AS {target}))")))


def _tried(call: Call, value: str, directives: str, target: str) -> str:
    """A moment in one format; NULL where the text has another one."""
    try:
        pattern, order = formats.reading(directives)
    except ValueError as error:
        raise call.refuse(f"the format '{directives}' of `{call.name}` (`{error}`)") from error
    kind = "TIMESTAMP" if "z" in order else "TIMESTAMP_NTZ"
    groups = {letter: f"${number}" for number, letter in enumerate(order, 1)}
    if formats.DIRECT.issuperset(order) and set(order) & set("mdHMS"):
        # A text of another form comes out as a moment without digits, which is none.
        shape = text(rf"(?s)^(?:\s*{pattern}\s*|(.*))\z")
        made = _direct(groups, f"${len(order) + 1}")
        return f"CAST(TRY_CAST(regexp_replace({value}, {shape}, {text(made)}) AS {kind}) AS {target})"
    shape = text(rf"(?s)^\s*{pattern}\s*\z")
    taken = "".join(_MARK + group for group in groups.values())
    fields = f"split(regexp_replace({value}, {shape}, {text(taken)}), {text(_MARK)})"

    def read(parts: str) -> str:
        made = formats.read(order, lambda letter: f"get({parts}, {order.index(letter) + 1})")
        return case((f"size({parts}) = {len(order) + 1}", f"CAST(TRY_CAST({made} AS {kind}) AS {target})"))

    return shared((fields,), read)


def _direct(groups: dict[str, str], other: str) -> str:
    """What a text is replaced by: its digits, in the order in which Spark reads them."""
    year = f"00{groups['Y']}" if "Y" in groups else "1900"
    day = f"{year}-{groups.get('m', '01')}-{groups.get('d', '01')}"
    clock = ":".join(groups.get(letter, "00") for letter in "HMS")
    fraction = f".{groups['f']}" if "f" in groups else ""
    return f"{other}{day} {clock}{fraction}{groups.get('z', '')}"
