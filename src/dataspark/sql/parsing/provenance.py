"""The ways on which the rows of an input come into a query's result, found in its syntax tree.

A query is followed from every place that names the input out to its result. On the way each SELECT loses what makes
many rows into one (GROUP BY, HAVING, DISTINCT, LIMIT) and the columns that are computed from many rows, and hands on
which row of the input it is. What is left is an ordinary SELECT, so that the engine finds the rows of a total, or the
totals of a row, as fast as it finds anything.

Where the tree leaves a doubt, a way gives too many pairs rather than too few: they are compared with the result that
there really is, by the columns that were kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.expressions import Expr
from sqlglot.optimizer.merge_subqueries import merge_subqueries
from sqlglot.optimizer.qualify import qualify

from dataspark.sql.parsing import TRACE_ID, TRACED, Provenance, Way
from dataspark.sql.parsing.pruning import leave_out, leave_out_ctes
from dataspark.sql.parsing.scopes import aggregates, computed, computed_sources, sources

_MOST_WAYS = 24
"""Beyond that a query is not followed: each way is a query of its own."""
_PICKS = (exp.Min, exp.Max, exp.AnyValue, exp.First)
"""Aggregates whose value is that of one row."""


def provenance(tree: Expr, table: str, columns: Mapping[str, Sequence[str]]) -> Provenance:
    """How the rows of `table` come into the result of a query; `columns` are those of each table that it reads."""
    # (what a column's type is makes no difference here)
    schema: dict[str, object] = {
        layer: {
            name.partition(".")[2]: dict.fromkeys(of, "VARCHAR") for name, of in columns.items() if _in(layer, name)
        }
        for layer in {name.partition(".")[0] for name in columns}
    }
    try:
        tree = qualify(tree, dialect="duckdb", schema=schema, db="gold", quote_identifiers=False)
        search = _Search(table)
        found = list(dict.fromkeys(_finished(path) for path in search.follow(tree, {})))
        if not all(way.keys for way in found):
            found = list(dict.fromkeys(_finished(path) for path in _Search(table, True).follow(tree, {})))
    except (SqlglotError, RecursionError) as error:
        return Provenance((), True, False, f"its SQL could not be followed: {str(error).splitlines()[0]}")
    if len(found) > _MOST_WAYS:
        return Provenance((), True, False, f"its SQL reads {table} on {len(found)} ways, too many to follow")
    return Provenance(tuple(found), search.leaves_some(tree), bool(computed(tree, {}, windows=True)))


def _in(layer: str, name: str) -> bool:
    return name.partition(".")[0] == layer


@dataclass(frozen=True)
class _Path:
    """A query that gives rows of the input, and what is known about its columns."""

    query: exp.Select | None = None
    """None: the input itself."""
    exact: frozenset[str] | None = None
    """Columns that have for each row the value that the result has; None: all of them."""
    loose: frozenset[str] = frozenset()
    """Columns that have the row's own value where the result has the smallest, the largest or any."""
    windowed: frozenset[str] = frozenset()
    """Columns that are right where the input is whole."""
    needs_all: bool = False
    aggregated: bool = False
    deduplicated: bool = False

    def lost(self, column: str) -> bool:
        return self.exact is not None and column not in self.exact | self.loose | self.windowed


@dataclass(frozen=True)
class _Named:
    """A common table expression."""

    paths: list[_Path]
    computed: frozenset[str]
    """Its columns that are computed from many rows."""


@dataclass
class _Search:
    """The search for one input."""

    table: str
    keep_computed: bool = False
    """Whether columns that are computed from many rows of other tables are kept: they cost much and tell little."""
    seen: set[int] = field(default_factory=set)
    """The places (by identity) that were followed."""
    named: set[int] = field(default_factory=set)
    """The places that name the input or a common table expression made from it."""

    def leaves_some(self, tree: Expr) -> bool:
        """Whether some place that names the input was not followed."""
        direct = {id(node) for node in tree.find_all(exp.Table) if self._is_input(node)}
        return bool((direct | self.named) - self.seen)

    def follow(self, query: Expr, ctes: Mapping[str, _Named]) -> list[_Path]:
        """The ways through a query; `ctes` are those through the common table expressions that it can name."""
        query = query.unnest()
        known = self._defined(query, ctes)
        if isinstance(query, exp.Select):
            return self._select(query, known)
        if isinstance(query, exp.SetOperation):
            return self._set_operation(query, known)
        return []

    def _defined(self, query: Expr, ctes: Mapping[str, _Named]) -> dict[str, _Named]:
        """The common table expressions that a query sees."""
        known = dict(ctes)
        recursive = bool((with_ := query.args.get("with_")) and with_.args.get("recursive"))
        for cte in query.ctes if isinstance(query, exp.Query) else ():
            paths = [] if recursive else self.follow(cte.this, known)
            known[cte.alias] = _Named(paths, computed(cte.this, {n: one.computed for n, one in known.items()}))
        return known

    def _set_operation(self, query: exp.SetOperation, ctes: Mapping[str, _Named]) -> list[_Path]:
        if query.args.get("by_name"):
            return []
        names = query.named_selects
        found = [(path, query.left.named_selects) for path in self.follow(query.left, ctes)]
        if not isinstance(query, exp.Except):
            found += [(path, query.right.named_selects) for path in self.follow(query.right, ctes)]
        distinct = bool(query.args.get("distinct")) or not isinstance(query, exp.Union)
        return [_renamed(path, theirs, names, query, distinct) for path, theirs in found]

    def _select(self, select: exp.Select, ctes: Mapping[str, _Named]) -> list[_Path]:
        found = []
        names = {} if self.keep_computed else {name: one.computed for name, one in ctes.items()}
        beside = {} if self.keep_computed else computed_sources(select, names)
        for place, source in enumerate(sources(select)):
            for path in self._source(source, ctes):
                scope = _Scope(select.copy(), place, source.alias_or_name, path, beside)
                if made := scope.rewritten():
                    found.append(made)
                    self.seen.add(id(source))
        return found

    def _source(self, source: Expr, ctes: Mapping[str, _Named]) -> list[_Path]:
        if source.args.get("pivots") or source.args.get("sample") or source.args.get("joins"):
            return []
        if isinstance(source, exp.Table):
            if not source.db and source.name in ctes:
                paths = ctes[source.name].paths
                self.named |= {id(source)} if paths else set()
                return _with_names(paths, source)
            return [_Path()] if self._is_input(source) else []
        if isinstance(source, exp.Subquery):
            return _with_names(self.follow(source.this, ctes), source)
        return []

    def _is_input(self, node: exp.Table) -> bool:
        return f"{node.db}.{node.name}" == self.table.lower()


def _with_names(paths: list[_Path], source: Expr) -> list[_Path]:
    """The ways through a derived table, none where its alias renames columns: `qualify` leaves no such alias."""
    alias = source.args.get("alias")
    return [] if alias and alias.args.get("columns") else paths


class _Scope:
    """One SELECT on the way: the copy of it that is changed, and which of its sources is followed."""

    def __init__(
        self, select: exp.Select, place: int, alias: str, path: _Path, computed: Mapping[str, frozenset[str]]
    ) -> None:
        self.select, self.place, self.alias, self.path, self.computed = select, place, alias, path, computed
        self.needs_all = path.needs_all
        expressions = [*select.expressions, *filter(None, [select.args.get("having"), select.args.get("qualify")])]
        self.aggregates = sum(len(list(aggregates(one))) for one in expressions)
        self.grouped = bool(self.aggregates or select.args.get("group") or select.args.get("having"))
        # The side of a semi join only says whether there is a row.
        self.semi = place > 0 and self._joins()[place - 1].kind == "SEMI"

    def rewritten(self) -> _Path | None:
        """The SELECT with one row for each row of the input; None where it does not give the input's rows on."""
        if not self._joins_rows():
            return None
        kept = list(self._columns())
        distinct = bool(self.select.args.get("distinct"))
        self._enter()
        self._conditions()
        for part in ("group", "having", "distinct", "order", "limit", "offset", "sample"):
            self.select.set(part, None)
        outputs = [alias for _kind, alias in kept]
        identity = exp.alias_(exp.column(TRACE_ID, table=self.alias), TRACE_ID)
        self.select.set("expressions", [*outputs, identity])
        named = {kind: frozenset(a.alias for k, a in kept if k == kind) for kind in ("exact", "loose", "windowed")}
        return _Path(
            self.select,
            named["exact"],
            named["loose"],
            named["windowed"],
            self.needs_all,
            self.path.aggregated or (self.grouped and self.aggregates > 0),
            self.path.deduplicated or distinct or self.semi or (self.grouped and not self.aggregates),
        )

    def _joins(self) -> list[exp.Join]:
        return self.select.args.get("joins") or []

    def _joins_rows(self) -> bool:
        if self.place and (join := self._joins()[self.place - 1]):
            if join.kind == "ANTI" or join.args.get("using"):
                return False
            self.needs_all = self.needs_all or bool(join.method)
        return True

    def _columns(self) -> Iterator[tuple[str, exp.Alias]]:
        """The columns that each row has by itself, with how far their value is to be trusted."""
        for one in self.select.expressions:
            value, name = one.unalias(), one.alias_or_name
            kind = self._kind(value)
            if kind == "picked":
                kind, value = "loose", value.this
            if kind and name != TRACE_ID:
                yield kind, exp.Alias(this=value.copy(), alias=exp.to_identifier(name))

    def _kind(self, value: Expr) -> str | None:
        if self._lost(value) or (self.grouped and value.find(exp.Window)) or self._is_computed(value):
            return None
        if any(aggregates(value)):
            picks = self.aggregates == 1 and isinstance(value, _PICKS) and not value.expressions
            return "picked" if picks else None
        columns = self._of_input(value)
        if value.find(exp.Window) or columns & self.path.windowed:
            return None if columns & self.path.loose else "windowed"
        return "loose" if columns & self.path.loose else "exact"

    def _of_input(self, value: Expr) -> frozenset[str]:
        return frozenset(column.name for column in value.find_all(exp.Column) if column.table == self.alias)

    def _lost(self, value: Expr) -> bool:
        return any(self.path.lost(column) for column in self._of_input(value))

    def _is_computed(self, value: Expr) -> bool:
        """Whether many rows of another source were needed for a value."""
        columns = (column for column in value.find_all(exp.Column) if column.table != self.alias)
        return any(column.name in self.computed.get(column.table, ()) for column in columns)

    def _enter(self) -> None:
        """Put the followed source in its place."""
        if self.path.query is None:
            source: Expr = exp.to_table(TRACED, alias=self.alias)
        else:
            source = self.path.query.copy().subquery(self.alias, copy=False)
        if self.semi:
            self._joins()[self.place - 1].set("kind", None)
        sources(self.select)[self.place].replace(source)

    def _conditions(self) -> None:
        """Keep of every condition what can be said of a single row."""
        where, qualify_ = self.select.args.get("where"), self.select.args.get("qualify")
        if where:
            kept = self._kept(where.this)
            self.select.set("where", exp.Where(this=kept) if kept else None)
        if qualify_:
            kept = None if self.grouped else self._kept(qualify_.this)
            self.select.set("qualify", exp.Qualify(this=kept) if kept else None)
            self.needs_all = self.needs_all or kept is not None
        for join in self._joins():
            if on := join.args.get("on"):
                join.set("on", self._kept(on) or exp.true())

    def _kept(self, condition: Expr) -> Expr | None:
        parts = list(condition.flatten()) if isinstance(condition, exp.And) else [condition]
        kept = [part for part in parts if not self._lost(part)]
        self.needs_all = self.needs_all or any(self._of_input(part) & self.path.windowed for part in kept)
        return exp.and_(*kept, copy=True) if kept else None


def _renamed(
    path: _Path, theirs: Sequence[str], names: Sequence[str], operation: exp.SetOperation, distinct: bool
) -> _Path:
    """The way through one side of a UNION, with the names that the whole has."""
    given = dict(zip(theirs, names, strict=False))
    if path.query is None:
        return path
    inner = path.query.subquery("operand")
    kept = [name for name in theirs if not path.lost(name)]
    columns = [exp.alias_(exp.column(name, table="operand"), given[name]) for name in kept]
    identity = exp.alias_(exp.column(TRACE_ID, table="operand"), TRACE_ID)
    whole = exp.select(*columns, identity).from_(inner)
    if with_ := operation.args.get("with_"):
        whole.set("with_", with_.copy())

    def called(found: frozenset[str] | None) -> frozenset[str]:
        return frozenset(given[name] for name in found or ())

    return replace(
        path,
        query=whole,
        exact=called(path.exact),
        loose=called(path.loose),
        windowed=called(path.windowed),
        deduplicated=path.deduplicated or distinct,
    )


def _finished(path: _Path) -> Way:
    """The way as a statement, with nothing in it that it does not need: many ways of a query become one."""
    if path.query is None or path.exact is None:
        raise ValueError("a bare table is no query")
    keys = [one.alias for one in path.query.expressions if one.alias in path.exact]
    kept = [one for one in path.query.expressions if one.alias in {*keys, TRACE_ID}]
    query = path.query.copy()
    query.set("expressions", [one.copy() for one in kept])
    joined = leave_out(query)
    merged = merge_subqueries(query)
    leave_out_ctes(merged)
    return Way(
        merged.sql(dialect="duckdb", identify=True, comments=False),
        tuple(keys),
        path.needs_all,
        not joined,
        path.deduplicated and not path.aggregated,
    )
