"""From which columns of its inputs each column of a query comes, found in its syntax tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot.errors import SqlglotError
from sqlglot.expressions import Expr

from dataspark.sql.parsing import UNNAMED, Origin, is_unnamed
from dataspark.sql.parsing.following import Followed, Found

_KINDS = ("IDENTITY", "TRANSFORMATION", "AGGREGATION")
"""In words."""


def origins(tree: Expr, columns: Mapping[str, Sequence[str]]) -> dict[str, tuple[Origin, ...]]:
    """Column of a query → the columns that its values come from; `columns` are those of each `layer.table` it reads.

    What rows there are (conditions, joins, groups) makes no value and is not followed. Of a query that cannot be followed
    to the last column none is here: somebody who masks values relies on it. A column without a name, or with that of one
    before it, stands in its place under a name that `is_unnamed`. The tree is changed.
    """
    try:
        query = Followed(tree, columns)
        return query.settled(lambda: _outputs(query))
    except (SqlglotError, RecursionError, ValueError, KeyError):
        return {}


def _outputs(query: Followed) -> dict[str, tuple[Origin, ...]]:
    found: dict[str, Found] = {}
    for place, name in enumerate(query.names(query.root)):
        output = query.output(query.root, place)
        if name in found:  # whoever asks for the name may get either
            found[name] = query.merged(found[name], output)
        found[f"{UNNAMED}{place}" if name in found or is_unnamed(name) else name] = output
    return {name: _told(of) for name, of in found.items()}


def _told(found: Found) -> tuple[Origin, ...]:
    return tuple(sorted(Origin(table, column, _KINDS[kind]) for (table, column), kind in found.items()))
