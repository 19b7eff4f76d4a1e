"""gold → verdict: every check and every promise of a contract about a whole table. A blocking failure holds the release."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from dataspark.contracts.contract import Contract, Severity, TableRule
from dataspark.errors import Mistake, ModelError, StatementRejected
from dataspark.pipeline.model import Versions, fingerprint, statement
from dataspark.pipeline.ports import Engine, EngineSource
from dataspark.pipeline.report import CheckReport
from dataspark.plan import Check
from dataspark.sql import checks as sql
from dataspark.sql.text import instant
from dataspark.tables import Layer, TableRef

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_SHOWN = 5
"""Failing rows that a report shows."""


def audit_check(
    engine: EngineSource, check: Check, versions: Versions, as_of: datetime, remembered: dict[str, Any]
) -> CheckReport:
    """Run a check, or remember its result while nothing that it reads has changed.

    Raises ModelError with the line when the engine refuses the SQL.
    """
    print_ = fingerprint(check, versions, as_of)
    if remembered.get("fingerprint") == print_:
        return _from_json(remembered["report"])
    run = engine()
    for table in check.inputs:
        run.bind(table, versions[table])
    try:
        report = failures(run, check.name, check.blocks, statement(check, as_of))
    except StatementRejected as error:
        raise ModelError(
            f"the check `{check.name}` cannot be run", mistakes=[Mistake(check.path, error.line, error.message)]
        ) from error
    remembered.update(fingerprint=print_, report=vars(report))
    return report


def audit_contract(
    engine: EngineSource,
    contract: Contract,
    version: int,
    others: Versions,
    as_of: datetime,
    remembered: dict[str, Any],
) -> list[CheckReport]:
    """Judge a table by what its contract promises about it as a whole (of a gold table, about its rows too)."""
    table = TableRef(contract.layer, contract.name)
    parents = _parents(contract, others)
    read = parents | {
        other: its
        for other, its in others.items()
        if other != table and any(str(other) in rule.query for rule in contract.table_rules)
    }
    stamp = [version, as_of.isoformat() if _dated(contract) else None, repr(contract), *read.values()]
    if remembered.get("stamp") == stamp:
        return [_from_json(stored) for stored in remembered["reports"]]
    run = engine()
    for other, its in {**read, table: version}.items():
        run.bind(other, its)
    try:
        rows = _rows_of_gold(run, contract, table, version, as_of, {parent.name for parent in parents})
        reports = [*rows, *_table_rules(run, contract, table)]
    except StatementRejected as error:
        raise ModelError(
            f"a rule of `{table}` cannot be judged", mistakes=[Mistake(contract.path, contract.line, error.message)]
        ) from error
    remembered.update(stamp=stamp, reports=[vars(report) for report in reports])
    return reports


def _dated(contract: Contract) -> bool:
    # Rows of silver were judged when they were refined; only those of gold are judged here.
    return contract.layer is Layer.GOLD and any("as_of" in str(rule.argument) for rule in contract.row_rules)


def _parents(contract: Contract, versions: Versions) -> dict[TableRef, int]:
    """The gold tables that a gold table refers to, as far as they are there."""
    # Rows of silver met their parents when they were refined.
    links = contract.relationships if contract.layer is Layer.GOLD else ()
    tables = [TableRef(Layer.GOLD, link.parent) for link in links]
    return {table: versions[table] for table in tables if table in versions}


def _rows_of_gold(
    run: Engine, contract: Contract, table: TableRef, version: int, as_of: datetime, parents: Collection[str]
) -> Iterable[CheckReport]:
    if contract.layer is not Layer.GOLD:
        return
    there = dict(run.columns(f"SELECT * FROM {table}"))
    missing = [column.name for column in contract.columns if column.name not in there]
    if missing:
        message = f"`{table}` has no column {', '.join(missing)}, which {contract.path} promises"
        yield CheckReport(f"{table}.columns", len(missing), True, message)
        return
    integers = [column for column, kind in there.items() if kind in _INTEGERS]
    logged = run.bounds(table, version)
    for promise in sql.row_promises(contract, str(table), instant(as_of), integers):
        code = f"{table}.{promise.code}"
        known = logged.get(promise.filled) if promise.filled else None
        if known and known.nulls == 0:
            yield CheckReport(code, 0, promise.blocks)
        elif promise.parent is None or (promise.parent in parents and _has(run, promise)):
            yield failures(run, code, promise.blocks, promise.query)


def _has(run: Engine, promise: sql.RowPromise) -> bool:
    """Whether the parent has the columns that are referred to; where it has not, its own contract tells."""
    there = {column for column, _kind in run.columns(f"SELECT * FROM {Layer.GOLD}.{promise.parent}")}
    return there.issuperset(promise.parent_columns)


def _table_rules(run: Engine, contract: Contract, table: TableRef) -> Iterable[CheckReport]:
    for rule in contract.table_rules:
        found = run.rows(sql.measure(rule, str(table)))[0][0]
        kept = found is not None and sql.holds(rule.operator, float(found), rule.bounds)
        message = "" if kept else _promise(rule, found)
        yield CheckReport(f"{table}.{rule.code}", 0 if kept else 1, rule.severity is not Severity.WARNING, message)


def _promise(rule: TableRule, found: float | None) -> str:
    unit = " %" if rule.percent else ""
    bounds = " and ".join(f"{bound:g}{unit}" for bound in rule.bounds)
    number = "nothing" if found is None else f"{found:,.10g}{unit}"
    return f"found {number}, {rule.operator.value} {bounds}"


def failures(run: Engine, check: str, blocks: bool, query: str) -> CheckReport:
    """The rows of a query as failures: how many, and the first ones."""
    failures = run.rows(f"SELECT count(*) FROM ({query})")[0][0]
    if not failures:
        return CheckReport(check, 0, blocks)
    columns, rows = run.sample(query, _SHOWN)
    return CheckReport(check, failures, blocks, "", tuple(columns), tuple(tuple(row) for row in rows))


def _from_json(stored: dict[str, Any]) -> CheckReport:
    columns, sample = tuple(stored["columns"]), tuple(tuple(row) for row in stored["sample"])
    return CheckReport(**{**stored, "columns": columns, "sample": sample})
