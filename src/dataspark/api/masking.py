"""What keys without the scope `unmasked` do not see in answers that are no tables: traces, runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataspark.answers.lineage import Rows
from dataspark.answers.trace import Trace
from dataspark.api.problems import Kind, Problem, clean
from dataspark.columns import ColumnLineage
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

_CHECK_KEPT = ("name", "failures", "blocks", "columns")


class Mask:
    """Which columns of a project are not for everybody."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lineage = ColumnLineage(workspace)

    def hides(self, table: TableRef, columns: list[str]) -> frozenset[str]:
        """Those of a table's columns that are classified."""
        return self._lineage.classified(table, columns)

    def require_open_key(self, table: TableRef, key: str, columns: list[str], key_columns: tuple[str, ...]) -> None:
        """Raise Problem where a key asks for a classified value: whoever may not see it may not try it out either."""
        hidden = {column.lower() for column in self.hides(table, [*columns, *key_columns])}
        named = {part.partition("=")[0].strip().lower() for part in key.split(",") if "=" in part}
        if hidden & named or any(column.lower() in hidden for column in key_columns):
            raise Problem(Kind.NO_SCOPE, "a classified column may not be asked about", needed="unmasked")

    def trace(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """A trace without classified values and without raw lines."""
        masked = {**told, "rows": [self._raw_row(row) for row in told["rows"]]}
        for name in ("counts_in", "made_from"):
            if name in told:
                masked[name] = [self._rows(rows) for rows in told[name]]
        if told["start"]:
            masked["start"] = self._rows(told["start"])
        return masked

    def _rows(self, rows: Mapping[str, Any]) -> dict[str, Any]:
        table = TableRef.parse(rows["table"])
        return {**rows, "first": [self._values(table, row) for row in rows["first"]]}

    def _values(self, table: TableRef, values: Mapping[str, Any]) -> dict[str, Any]:
        hidden = self.hides(table, list(values))
        return {column: None if column in hidden else value for column, value in values.items()}

    def _raw_row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        table = TableRef(Layer.SILVER, row["table"])
        return {
            **row,
            "raw": None,
            "values": self._values(table, row["values"]) if row["values"] else None,
            "reasons": [self._reason(table, one) for one in row["reasons"]],
            "warnings": [self._reason(table, one) for one in row["warnings"]],
            "fix": None if row["fix"] is None else {**row["fix"], "values": self._values(table, row["fix"]["values"])},
        }

    def _reason(self, table: TableRef, reason: Mapping[str, Any]) -> dict[str, Any]:
        columns = (reason["column"] or "").split("+")
        return {**reason, "value": None if self.hides(table, columns) else reason["value"]}


def run_record(record: Mapping[str, Any], workspace: Workspace, unmasked: bool) -> dict[str, Any]:
    """A run's record without places of this machine; without rows that checks found, where they may not be seen."""
    told = {**record, "error": clean(workspace, record["error"])}
    told["notices"] = [clean(workspace, notice) for notice in record["notices"]]
    if not unmasked:
        told["checks"] = [{key: check[key] for key in _CHECK_KEPT} for check in record["checks"]]
        told["drift"] = []
    return told


def without_paths(told: Any) -> Any:
    """Plain values without the project's files in them."""
    if isinstance(told, dict):
        return {key: without_paths(value) for key, value in told.items() if key not in ("path", "made_by")}
    return [without_paths(one) for one in told] if isinstance(told, list | tuple) else told


def exact_trace(found: Trace) -> dict[str, Any]:
    """A trace as plain values, its decimals and moments written as rows of tables have them."""
    told = found.as_json()
    places = told["counts_in"] if found.start is None else told["made_from"]
    pairs = [*zip(found.tables, places, strict=True), *([(found.start, told["start"])] if found.start else [])]
    for rows, plain in pairs:
        for row, values in zip(rows.first, plain["first"], strict=True):
            values.update(_exact(rows, row))
    return told


def _exact(rows: Rows, row: Sequence[str | None]) -> dict[str, str | None]:
    cells = zip(rows.columns, row, rows.types, strict=True)
    found: dict[str, str | None] = {}
    for column, value, kind in cells:
        if kind.startswith("DECIMAL"):
            found[column] = value
        elif kind == "TIMESTAMP WITH TIME ZONE" and value:
            found[column] = f"{value.removesuffix('+00').replace(' ', 'T')}Z"
    return found
