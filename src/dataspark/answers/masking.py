"""What is not shown of rows and figures: values of classified columns, and of those that come from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from dataspark.answers.trends import TableProfile
from dataspark.pipeline.profiles import ColumnProfile
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

MASK = "•••"
"""What stands in place of a value that is not for everybody."""


class Hidden:
    """What of the rows is not shown: values of classified columns, and of those that come from them."""

    def __init__(self, workspace: Workspace, unmasked: bool) -> None:
        self._workspace, self._unmasked = workspace, unmasked
        self._checks = {check.name: check for check in workspace.plan.checks}

    def columns(self, table: TableRef, columns: Iterable[str]) -> frozenset[str]:
        """The columns of a table that are masked."""
        return frozenset() if self._unmasked else self._workspace.classified(table, columns)

    def check(self, check: dict[str, Any]) -> dict[str, Any]:
        """What a run's record says of a check, with its failing rows as they are shown."""
        columns = check["columns"]
        hidden = frozenset() if self._unmasked else self._of_check(check["name"], columns)
        return {**check, "sample": [masked(columns, row, hidden) for row in check["sample"]]}

    def _of_check(self, name: str, columns: Sequence[str]) -> frozenset[str]:
        if name in self._checks:
            return self._workspace.classified_in(self._checks[name], columns)
        layer, _, rest = name.partition(".")  # a contract's promise: `gold.kpi_ca_par_pays.pays.required`
        table = TableRef.parse(f"{layer}.{rest.partition('.')[0]}") if layer in list(Layer) else None
        # (a check that the project does not have any more is like a table that it does not have any more)
        return self._workspace.classified(table or TableRef(Layer.GOLD, name), columns)


def masked(columns: Iterable[str], row: Iterable[Any], hidden: frozenset[str]) -> tuple[Any, ...]:
    """A row with a mask for each value of a hidden column; what is empty stays empty."""
    return tuple(MASK if c in hidden and v is not None else v for c, v in zip(columns, row, strict=True))


def without_values(profile: TableProfile, hidden: frozenset[str]) -> TableProfile:
    """A profile that has only counts of hidden columns: one of an earlier run may be from before they were classified."""
    columns = (_counts(one) if one.column in hidden else one for one in profile.columns)
    return replace(profile, columns=tuple(columns))


def _counts(one: ColumnProfile) -> ColumnProfile:
    return replace(one, minimum=None, maximum=None, mean=None, bins=(), bin_rows=())
