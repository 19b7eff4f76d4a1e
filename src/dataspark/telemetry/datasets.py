"""The tables of a project as OpenLineage knows datasets: where they are, their columns, where each column comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataspark.columns import RAW, ColumnLineage
from dataspark.lake.delta import DeltaTables
from dataspark.tables import TableRef

if TYPE_CHECKING:
    from dataspark.contracts.contract import Column as ContractColumn
    from dataspark.wiring import Workspace


@dataclass(frozen=True)
class Place:
    """What a dataset is called: by where it is."""

    namespace: str
    """`file`, or `s3://bucket`."""
    name: str
    """The path there."""


@dataclass(frozen=True)
class Column:
    """One column of a dataset."""

    name: str
    type: str
    description: str = ""


@dataclass(frozen=True)
class Source:
    """A column that values of another column come from."""

    place: Place
    column: str
    kind: str
    """`IDENTITY`, `TRANSFORMATION` or `AGGREGATION`."""


@dataclass(frozen=True)
class Dataset:
    """One input or output of a job."""

    place: Place
    table: str = ""
    """`retail.silver.achats`; empty for raw files."""
    columns: tuple[Column, ...] = ()
    version: int | None = None
    rows: int | None = None
    files: int | None = None
    origins: Mapping[str, Sequence[Source]] = field(default_factory=dict)
    """Column → where its values come from."""
    checks: tuple[tuple[str, bool, str], ...] = ()
    """(check, whether it passed, `error` or `warn`)."""


def place_of(location: str) -> Place:
    """The name of what is in a folder or at `s3://bucket/prefix`."""
    if location.startswith("s3://"):
        bucket, _, path = location.removeprefix("s3://").partition("/")
        return Place(f"s3://{bucket}", path.rstrip("/") or "/")
    return Place("file", location.rstrip("/") or "/")


class Datasets:
    """Every dataset of a project, by the tables that it is made of."""

    def __init__(self, workspace: Workspace) -> None:
        lake = workspace.lake
        self._lake, self._project = lake, workspace.project.name
        # Its own look at the tables: events are made in a thread of their own.
        self._tables = DeltaTables(lake.silver, lake.gold)
        self._contracts = {contract.name: contract for contract in workspace.plan.tables}
        self._described = {
            (str(TableRef(contract.layer, contract.name)), column.name): column.description
            for contract in workspace.contracts
            for column in contract.columns
        }
        self._lineage = ColumnLineage(workspace)

    def sources(self) -> Dataset:
        """Where raw files arrive."""
        return Dataset(place_of(self._lake.sources.location()))

    def raw(self, table: str, rows: int | None = None, files: int | None = None) -> Dataset:
        """The archived files of a table; their columns are those of its contract, as texts."""
        columns = tuple(Column(column.name, "VARCHAR", column.description) for column in self._columns_of(table))
        return Dataset(self._raw_place(table), "", columns, None, rows, files)

    def table(self, table: TableRef, version: int | None = None, rows: int | None = None) -> Dataset:
        """A table; with a version its columns too."""
        place, alias = self._place(table), f"{self._project}.{table}"
        if version is None:
            return Dataset(place, alias, rows=rows)
        columns = tuple(
            Column(one.name, one.type, self._described.get((str(table), one.name), ""))
            for one in self._tables.fields(table, version)
        )
        return Dataset(place, alias, columns, version, rows, origins=self._sources_of(table))

    def _sources_of(self, table: TableRef) -> dict[str, list[Source]]:
        return {
            column: [Source(self._place_of(one.table), one.column, one.kind) for one in of]
            for column, of in self._lineage.origins(str(table)).items()
            if of
        }

    def _place_of(self, table: str) -> Place:
        layer, _, name = table.partition(".")
        return self._raw_place(name) if layer == RAW else self._place(TableRef.parse(table))

    def _columns_of(self, table: str) -> Sequence[ContractColumn]:
        return self._contracts[table].columns

    def _place(self, table: TableRef) -> Place:
        return place_of(self._tables.location(table))

    def _raw_place(self, table: str) -> Place:
        return place_of(self._lake.bronze.location(table))
