"""Lists and structs."""

from __future__ import annotations

from dataspark.sql.spark.expr import Expr, Node, name, of_type, text
from dataspark.sql.spark.functions import spans
from dataspark.sql.spark.functions.call import Call, Functions
from dataspark.sql.spark.types import is_moment, is_whole, members, spark_type

FUNCTIONS = Functions()


@FUNCTIONS.called("list_value", "list_pack", "array_value")
def _list(call: Call) -> Expr:
    if not call.args:
        return Expr("array()", call.type, "[]", exact=False, literal=True)
    element = call.type[:-2]
    return call.gives(f"array({', '.join(call.arg(place, element) for place in range(len(call.args)))})")


@FUNCTIONS.called("row")
def _row(call: Call) -> Expr:
    fields = (f"'col{place}', {arg.typed()}" for place, arg in enumerate(call.args, 1))
    return call.gives(f"named_struct({', '.join(fields)})")


@FUNCTIONS.called("struct_pack")
def _struct(call: Call) -> Expr:
    named = zip(call.node["children"], call.args, strict=True)
    fields = (f"{text(child['alias'])}, {arg.typed()}" for child, arg in named)
    return call.gives(f"named_struct({', '.join(fields)})")


@FUNCTIONS.called("struct_extract")
def _field(call: Call) -> Expr:
    wanted = call.string(1)
    known = {field.lower(): field for field, _kind in members(call.args[0].type)}
    return call.gives(f"{call.args[0].sql}.{name(known[wanted.lower()])}")


@FUNCTIONS.called("list_contains", "list_has", "array_contains", "array_has")
def _contains(call: Call) -> Expr:
    listed, value = call.args[0], call.args[1]
    element = listed.type[:-2]
    sought = call.expressions.converted(value, element, call.node).typed() if element != '"NULL"' else value.sql
    found = f"coalesce(array_contains({listed.sql}, {sought}), FALSE)"
    if value.literal and not value.is_null and listed.sql.startswith("array("):
        return call.gives(found)
    return call.gives(f"CASE WHEN {listed.sql} IS NOT NULL AND {sought} IS NOT NULL THEN {found} END")


@FUNCTIONS.called("list_has_any", "array_has_any", "&&")
def _has_any(call: Call) -> Expr:
    a, b = _alike(call)
    return call.gives(f"coalesce(arrays_overlap({a}, {b}), {_unless_null(a, b)})")


@FUNCTIONS.called("list_has_all", "array_has_all", "@>")
def _has_all(call: Call) -> Expr:
    a, b = _alike(call)
    return call.gives(f"(size(array_except(array_compact({b}), {a})) = 0)")


def _alike(call: Call) -> tuple[str, str]:
    kind = next((arg.type for arg in call.args if '"NULL"' not in arg.type and arg.sql != "array()"), call.args[0].type)
    return call.arg(0, kind), call.arg(1, kind)


def _unless_null(a: str, b: str) -> str:
    return f"CASE WHEN {a} IS NOT NULL AND {b} IS NOT NULL THEN FALSE END"


@FUNCTIONS.called("list_filter", "array_filter", "filter")
def _filter(call: Call) -> Expr:
    return Expr(f"filter({call.args[0].sql}, {call.lambdas[0]})", call.args[0].type, call.args[0].stand)


@FUNCTIONS.called("list_transform", "array_transform", "apply", "list_apply", "array_apply")
def _transform(call: Call) -> Expr:
    kind = f"{call.args[1].type}[]"
    return of_type(f"transform({call.args[0].sql}, {call.lambdas[0]})", kind)


@FUNCTIONS.called("list_sort", "array_sort")
def _sort(call: Call) -> Expr:
    """Rising, NULLs last, unless it is told otherwise. (`list(x ORDER BY x)` is one of these, too.)"""
    value = call.args[0].typed()
    said = [call.string(place).upper().replace("_", " ") for place in range(1, len(call.args))]
    said = [usual if one == "ORDER DEFAULT" else one for one, usual in zip(said, ("ASC", "NULLS LAST"), strict=False)]
    ways = {
        ("ASC", "NULLS LAST"): f"array_sort({value})",
        ("ASC", "NULLS FIRST"): f"sort_array({value}, TRUE)",
        ("DESC", "NULLS LAST"): f"sort_array({value}, FALSE)",
    }
    way = (*said, *("ASC", "NULLS LAST")[len(said) :])
    if way not in ways:
        raise call.refuse(f"`{call.name}` {' '.join(way)}")
    # The tree has more arguments than DuckDB takes, where it comes from an ORDER BY.
    return of_type(ways[way], call.args[0].type)


@FUNCTIONS.called("list_reverse_sort", "array_reverse_sort")
def _sort_down(call: Call) -> Expr:
    return call.gives(f"sort_array({call.args[0].typed()}, FALSE)")


@FUNCTIONS.called("list_distinct", "array_distinct", "list_unique")
def _distinct(call: Call) -> Expr:
    if call.name == "list_unique":
        return call.gives(f"CAST(size(array_distinct(array_compact({call.args[0].sql}))) AS BIGINT)")
    return call.gives(f"array_distinct(array_compact({call.args[0].sql}))")


@FUNCTIONS.called("list_concat", "list_cat", "array_concat", "array_cat")
def _concat(call: Call) -> Expr:
    parts = (
        f"coalesce({call.arg(place, call.type)}, CAST(array() AS {spark_type(call.type)}))"
        for place in range(len(call.args))
    )
    return call.gives(f"concat({', '.join(parts)})")


@FUNCTIONS.called("flatten")
def _flatten(call: Call) -> Expr:
    return call.gives(f"flatten({call.args[0].typed()})")


@FUNCTIONS.called("list_position", "list_indexof", "array_position", "array_indexof")
def _position(call: Call) -> Expr:
    place = f"array_position({call.args[0].typed()}, {call.arg(1, call.args[0].type[:-2])})"
    return call.gives(f"CAST(nullif({place}, 0) AS {spark_type(call.type)})")


@FUNCTIONS.called("array_length", "list_length")
def _size(call: Call) -> Expr:
    value = call.args[0].sql
    return call.gives(f"CASE WHEN {value} IS NOT NULL THEN CAST(size({value}) AS BIGINT) END")


@FUNCTIONS.called("array_to_string", "list_to_string")
def _to_string(call: Call) -> Expr:
    return call.gives(f"array_join({call.arg(0, 'VARCHAR[]')}, {call.arg(1, 'VARCHAR')})")


@FUNCTIONS.called("list_sum", "list_min", "list_max", "list_avg")
def _reduce(call: Call) -> Expr:
    value, kind = call.args[0].typed(), spark_type(call.type)
    if call.name in ("list_min", "list_max"):
        return call.gives(f"array_{call.name[5:]}({value})")
    kept = f"array_compact({value})"
    total = f"aggregate({kept}, CAST(0 AS {kind}), (a, x) -> CAST(a + x AS {kind}))"
    made = f"({total} / size({kept}))" if call.name == "list_avg" else total
    return call.gives(f"CASE WHEN size({kept}) > 0 THEN {made} END")


@FUNCTIONS.called("array_extract", "list_extract", "list_element")
def _element(call: Call) -> Expr:
    """Places from 1, negative ones from the end; NULL beyond."""
    value, place = call.args[0], call.args[1]
    if value.type == "VARCHAR":
        from dataspark.sql.spark.functions.texts import FUNCTIONS as TEXTS

        one = Expr("1", "INTEGER", "1", constant=1, literal=True)
        return TEXTS["substring"](Call(call.expressions, call.node, "substring", (value, place, one)))
    if value.type.startswith("STRUCT("):
        return _field(call)
    number = call.arg(1, "BIGINT")
    if isinstance(place.constant, int) and place.constant > 0:
        return call.gives(f"get({value.sql}, {place.constant - 1})")
    index = f"CASE WHEN {number} > 0 THEN {number} - 1 WHEN {number} < 0 THEN size({value.sql}) + {number} ELSE -1 END"
    return call.gives(f"get({value.sql}, CAST({index} AS INT))")


@FUNCTIONS.called("array_slice", "list_slice")
def _slice(call: Call) -> Expr:
    bounds = [arg.constant for arg in call.args[1:]]
    if len(bounds) != 2 or not all(isinstance(bound, int) and bound > 0 for bound in bounds):
        raise call.refuse("a slice with anything but two positive literals")
    low, high = (int(str(bound)) for bound in bounds)
    theirs = "substring" if call.args[0].type == "VARCHAR" else "slice"
    return call.gives(f"{theirs}({call.args[0].sql}, {low}, {max(0, high - low + 1)})")


@FUNCTIONS.called("from_json", "json_transform")
def _from_json(call: Call) -> Expr:
    """Lists of plain values, as the pipeline sends them."""
    return call.gives(f"from_json({call.arg(0, 'VARCHAR')}, '{spark_type(call.type)}')")


@FUNCTIONS.called("range", "generate_series")
def _range(call: Call) -> Expr:
    """Numbers, or moments by a step of an interval; `range` leaves out its end."""
    inclusive = call.name == "generate_series"
    if all(is_whole(arg.type) for arg in call.args):
        return _numbers(call, inclusive)
    if len(call.args) == 3 and call.args[2].span and all(a.type == "DATE" or is_moment(a.type) for a in call.args[:2]):
        return _moments(call, inclusive)
    raise call.refuse()


def _numbers(call: Call, inclusive: bool) -> Expr:
    values = [f"CAST({arg.sql} AS BIGINT)" for arg in call.args]
    low, high = (values[0], values[1]) if len(values) > 1 else ("CAST(0 AS BIGINT)", values[0])
    step = call.args[2].constant if len(values) > 2 else 1
    if not isinstance(step, int) or step == 0:
        raise call.refuse(f"`{call.name}` with anything but a literal step")
    last = high if inclusive else f"({high} - {1 if step > 0 else -1})"
    beyond = f"{low} > {last}" if step > 0 else f"{low} < {last}"
    sql = f"CASE WHEN {beyond} THEN CAST(array() AS ARRAY<BIGINT>) ELSE sequence({low}, {last}, CAST({step} AS BIGINT)) END"
    return of_type(sql, "BIGINT[]")


def _moments(call: Call, inclusive: bool) -> Expr:
    span = call.args[2].span or spans.Span()
    parts = [part for part in (span.months, span.days, span.micros) if part]
    if len(parts) != 1:
        raise call.refuse(f"`{call.name}` with a step of several units")
    unit = "MONTH" if span.months else "DAY" if span.days else "SECOND"
    number = parts[0] if not span.micros else f"(({span.micros}) div 1000000)"
    zoned = any("ZONE" in arg.type for arg in call.args[:2])
    kind, type_ = ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE") if zoned else ("TIMESTAMP_NTZ", "TIMESTAMP")
    low, high = (f"CAST({arg.sql} AS {kind})" for arg in call.args[:2])
    maker = f"make_{'ym' if span.months else 'dt'}_interval({'0, ' if span.months else ''}{number if unit != 'SECOND' else f'0, 0, 0, {number}'})"
    rows = f"sequence({low}, {high}, {maker})"
    if span.months:
        # DuckDB adds the step to the last value, Spark to the first: they part after a month with fewer days.
        late = "raise_error('a series of months must begin on one of the first 28 days')"
        rows = f"CASE WHEN day({low}) <= 28 THEN {rows} ELSE CAST({late} AS ARRAY<{kind}>) END"
    if not inclusive:
        rows = f"filter({rows}, x -> x < {high})"
    empty = f"CAST(array() AS ARRAY<{kind}>)"
    return of_type(f"CASE WHEN {low} > {high} THEN {empty} ELSE {rows} END", f"{type_}[]")


def alias_of(node: Node) -> str:
    """The name of a field."""
    return str(node.get("alias", ""))
