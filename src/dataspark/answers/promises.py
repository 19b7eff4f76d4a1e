"""Every promise of a contract in words: what breaks it, what happens then, and how many rows broke it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dataspark.answers.reasons import words
from dataspark.contracts.contract import (
    Contract,
    HistoryMetric,
    HistoryRule,
    Metric,
    OnViolation,
    Operator,
    Relationship,
    Severity,
    TableRule,
)
from dataspark.pipeline.ledger import FileLedger
from dataspark.project import age_text
from dataspark.tables import Layer

_ROWS = {
    Severity.ERROR: "the row goes to the quarantine",
    Severity.WARNING: "the row passes and is counted",
    Severity.FAIL: "the run stops",
}
_TABLES = {
    Severity.ERROR: "the release stays where it is",
    Severity.WARNING: "it is reported",
    Severity.FAIL: "the release stays where it is",
}
_PARENTS = {
    OnViolation.KEEP: ("warning", "the row passes, is counted, and belongs to nobody"),
    OnViolation.HOLD: ("error", "the row waits in the quarantine for it"),
    OnViolation.FAIL: ("fail", "the run stops"),
}
_METRICS = {
    Metric.ROW_COUNT: "the number of rows",
    Metric.NULL_VALUES: "empty values of {}",
    Metric.MISSING_VALUES: "missing values of {}",
    Metric.INVALID_VALUES: "values of {} that are not valid",
    Metric.DUPLICATE_VALUES: "values of {} that are there more than once",
    Metric.SQL: "the number that its query gives",
}
_OPERATORS = {
    Operator.MUST_BE: "is not {}",
    Operator.MUST_NOT_BE: "is {}",
    Operator.MUST_BE_GREATER_THAN: "is not more than {}",
    Operator.MUST_BE_GREATER_OR_EQUAL_TO: "is less than {}",
    Operator.MUST_BE_LESS_THAN: "is not less than {}",
    Operator.MUST_BE_LESS_OR_EQUAL_TO: "is more than {}",
    Operator.MUST_BE_BETWEEN: "is not between {} and {}",
    Operator.MUST_NOT_BE_BETWEEN: "is between {} and {}",
}


@dataclass(frozen=True)
class Promise:
    """One rule of a contract."""

    code: str
    columns: tuple[str, ...]
    broken: str
    """When it is broken, as a sentence, with what the contract says about it."""
    then: str
    """What happens where it is broken."""
    severity: str
    rows: int | None
    """How many rows broke it, or 1 for a promise about a whole table; None where that was never judged."""


def promises(
    contract: Contract, ledger: FileLedger | None, checks: Mapping[str, Mapping[str, Any]]
) -> tuple[Promise, ...]:
    """The promises of a contract, those about single rows first.

    `ledger` is that of a silver table; `checks` are those of the newest run by their names, which have what was found
    of a whole table.
    """
    return tuple(_Promises(contract, ledger, checks).all())


class _Promises:
    def __init__(self, contract: Contract, ledger: FileLedger | None, checks: Mapping[str, Mapping[str, Any]]) -> None:
        self.contract, self.ledger, self.checks = contract, ledger, checks
        self.is_gold = contract.layer is Layer.GOLD

    def all(self) -> Iterator[Promise]:
        for rule in self.contract.rules:
            then = (_TABLES if self.is_gold else _ROWS)[rule.severity]
            columns = (rule.column,) if rule.column else ()
            said = words(self.contract, rule.code)
            yield Promise(rule.code, columns, said, then, rule.severity.value, self._rows(rule.code))
        if self.is_gold and self.contract.primary_key:
            key = self.contract.primary_key
            said = f"{', '.join(key)} is there more than once."
            yield Promise("primaryKey", key, said, _TABLES[Severity.ERROR], "error", self._found("primaryKey"))
        yield from map(self._parent, self.contract.relationships)
        yield from map(self._table, self.contract.table_rules)
        yield from map(self._history, self.contract.history_rules)

    def _rows(self, code: str) -> int | None:
        if self.is_gold:
            return self._found(code)
        return self.ledger.reasons.get(code, 0) + self.ledger.warnings.get(code, 0) if self.ledger else None

    def _found(self, code: str) -> int | None:
        check = self.checks.get(f"{self.contract.layer}.{self.contract.name}.{code}")
        return int(check["failures"]) if check else None

    def _parent(self, link: Relationship) -> Promise:
        severity, then = _PARENTS[link.on_violation]
        parent = f"{self.contract.layer}.{link.parent}"
        rows = self.ledger.orphans.get(link.code, 0) + self.ledger.reasons.get(link.code, 0) if self.ledger else None
        said = f"{', '.join(link.columns)} is not in {parent} ({', '.join(link.parent_columns)})."
        return Promise(link.code, link.columns, said, then, severity, rows)

    def _table(self, rule: TableRule) -> Promise:
        unit = " %" if rule.percent else ""
        counted = _METRICS[rule.metric].format(", ".join(rule.columns))
        said = f"{counted} {_OPERATORS[rule.operator].format(*(f'{bound:g}{unit}' for bound in rule.bounds))}"
        return self._whole(rule, rule.columns, said)

    def _history(self, rule: HistoryRule) -> Promise:
        if rule.metric is HistoryMetric.FRESHNESS:
            newest = f"the newest {rule.column}" if rule.column else "the newest file"
            said = f"{newest} is older than {age_text(rule.max_age)}"
        else:
            said = f"the rows of the newest files are {rule.deviations:g} standard deviations away from those of {rule.runs} runs"
        return self._whole(rule, (rule.column,) if rule.column else (), said)

    def _whole(self, rule: TableRule | HistoryRule, columns: tuple[str, ...], said: str) -> Promise:
        sentence = f"{said[:1].upper()}{said[1:]}."
        told = " ".join(part for part in (sentence, rule.description) if part)
        return Promise(rule.code, columns, told, _TABLES[rule.severity], rule.severity.value, self._found(rule.code))
