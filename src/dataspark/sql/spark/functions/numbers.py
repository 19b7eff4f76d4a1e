"""Arithmetic and mathematics."""

from __future__ import annotations

from dataclasses import replace

from dataspark.sql.spark.expr import Expr
from dataspark.sql.spark.functions import spans
from dataspark.sql.spark.functions.call import Call, Functions
from dataspark.sql.spark.types import decimal_of, is_floating, is_moment, is_number, is_whole, spark_type

FUNCTIONS = Functions()
FUNCTIONS.same("bit_count")
_INFINITY = "CAST('Infinity' AS DOUBLE)"


@FUNCTIONS.called("+", "add")
def _add(call: Call) -> Expr:
    if len(call.args) == 1:
        return call.args[0]
    if any(arg.span or arg.type == "DATE" or is_moment(arg.type) for arg in call.args):
        return spans.moved(call, 1)
    return _arithmetic(call, "+")


@FUNCTIONS.called("-", "subtract")
def _subtract(call: Call) -> Expr:
    if len(call.args) == 1:
        if call.args[0].span:
            return spans.negated(call)
        return call.gives(f"(- {_operand(call, 0)})", exact=call.args[0].exact and call.type == call.args[0].type)
    if any(arg.span or arg.type == "DATE" or is_moment(arg.type) for arg in call.args):
        return spans.moved(call, -1)
    return _arithmetic(call, "-")


@FUNCTIONS.called("*", "multiply")
def _multiply(call: Call) -> Expr:
    if any(arg.span for arg in call.args):
        return spans.multiplied(call)
    return _arithmetic(call, "*")


def _arithmetic(call: Call, word: str) -> Expr:
    if not is_number(call.type):
        raise call.refuse()
    a, b = _operand(call, 0), _operand(call, 1)
    return (
        call.gives(f"({a} {word} {b})", exact=False)
        if decimal_of(call.type)
        else call.gives(f"CAST(({a} {word} {b}) AS {spark_type(call.type)})" if _widens(call) else f"({a} {word} {b})")
    )


def _widens(call: Call) -> bool:
    return is_whole(call.type) and any(spark_type(arg.type) != spark_type(call.type) for arg in call.args)


def _operand(call: Call, place: int) -> str:
    """An operand in the type in which DuckDB computes."""
    arg = call.args[place]
    if is_floating(call.type) and not is_floating(arg.type):
        return call.arg(place, call.type)
    if is_whole(call.type):
        return call.arg(place, call.type)
    return arg.typed() if is_number(arg.type) else call.arg(place, call.type)


@FUNCTIONS.called("/", "divide")
def _divide(call: Call) -> Expr:
    """Division gives a DOUBLE; by zero, an infinity."""
    if any(arg.span for arg in call.args) or not is_floating(call.type):
        raise call.refuse()
    a, b = call.arg(0, call.type), call.arg(1, call.type)
    if call.args[1].literal and call.args[1].constant:
        return call.gives(f"({a} / {b})")
    sql = (
        f"CASE WHEN {b} = 0 THEN CASE WHEN isnan({a}) THEN {a} WHEN {a} > 0 THEN {_INFINITY} WHEN {a} < 0 THEN -{_INFINITY} "
        f"WHEN {a} IS NOT NULL THEN CAST('NaN' AS DOUBLE) END ELSE ({a} / {b}) END"
    )
    return call.gives(sql)


@FUNCTIONS.called("//")
def _divide_whole(call: Call) -> Expr:
    if not is_whole(call.type):
        return _divide(call)
    a, b = call.arg(0, call.type), call.arg(1, call.type)
    return call.gives(f"CAST(CASE WHEN {b} <> 0 THEN ({a} div {b}) END AS {spark_type(call.type)})")


@FUNCTIONS.called("%", "mod")
def _modulo(call: Call) -> Expr:
    a, b = _operand(call, 0), _operand(call, 1)
    return call.gives(f"CASE WHEN {b} <> 0 THEN ({a} % {b}) END", exact=False)


@FUNCTIONS.called("**", "^", "pow", "power")
def _power(call: Call) -> Expr:
    return call.gives(f"power({call.arg(0, 'DOUBLE')}, {call.arg(1, 'DOUBLE')})")


@FUNCTIONS.called("&", "|", "xor")
def _bits(call: Call) -> Expr:
    word = "^" if call.name == "xor" else call.name
    return call.gives(f"({call.arg(0, call.type)} {word} {call.arg(1, call.type)})")


@FUNCTIONS.called("<<", ">>")
def _shift(call: Call) -> Expr:
    """Bits that would be lost to the left are an error, as is a shift by a negative number."""
    kind = spark_type(call.type)
    if kind not in ("INT", "BIGINT"):
        raise call.refuse()
    value, places = call.arg(0, call.type), f"CAST({call.arg(1, 'BIGINT')} AS INT)"
    theirs = "shiftleft" if call.name == "<<" else "shiftright"
    moved = f"{theirs}({value}, {places})"
    right = f"{places} BETWEEN 0 AND {31 if kind == 'INT' else 63}"
    if call.name == "<<":
        right += f" AND {value} >= 0 AND {moved} >= 0 AND shiftright({moved}, {places}) = {value}"
    failed = f"CAST(raise_error('a shift is out of range') AS {kind})"
    return call.gives(
        f"CASE WHEN {right} THEN {moved} WHEN {value} IS NOT NULL AND {places} IS NOT NULL THEN {failed} END"
    )


@FUNCTIONS.called("abs")
def _abs(call: Call) -> Expr:
    return call.gives(f"abs({call.args[0].typed()})", exact=False)


@FUNCTIONS.called("sign")
def _sign(call: Call) -> Expr:
    value = call.arg(0, "DOUBLE") if not is_number(call.args[0].type) else call.args[0].typed()
    not_a_number = f"isnan({value}) THEN 0 WHEN " if is_floating(call.args[0].type) else ""
    return call.gives(
        f"CAST(CASE WHEN {not_a_number}{value} > 0 THEN 1 WHEN {value} < 0 THEN -1 WHEN {value} IS NOT NULL THEN 0 END AS TINYINT)"
    )


@FUNCTIONS.called("ceil", "ceiling", "floor")
def _to_whole(call: Call) -> Expr:
    arg, word = call.args[0], "floor" if call.name == "floor" else "ceil"
    if is_whole(arg.type):
        return (
            replace(arg.settled(), type=call.type)
            if call.type == arg.type
            else call.gives(arg.cast(spark_type(call.type)))
        )
    if decimal_of(arg.type):
        return call.gives(f"CAST({word}({arg.typed()}) AS {spark_type(call.type)})")
    value = call.arg(0, "DOUBLE")
    # Spark's gives a BIGINT, which larger numbers (whole ones anyway) do not fit in.
    return call.gives(
        f"CASE WHEN abs({value}) < 4503599627370496D THEN CAST({word}({value}) AS DOUBLE) ELSE {value} END"
    )


@FUNCTIONS.called("trunc")
def _trunc(call: Call) -> Expr:
    arg = call.args[0]
    if len(call.args) != 1:
        raise call.refuse()
    if is_whole(arg.type):
        return call.gives(arg.cast(spark_type(call.type)))
    if decimal_of(arg.type):
        value = arg.typed()
        return call.gives(
            f"CAST(CASE WHEN {value} < 0 THEN ceil({value}) ELSE floor({value}) END AS {spark_type(call.type)})"
        )
    value = call.arg(0, "DOUBLE")
    whole = f"CAST(CASE WHEN {value} < 0 THEN ceil({value}) ELSE floor({value}) END AS DOUBLE)"
    return call.gives(f"CASE WHEN abs({value}) < 4503599627370496D THEN {whole} ELSE {value} END")


@FUNCTIONS.called("round")
def _round(call: Call) -> Expr:
    """Half away from zero. Of a DOUBLE, it is the product with the power of ten that is rounded."""
    arg = call.args[0]
    places = call.constant(1) if len(call.args) > 1 else 0
    if not isinstance(places, int):
        raise call.refuse("`round` to anything but a literal number of digits")
    if is_whole(arg.type) or decimal_of(arg.type):
        return call.gives(f"CAST(round({arg.typed()}, {places}) AS {spark_type(call.type)})")
    value = call.arg(0, "DOUBLE")
    power = f"{float(10 ** abs(places))!r}D"
    scaled = f"({value} * {power})" if places >= 0 else f"({value} / {power})"
    if places == 0:
        return call.gives(f"round({value}, 0)")
    back = f"(round({scaled}, 0) {'/' if places > 0 else '*'} {power})"
    if places > 0:
        # Where the product is no number any more, DuckDB leaves the value alone.
        return call.gives(f"CASE WHEN abs({scaled}) < {_INFINITY} THEN {back} ELSE {value} END")
    return call.gives(back)


def _checked(spark: str, broken: str, says: str) -> object:
    def make(call: Call) -> Expr:
        value = call.arg(0, "DOUBLE")
        return call.gives(
            f"CASE WHEN {broken.format(value)} THEN CAST(raise_error('{says}') AS DOUBLE) ELSE {spark}({value}) END"
        )

    return make


FUNCTIONS["sqrt"] = _checked("sqrt", "{0} < 0", "cannot take square root of a negative number")  # type: ignore[assignment]
for _name, _theirs in (("ln", "ln"), ("log2", "log2"), ("log10", "log10")):
    FUNCTIONS[_name] = _checked(_theirs, "{0} <= 0", "cannot take logarithm of zero or a negative number")  # type: ignore[assignment]


@FUNCTIONS.called("log")
def _log(call: Call) -> Expr:
    if len(call.args) != 1:
        raise call.refuse()
    return FUNCTIONS["log10"](call)


def _of_double(theirs: str) -> object:
    def make(call: Call) -> Expr:
        return call.gives(f"{theirs}({', '.join(call.arg(place, 'DOUBLE') for place in range(len(call.args)))})")

    return make


for _name in ("exp", "cbrt", "sin", "cos", "tan", "atan", "atan2", "degrees", "radians", "sinh", "cosh", "tanh", "pi"):
    FUNCTIONS[_name] = _of_double(_name)  # type: ignore[assignment]


@FUNCTIONS.called("isnan")
def _isnan(call: Call) -> Expr:
    value = call.arg(0, "DOUBLE")
    return call.gives(f"CASE WHEN {value} IS NOT NULL THEN isnan({value}) END")


@FUNCTIONS.called("isinf")
def _isinf(call: Call) -> Expr:
    if not is_number(call.args[0].type):
        raise call.refuse()
    return call.gives(f"(abs({call.arg(0, 'DOUBLE')}) = {_INFINITY})")


@FUNCTIONS.called("isfinite")
def _isfinite(call: Call) -> Expr:
    if is_moment(call.args[0].type) or call.args[0].type == "DATE":
        return call.gives(f"CASE WHEN {call.args[0].sql} IS NOT NULL THEN TRUE END")
    return call.gives(f"(abs({call.arg(0, 'DOUBLE')}) < {_INFINITY})")
