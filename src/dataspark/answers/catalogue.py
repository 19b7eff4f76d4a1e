"""What there is to read: the tables of a release, their columns, what they mean and where they come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dataspark.columns import RAW, ColumnLineage
from dataspark.contracts.contract import Column, Contract, LogicalType
from dataspark.lake.types import sql_type
from dataspark.plan import Model, Plan
from dataspark.reader import Release
from dataspark.sql.casts import stored_type
from dataspark.sql.parsing import Origin
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

_SHOWN = (Layer.GOLD, Layer.SILVER, Layer.QUARANTINE)
"""The tables that hold data, in the order of who reads them; those that account for it have answers of their own."""


@dataclass(frozen=True)
class ColumnEntry:
    """One column of a table."""

    name: str
    type: str
    """Its SQL type."""
    description: str
    classification: str
    """What its contract says of who may see it; empty where it says nothing."""
    classified: bool
    """Whether its values are not for everybody, by its contract or because they come from such a column."""
    required: bool
    key: bool
    """Whether it is part of the primary key."""
    references: str | None
    """`gold.dim_client.dim_client_id`: the column that it points to."""
    origins: tuple[Origin, ...]
    """The columns of the table's inputs that its values come from."""


@dataclass(frozen=True)
class TableEntry:
    """One table of a release."""

    name: str
    """`gold.fact_achats`."""
    description: str
    version: int
    rows: int
    columns: tuple[ColumnEntry, ...]
    primary_key: tuple[str, ...]
    inputs: tuple[str, ...]
    """The tables that it is made from."""
    readers: tuple[str, ...]
    """The models that read it."""
    checks: tuple[str, ...]
    """The checks that read it."""
    path: str
    """The project's file that makes it; empty for a table that the project does not make any more."""
    sql: str
    """The model's SELECT; empty for silver and the quarantine."""

    def as_json(self) -> dict[str, Any]:
        """The entry as plain values."""
        return asdict(self)


UNRELEASED = -1
"""The version of a table that the release does not have."""


def catalogue(workspace: Workspace, release: Release) -> tuple[TableEntry, ...]:
    """The tables of a release, gold first. Descriptions, keys and lineage are those of the project as it is now."""
    return tuple(_Catalogue(workspace, release.versions).entries())


def whole_catalogue(workspace: Workspace, release: Release | None) -> tuple[TableEntry, ...]:
    """The same with the tables that the project makes and the release, if there is one, does not have yet.

    Their version is `UNRELEASED`; what type a column of such a gold table has is not known.
    """
    planned = [TableRef(Layer.SILVER, contract.name) for contract in workspace.plan.tables]
    planned += [TableRef(Layer.QUARANTINE, contract.name) for contract in workspace.plan.tables]
    planned += [model.table for model in workspace.plan.models]
    versions = dict.fromkeys(planned, UNRELEASED) | dict(release.versions if release else {})
    return tuple(_Catalogue(workspace, versions).entries())


class _Catalogue:
    def __init__(self, workspace: Workspace, versions: Mapping[TableRef, int]) -> None:
        self.workspace, self.versions = workspace, versions
        self.plan: Plan = workspace.plan
        self.lineage = ColumnLineage(workspace)
        self.models = {model.name: model for model in self.plan.models}
        self.contracts = {(contract.layer, contract.name): contract for contract in workspace.contracts}

    def entries(self) -> Iterator[TableEntry]:
        shown = (table for table in self.versions if table.layer in _SHOWN)
        for table in sorted(shown, key=self._order):
            yield self._entry(table)

    def _order(self, table: TableRef) -> tuple[int, str]:
        return _SHOWN.index(table.layer), table.name

    def _entry(self, table: TableRef) -> TableEntry:
        version = self.versions[table]
        model = self.models.get(table.name) if table.layer is Layer.GOLD else None
        layer = Layer.GOLD if table.layer is Layer.GOLD else Layer.SILVER
        contract = self.contracts.get((layer, table.name))
        return TableEntry(
            str(table),
            _description(table, contract, model),
            version,
            0 if version == UNRELEASED else sum(file.rows for file in self.workspace.tables.files(table, version)),
            tuple(self._columns(table, contract)),
            contract.primary_key if contract and table.layer is not Layer.QUARANTINE else (),
            _inputs(table, model),
            tuple(str(one.table) for one in self.plan.models if table in one.inputs),
            tuple(check.name for check in self.plan.checks if table in check.inputs),
            model.path if model else contract.path if contract and table.layer is not Layer.GOLD else "",
            model.sql if model else "",
        )

    def _columns(self, table: TableRef, contract: Contract | None) -> Iterator[ColumnEntry]:
        fields = self._fields(table)
        hidden = self.lineage.classified(table, [name for name, _kind in fields])
        promised = {column.name: column for column in contract.columns} if contract else {}
        origins = {column.lower(): of for column, of in self.lineage.origins(str(table)).items()}
        references = _references(contract)
        judged = table.layer is not Layer.QUARANTINE  # what the quarantine holds broke its promises
        for name, kind in fields:
            own = promised.get(name, _NOTHING)
            yield ColumnEntry(
                name,
                kind,
                own.description,
                own.classification,
                name in hidden,
                judged and own.required,
                bool(judged and contract and name in contract.primary_key),
                references.get(name) if judged else None,
                origins.get(name.lower(), ()),
            )

    def _fields(self, table: TableRef) -> list[tuple[str, str]]:
        """The (name, SQL type) of a table's columns: of its version, or as far as the project says without one."""
        version = self.versions[table]
        if version != UNRELEASED:
            return [(one.name, sql_type(one.type)) for one in self.workspace.tables.fields(table, version)]
        if table.layer is Layer.GOLD:
            return [(name, "") for name in self.lineage.columns[str(table)]]
        contract = self.contracts[Layer.SILVER, table.name]
        if table.layer is Layer.QUARANTINE:
            return [
                *_PLACE,
                ("_reasons", "VARCHAR[]"),
                ("_text", "VARCHAR"),
                *((c.name, "VARCHAR") for c in contract.columns),
            ]
        return [*((column.name, stored_type(column)) for column in contract.columns), *_PLACE]


_PLACE = (("_file", "INTEGER"), ("_line", "BIGINT"))
_NOTHING = Column("", LogicalType.STRING)
"""What is promised of a column that no contract has."""
_COMMENT = re.compile(r"\s*--[ \t]?(.*)")


def _description(table: TableRef, contract: Contract | None, model: Model | None) -> str:
    """The contract's words; for a model without any the comment that it begins with."""
    if contract and contract.description:
        words = contract.description
        return f"Rows that broke the contract of {contract.name}." if table.layer is Layer.QUARANTINE else words
    lines: list[str] = []
    for line in model.sql.splitlines() if model else ():
        found = _COMMENT.fullmatch(line)
        if not found:
            break
        lines.append(found[1].strip())
    return " ".join(line for line in lines if line and not line.startswith("severity:"))


def _inputs(table: TableRef, model: Model | None) -> tuple[str, ...]:
    if model:
        return tuple(map(str, model.inputs))
    return () if table.layer is Layer.GOLD else (f"{RAW}.{table.name}",)


def _references(contract: Contract | None) -> dict[str, str]:
    """Column → the column of another table that it points to."""
    found: dict[str, str] = {}
    for one in contract.relationships if contract else ():
        layer = contract.layer if contract else Layer.SILVER
        for column, parent in zip(one.columns, one.parent_columns, strict=True):
            found[column] = f"{layer}.{one.parent}.{parent}"
    return found
