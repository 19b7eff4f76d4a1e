"""Arithmetic and mathematics."""

from __future__ import annotations

from dataclasses import replace

from dataspark.sql.spark.expr import Expr
from dataspark.sql.spark.functions import spans
from dataspark.sql.spark.functions.call import Call, Functions, Maker
from dataspark.sql.spark.types import bounds, decimal_of, is_floating, is_moment, is_number, is_whole, spark_type
from dataspark.sql.spark.writing import case, failure, shared

FUNCTIONS = Functions()
_INFINITY = "CAST('Infinity' AS DOUBLE)"
_NAN = "CAST('NaN' AS DOUBLE)"
_WHOLE_ANYWAY = "4503599627370496D"
"""2^52: no DOUBLE beyond has a fraction."""

# Operators


@FUNCTIONS.called("+", "add")
def _add(call: Call) -> Expr:
    if len(call.args) == 1:
        return call.args[0]
    if any(_of_time(arg) for arg in call.args):
        return spans.moved(call, 1)
    return _arithmetic(call, "+")


@FUNCTIONS.called("-", "subtract")
def _subtract(call: Call) -> Expr:
    if len(call.args) == 1:
        if call.args[0].span:
            return spans.negated(call)
        if decimal_of(call.type):
            return call.gives(f"(0 - {_operand(call, 0)})", exact=False)  # Spark's own minus keeps 34 digits only
        return call.gives(f"(- {_operand(call, 0)})", exact=call.args[0].exact and call.type == call.args[0].type)
    if any(_of_time(arg) for arg in call.args):
        return spans.moved(call, -1)
    return _arithmetic(call, "-")


@FUNCTIONS.called("*", "multiply")
def _multiply(call: Call) -> Expr:
    if any(arg.span for arg in call.args):
        return spans.multiplied(call)
    return _arithmetic(call, "*")


def _of_time(arg: Expr) -> bool:
    return arg.span is not None or arg.type == "DATE" or is_moment(arg.type)


def _arithmetic(call: Call, word: str) -> Expr:
    if not is_number(call.type):
        raise call.refuse()
    a, b = _operand(call, 0), _operand(call, 1)
    sql = f"({a} {word} {b})"
    if decimal_of(call.type):
        return call.gives(sql, exact=False)
    widened = is_whole(call.type) and any(spark_type(arg.type) != spark_type(call.type) for arg in call.args)
    return call.gives(f"CAST({sql} AS {spark_type(call.type)})" if widened else sql)


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
    if call.args[1].literal and call.args[1].constant:
        return call.gives(f"({call.arg(0, call.type)} / {call.arg(1, call.type)})")
    return call.from_args((call.type, call.type), _quotient)


def _quotient(a: str, b: str) -> str:
    # Spark stops at a zero, but knows what the power of one is: an infinity with the zero's own sign.
    return case((f"{b} = 0", f"({a} * power({b}, -1))"), otherwise=f"({a} / {b})")


@FUNCTIONS.called("//")
def _divide_whole(call: Call) -> Expr:
    """Without its fraction where both are whole. By zero, NULL."""
    word, kind = "div" if is_whole(call.type) else "/", spark_type(call.type)
    if any(arg.span for arg in call.args) or not (is_whole(call.type) or is_floating(call.type)):
        raise call.refuse()
    return call.from_args(
        (call.type, call.type), lambda a, b: f"CAST({case((f'{b} <> 0', f'({a} {word} {b})'))} AS {kind})"
    )


@FUNCTIONS.called("%", "mod")
def _modulo(call: Call) -> Expr:
    """By zero, NULL; of binary fractions, no number."""
    operands = (_operand(call, 0), _operand(call, 1))
    by_zero = [("{1} = 0 AND {0} IS NOT NULL", _NAN)] if is_floating(call.type) else []

    def made(a: str, b: str) -> str:
        others = ((condition.format(a, b), value) for condition, value in by_zero)
        return case((f"{b} <> 0", f"({a} % {b})"), *others)

    return call.gives(shared(operands, made), exact=False)


@FUNCTIONS.called("**", "^", "pow", "power")
def _power(call: Call) -> Expr:
    return call.gives(f"power({call.arg(0, 'DOUBLE')}, {call.arg(1, 'DOUBLE')})")


@FUNCTIONS.called("&", "|", "xor")
def _bits(call: Call) -> Expr:
    word = "^" if call.name == "xor" else call.name
    return call.gives(f"({call.arg(0, call.type)} {word} {call.arg(1, call.type)})")


@FUNCTIONS.called("bit_count")
def _bit_count(call: Call) -> Expr:
    """Of as many bits as the type has: Spark looks at 64."""
    kind = call.args[0].type
    if not is_whole(kind) or kind in ("HUGEINT", "UHUGEINT", "UBIGINT"):
        raise call.refuse()
    value = call.args[0].cast("BIGINT")
    mask = bounds(f"U{kind.removeprefix('U')}")[1]
    return call.gives(f"bit_count({value if kind == 'BIGINT' else f'({value} & {mask})'})", exact=False)


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


# Signs and rounding


@FUNCTIONS.called("abs", "@")
def _abs(call: Call) -> Expr:
    if decimal_of(call.args[0].type):
        return call.gives(
            shared((call.args[0].typed(),), lambda value: case((f"{value} < 0", f"(0 - {value})"), otherwise=value)),
            exact=False,
        )
    return call.gives(f"abs({call.args[0].typed()})", exact=False)


@FUNCTIONS.called("sign")
def _sign(call: Call) -> Expr:
    kind = call.args[0].type if is_number(call.args[0].type) else "DOUBLE"

    def made(value: str) -> str:
        no_number = [(f"isnan({value})", "0")] if is_floating(kind) else []
        found = case(*no_number, (f"{value} > 0", "1"), (f"{value} < 0", "-1"), (f"{value} IS NOT NULL", "0"))
        return f"CAST({found} AS TINYINT)"

    return call.from_args((kind,), made)


@FUNCTIONS.called("ceil", "ceiling", "floor")
def _up_or_down(call: Call) -> Expr:
    arg, word = call.args[0], "floor" if call.name == "floor" else "ceil"
    if is_whole(arg.type):
        if call.type == arg.type:
            return replace(arg.settled(), type=call.type)
        return call.gives(arg.cast(spark_type(call.type)))
    if decimal_of(arg.type):
        return call.gives(f"CAST({word}({arg.typed()}) AS {spark_type(call.type)})")
    return _of_floating(call, f"{word}({{0}})")


@FUNCTIONS.called("trunc")
def _trunc(call: Call) -> Expr:
    arg, kind = call.args[0], spark_type(call.type)
    if len(call.args) != 1:
        raise call.refuse()
    if is_whole(arg.type):
        return call.gives(arg.cast(kind))
    if decimal_of(arg.type):
        return call.from_args((arg.type,), lambda value: f"CAST({_towards_zero(value)} AS {kind})")
    return _of_floating(call, _towards_zero("{0}"))


def _towards_zero(value: str) -> str:
    return case((f"{value} < 0", f"ceil({value})"), otherwise=f"floor({value})")


def _of_floating(call: Call, whole: str) -> Expr:
    """Spark's give a BIGINT, in which larger numbers do not fit; they are whole anyway."""
    kind = spark_type(call.type)

    def made(value: str) -> str:
        rounded = f"CAST({whole.format(value)} AS DOUBLE)"
        return f"CAST({case((f'abs({value}) < {_WHOLE_ANYWAY}', rounded), otherwise=value)} AS {kind})"

    return call.from_args(("DOUBLE",), made)


@FUNCTIONS.called("round")
def _round(call: Call) -> Expr:
    """Half away from zero. Of a DOUBLE, it is the product with the power of ten that is rounded."""
    arg = call.args[0]
    places = call.constant(1) if len(call.args) > 1 else 0
    if not isinstance(places, int):
        raise call.refuse("`round` to anything but a literal number of digits")
    if is_whole(arg.type) or decimal_of(arg.type):
        return call.gives(f"CAST(round({arg.typed()}, {places}) AS {spark_type(call.type)})")
    return call.from_args(("DOUBLE",), lambda value: f"CAST({_rounded(value, places)} AS {spark_type(call.type)})")


def _rounded(value: str, places: int) -> str:
    if places == 0:
        return f"round({value}, 0)"
    power = f"{float(10 ** abs(places))!r}D"
    # Where the product is no number any more, DuckDB leaves the value alone; where the quotient is none, it gives zero.
    scaled, back, otherwise = (f"{value} * {power}", "/", value) if places > 0 else (f"{value} / {power}", "*", "0.0D")
    made = f"(round({scaled}, 0) {back} {power})"
    return case((f"abs({scaled}) < {_INFINITY}", made), (f"{value} IS NOT NULL", otherwise))


# Functions of DOUBLE


def _checked(theirs: str, wrong: str, message: str) -> Maker:
    """One that stops the query outside of its domain."""

    def make(call: Call) -> Expr:
        return call.from_args(
            ("DOUBLE",),
            lambda value: case(
                (wrong.format(value), failure(message, value, "DOUBLE")), otherwise=f"{theirs}({value})"
            ),
        )

    return make


FUNCTIONS["sqrt"] = _checked("sqrt", "{0} < 0", "cannot take the square root of {}, a negative number")
for _name in ("ln", "log2", "log10"):
    FUNCTIONS[_name] = _checked(_name, "{0} <= 0", "cannot take the logarithm of {}: it is not above zero")


@FUNCTIONS.called("log")
def _log(call: Call) -> Expr:
    if len(call.args) != 1:
        raise call.refuse("`log` to another base (divide by the logarithm of the base)")
    return FUNCTIONS["log10"](call)


def _of_double(theirs: str) -> Maker:
    def make(call: Call) -> Expr:
        return call.gives(f"{theirs}({', '.join(call.arg(place, 'DOUBLE') for place in range(len(call.args)))})")

    return make


for _name in ("sin", "cos", "tan"):
    FUNCTIONS[_name] = _checked(_name, f"abs({{0}}) = {_INFINITY}", "there is no angle of {}")
for _name in ("exp", "cbrt", "atan", "atan2", "degrees", "radians", "sinh", "cosh", "tanh", "pi"):
    FUNCTIONS[_name] = _of_double(_name)


@FUNCTIONS.called("isnan")
def _isnan(call: Call) -> Expr:
    return call.from_args(("DOUBLE",), lambda value: case((f"{value} IS NOT NULL", f"isnan({value})")))


@FUNCTIONS.called("isinf")
def _isinf(call: Call) -> Expr:
    if not is_number(call.args[0].type):
        raise call.refuse()
    return call.gives(f"(abs({call.arg(0, 'DOUBLE')}) = {_INFINITY})")


@FUNCTIONS.called("isfinite")
def _isfinite(call: Call) -> Expr:
    if is_moment(call.args[0].type) or call.args[0].type == "DATE":
        return call.gives(case((f"{call.args[0].sql} IS NOT NULL", "TRUE")))
    return call.gives(f"(abs({call.arg(0, 'DOUBLE')}) < {_INFINITY})")
