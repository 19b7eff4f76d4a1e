"""What DuckDB knows of SQL that is not run: its syntax tree, and the types of its parts and of its result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dataspark.engines.duckdb.session import Session
from dataspark.errors import StatementRejected
from dataspark.project import EngineSettings
from dataspark.sql.text import name, text
from dataspark.tables import Layer


class Binder:
    """Answers the questions of `sql/spark`, from a connection without data."""

    def __init__(self, settings: EngineSettings) -> None:
        self.session = Session(settings)
        self._made: dict[str, tuple[tuple[str, str], ...]] = {}

    def close(self) -> None:
        """Let go of the connection."""
        self.session.close()

    def tree(self, query: str) -> dict[str, Any]:
        """The syntax tree of one SELECT. Raises StatementRejected, with the line."""
        found: dict[str, Any] = json.loads(self.session.rows(f"SELECT json_serialize_sql({text(query)})")[0][0])
        if found["error"]:
            line = query.count("\n", 0, int(found.get("position") or 0)) + 1
            if found["error_type"] != "parser":  # the engine serialises SELECT and nothing else
                raise StatementRejected("a statement that is no plain SELECT (PIVOT and UNPIVOT are none)", line)
            raise StatementRejected(str(found["error_message"]), line)
        if len(found["statements"]) != 1:
            raise StatementRejected(f"{len(found['statements'])} statements where there must be one SELECT", 1)
        return found

    def result(self, query: str, relations: Mapping[str, tuple[tuple[str, str], ...]]) -> tuple[tuple[str, str], ...]:
        """The columns of a query's result over relations of these names. Raises StatementRejected, with the line."""
        for called, columns in relations.items():
            if self._made.get(called) != columns:
                self.session.run(f"CREATE OR REPLACE VIEW {_qualified(called)} AS {_empty(columns)}")
                self._made[called] = columns
        return tuple(self.session.columns(query))


def _qualified(called: str) -> str:
    layer, dot, table = called.partition(".")
    if dot and layer in {str(layer_) for layer_ in Layer}:
        return f"{name(layer)}.{name(table)}"
    return name(called)


def _empty(columns: tuple[tuple[str, str], ...]) -> str:
    listed = ", ".join(f"CAST(NULL AS {kind}) AS {name(column)}" for column, kind in columns)
    return f"SELECT {listed} LIMIT 0"


__all__ = ["Binder", "StatementRejected"]
