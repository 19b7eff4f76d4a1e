"""Lists and structs."""

from __future__ import annotations

from dataspark.sql.spark.expr import Expr, Span, of_type
from dataspark.sql.spark.functions.call import Call, Functions
from dataspark.sql.spark.ordering import is_nested
from dataspark.sql.spark.types import is_floating, is_moment, is_whole, members, spark_type
from dataspark.sql.spark.writing import case, integer, name, shared, text

FUNCTIONS = Functions()
ORDERLESS = frozenset(
    [
        *("list_sort", "array_sort", "list_reverse_sort", "array_reverse_sort", "len", "array_length", "list_length"),
        *(
            "list_contains",
            "list_has",
            "array_contains",
            "array_has",
            "contains",
            "list_has_any",
            "list_has_all",
            "&&",
            "@>",
        ),
        *(
            "array_has_any",
            "array_has_all",
            "list_unique",
            "array_unique",
            "list_min",
            "list_max",
            "list_count",
            "list_sum",
        ),
    ]
)
"""Functions whose result does not depend on the order of a list."""

# Making


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


# Parts


@FUNCTIONS.called("struct_extract")
def _field(call: Call) -> Expr:
    wanted = call.constant(1)
    fields = members(call.args[0].type)
    if isinstance(wanted, int):  # of a row without names
        return call.gives(f"{call.args[0].sql}.{name(fields[wanted - 1][0])}")
    known = {field.lower(): field for field, _kind in fields}
    return call.gives(f"{call.args[0].sql}.{name(known[call.string(1).lower()])}")


@FUNCTIONS.called("array_extract", "list_extract", "list_element")
def _element(call: Call) -> Expr:
    """Places from 1, negative ones from the end; NULL beyond."""
    value, place = call.args[0], call.args[1]
    if value.type == "VARCHAR":
        if isinstance(place.constant, int) and place.constant:
            return call.gives(f"substring({value.sql}, {place.constant}, 1)")
        return call.from_args(("VARCHAR", "BIGINT"), _letter)
    if value.type.startswith("STRUCT("):
        return _field(call)
    if isinstance(place.constant, int) and place.constant > 0:
        return call.gives(f"get({value.sql}, {place.constant - 1})")
    return call.from_args((value.type, "BIGINT"), lambda listed, number: f"get({listed}, {_index(listed, number)})")


def _index(listed: str, number: str) -> str:
    from_end = (f"{number} < 0", f"size({listed}) + {number}")
    return integer(case((f"{number} > 0", f"{number} - 1"), from_end, otherwise="-1"))


def _letter(value: str, number: str) -> str:
    place = case((f"{number} < 0", f"length({value}) + {number} + 1"), otherwise=number)
    return case(
        (f"{place} > 0", f"substring({value}, {integer(place)}, 1)"), (f"{place} <= 0 AND {value} IS NOT NULL", "''")
    )


@FUNCTIONS.called("array_slice", "list_slice")
def _slice(call: Call) -> Expr:
    bounds = [arg.constant for arg in call.args[1:]]
    if len(bounds) != 2 or not all(isinstance(bound, int) and bound > 0 for bound in bounds):
        raise call.refuse("a slice with anything but two positive literals")
    low, high = (int(str(bound)) for bound in bounds)
    theirs = "substring" if call.args[0].type == "VARCHAR" else "slice"
    return call.gives(f"{theirs}({call.args[0].sql}, {low}, {max(0, high - low + 1)})")


@FUNCTIONS.called("array_length", "list_length")
def _size(call: Call) -> Expr:
    return call.from_args(
        (call.args[0].type,), lambda listed: case((f"{listed} IS NOT NULL", f"CAST(size({listed}) AS BIGINT)"))
    )


# Searching


@FUNCTIONS.called("list_contains", "list_has", "array_contains", "array_has")
def _contains(call: Call) -> Expr:
    listed, value = call.args[0], call.args[1]
    if listed.type == '"NULL"' or listed.sql == "array()":
        raise call.refuse("a search in an empty list")
    kinds = _searched(call)
    if value.literal and not value.is_null and listed.sql.startswith("array("):
        return call.from_args(kinds, lambda all_, one: f"coalesce(array_contains({all_}, {one}), FALSE)")
    return call.from_args(kinds, _found)


def _searched(call: Call) -> tuple[str, str]:
    """The types in which a list's values and the one that is sought are compared: a BIGINT among INTEGERs as a BIGINT."""
    listed, value = call.args[0], call.args[1]
    if listed.type == '"NULL"[]':
        return f"{value.type}[]", value.type
    if listed.type[:-2] == value.type or value.type in ('"NULL"', "VARCHAR"):
        return listed.type, listed.type[:-2]
    kind = call.expressions.type_of(f"list_append({listed.stand}, {value.stand})", call.node)
    return kind, kind[:-2]


def _found(listed: str, value: str) -> str:
    given = f"{listed} IS NOT NULL AND {value} IS NOT NULL"
    return case((given, f"coalesce(array_contains({listed}, {value}), FALSE)"))


@FUNCTIONS.called("list_has_any", "array_has_any", "&&")
def _has_any(call: Call) -> Expr:
    return call.from_args(_alike(call), _overlap)


def _overlap(a: str, b: str) -> str:
    neither = case((f"{a} IS NOT NULL AND {b} IS NOT NULL", "FALSE"))
    return f"coalesce(arrays_overlap({a}, {b}), {neither})"


@FUNCTIONS.called("list_has_all", "array_has_all", "@>")
def _has_all(call: Call) -> Expr:
    return call.from_args(_alike(call), lambda a, b: f"(size(array_except(array_compact({b}), {a})) = 0)")


def _alike(call: Call) -> tuple[str, str]:
    kind = next((arg.type for arg in call.args if '"NULL"' not in arg.type and arg.sql != "array()"), call.args[0].type)
    return kind, kind


@FUNCTIONS.called("list_position", "list_indexof", "array_position", "array_indexof")
def _position(call: Call) -> Expr:
    """Where a value stands first. DuckDB also finds a NULL."""
    all_, one = _searched(call)
    values = (call.arg(0, all_), call.arg(1, one))
    null = "array_position(transform({0}, x -> x IS NULL), TRUE)"
    place = shared(values, lambda a, b: case((f"{b} IS NULL", null.format(a)), otherwise=f"array_position({a}, {b})"))
    return call.gives(f"CAST(nullif({place}, 0) AS {spark_type(call.type)})")


# Changing


@FUNCTIONS.called("list_filter", "array_filter", "filter")
def _filter(call: Call) -> Expr:
    return Expr(f"filter({call.args[0].sql}, {_lambda(call)})", call.args[0].type, call.args[0].stand)


@FUNCTIONS.called("list_transform", "array_transform", "apply", "list_apply", "array_apply")
def _transform(call: Call) -> Expr:
    return of_type(f"transform({call.args[0].sql}, {_lambda(call)})", f"{call.args[1].type}[]")


def _lambda(call: Call) -> str:
    if not call.lambdas:
        raise call.refuse()
    return call.lambdas[0]


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
    if is_nested(call.args[0].type[:-2]):
        raise call.refuse(f"`{call.name}` of {call.args[0].type}")
    # The tree has more arguments than DuckDB takes, where it comes from an ORDER BY.
    return of_type(ways[way], call.args[0].type)


@FUNCTIONS.called("list_reverse_sort", "array_reverse_sort")
def _sort_down(call: Call) -> Expr:
    if is_nested(call.args[0].type[:-2]):
        raise call.refuse()
    return call.gives(f"sort_array({call.args[0].typed()}, FALSE)")


@FUNCTIONS.called("list_reverse", "array_reverse")
def _reverse(call: Call) -> Expr:
    return call.gives(f"reverse({call.args[0].typed()})")


@FUNCTIONS.called("list_distinct", "array_distinct")
def _distinct(call: Call) -> Expr:
    if not call.any_order:
        raise call.refuse(f"`{call.name}` (the order of its values is chance: take `list_sort` of it)")
    return call.gives(f"array_distinct(array_compact({call.args[0].typed()}))")


@FUNCTIONS.called("list_unique", "array_unique")
def _unique(call: Call) -> Expr:
    return call.from_args(
        (call.args[0].type,),
        lambda listed: case(
            (f"{listed} IS NOT NULL", f"CAST(size(array_distinct(array_compact({listed}))) AS BIGINT)")
        ),
    )


@FUNCTIONS.called("list_concat", "list_cat", "array_concat", "array_cat")
def _concat(call: Call) -> Expr:
    none = f"CAST(array() AS {spark_type(call.type)})"
    parts = (f"coalesce({call.arg(place, call.type)}, {none})" for place in range(len(call.args)))
    return call.gives(f"concat({', '.join(parts)})")


@FUNCTIONS.called("list_append", "array_append", "array_push_back")
def _append(call: Call) -> Expr:
    none = f"CAST(array() AS {spark_type(call.type)})"
    added = call.expressions.converted(call.args[1], call.type[:-2], call.node).typed()
    return call.gives(f"concat(coalesce({call.arg(0, call.type)}, {none}), array({added}))")


@FUNCTIONS.called("flatten")
def _flatten(call: Call) -> Expr:
    return call.gives(f"flatten({call.args[0].typed()})")


# Summing up


@FUNCTIONS.called("array_to_string", "list_to_string")
def _to_string(call: Call) -> Expr:
    """Without its NULLs; NULL where a list has nothing else."""
    separator = "','" if len(call.args) == 1 or call.args[1].is_null else call.arg(1, "VARCHAR")

    def made(listed: str) -> str:
        some = f"size({listed}) = 0 OR exists({listed}, x -> x IS NOT NULL)"
        return case((some, f"array_join({listed}, {separator})"))

    return call.gives(shared((call.arg(0, "VARCHAR[]"),), made))


@FUNCTIONS.called("list_min", "list_max", "array_min", "array_max")
def _extreme(call: Call) -> Expr:
    if is_nested(call.args[0].type[:-2]):
        raise call.refuse()
    return call.gives(f"array_{call.name[-3:]}({call.args[0].typed()})")


@FUNCTIONS.called("list_count", "array_count")
def _count(call: Call) -> Expr:
    """Those that are not NULL; of no list, NULL."""
    known = f"array_compact({call.args[0].typed()})"
    return call.gives(shared((known,), lambda kept: case((f"{kept} IS NOT NULL", f"CAST(size({kept}) AS BIGINT)"))))


@FUNCTIONS.called("list_sum", "list_avg", "array_sum", "array_avg")
def _total(call: Call) -> Expr:
    element, kind = call.args[0].type[:-2], spark_type(call.type)
    if is_floating(element) or call.name.endswith("avg"):
        kind = "DOUBLE"

    def made(kept: str) -> str:
        total = f"aggregate({kept}, CAST(0 AS {kind}), (total, x) -> CAST(total + x AS {kind}))"
        found = f"({total} / size({kept}))" if call.name.endswith("avg") else total
        return case((f"size({kept}) > 0", found))

    return call.gives(shared((f"array_compact({call.args[0].typed()})",), made))


@FUNCTIONS.called("list_aggregate", "list_aggr", "array_aggregate", "aggregate")
def _aggregate(call: Call) -> Expr:
    """`list_aggregate(l, 'sum')`: as `list_sum(l)`."""
    wanted = f"list_{call.string(1)}"
    if wanted not in ("list_sum", "list_avg", "list_min", "list_max", "list_count") or len(call.args) > 2:
        raise call.refuse(f"`{call.name}` by '{call.string(1)}'")
    return FUNCTIONS[wanted](Call(call.expressions, {**call.node, "is_operator": False}, wanted, call.args[:1]))


# Series


@FUNCTIONS.called("from_json")
def _from_json(call: Call) -> Expr:
    """Lists of texts or whole numbers, as the pipeline sends them."""
    if call.type not in ("VARCHAR[]", "BIGINT[]"):
        raise call.refuse()
    return call.gives(f"from_json({call.arg(0, 'VARCHAR')}, '{spark_type(call.type)}')")


@FUNCTIONS.called("range", "generate_series")
def _range(call: Call) -> Expr:
    """Numbers, or moments by a step of an interval; `range` leaves out its end."""
    inclusive = call.name == "generate_series"
    if all(is_whole(arg.type) for arg in call.args):
        return _numbers(call, inclusive)
    if len(call.args) == 3 and call.args[2].span and all(a.type == "DATE" or is_moment(a.type) for a in call.args[:2]):
        return _moments(call, call.args[2].span, inclusive)
    raise call.refuse()


def _numbers(call: Call, inclusive: bool) -> Expr:
    values = [f"CAST({arg.sql} AS BIGINT)" for arg in call.args]
    low, high = (values[0], values[1]) if len(values) > 1 else ("CAST(0 AS BIGINT)", values[0])
    step = call.args[2].constant if len(values) > 2 else 1
    if not isinstance(step, int) or step == 0:
        raise call.refuse(f"`{call.name}` with anything but a literal step")

    def made(first: str, end: str) -> str:
        last = end if inclusive else f"({end} - {1 if step > 0 else -1})"
        beyond = f"{first} {'>' if step > 0 else '<'} {last}"
        empty = "CAST(array() AS ARRAY<BIGINT>)"
        return case((beyond, empty), otherwise=f"sequence({first}, {last}, CAST({step} AS BIGINT))")

    return of_type(shared((low, high), made), "BIGINT[]")


def _moments(call: Call, span: Span, inclusive: bool) -> Expr:
    """By months, DuckDB adds the step to the last moment and Spark to the first: they part after a short month."""
    kind, type_ = ("TIMESTAMP_NTZ", "TIMESTAMP")
    if any("ZONE" in arg.type for arg in call.args[:2]):
        kind, type_ = ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
    parts = [part for part in (span.months, span.days, span.micros) if part]
    if len(parts) != 1:
        raise call.refuse(f"`{call.name}` with a step of several units")
    step = _step(span)
    empty = f"CAST(array() AS ARRAY<{kind}>)"

    def made(low: str, high: str) -> str:
        rows = f"sequence({low}, {high}, {step})"
        rows = rows if inclusive else f"filter({rows}, x -> x < {high})"
        if span.months:
            late = "raise_error('a series of months must begin on one of the first 28 days')"
            rows = case((f"day({low}) <= 28", rows), otherwise=f"CAST({late} AS ARRAY<{kind}>)")
        return case((f"{low} > {high}", empty), otherwise=rows)

    low, high = (f"CAST({arg.sql} AS {kind})" for arg in call.args[:2])
    return of_type(shared((low, high), made), f"{type_}[]")


def _step(span: Span) -> str:
    if span.months:
        return f"make_ym_interval(0, {integer(span.months)})"
    if span.days:
        return f"make_dt_interval({integer(span.days)})"
    return f"make_dt_interval(0, 0, 0, CAST({span.micros} AS DECIMAL(20,0)) * 0.000001BD)"
