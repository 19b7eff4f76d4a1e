"""From which columns of its inputs each column of a query comes, found in its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.expressions import Expr
from sqlglot.lineage import Node, lineage

from dataspark.sql.parsing import Origin
from dataspark.sql.parsing.scopes import aggregates

_KINDS = ("IDENTITY", "TRANSFORMATION", "AGGREGATION")
"""How a value comes about, from the least that is done to it to the most."""
_UNNAMED = re.compile(r"_col_\d+")
"""What sqlglot calls a column that the query gives no name; the engine calls it otherwise."""


def origins(tree: Expr, columns: Mapping[str, Sequence[str]]) -> dict[str, tuple[Origin, ...]]:
    """Column of a query → the columns that its values come from; `columns` are those of each `layer.table` it reads.

    What rows there are (conditions, joins, groups) makes no value and is not followed. A column without a name is not
    here, and of a query that cannot be followed to the last column none is: somebody who masks values relies on it.
    """
    try:
        found = lineage(None, tree, schema_of(columns), dialect="duckdb", db="gold", trim_selects=False)
        named = {column: node for column, node in found.items() if not _UNNAMED.fullmatch(column)}
        return {column: _strongest(_leaves(node, 0)) for column, node in named.items()}
    except (SqlglotError, RecursionError, ValueError, KeyError):
        return {}


def schema_of(columns: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Tables as sqlglot's schema has them; what a column's type is makes no difference here."""
    schema: dict[str, dict[str, object]] = {}
    for table, of in columns.items():
        layer, _, name = table.partition(".")
        schema.setdefault(layer, {})[name] = dict.fromkeys(of, "VARCHAR")
    return dict(schema)


def tables_below(node: Node) -> Iterator[tuple[str, str]]:
    """The (table, column) pairs that a node of the lineage is made from."""
    return ((one.table, one.column) for one in _leaves(node, 0))


def _strongest(found: Iterator[Origin]) -> tuple[Origin, ...]:
    """Each column once, with the most that is done to it on any way."""
    kept: dict[tuple[str, str], Origin] = {}
    for one in sorted(found, key=lambda origin: _KINDS.index(origin.kind)):
        kept[one.table, one.column] = one
    return tuple(sorted(kept.values()))


def _leaves(node: Node, kind: int) -> Iterator[Origin]:
    """The columns of tables below a node; `kind` is the most that was done on the way.

    Raises ValueError where an expression does not say which columns it reads.
    """
    if isinstance(node.expression, exp.Placeholder) or _is_vague(node.expression):
        raise ValueError(f"it is not known what {node.name} reads")
    if isinstance(node.expression, exp.Table):
        table = node.expression
        if not table.db:  # a function that makes rows, such as range(3): none of them is of a table
            if table.find(exp.Column):
                raise ValueError(f"it is not known what {node.name} reads")
            return
        yield Origin(f"{table.db}.{table.name}", node.name.rpartition(".")[2].strip('"'), _KINDS[kind])
        return
    own = max(kind, _kind(node.expression))
    for below in node.downstream:
        yield from _leaves(below, own)


def _is_vague(expression: Expr) -> bool:
    """Whether an expression reads columns that it does not name: a whole row, `COLUMNS(…)`, a star."""
    if isinstance(expression, exp.Star):
        return True
    for node in expression.find_all(exp.TableColumn, exp.Columns, exp.Star):
        if not isinstance(node, exp.Star) or not isinstance(node.parent, exp.Count):
            return True
    return False


def _kind(expression: Expr) -> int:
    """What a projection does to what it reads."""
    value = expression.unalias()
    if isinstance(value, exp.Column | exp.Query):
        return 0
    # (a window that sums is an aggregate of its neighbours)
    return 2 if any(aggregates(value)) or value.find(exp.Window) else 1
