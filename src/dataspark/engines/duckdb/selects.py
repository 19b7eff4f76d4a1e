"""What one SELECT names, read from the engine's own syntax tree; and what somebody we do not know may use in one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_PLAIN = re.compile(r"\w+")
_ROWS_FROM_NOTHING = frozenset(
    ("range", "generate_series", "generate_subscripts", "unnest", "repeat", "repeat_row", "json_each", "json_tree")
)
"""The table functions that read no file, no setting and no other relation. All others are refused to strangers."""
_TELLING = frozenset(
    ("current_setting", "getvariable", "getenv", "pg_get_viewdef", "nextval", "currval", "write_log", "pg_sleep")
)
"""Scalar functions that tell of the inside, leave a trace or only wait."""
_RELATIONS = frozenset(
    ("BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "EMPTY_FROM", "PIVOT", "CTE")
)
"""What may stand behind FROM: not SHOW, not DESCRIBE."""


@dataclass(frozen=True)
class Parsed:
    """One SELECT. Names are as written, in lower case: `x`, `silver.x`."""

    query: str
    tables: frozenset[str]
    defined: frozenset[str]
    """The common table expressions: one may hide a table of its name, or read it."""
    refused: tuple[str, ...]
    """What strangers may not use, in words."""


def read_tree(query: str, tree: Any) -> Parsed:
    """What a query's syntax tree (of `json_serialize_sql`) names."""
    tables: set[str] = set()
    defined: set[str] = set()
    refused: dict[str, None] = {}
    for node in _nodes(tree):
        if node.get("type") == "BASE_TABLE":
            tables.add(".".join(part for part in (node["schema_name"], node["table_name"]) if part).lower())
        defined |= {entry["key"].lower() for entry in (node.get("cte_map") or {}).get("map", [])}
        refused.update(dict.fromkeys(_refused(node)))
    # A name that is a path would be a file where no relation of that name is in sight.
    refused.update(dict.fromkeys(f"the name `{name}`" for name in sorted(defined) if not _PLAIN.fullmatch(name)))
    return Parsed(query, frozenset(tables), frozenset(defined), tuple(refused))


def _refused(node: dict[str, Any]) -> Iterator[str]:
    kind = node.get("type")
    if {"sample", "alias"} <= node.keys() and "class" not in node and kind not in _RELATIONS:  # a relation behind FROM
        yield "SHOW, DESCRIBE or SUMMARIZE" if kind == "SHOW_REF" else f"{kind} behind FROM"
    if kind == "BASE_TABLE" and node.get("catalog_name"):
        yield f"the database `{node['catalog_name']}`"
    if kind == "TABLE_FUNCTION":
        function = str(node["function"].get("function_name", "")).lower()
        if function not in _ROWS_FROM_NOTHING:
            yield f"{function}()"
    elif node.get("class") == "FUNCTION" and str(node.get("function_name", "")).lower() in _TELLING:
        yield f"{node['function_name'].lower()}()"


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            yield node
            waiting += node.values()
