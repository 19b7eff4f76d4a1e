"""PIVOT, UNPIVOT and renamed columns as plain SELECTs, so that who follows columns meets nothing else.

What is written here is never run: it says where each column comes from, as the engine's own operators do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from sqlglot import exp
from sqlglot.expressions import Expr

from dataspark.sql.parsing import UNNAMED

_FIRST_UNNAMED = 1000
"""Of the unnamed columns that a PIVOT makes: beyond the places that sqlglot counts in a SELECT."""


class NotFollowed(ValueError):
    """SQL that does not say which columns it reads, or which it makes."""


def plain(tree: Expr) -> Expr:
    """The tree, changed in place: without PIVOT, UNPIVOT and tables whose alias renames columns. Raises NotFollowed."""
    # From the inside out: an UNPIVOT copies what it reads.
    for node in reversed(list(tree.find_all(exp.Pivot, exp.Table, exp.Subquery, exp.CTE))):
        if isinstance(node, exp.Pivot):
            if node.this:
                node.replace(_statement(node))
        elif node.args.get("pivots"):
            node.replace(_pivoted_source(node))
        elif node.args.get("alias") and node.args["alias"].args.get("columns"):
            _wrap_renamed(node)
    return tree


def _wrap_renamed(node: Expr) -> None:
    """Put a table, or a UNION BY NAME, whose columns an alias renames into a SELECT: `qualify` does these by their place."""
    if isinstance(node, exp.Table):
        if isinstance(node.this, exp.Identifier) and not node.args.get("joins"):
            bare = node.copy()
            bare.set("alias", None)
            node.replace(exp.Subquery(this=_select([exp.Star()], bare), alias=node.args["alias"].copy()))
    elif (query := node.this.unnest()) and query.args.get("by_name"):
        node.set("this", _select([exp.Star()], exp.Subquery(this=query.copy())))


def _statement(pivot: exp.Pivot) -> Expr:
    """The SELECT in place of a statement `PIVOT t ON …` or `UNPIVOT t ON …`."""
    source = pivot.this.copy()
    if pivot.unpivot:
        into = pivot.args.get("into")
        name = into.this.name if into else "name"
        values = [one.name for one in into.expressions] if into else ["value"]
        made = _unpivot(source, list(pivot.expressions), name, values, bool(pivot.args.get("include_nulls")))
    else:
        made = _pivot(source, pivot.expressions, pivot.args.get("using") or [], pivot.args.get("group"))
    if with_ := pivot.args.get("with_"):
        made.set("with_", with_.copy())
    return made


def _pivoted_source(node: Expr) -> Expr:
    """The subquery in place of `t PIVOT (…)` in a FROM."""
    if node.args.get("joins"):
        raise NotFollowed("a PIVOT of what is joined inside of brackets")
    source, pivots = node.copy(), node.args["pivots"]
    source.set("pivots", None)
    for pivot in pivots:
        made = _in_from(source, pivot)
        alias = pivot.args.get("alias")
        called = alias.copy() if alias else exp.TableAlias(this=exp.to_identifier(node.alias_or_name or "_pivot"))
        source = exp.Subquery(this=made, alias=called)
    return source


def _in_from(source: Expr, pivot: exp.Pivot) -> Expr:
    if not pivot.unpivot:
        return _pivot(source, pivot.fields, pivot.expressions, pivot.args.get("group"))
    if len(pivot.fields) != 1 or not isinstance(pivot.fields[0], exp.In):
        raise NotFollowed("an UNPIVOT of several lists")
    listed = pivot.fields[0]
    values = [one.name for part in pivot.expressions for one in part.find_all(exp.Identifier)]
    return _unpivot(source, listed.expressions, listed.this.name, values, bool(pivot.args.get("include_nulls")))


def _pivot(source: Expr, on: Sequence[Expr], using: Sequence[Expr], group: Expr | None) -> Expr:
    """A GROUP BY with one column for each value, and each aggregate over the rows that have the value."""
    if not on or not all(isinstance(one, exp.In) and one.expressions for one in on):
        raise NotFollowed("a PIVOT whose columns are known only when it runs: it has no IN (…) with values")
    using = using or [exp.Count(this=exp.Star())]
    kept: list[Expr]
    if group:
        kept, grouped = [one.copy() for one in group.expressions], group.copy()
    else:
        kept, grouped = [_all_but([*on, *using])], exp.Group(all=True)
    made = _select([*kept, *_pivoted_columns(on, using)], source)
    made.set("group", grouped)
    return made


def _pivoted_columns(on: Sequence[Expr], using: Sequence[Expr]) -> Iterator[Expr]:
    plain_name = len(using) == 1 and not using[0].alias
    unnamed = _FIRST_UNNAMED
    for values in product(*(one.expressions for one in on)):
        called = "_".join(map(_value_name, values))
        equal = [
            exp.EQ(this=one.this.copy(), expression=value.unalias().copy())
            for one, value in zip(on, values, strict=True)
        ]
        for aggregate in using:
            counted = exp.Filter(this=aggregate.unalias().copy(), expression=exp.Where(this=exp.and_(*equal)))
            if aggregate.alias:
                name = f"{called}_{aggregate.alias}"
            elif plain_name:
                name = called
            else:
                unnamed, name = unnamed + 1, f"{UNNAMED}{unnamed}"
            yield exp.alias_(counted, exp.to_identifier(name, quoted=True))


def _value_name(value: Expr) -> str:
    """What the engine calls the column of a value."""
    if value.alias:
        return value.alias
    if isinstance(value, exp.Literal):
        return str(value.this)
    if isinstance(value, exp.Boolean | exp.Null):
        return "NULL" if isinstance(value, exp.Null) else str(value.this).lower()
    raise NotFollowed("a PIVOT by something else than literals")


def _unpivot(source: Expr, entries: Sequence[Expr], name: str, values: Sequence[str], with_nulls: bool) -> Expr:
    """A UNION ALL with one SELECT for each entry."""
    if len(entries) == len(values) == 1 and (star := _star(entries[0])):
        return _unpivot_the_rest(source, star, name, values[0], with_nulls)
    kept = _all_but(entries)
    arms = []
    for entry in entries:
        inner = entry.unalias()
        parts = list(inner.expressions) if isinstance(inner, exp.Tuple) else [inner.unnest()]
        if len(parts) != len(values) or entry.find(exp.Star, exp.Columns):
            raise NotFollowed("an UNPIVOT of columns that are not named one by one")
        named = [exp.alias_(part.copy(), exp.to_identifier(one)) for part, one in zip(parts, values, strict=True)]
        told = exp.alias_(exp.Literal.string(entry.alias_or_name), exp.to_identifier(name))
        arm = _select([kept.copy(), told, *named], source.copy())
        if not with_nulls:
            arm.set("where", exp.Where(this=exp.or_(*map(_is_there, parts))))
        arms.append(arm)
    made: Expr = arms[0]
    for arm in arms[1:]:
        made = exp.Union(this=made, expression=arm, distinct=False)
    return made


def _star(entry: Expr) -> exp.Star | None:
    """The star of `UNPIVOT t ON * EXCLUDE (…)` and `… ON COLUMNS(* EXCLUDE (…))`, where nothing else is said."""
    star = entry.this if isinstance(entry, exp.Columns) else entry
    more = isinstance(star, exp.Star) and any(value for name, value in star.args.items() if name != "except_")
    return star if isinstance(star, exp.Star) and not more else None


def _unpivot_the_rest(source: Expr, star: exp.Star, name: str, value: str, with_nulls: bool) -> Expr:
    """An UNPIVOT of all columns but some: any of them is in the one column of values, as all columns of a subquery are."""
    kept = [exp.column(one.name) for one in star.args.get("except_") or ()]
    rest = exp.Subquery(this=_select([star.copy()], source.copy()))
    told = [exp.alias_(exp.Literal.string(""), exp.to_identifier(name)), exp.alias_(rest, exp.to_identifier(value))]
    made = _select([*kept, *told], source)
    if not with_nulls:
        made.set("where", exp.Where(this=_is_there(rest)))
    return made


def _is_there(value: Expr) -> Expr:
    return exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))


def _all_but(used: Sequence[Expr]) -> Expr:
    """All columns but those that something names."""
    names = dict.fromkeys(column.name for one in used for column in one.find_all(exp.Column))
    return exp.Star(except_=[exp.column(name) for name in names]) if names else exp.Star()


def _select(expressions: Sequence[Expr], source: Expr) -> exp.Select:
    return exp.Select(expressions=list(expressions), from_=exp.From(this=source))
