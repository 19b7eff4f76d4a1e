"""Expressions, by the classes of DuckDB's syntax tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from dataspark.sql.spark import aggregates, casting, subqueries, windows
from dataspark.sql.spark.casting import known
from dataspark.sql.spark.casting.known import Fact
from dataspark.sql.spark.expr import NO_VALUE, Expr, Node, of_type
from dataspark.sql.spark.functions import FUNCTIONS, ORDERLESS, Call
from dataspark.sql.spark.functions.refused import REASONS
from dataspark.sql.spark.ordering import sortable
from dataspark.sql.spark.scopes import Scope
from dataspark.sql.spark.types import decimal_of, is_number, is_whole, spark_type
from dataspark.sql.spark.writing import text

if TYPE_CHECKING:
    from dataspark.sql.spark.selects import Selects
    from dataspark.sql.spark.translator import Work

_COMPARISONS = {
    "COMPARE_EQUAL": "=",
    "COMPARE_NOTEQUAL": "<>",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
    "COMPARE_DISTINCT_FROM": "IS DISTINCT FROM",
    "COMPARE_NOT_DISTINCT_FROM": "IS NOT DISTINCT FROM",
}
_KEEPS_CONSTANTS = ("-", "+", "list_value", "struct_pack", "row")
"""Functions of literals that are literals for DuckDB's types."""


class Expressions:
    """Translates expressions."""

    def __init__(self, work: Work, selects: Selects) -> None:
        self.work, self.selects = work, selects
        self._facts: list[Fact] = []
        self._kinds: dict[str, Callable[[Node, Scope], Expr]] = {
            "CONSTANT": self._constant,
            "COLUMN_REF": self._column,
            "FUNCTION": self._function,
            "OPERATOR": self._operator,
            "COMPARISON": self._comparison,
            "CONJUNCTION": self._conjunction,
            "CASE": self._case,
            "CAST": self._cast,
            "BETWEEN": self._between,
            "SUBQUERY": self._subquery,
            "WINDOW": self._window,
        }

    def of(self, node: Node, scope: Scope, selected: bool = False, any_order: bool = False) -> Expr:
        """Any expression.

        `selected`: it is a whole column of a SELECT's result. `any_order`: if it is a list, nobody sees its order.
        """
        if node["class"] == "FUNCTION" and node["function_name"] == "unnest":
            return self._unnest(node, scope, selected)
        if node["class"] not in self._kinds:
            raise self.work.refuse(f"an expression of the kind {node['class'].lower()}", node)
        made = self._function(node, scope, any_order) if any_order else self._kinds[node["class"]](node, scope)
        if NO_VALUE in made.sql and (selected or made.span is None):
            raise self.work.refuse("an INTERVAL as a value (take `epoch(…)` or `date_diff` of it)", node)
        return made

    def type_of(self, expression: str, node: Node) -> str:
        """The type that DuckDB gives an expression without columns."""
        return self.work.type_of(expression, node)

    def aggregates(self, node: Any) -> bool:
        """Whether an aggregate is in an expression (a window function and a subquery are none)."""
        if isinstance(node, list):
            return any(self.aggregates(part) for part in node)
        if not isinstance(node, dict):
            return False
        if node.get("class") in ("WINDOW", "SUBQUERY"):
            return False
        if node.get("class") == "FUNCTION" and node["function_name"] in aggregates.AGGREGATES:
            return True
        return any(self.aggregates(part) for part in node.values())

    # Values

    def _constant(self, node: Node, _scope: Scope) -> Expr:
        value = node["value"]
        kind, of = type_name(value["type"]), value.get("value")
        if value["is_null"]:
            return Expr("NULL", '"NULL"', "NULL", literal=True)
        if kind == "HUGEINT" and isinstance(of, dict):
            of = (of["upper"] << 64) + of["lower"]
        if found := decimal_of(kind):
            of = _decimal(of, found[1])
            digits = f"{of:f}"  # never `1E-8`, which is a DOUBLE
            return Expr(f"CAST({digits} AS {spark_type(kind)})", kind, digits, constant=of, literal=True)
        if kind == "VARCHAR":
            return Expr(text(of), kind, _quoted(of), constant=of, literal=True)
        if kind == "BOOLEAN":
            word = "TRUE" if of else "FALSE"
            return Expr(word, kind, word, constant=bool(of), literal=True)
        if is_whole(kind):
            sql = str(of) if kind == "INTEGER" else f"CAST({of} AS {spark_type(kind)})"
            if not -(2**63) <= of < 2**63:
                raise self.work.refuse(f"the number {of}, which no BIGINT holds,", node)
            return Expr(sql, kind, str(of), constant=of, literal=True)
        if kind == "DOUBLE":
            return Expr(
                f"{float(of)!r}D" if "inf" not in repr(float(of)) else f"CAST('{of}' AS DOUBLE)",
                kind,
                f"CAST({float(of)!r} AS DOUBLE)",
                constant=float(of),
                literal=True,
            )
        raise self.work.refuse(f"a literal of the type {kind}", node)

    def _column(self, node: Node, scope: Scope) -> Expr:
        path = node["column_names"]
        try:
            found = scope.find(path)
        except LookupError as error:
            what = f"the name `{error}` of a query two levels out (join its table in the query between)"
            raise self.work.refuse(what, node) from error
        if found is not None and not scope.hides(path, found):
            return found
        return self._aliased(node, scope)

    def _aliased(self, node: Node, scope: Scope) -> Expr:
        path = node["column_names"]
        alias = path[0].lower()
        if len(path) == 1 and alias in scope.aliases and alias not in scope.replacing:
            scope.replacing.add(alias)
            try:
                return self.of(scope.aliases[alias], scope)
            finally:
                scope.replacing.discard(alias)
        raise self.work.refuse(f"the name `{'.'.join(path)}`{_because(alias)}", node)

    def _unnest(self, node: Node, scope: Scope, selected: bool) -> Expr:
        if not selected:
            raise self.work.refuse("`unnest` inside an expression (give it a column of its own in a subquery)", node)
        value = self.of(node["children"][0], scope)
        if not value.type.endswith("[]") or len(node["children"]) != 1:
            raise self.work.refuse(f"`unnest` of {value.type}", node)
        return of_type(f"explode({value.typed()})", value.type[:-2])

    # Functions

    def _function(self, node: Node, scope: Scope, any_order: bool = False) -> Expr:
        called = node["function_name"]
        if called in aggregates.AGGREGATES:
            return aggregates.aggregate(self, node, scope, any_order=any_order)
        if called not in FUNCTIONS:
            raise self.work.refuse(f"the function `{called}`{_because(called)}", node)
        if node.get("distinct") or node.get("filter"):
            raise self.work.refuse(f"DISTINCT or FILTER of `{called}`, which is no aggregate,", node)
        args, lambdas = self._arguments(node, scope)
        call = Call(self, node, called, args, lambdas, any_order)
        made = FUNCTIONS[called](call)
        if made.literal or not args or called not in _KEEPS_CONSTANTS or not all(arg.literal for arg in args):
            return made
        return Expr(made.sql, made.type, call.asked, made.exact, literal=True, constant=_folded(called, args))

    def _arguments(self, node: Node, scope: Scope) -> tuple[tuple[Expr, ...], tuple[str, ...]]:
        args: list[Expr] = []
        lambdas: list[str] = []
        for child in node["children"]:
            if child["class"] != "LAMBDA":
                any_order = node["function_name"] in ORDERLESS and child["class"] == "FUNCTION"
                args.append(self.of(child, scope, any_order=any_order))
                continue
            names = _parameters(child["lhs"])
            if not args or not args[0].type.endswith("[]") or len(names) != 1:
                raise self.work.refuse("a lambda here", node)
            element = args[0].type[:-2]
            scope.lambdas.append({names[0].lower(): of_type(f"`{names[0]}`", element)})
            try:
                body = self.of(child["expr"], scope)
            finally:
                scope.lambdas.pop()
            lambdas.append(f"`{names[0]}` -> {body.typed()}")
            args.append(Expr(body.sql, body.type, body.stand, body.exact))
        return tuple(args), tuple(lambdas)

    # Operators

    def _operator(self, node: Node, scope: Scope) -> Expr:
        kind = node["type"]
        if kind in ("COMPARE_IN", "COMPARE_NOT_IN"):
            return self._in(node, scope)
        children = [self.of(child, scope) for child in node["children"]]
        if kind == "GROUPING_FUNCTION":
            word = "grouping" if len(children) == 1 else "grouping_id"
            return of_type(f"CAST({word}({', '.join(child.typed() for child in children)}) AS BIGINT)", "BIGINT")
        if kind == "OPERATOR_NOT":
            return of_type(f"(NOT {self.converted(children[0], 'BOOLEAN', node).sql})", "BOOLEAN")
        if kind in ("OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL"):
            tested = children[0].span.some if children[0].span else children[0].sql
            return of_type(f"({tested} IS {'NOT ' if 'NOT' in kind else ''}NULL)", "BOOLEAN")
        if kind == "OPERATOR_COALESCE":
            wanted = self.type_of(f"coalesce({', '.join(child.stand for child in children)})", node)
            listed = ", ".join(self.converted(child, wanted, node).typed() for child in children)
            return of_type(f"coalesce({listed})", wanted)
        if kind == "OPERATOR_TRY":
            raise self.work.refuse("TRY", node)
        called = {
            "ARRAY_EXTRACT": "array_extract",
            "ARRAY_SLICE": "array_slice",
            "STRUCT_EXTRACT": "struct_extract",
            "OPERATOR_NULLIF": "nullif",
        }
        if kind in called:
            return FUNCTIONS[called[kind]](Call(self, node, called[kind], tuple(children), ()))
        raise self.work.refuse(f"the operator {kind.lower()}", node)

    def _in(self, node: Node, scope: Scope) -> Expr:
        children = [self.of(child, scope) for child in node["children"]]
        if len(children) == 2 and children[1].type.endswith("[]"):
            found = FUNCTIONS["list_contains"](Call(self, node, "list_contains", (children[1], children[0]), ()))
            return found if node["type"] == "COMPARE_IN" else of_type(f"(NOT {found.sql})", "BOOLEAN")
        value, *others = self.alike(children, node)
        word = "IN" if node["type"] == "COMPARE_IN" else "NOT IN"
        return of_type(f"({value.sql} {word} ({', '.join(other.sql for other in others)}))", "BOOLEAN")

    def _comparison(self, node: Node, scope: Scope) -> Expr:
        with self._knowing(node, scope):
            a, b = self.alike([self.of(node["left"], scope), self.of(node["right"], scope)], node)
        return self.compare(_COMPARISONS[node["type"]], a, b)

    def compare(self, word: str, a: Expr, b: Expr) -> Expr:
        """A comparison of two values of one type."""
        if word in ("<", ">", "<=", ">="):
            return of_type(f"({sortable(a.sql, a.type)} {word} {sortable(b.sql, b.type)})", "BOOLEAN")
        if word == "IS DISTINCT FROM":
            return of_type(f"(NOT ({a.sql} <=> {b.sql}))", "BOOLEAN")
        return of_type(f"({a.sql} {'<=>' if word == 'IS NOT DISTINCT FROM' else word} {b.sql})", "BOOLEAN")

    def alike(self, values: Sequence[Expr], node: Node) -> list[Expr]:
        """The values in the one type in which DuckDB compares them."""
        if any(value.span for value in values):
            return [_length(value, self, node) for value in values]
        if all(value.type == values[0].type for value in values):
            return [value.settled() if not is_number(value.type) else value for value in values]
        kinds = {value.type for value in values if not value.is_null}
        wanted = self._compared(values, node)
        if all(is_number(kind) or kind == '"NULL"' for kind in kinds) and not _floats_with_decimals(kinds):
            return list(values)
        return [self.converted(value, wanted, node) for value in values]

    def _compared(self, values: Sequence[Expr], node: Node) -> str:
        """The type in which values are compared. A CASE would not do: it unites a number and a text as texts."""
        others = [value for value in values if value.type != "VARCHAR" and not value.is_null]
        if not others:
            return "VARCHAR"
        if len({value.type for value in others}) == 1 and not any(value.literal for value in others):
            return others[0].type
        return self.type_of(f"[{', '.join(value.stand for value in others)}]", node)[:-2]

    def converted(self, value: Expr, wanted: str, node: Node) -> Expr:
        """A value in another type, as DuckDB converts by itself."""
        if value.type == wanted:
            return value
        if value.is_null:
            return of_type(f"CAST(NULL AS {spark_type(wanted)})", wanted)
        return casting.cast(self, value, wanted, node, attempt=False)

    def _conjunction(self, node: Node, scope: Scope, condition: bool = False) -> Expr:
        word = " AND " if node["type"] == "CONJUNCTION_AND" else " OR "
        translate = self.condition if condition else self.of
        children = [self.converted(translate(child, scope), "BOOLEAN", node).sql for child in node["children"]]
        return of_type(f"({word.join(children)})", "BOOLEAN")

    def _between(self, node: Node, scope: Scope) -> Expr:
        alike = self.alike([self.of(node[part], scope) for part in ("input", "lower", "upper")], node)
        value, low, high = (sortable(one.sql, one.type) for one in alike)
        return of_type(f"({value} BETWEEN {low} AND {high})", "BOOLEAN")

    def _case(self, node: Node, scope: Scope) -> Expr:
        whens, thens = [], []
        for check in node["case_checks"]:
            with self._knowing(check["when_expr"], scope):
                whens.append(self.condition(check["when_expr"], scope))
                thens.append(self.of(check["then_expr"], scope))
        other = (
            self.of(node["else_expr"], scope) if node.get("else_expr") else Expr("NULL", '"NULL"', "NULL", literal=True)
        )
        asked = " ".join(f"WHEN TRUE THEN {then.stand}" for then in thens)
        wanted = self.type_of(f"CASE {asked} ELSE {other.stand} END", node)
        parts = [
            f"WHEN {when.sql} THEN {self.converted(then, wanted, node).typed()}"
            for when, then in zip(whens, thens, strict=True)
        ]
        ending = "" if other.is_null else f" ELSE {self.converted(other, wanted, node).typed()}"
        return of_type(f"CASE {' '.join(parts)}{ending} END", wanted)

    @contextmanager
    def _knowing(self, condition: Node, scope: Scope) -> Iterator[None]:
        """Around what only matters where a condition is TRUE."""
        before = len(self._facts)
        self._facts += known.facts(condition, lambda child: self.of(child, scope).sql, type_name)
        try:
            yield
        finally:
            del self._facts[before:]

    def knows(self, sql: str, wanted: str) -> bool:
        """Whether Spark's own cast of a text reads it as DuckDB does."""
        return any(fact.is_enough(sql, wanted) for fact in self._facts)

    def _cast(self, node: Node, scope: Scope) -> Expr:
        value = self.of(node["child"], scope)
        return casting.cast(self, value, type_name(node["cast_type"]), node, attempt=bool(node.get("try_cast")))

    def _subquery(self, node: Node, scope: Scope) -> Expr:
        return subqueries.subquery(self, node, scope, condition=False)

    def condition(self, node: Node, scope: Scope) -> Expr:
        """An expression of which only TRUE counts: NULL is as good as FALSE."""
        if node["class"] == "CONJUNCTION":
            return self._conjunction(node, scope, condition=True)
        if node["type"] == "OPERATOR_NOT" and subqueries.is_in(node["children"][0]):
            kept = subqueries.subquery(self, node["children"][0], scope, condition=True)
            return of_type(f"(NOT {kept.sql})", "BOOLEAN")
        if node["class"] == "SUBQUERY":
            return self.converted(subqueries.subquery(self, node, scope, condition=True), "BOOLEAN", node)
        return self.converted(self.of(node, scope), "BOOLEAN", node)

    def _window(self, node: Node, scope: Scope) -> Expr:
        return windows.window(self, node, scope)


def type_name(described: dict[str, Any]) -> str:
    """A type of the syntax tree, as DuckDB writes it."""
    kind, info = described["id"], described.get("type_info") or {}
    if kind == "DECIMAL":
        return f"DECIMAL({info.get('width', 18)},{info.get('scale', 3)})"
    if kind == "LIST":
        return f"{type_name(info['child_type'])}[]"
    if kind == "STRUCT":
        fields = ", ".join(f'"{field["first"]}" {type_name(field["second"])}' for field in info["child_types"])
        return f"STRUCT({fields})"
    if kind in ("USER", "UNBOUND"):
        return str(info.get("user_type_name") or info.get("name") or kind).upper()
    return '"NULL"' if kind == "NULL" else str(kind)


def _because(called: str) -> str:
    return f" ({REASONS[called]})" if called in REASONS else ""


def _decimal(unscaled: Any, scale: int) -> Decimal:
    if isinstance(unscaled, dict):
        unscaled = (unscaled["upper"] << 64) + unscaled["lower"]
    return Decimal(unscaled).scaleb(-scale, Context(prec=40))


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _folded(called: str, args: Sequence[Expr]) -> Any:
    """The value of a function of literals that is one for DuckDB's types."""
    if called == "list_value":
        return [arg.constant for arg in args]
    if called == "-" and len(args) == 1 and isinstance(args[0].constant, int | float | Decimal):
        return -args[0].constant
    return args[0].constant if called == "+" and len(args) == 1 else None


def _parameters(node: Any) -> list[str]:
    if node.get("class") == "COLUMN_REF":
        return [node["column_names"][-1]]
    return [part["column_names"][-1] for part in node.get("children", [])]


def _floats_with_decimals(kinds: set[str]) -> bool:
    return any(kind in ("FLOAT", "DOUBLE") for kind in kinds) and len(kinds) > 1


def _length(value: Expr, _expressions: Expressions, node: Node) -> Expr:
    raise _expressions.work.refuse("a comparison of intervals", node)
