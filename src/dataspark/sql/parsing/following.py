"""Follows columns through a query down to the tables that it reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlglot import exp
from sqlglot.expressions import Expr
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, find_all_in_scope, traverse_scope

from dataspark.sql.parsing.plain import NotFollowed, plain
from dataspark.sql.parsing.scopes import aggregates

IDENTITY, TRANSFORMATION, AGGREGATION = range(3)
"""How a value comes about, from the least that is done to it to the most."""
Found = dict[tuple[str, str], int]
"""(table, column) → the most that is done to its values on any way."""

_T = TypeVar("_T")
_ROWS_OF_ARGUMENTS = (exp.GenerateSeries, exp.Unnest, exp.Explode)
_ROWS_OF_ARGUMENTS_BY_NAME = frozenset(("generate_subscripts", "repeat", "json_each", "json_tree"))
"""Functions that make rows of their arguments alone: others read files, or queries that are written as texts."""


class Followed:
    """A query all of whose columns say which table they are of.

    Raises sqlglot's errors for what it cannot read, and NotFollowed. The tree is taken over, and changed.
    """

    def __init__(self, tree: Expr, columns: Mapping[str, Sequence[str]]) -> None:
        self.tree = qualify(
            plain(tree),
            dialect="duckdb",
            schema=_schema(columns),
            db="gold",
            validate_qualify_columns=False,
            identify=False,
        )
        self._columns = {table: frozenset(one.lower() for one in of) for table, of in columns.items()}
        self.scopes = traverse_scope(self.tree)
        if not self.scopes:
            raise NotFollowed(f"{type(self.tree).__name__.upper()} in place of a SELECT")
        self.root = self.scopes[-1]
        self._recursive = {id(first): whole for first, whole in _recursive(self.scopes)}
        """The first part of a recursive query (by identity), for which its name stands in sqlglot → the whole of it."""
        self._names: dict[int, list[str]] = {}
        self._found: dict[tuple[int, int], Found] = {}
        self._done: set[tuple[int, int]] = set()
        self._active: set[tuple[int, int]] = set()
        self._circular = self._grown = False

    def settled(self, ask: Callable[[], _T]) -> _T:
        """The answer to a question, which is asked until a recursive query has nothing more to tell."""
        while True:
            self._done.clear()
            self._circular = self._grown = False
            found = ask()
            if not (self._circular and self._grown):
                return found

    def names(self, scope: Scope) -> list[str]:
        """What a query calls its columns, in their order."""
        if id(scope) not in self._names:
            self._names[id(scope)] = self._listed(scope)
        return self._names[id(scope)]

    def output(self, scope: Scope, place: int) -> Found:
        """Where the values of one column of a query's result come from."""
        key = id(scope), place
        if key in self._active:
            self._circular = True
        elif key not in self._done:
            self._active.add(key)
            try:
                grown = self.merged(self._found.get(key, {}), self._computed(scope, place))
            finally:
                self._active.discard(key)
            self._grown |= grown != self._found.get(key)
            self._found[key] = grown
            self._done.add(key)
        return self._found.get(key, {})

    def named(self, scope: Scope, name: str) -> Found:
        """Where the values of a query's columns of this name come from. Raises NotFollowed if it has none."""
        if isinstance(scope.expression, exp.UDTF):
            return self._of_function(scope, name)
        return self._together(scope, [place for place, one in enumerate(self.names(scope)) if one == name], name)

    def column(self, column: exp.Column, scope: Scope) -> Found:
        """Where the values of a column that an expression names come from."""
        here: Scope | None = scope
        table = column.table or self._owner(column.name, scope)
        while here and not _is_read(table, here):  # a correlated subquery names what is outside of it
            here = here.parent
        if not here or not table:
            raise NotFollowed(f"it is not known which table `{column.name}` is of")
        source = here.sources[table]
        if isinstance(source, Scope):
            return self.named(self._recursive.get(id(source.expression), source), column.name)
        if source.db:
            return {(f"{source.db}.{source.name}", column.name): IDENTITY}
        return self._of_table_function(source, here)

    def value(self, expression: Expr, scope: Scope) -> Found:
        """Where the value of an expression comes from. Raises NotFollowed where it reads what it does not name."""
        if _is_vague(expression):
            raise NotFollowed(f"it is not known what {expression.alias_or_name} reads")
        kind, found = _kind(expression), Found()
        for one in self.parts(expression, scope):
            self._merge(found, one, kind)
        return found

    def parts(self, expression: Expr, scope: Scope) -> Iterator[Found]:
        """Where each column and each subquery of an expression comes from. Raises NotFollowed."""
        return (self._part(node, scope) for node in _named_in(expression, scope))

    def known_parts(self, expression: Expr, scope: Scope, results: bool = False) -> Iterator[Found]:
        """The same without those that are not known; with `results`, a name may be that of a column of the result."""
        for node in _named_in(expression, scope):
            try:
                if results and isinstance(node, exp.Column) and not node.table and node.name in self.names(scope):
                    yield self.named(scope, node.name)
                else:
                    yield self._part(node, scope)
            except NotFollowed:
                continue

    def _owner(self, name: str, scope: Scope) -> str:
        """The source that a column without a table is of, where sqlglot does not say so: an argument of a function in FROM,
        or a name that no source is known to have, of the only one there is. Empty: it is not known."""
        sources = (
            {} if scope.can_be_correlated else {called: of for called, (_node, of) in scope.selected_sources.items()}
        )
        having = [called for called, source in sources.items() if name in self._columns_of(source)]
        found = having or list(sources)
        return found[0] if len(found) == 1 else ""

    def _columns_of(self, source: exp.Table | Scope) -> Collection[str]:
        if isinstance(source, Scope):
            return () if isinstance(source.expression, exp.UDTF) else self.names(source)
        return self._columns.get(f"{source.db}.{source.name}", ())

    def _part(self, node: Expr, scope: Scope) -> Found:
        if isinstance(node, exp.Column):
            return self.column(node, scope)
        return self._whole(next((one for one in scope.subquery_scopes if one.expression is node), None))

    def _whole(self, scope: Scope | None) -> Found:
        if scope is None:
            raise NotFollowed("a subquery in a place where none is known")
        return self._together(scope, range(len(self.names(scope))), "a subquery")

    def _together(self, scope: Scope, places: Sequence[int], name: str) -> Found:
        if not places:
            raise NotFollowed(f"it is not known where `{name}` comes from")
        found = Found()
        for place in places:
            self._merge(found, self.output(scope, place))
        return found

    def _listed(self, scope: Scope) -> list[str]:
        query = scope.expression
        if isinstance(query, exp.SetOperation):
            left, right = (self.names(side) for side in scope.set_operation_scopes)
            return list(dict.fromkeys([*left, *right])) if query.args.get("by_name") else left
        if isinstance(query, exp.Subquery):
            return self.names(_inside(scope))
        if isinstance(query, exp.Select):
            return [one.alias_or_name for one in query.expressions]
        raise NotFollowed(f"it is not known what columns {type(query).__name__.upper()} has")

    def _computed(self, scope: Scope, place: int) -> Found:
        query = scope.expression
        if isinstance(query, exp.Subquery):
            return self.output(_inside(scope), place)
        if not isinstance(query, exp.SetOperation):
            return self.value(query.expressions[place], scope)
        found = Found()
        # (what EXCEPT takes away decides on rows and gives no value)
        for side in scope.set_operation_scopes[: 1 if isinstance(query, exp.Except) else 2]:
            if not query.args.get("by_name"):
                if place >= len(self.names(side)):
                    raise NotFollowed("the sides of a set operation have different columns")
                self._merge(found, self.output(side, place))
            elif (name := self.names(scope)[place]) in self.names(side):
                self._merge(found, self.named(side, name))
        return found

    def _of_function(self, scope: Scope, name: str) -> Found:
        """A column of VALUES, UNNEST or LATERAL."""
        alias, inner = scope.expression.args.get("alias"), scope.subquery_scopes
        if isinstance(scope.expression, exp.Lateral) and len(inner) == 1 and not (alias and alias.args.get("columns")):
            return self.named(inner[0], name)
        return self.arguments(scope.expression, scope)

    def _of_table_function(self, table: exp.Table, scope: Scope) -> Found:
        """A column of a function that makes rows, such as `range(3)`."""
        function = table.this
        known = isinstance(function, _ROWS_OF_ARGUMENTS) or (
            isinstance(function, exp.Anonymous) and function.name.lower() in _ROWS_OF_ARGUMENTS_BY_NAME
        )
        if not known:
            raise NotFollowed(f"it is not known what {function.name} reads")
        return self.arguments(function, scope)

    def arguments(self, function: Expr, scope: Scope) -> Found:
        """Where the arguments of a function that makes rows come from. Raises NotFollowed."""
        if _is_vague(function):
            raise NotFollowed("a function that makes rows of what it does not name")
        found = Found()
        for one in self.parts(function, scope):
            self._merge(found, one, TRANSFORMATION)
        for inner in scope.subquery_scopes if isinstance(scope.expression, exp.UDTF) else ():
            self._merge(found, self._whole(inner), TRANSFORMATION)
        return found

    def merged(self, one: Found, other: Found) -> Found:
        """Where the values of two columns come from."""
        found = dict(one)
        self._merge(found, other)
        return found

    def _merge(self, found: Found, more: Found, kind: int = IDENTITY) -> None:
        for origin, done in more.items():
            found[origin] = max(found.get(origin, IDENTITY), done, kind)


def _schema(columns: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Tables as sqlglot's schema has them; what a column's type is makes no difference here."""
    schema: dict[str, dict[str, object]] = {}
    for table, of in columns.items():
        layer, _, name = table.partition(".")
        schema.setdefault(layer, {})[name] = dict.fromkeys(of, "VARCHAR")
    return dict(schema)


def _recursive(scopes: Sequence[Scope]) -> Iterator[tuple[Expr, Scope]]:
    """The recursive queries: the first part, and the whole."""
    for scope in scopes:
        with_ = scope.expression.args.get("with_")
        if not (with_ and with_.args.get("recursive")):
            continue
        if any(cte.args.get("key_expressions") for cte in with_.expressions):
            raise NotFollowed("a recursive query USING KEY")
        for whole in scope.cte_scopes:
            if isinstance(whole.expression, exp.SetOperation):
                yield whole.expression.this.unnest(), whole


def _is_read(name: str, scope: Scope) -> bool:
    """Whether a query reads a source of this name, other than that it could: a common table expression may not be read."""
    if name in scope.lateral_sources or name in scope.semi_or_anti_join_tables:
        return name in scope.sources
    return name in scope.selected_sources


def _inside(scope: Scope) -> Scope:
    """What is in the brackets of a query in brackets."""
    if len(scope.derived_table_scopes) != 1:
        raise NotFollowed("a query in brackets with something beside it")
    return scope.derived_table_scopes[0]


def _named_in(expression: Expr, scope: Scope) -> Iterator[Expr]:
    """The columns that an expression names, and its subqueries whose columns give a value."""
    for part in _with_windows(expression, scope):
        for node in find_all_in_scope(part, exp.Column, *exp.UNWRAPPED_QUERIES):
            if isinstance(node, exp.Column):
                if not _is_variable(node):
                    yield node
            elif not isinstance(node.parent, exp.Exists):  # of that only the conditions count
                yield node


def _is_variable(column: exp.Column) -> bool:
    """Whether a name is the variable of a list comprehension: `[x + 1 for x in l]`."""
    around = column.find_ancestor(exp.Comprehension, exp.Select) if not column.table else None
    while isinstance(around, exp.Comprehension):
        if around.expression.name == column.name:
            return True
        around = around.find_ancestor(exp.Comprehension, exp.Select)
    return False


def _with_windows(expression: Expr, scope: Scope) -> Iterator[Expr]:
    """An expression, and the definitions of the windows that it calls by name."""
    defined = {one.name.lower(): one for one in scope.expression.args.get("windows") or ()}
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        yield part
        called = (one.alias.lower() for one in find_all_in_scope(part, exp.Window)) if defined else ()
        waiting += [defined.pop(name) for name in called if name in defined]


def _is_vague(expression: Expr) -> bool:
    """Whether an expression reads columns that it does not name: a whole row, `COLUMNS(…)`, a star."""
    return any(
        not isinstance(node, exp.Star) or not isinstance(node.parent, exp.Count)
        for node in find_all_in_scope(expression, exp.TableColumn, exp.Columns, exp.Star, exp.PositionalColumn)
    )


def _kind(expression: Expr) -> int:
    """What a projection does to what it reads."""
    value = expression.unalias()
    if isinstance(value, exp.Column | exp.Query):
        return IDENTITY
    # (a window that sums is an aggregate of its neighbours)
    return AGGREGATION if any(aggregates(value)) or value.find(exp.Window) else TRANSFORMATION
