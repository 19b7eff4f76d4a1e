"""Where each column of a project comes from, back to the raw files, and which values are not for everybody.

Read from the models' syntax trees and the contracts: nothing is run and no table is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from dataspark.pipeline.model import statement
from dataspark.project import MEMORY_FOLDER
from dataspark.sql.parsing import Origin, Parser, is_unnamed
from dataspark.tables import Layer, TableRef

if TYPE_CHECKING:
    from dataspark.contracts.contract import Contract
    from dataspark.plan import Check, Model, Plan
    from dataspark.project import Project

RAW = "raw"
"""What stands before the dot where a column is one of a table's raw files: `raw.achats`."""
POSITION = ("_file", "_line")
"""What silver has besides the contract's columns: where a row was read."""
_TEXT = "_text"
"""The quarantine's column with a whole raw line."""
_ANY_DAY = datetime(1970, 1, 1, tzinfo=UTC)
"""In place of a model's `as_of`: which columns it reads is the same on every day."""

Origins = Mapping[str, tuple[Origin, ...]]
"""Column → the columns that its values come from."""


@dataclass(frozen=True)
class _Classes:
    """What a contract says of a table's columns: names in lower case."""

    classified: frozenset[str]
    public: frozenset[str]
    """Those whose classification is written down as `public`."""


class Planned(Protocol):
    """A project of which it is known what a run does."""

    @property
    def project(self) -> Project:
        """Its settings and files."""

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """Every contract."""

    @property
    def plan(self) -> Plan:
        """What a run does."""


class ColumnLineage:
    """The columns of a project's tables and where their values come from. Raises ProjectError where it has no plan."""

    def __init__(self, workspace: Planned) -> None:
        self._plan, self._contracts = workspace.plan, workspace.contracts
        self._parser = Parser(workspace.project.root / MEMORY_FOLDER)
        self.columns: dict[str, tuple[str, ...]] = {}
        """Table (`raw.x`, `silver.x`, `gold.x`) → its columns, as far as they are known without running anything."""
        self._shapes: dict[str, tuple[str, ...]] = {}
        """Model → all of its columns, also those without a name: a query may name them by their place alone."""
        self._origins: dict[str, Origins] = {}
        self._deciders: dict[str, tuple[Origin, ...]] = {}
        for contract in self._plan.tables:
            own = tuple(column.name for column in contract.columns)
            raw, silver = f"{RAW}.{contract.name}", f"{Layer.SILVER}.{contract.name}"
            self.columns[raw], self.columns[silver] = own, (*own, *POSITION)
            self._origins[silver] = {column: (Origin(raw, column, "TRANSFORMATION"),) for column in own}
            self._add_quarantine(contract.name, own)
        for model in self._plan.models:  # inputs come before what is made from them
            self._follow(model)
        self._parser.save()

    def origins(self, table: str) -> Origins:
        """Column of a table → the columns of its inputs that its values come from.

        Of a model that could not be followed nothing is there.
        """
        return self._origins.get(table, {})

    def deciders(self, table: str) -> tuple[Origin, ...]:
        """The columns of a model's inputs that filter, join or group its rows; none of any other table."""
        if table not in self._deciders:
            found = [self._deciding(model) for model in self._plan.models if str(model.table) == table]
            self._deciders[table] = found[0] if found else ()
            self._parser.save()
        return self._deciders[table]

    def read_by(self, query: Model | Check) -> frozenset[tuple[str, str]]:
        """The (table, column) pairs that a query reads: for its values, or to decide what rows it has."""
        values = (one for of in self._values(query).values() for one in of)
        found = frozenset((one.table, one.column) for one in (*values, *self._deciding(query)))
        self._parser.save()
        return found

    def is_followed(self, table: TableRef) -> bool:
        """Whether it is known where the columns of a table come from."""
        return bool(self._origins.get(str(table)))

    def classified(self, table: TableRef, columns: Iterable[str]) -> frozenset[str]:
        """Those of a table's columns whose values are not for everybody.

        A column is one where its contract classifies it, or where its values come from such a column and its contract
        does not call it `public`. Where it is not known what a column comes from it is one as soon as any input of its
        table has one.
        """
        if not self._hidden:
            return frozenset()
        if table.layer is Layer.QUALITY:
            return frozenset()
        known_as = str(table) if table.layer is Layer.GOLD else f"{Layer.SILVER}.{table.name}"
        hidden = self._hidden.get(known_as)
        if hidden is None:  # of an older release: its model or contract is gone, and with it what it classified
            return frozenset(columns)
        if hidden and table.layer in (Layer.QUARANTINE, Layer.REPEATS, Layer.JOURNAL):
            hidden |= {_TEXT}
        known = {column.lower() for column in self.columns.get(str(table), ())}
        unknown_too = table.layer is Layer.GOLD and self._reads_hidden(table)
        return frozenset(
            column for column in columns if column.lower() in hidden or (unknown_too and column.lower() not in known)
        )

    def classified_in(self, check: Check, columns: Iterable[str]) -> frozenset[str]:
        """Those of the columns of a check's failing rows whose values are not for everybody."""
        if not self._hidden:
            return frozenset()
        values = {column.lower(): of for column, of in self._values(check).items()}
        self._parser.save()
        careful = any(self._hidden.get(str(one)) or self._reads_hidden(one) for one in check.inputs)
        return frozenset(
            column
            for column in columns
            if (
                any(self._is_hidden(one, self._hidden) for one in values[column.lower()])
                if column.lower() in values
                else careful
            )
        )

    @cached_property
    def _classes(self) -> dict[str, _Classes]:
        return {
            f"{contract.layer}.{contract.name}": _Classes(
                frozenset(column.name.lower() for column in contract.columns if column.classified),
                frozenset(
                    column.name.lower()
                    for column in contract.columns
                    if column.classification and not column.classified
                ),
            )
            for contract in self._contracts
        }

    @cached_property
    def _hidden(self) -> dict[str, frozenset[str]]:
        """Table → its classified columns, in lower case; empty where the project classifies nothing."""
        if not any(classes.classified for classes in self._classes.values()):
            return {}
        none = _Classes(frozenset(), frozenset())
        found: dict[str, frozenset[str]] = {}
        for contract in self._plan.tables:
            silver = f"{Layer.SILVER}.{contract.name}"
            hidden = found[silver] = self._classes.get(silver, none).classified
            for layer in (Layer.QUARANTINE, Layer.REPEATS, Layer.JOURNAL):
                found[f"{layer}.{contract.name}"] = hidden | {_TEXT} if hidden else hidden
        for model in self._plan.models:
            own = self._classes.get(str(model.table), none)
            inherited = {
                column.lower()
                for column, origins in self.origins(str(model.table)).items()
                if any(self._is_hidden(one, found) for one in origins)
            }
            found[str(model.table)] = own.classified | (inherited - own.public)
        return found

    def _is_hidden(self, one: Origin, found: Mapping[str, frozenset[str]]) -> bool:
        """Whether a column that another one comes from is classified, by what was `found` of the tables before."""
        hidden = found.get(one.table, frozenset())
        if one.column.lower() in hidden:
            return True
        if one.column.lower() in (column.lower() for column in self.columns.get(one.table, ())):
            return False
        # A column that its table is not known to have: it may be any of what the table is made from.
        return bool(hidden) or any(found.get(str(above)) for above in self._inputs(TableRef.parse(one.table)))

    def _reads_hidden(self, table: TableRef) -> bool:
        """Whether a model reads, at any distance, a table with classified columns."""
        return any(self._hidden.get(str(one)) for one in self._inputs(table))

    def _inputs(self, table: TableRef) -> Iterator[TableRef]:
        for model in self._plan.models:
            if model.table == table:
                for one in model.inputs:
                    yield one
                    yield from self._inputs(one)

    def _add_quarantine(self, name: str, columns: Sequence[str]) -> None:
        """The quarantine of a table, where somebody reads it: its columns are as they came."""
        table = TableRef(Layer.QUARANTINE, name)
        read = {one for model in self._plan.models for one in model.inputs}
        if table in read.union(*(check.inputs for check in self._plan.checks)):
            self.columns[str(table)] = (*POSITION, "_reasons", _TEXT, *columns)
            self._origins[str(table)] = {column: (Origin(f"{RAW}.{name}", column, "IDENTITY"),) for column in columns}

    def _follow(self, model: Model) -> None:
        found = self._values(model)
        self._shapes[str(model.table)] = tuple(found)
        named = {column: of for column, of in found.items() if not is_unnamed(column)}
        self._origins[str(model.table)] = named
        self.columns[str(model.table)] = tuple(named)

    def _values(self, query: Model | Check) -> Origins:
        return self._parser.origins(statement(query, _ANY_DAY), self._known(query))

    def _deciding(self, query: Model | Check) -> tuple[Origin, ...]:
        return self._parser.deciders(statement(query, _ANY_DAY), self._known(query))

    def _known(self, query: Model | Check) -> dict[str, tuple[str, ...]]:
        """The columns of each table that a query reads, as far as they are known."""
        known = self.columns | self._shapes
        return {str(one): known.get(str(one), ()) for one in query.inputs}
