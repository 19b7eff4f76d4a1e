"""The promises of a contract about a whole table, as queries: one number to compare, or the rows that break a rule."""

from __future__ import annotations

from collections.abc import Sequence

from dataspark.contracts.contract import Column, Contract, Metric, Operator, Rule, RuleKind, TableRule
from dataspark.sql.rules import condition
from dataspark.sql.text import conjunction, literal, name, names, text


def measure(rule: TableRule, table: str) -> str:
    """The query for the number that a table rule compares; in percent of all rows where the rule says so."""
    if rule.metric is Metric.SQL:
        return f"SELECT CAST(({rule.query}\n) AS DOUBLE)"
    counted = _counted(rule)
    if not rule.percent:
        return f"SELECT CAST({counted} AS DOUBLE) FROM {table}"
    return f"SELECT CASE WHEN count(*) = 0 THEN 0.0 ELSE 100.0 * {counted} / count(*) END FROM {table}"


def _counted(rule: TableRule) -> str:
    columns = rule.columns
    if rule.metric is Metric.ROW_COUNT:
        return "count(*)"
    if rule.metric is Metric.NULL_VALUES:
        return f"count(*) FILTER (WHERE {name(columns[0])} IS NULL)"
    if rule.metric is Metric.MISSING_VALUES:
        return f"count(*) FILTER (WHERE {_missing(columns[0], rule.missing_values)})"
    if rule.metric is Metric.DUPLICATE_VALUES:
        whole = names(columns) if len(columns) == 1 else f"row({names(columns)})"
        given = conjunction(f"{name(column)} IS NOT NULL" for column in columns)
        return f"(count(*) FILTER (WHERE {given}) - count(DISTINCT {whole}) FILTER (WHERE {given}))"
    return f"count(*) FILTER (WHERE {_invalid(rule)})"


def _missing(column: str, values: Sequence[str | None]) -> str:
    texts = ", ".join(text(str(value)) for value in values if value is not None)
    empty = f"{name(column)} IS NULL" if None in values else "FALSE"
    return f"{empty} OR CAST({name(column)} AS VARCHAR) IN ({texts})" if texts else empty


def _invalid(rule: TableRule) -> str:
    value = name(rule.columns[0])
    wrong = []
    if rule.valid_values is not None:
        wrong.append(f"{value} NOT IN ({', '.join(map(literal, rule.valid_values))})")
    if rule.pattern is not None:
        wrong.append(f"NOT regexp_matches(CAST({value} AS VARCHAR), {text(rule.pattern)})")
    return f"{value} IS NOT NULL AND ({' OR '.join(wrong) or 'FALSE'})"


def holds(operator: Operator, found: float, bounds: Sequence[float]) -> bool:
    """Whether a number keeps the promise."""
    low, high = bounds[0], bounds[-1]
    return {
        Operator.MUST_BE: found == low,
        Operator.MUST_NOT_BE: found != low,
        Operator.MUST_BE_GREATER_THAN: found > low,
        Operator.MUST_BE_GREATER_OR_EQUAL_TO: found >= low,
        Operator.MUST_BE_LESS_THAN: found < low,
        Operator.MUST_BE_LESS_OR_EQUAL_TO: found <= low,
        Operator.MUST_BE_BETWEEN: low <= found <= high,
        Operator.MUST_NOT_BE_BETWEEN: not low <= found <= high,
    }[operator]


def row_failures(contract: Contract, table: str, as_of: str) -> list[tuple[str, bool, str]]:
    """The row rules of a gold contract as checks: (code, whether it blocks, query whose rows are the failures)."""
    rows = f"(SELECT *, {as_of} AS as_of FROM {table})"
    found = []
    for rule in contract.rules:
        column = contract.column(rule.column) if rule.column else None
        broken = _broken(rule, column)
        if broken:
            query = f"SELECT * EXCLUDE (as_of) FROM {rows} WHERE {broken}"
            found.append((rule.code, rule.severity.value != "warning", query))
        elif rule.kind is RuleKind.UNIQUE and column:
            found.append((rule.code, rule.severity.value != "warning", _repeated(table, [column.name])))
    if contract.primary_key:
        found.append(("primaryKey", True, _repeated(table, contract.primary_key)))
    return found


def _broken(rule: Rule, column: Column | None) -> str | None:
    if rule.kind in (RuleKind.TYPE, RuleKind.UNIQUE):
        return None
    if rule.kind is RuleKind.REQUIRED and column:
        return f"{name(column.name)} IS NULL"
    return f"NOT coalesce({condition(rule, column)}, TRUE)"


def _repeated(table: str, columns: Sequence[str]) -> str:
    return f"SELECT {names(columns)}, count(*) AS times FROM {table} GROUP BY {names(columns)} HAVING count(*) > 1"
