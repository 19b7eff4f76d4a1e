"""Queries: SELECT, set operations, WITH, and what orders and limits them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dataspark.sql.spark.expr import Expr, Node, of_type
from dataspark.sql.spark.expressions import Expressions
from dataspark.sql.spark.ordering import Order, is_nested
from dataspark.sql.spark.scopes import Column, Environment, Scope, Source
from dataspark.sql.spark.tables import Tables
from dataspark.sql.spark.types import spark_type
from dataspark.sql.spark.writing import name

if TYPE_CHECKING:
    from dataspark.sql.spark.translator import Work

Columns = tuple[tuple[str, str], ...]
_SET_OPERATIONS = {"UNION": "UNION", "EXCEPT": "EXCEPT", "INTERSECT": "INTERSECT"}


@dataclass(frozen=True)
class Query:
    """A query of Spark's and the columns of its result."""

    sql: str
    columns: Columns
    correlated: bool = False


@dataclass(frozen=True)
class Item:
    """One column of a SELECT's result."""

    name: str
    value: Expr

    @property
    def sql(self) -> str:
        """As it stands behind SELECT."""
        return f"{self.value.typed()} AS {name(self.name)}"


class Selects:
    """Translates queries and whatever is in them."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.expressions = Expressions(work, self)
        self.tables = Tables(work, self)

    def query(self, node: Node, around: Environment) -> Query:
        """Any query."""
        named, around = self._named(node, around)
        kinds = {
            "SELECT_NODE": self._select,
            "SET_OPERATION_NODE": self._set_operation,
            "RECURSIVE_CTE_NODE": self._recursive,
            "CTE_NODE": self._cte,
        }
        if node["type"] not in kinds:
            raise self.work.refuse(f"a query of the kind {node['type']}")
        found = kinds[node["type"]](node, around)
        return Query(f"{named}{found.sql}", found.columns, found.correlated)

    # WITH

    def _named(self, node: Node, around: Environment) -> tuple[str, Environment]:
        parts, recursive = [], False
        for entry in (node.get("cte_map") or {}).get("map", []):
            called, value = entry["key"], entry["value"]
            inner = value["query"]["node"]
            recursive |= inner["type"] == "RECURSIVE_CTE_NODE"
            found = self.query(inner, around)
            aliases = value.get("aliases") or []
            columns = renamed(found.columns, aliases)
            listed = f" ({', '.join(name(column) for column, _kind in columns)})" if aliases else ""
            parts.append(f"{name(called)}{listed} AS ({found.sql})")
            around = around.with_named(called, columns)
        if not parts:
            return "", around
        return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} ", around

    def _cte(self, node: Node, around: Environment) -> Query:
        found = self.query(node["query"], around)
        columns = renamed(found.columns, node.get("aliases") or [])
        listed = ", ".join(name(column) for column, _kind in columns)
        rest = self.query(node["child"], around.with_named(node["cte_name"], columns))
        return Query(f"WITH {name(node['cte_name'])} ({listed}) AS ({found.sql}) {rest.sql}", rest.columns)

    def _recursive(self, node: Node, around: Environment) -> Query:
        first = self.query(node["left"], around)
        columns = renamed(first.columns, node.get("aliases") or [])
        rest = self.query(node["right"], around.with_named(node["cte_name"], columns))
        if not node.get("union_all"):
            raise self.work.refuse("a recursive query with UNION instead of UNION ALL", node)
        return Query(f"{first.sql} UNION ALL {self.as_types(rest, [kind for _n, kind in columns]).sql}", columns)

    # SELECT

    def _select(self, node: Node, around: Environment) -> Query:
        if node.get("sample"):
            raise self.work.refuse("a sample", node)
        sources, from_ = self.tables.sources(node["from_table"], around)
        scope = Scope(sources, around)
        self._note_aliases(node, scope)
        items = self._items(node, scope)
        where = self._clause("WHERE", node.get("where_clause"), scope)
        group = self._group(node, scope, items)
        if group or self.expressions.aggregates(node["select_list"]):
            scope.keys = frozenset(self._keys(node, scope, items))
        having = self._clause("HAVING", node.get("having"), scope)
        qualify = self._clause("QUALIFY", node.get("qualify"), scope)
        scope.keys = None
        modifiers = Modifiers(self, node.get("modifiers") or [], scope, items)
        chosen = ", ".join(item.sql for item in items)
        columns = tuple((item.name, item.value.type) for item in items)
        body = f"{from_}{where}{group}{having}"
        if modifiers.distinct_on:
            return Query(modifiers.first_rows(node, f"SELECT {chosen}", body, qualify), columns, scope.correlated)
        distinct = "DISTINCT " if modifiers.distinct else ""
        if distinct and qualify:
            inner = f"SELECT {chosen}{body}{qualify}"
            return Query(f"SELECT DISTINCT * FROM ({inner}){modifiers.sql}", columns, scope.correlated)
        return Query(f"SELECT {distinct}{chosen}{body}{qualify}{modifiers.sql}", columns, scope.correlated)

    def _note_aliases(self, node: Node, scope: Scope) -> None:
        for item in node["select_list"]:
            if item.get("alias") and item["class"] != "STAR":
                scope.aliases.setdefault(item["alias"].lower(), item)

    def _items(self, node: Node, scope: Scope) -> list[Item]:
        items: list[Item] = []
        for item in node["select_list"]:
            if item["class"] == "STAR":
                items += self._star(item, scope)
            else:
                value = self.expressions.of(item, scope, selected=True)
                items.append(Item(item.get("alias") or _default_name(item, len(items)), value))
        return items

    def _star(self, node: Node, scope: Scope) -> list[Item]:
        wanted = _column_pattern(node)
        if node.get("expr") and wanted is None:
            raise self.work.refuse("COLUMNS(…) of anything but `*` or a literal pattern", node)
        relation = (node.get("relation_name") or "").lower()
        left_out = {
            _last(entry).lower() for entry in [*node.get("exclude_list", []), *node.get("qualified_exclude_list", [])]
        }
        replaced = {entry["key"].lower(): entry["value"] for entry in node.get("replace_list", [])}
        renames = {_last(e["key"]).lower(): e["value"] for e in node.get("rename_list", [])}
        found = []
        for source in scope.sources:
            if relation and relation not in (source.alias.lower(), source.alias.lower().split(".")[-1]):
                continue
            for column in source.columns:
                key = column.name.lower()
                if key in left_out or (column.hidden and not relation) or (wanted and not wanted.search(column.name)):
                    continue
                value = self.expressions.of(replaced[key], scope) if key in replaced else column.expr
                found.append(Item(renames.get(key, column.name), value))
        if not found:
            raise self.work.refuse("a star that stands for no column", node)
        return found

    def _clause(self, word: str, node: Node | None, scope: Scope) -> str:
        return f" {word} {self.expressions.condition(node, scope).sql}" if node else ""

    def _group(self, node: Node, scope: Scope, items: list[Item]) -> str:
        keys = self._keys(node, scope, items)
        sets = node.get("group_sets") or []
        if len(sets) > 1:  # a result that is a key must be written as the key is: it is NULL in totals
            items[:] = [Item(item.name, replace(item.value, sql=_no_place(item.value.sql))) for item in items]
        if not keys and not sets:
            return ""
        if len(sets) <= 1:
            return f" GROUP BY {', '.join(keys)}" if keys else " GROUP BY ()"
        listed = ", ".join(f"({', '.join(keys[number] for number in sorted(one))})" for one in sets)
        return f" GROUP BY GROUPING SETS ({listed})"

    def _keys(self, node: Node, scope: Scope, items: Sequence[Item]) -> list[str]:
        if node.get("aggregate_handling") == "FORCE_AGGREGATES":  # GROUP BY ALL
            plain = [item for item in node["select_list"] if not self.expressions.aggregates(item)]
            return [_no_place(self.expressions.of(item, scope).typed()) for item in plain if item["class"] != "STAR"]
        return [self._key(key, scope, items) for key in node.get("group_expressions") or []]

    def _key(self, node: Node, scope: Scope, items: Sequence[Item]) -> str:
        number = _position(node)
        if number is not None:
            return _no_place(items[number - 1].value.typed())
        return _no_place(self.expressions.of(node, scope).typed())

    # Set operations

    def _set_operation(self, node: Node, around: Environment) -> Query:
        by_name = node["setop_type"] == "UNION_BY_NAME"
        if not by_name and node["setop_type"] not in _SET_OPERATIONS:
            raise self.work.refuse(f"{node['setop_type'].replace('_', ' ')}", node)
        parts = [self.query(child, around) for child in _children(node)]
        parts = _by_name(parts) if by_name else parts
        kinds = [
            self.common([part.columns[place][1] for part in parts], node) for place in range(len(parts[0].columns))
        ]
        word = _SET_OPERATIONS.get(node["setop_type"], "UNION") + (" ALL" if node["setop_all"] else "")
        listed = f" {word} ".join(f"({self.as_types(part, kinds).sql})" for part in parts)
        columns = tuple((column, kind) for (column, _kind), kind in zip(parts[0].columns, kinds, strict=True))
        scope = Scope((Source("", tuple(Column(n, kind, name(n)) for n, kind in columns)),), around)
        items = [Item(column, of_type(name(column), kind)) for column, kind in columns]
        ends = Modifiers(self, node.get("modifiers") or [], scope, items)
        correlated = any(part.correlated for part in parts)
        return Query(f"{listed}{ends.sql}", columns, correlated)

    def common(self, kinds: list[str], node: Node) -> str:
        """The type in which DuckDB unites values of several types."""
        first = kinds[0]
        if all(kind == first for kind in kinds):
            return first
        stands = [of_type("", kind).stand if kind != '"NULL"' else "NULL" for kind in kinds]
        return self.work.type_of(f"CASE WHEN TRUE THEN {' WHEN TRUE THEN '.join(stands)} END", node)

    def as_types(self, query: Query, kinds: Sequence[str]) -> Query:
        """The query with its columns in other types."""
        if all(spark_type(kind) == spark_type(wanted) for (_n, kind), wanted in zip(query.columns, kinds, strict=True)):
            return query
        unique = [f"_{number}" for number in range(len(kinds))]
        items = ", ".join(
            f"CAST({unique[n]} AS {spark_type(kind)}) AS {name(query.columns[n][0])}" for n, kind in enumerate(kinds)
        )
        return Query(f"SELECT {items} FROM ({query.sql}) AS q ({', '.join(unique)})", query.columns, query.correlated)


class Modifiers:
    """DISTINCT, ORDER BY, LIMIT and OFFSET of a query."""

    def __init__(self, selects: Selects, modifiers: Sequence[Node], scope: Scope, items: Sequence[Item]) -> None:
        self.selects, self.scope, self.items = selects, scope, items
        self.distinct = False
        self.distinct_on: list[str] = []
        self.order, self.limits = "", ""
        for modifier in modifiers:
            self._add(modifier)
        self.sql = f"{self.order}{self.limits}"

    def _add(self, modifier: Node) -> None:
        kind = modifier["type"]
        if kind == "DISTINCT_MODIFIER":
            targets = modifier.get("distinct_on_targets") or []
            self.distinct = not targets
            self.distinct_on = [self._ordered_by(target, names=False).typed() for target in targets]
        elif kind == "ORDER_MODIFIER":
            orders = modifier["orders"]
            if len(orders) == 1 and orders[0]["expression"]["class"] == "STAR":  # ORDER BY ALL
                listed = [Order.of(self._placed(place), orders[0]).sql for place in range(len(self.items))]
            else:
                listed = [self._order(order, names=not self.distinct_on) for order in orders]
            self.order = f" ORDER BY {', '.join(listed)}"
        elif kind == "LIMIT_MODIFIER":
            for word, key in (("LIMIT", "limit"), ("OFFSET", "offset")):
                if modifier.get(key):
                    self.limits += f" {word} {self.selects.expressions.of(modifier[key], self.scope).sql}"
        else:
            raise self.selects.work.refuse(kind.replace("_MODIFIER", "").replace("_", " ").lower())

    def _order(self, order: Node, names: bool) -> str:
        return Order.of(self._ordered_by(order["expression"], names), order).sql

    def _ordered_by(self, node: Node, names: bool) -> Expr:
        number = _position(node)
        if number is not None:
            return self._named(number - 1) if names else self.items[number - 1].value
        if names and node["class"] == "COLUMN_REF" and len(node["column_names"]) == 1:
            for place, item in enumerate(self.items):
                if item.name.lower() == node["column_names"][0].lower() and self._once(place):
                    return self._named(place)
        value = self.selects.expressions.of(node, self.scope)
        for place, item in enumerate(self.items):
            if names and item.value.sql == value.sql and self._once(place):
                return self._named(place)
        return value

    def _placed(self, place: int) -> Expr:
        """A result, by its place; one that is no plain value, by its name."""
        kind = self.items[place].value.type
        return self._named(place) if is_nested(kind) else of_type(str(place + 1), kind)

    def _named(self, place: int) -> Expr:
        """A result, by its name where no other has it."""
        item = self.items[place]
        return of_type(name(item.name), item.value.type) if self._once(place) else item.value

    def _once(self, place: int) -> bool:
        mine = self.items[place].name.lower()
        return sum(item.name.lower() == mine for item in self.items) == 1

    def first_rows(self, node: Node, select: str, body: str, qualify: str) -> str:
        """DISTINCT ON: the first row of each group in the query's order."""
        if not self.order:
            raise self.selects.work.refuse("DISTINCT ON without ORDER BY (which row is kept is chance)", node)
        ranked = f"row_number() OVER (PARTITION BY {', '.join(self.distinct_on)}{self.order})"
        both = f"{qualify} AND " if qualify else " QUALIFY "
        return f"{select}{body}{both}{ranked} = 1{self.sql}"


def renamed(columns: Columns, aliases: Sequence[str]) -> Columns:
    """The columns with the first of them called otherwise."""
    names = [*aliases, *(column for column, _kind in columns[len(aliases) :])]
    return tuple((called, kind) for called, (_name, kind) in zip(names, columns, strict=True))


def _column_pattern(node: Node) -> re.Pattern[str] | None:
    """The pattern in `COLUMNS('…')`, which may be found anywhere in a column's name."""
    expr = node.get("expr")
    if not expr or expr["class"] != "CONSTANT" or not isinstance(expr["value"].get("value"), str):
        return None
    return re.compile(expr["value"]["value"])


def _children(node: Node) -> list[Node]:
    return list(node["children"]) if node.get("children") else [node["left"], node["right"]]


def _by_name(parts: Sequence[Query]) -> list[Query]:
    """The parts of a UNION BY NAME, each with all columns; those that it does not have are NULL."""
    every = list(dict.fromkeys(column for part in parts for column, _kind in part.columns))
    found = []
    for part in parts:
        kinds = dict(part.columns)
        items = (name(column) if column in kinds else f"NULL AS {name(column)}" for column in every)
        columns = tuple((column, kinds.get(column, '"NULL"')) for column in every)
        found.append(Query(f"SELECT {', '.join(items)} FROM ({part.sql})", columns, part.correlated))
    return found


def _last(entry: Any) -> str:
    """The column's name in an entry of a list of columns, whichever form it has."""
    if isinstance(entry, str):
        return entry
    found = entry.get("column") or entry.get("column_name") or entry.get("name") or entry.get("column_names", [""])[-1]
    return str(found)


def _position(node: Node) -> int | None:
    """The number in `ORDER BY 1`."""
    if node["class"] == "CONSTANT" and isinstance(node["value"].get("value"), int):
        return int(node["value"]["value"])
    return None


def _no_place(key: str) -> str:
    """A key as Spark does not take it for a place in the SELECT: there, any whole number is one."""
    return f"CAST({key} AS INT)" if re.fullmatch(r"[(]?-? ?\d+[)]?", key) else key


def _default_name(node: Node, place: int) -> str:
    return node["column_names"][-1] if node["class"] == "COLUMN_REF" else f"_c{place}"
