"""Everything that the static site of a project shows, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dataspark.answers.catalogue import TableEntry, leading_words, whole_catalogue
from dataspark.answers.columnlineage import Lineages, TableNode, tables
from dataspark.answers.masking import MASK
from dataspark.answers.promises import Promise, promises
from dataspark.answers.report import Profiled, Report, report
from dataspark.columns import ColumnLineage
from dataspark.contracts.concealing import without_examples
from dataspark.contracts.contract import Contract
from dataspark.plan import Check
from dataspark.reader import Release
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace


@dataclass(frozen=True)
class TablePage:
    """One table."""

    entry: TableEntry
    promises: tuple[Promise, ...]
    profile: Profiled | None
    """What its columns look like, without what is not for everybody."""
    contract: str
    """The contract's file; empty where it has none."""


@dataclass(frozen=True)
class CheckPage:
    """One check."""

    name: str
    path: str
    sql: str
    description: str
    blocks: bool
    reads: tuple[str, ...]
    columns: tuple[str, ...]
    """`gold.fact_achats.montant`: the columns that it reads."""
    found: Mapping[str, Any] | None
    """What the newest run's record says of it; None before it was judged."""


@dataclass(frozen=True)
class Site:
    """What the site shows."""

    project: str
    release: Release | None
    report: Report | None
    """None before the first run."""
    tables: tuple[TablePage, ...]
    checks: tuple[CheckPage, ...]
    contracts: tuple[tuple[str, str], ...]
    """(path, text) of every contract, as it is written but for examples of columns that are not for everybody."""
    nodes: tuple[TableNode, ...]
    lineages: Lineages
    masked: bool


def site(workspace: Workspace, unmasked: bool = False) -> Site:
    """Collect the site. No value of a classified column is in it unless `unmasked`. Raises ProjectError."""
    workspace.require_plan()
    stored = workspace.lake.release()
    release = Release.from_json(stored) if stored else None
    found = report(workspace, unmasked) if workspace.lake.runs(newest=1) else None
    columns = ColumnLineage(workspace)
    judged = {check["name"]: check for check in found.last["checks"]} if found else {}
    return Site(
        workspace.project.name,
        release,
        found,
        tuple(_tables(workspace, release, found, judged)),
        tuple(_check(check, columns, judged) for check in workspace.plan.checks),
        tuple(_contracts(workspace, columns, unmasked)),
        tables(workspace, columns),
        Lineages(workspace, columns),
        not unmasked,
    )


def _tables(
    workspace: Workspace, release: Release | None, found: Report | None, judged: Mapping[str, Mapping[str, Any]]
) -> Iterator[TablePage]:
    contracts: dict[tuple[Layer, str], Contract] = {(one.layer, one.name): one for one in workspace.contracts}
    ledgers = {one.quality.name: one.quality.ledger for one in found.sources} if found else {}
    profiles = {one.table: one for one in found.profiles} if found else {}
    for entry in whole_catalogue(workspace, release):
        table = TableRef.parse(entry.name)
        layer = Layer.GOLD if table.layer is Layer.GOLD else Layer.SILVER
        contract = contracts.get((layer, table.name))
        told = contract is not None and table.layer is not Layer.QUARANTINE
        yield TablePage(
            entry,
            promises(contract, ledgers.get(table.name), judged) if contract and told else (),
            profiles.get(entry.name),
            contract.path if contract else "",
        )


def _contracts(workspace: Workspace, columns: ColumnLineage, unmasked: bool) -> Iterator[tuple[str, str]]:
    hidden: dict[str, dict[str, frozenset[str]]] = {}
    for one in workspace.contracts:
        names = [column.name for column in one.columns]
        hidden.setdefault(one.path, {})[one.name] = columns.classified(TableRef(one.layer, one.name), names)
    for path in sorted(hidden):
        text = (workspace.project.root / path).read_text("utf-8")
        yield path, text if unmasked else without_examples(text, hidden[path], MASK)


def _check(check: Check, columns: ColumnLineage, judged: Mapping[str, Mapping[str, Any]]) -> CheckPage:
    read = sorted(f"{table}.{column}" for table, column in columns.read_by(check))
    reads = tuple(map(str, check.inputs))
    return CheckPage(
        check.name,
        check.path,
        check.sql,
        leading_words(check.sql),
        check.blocks,
        reads,
        tuple(read),
        judged.get(check.name),
    )
