"""Which columns of a gold table are not for everybody."""

from __future__ import annotations

from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace


def masked_columns(workspace: Workspace, table: TableRef) -> frozenset[str]:
    """The columns of a gold table whose values are left out, unless somebody asks for them.

    The table's own contract decides; where it says nothing of a column, a classified column of silver with its name does.
    """
    said = {
        column.name: column.classified
        for contract in workspace.contracts
        if contract.layer is table.layer and contract.name == table.name
        for column in contract.columns
        if column.classification
    }
    silver = {
        column.name
        for contract in workspace.contracts
        if contract.layer is Layer.SILVER
        for column in contract.columns
        if column.classified
    }
    return frozenset({column for column, hidden in said.items() if hidden} | (silver - said.keys()))
