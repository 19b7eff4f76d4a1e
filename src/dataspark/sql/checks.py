"""The promises of a contract about a whole table, as queries: one number to compare, or the rows that break a rule."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dataspark.contracts.contract import (
    Column,
    Contract,
    Metric,
    OnViolation,
    Operator,
    Relationship,
    Rule,
    RuleKind,
    Severity,
    TableRule,
)
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


@dataclass(frozen=True)
class RowPromise:
    """What a gold contract promises about rows."""

    code: str
    blocks: bool
    query: str
    """Its rows are the failures."""
    filled: str | None = None
    """The column that must not be empty, where that is all of it: the log of a table may know without a look at rows."""
    parent: str | None = None
    """The gold table that the query looks into, besides its own."""
    parent_columns: tuple[str, ...] = ()


def row_promises(contract: Contract, table: str, as_of: str, integers: Collection[str] = ()) -> list[RowPromise]:
    """The row rules, the key and the relationships of a gold contract; `integers` are the columns of such a type."""
    rows = f"(SELECT *, {as_of} AS as_of FROM {table})"
    found = []
    for rule in contract.rules:
        column = contract.column(rule.column) if rule.column else None
        broken, blocks = _broken(rule, column), rule.severity is not Severity.WARNING
        if broken:
            query = f"SELECT * EXCLUDE (as_of) FROM {rows} WHERE {broken}"
            filled = rule.column if rule.kind is RuleKind.REQUIRED else None
            found.append(RowPromise(rule.code, blocks, query, filled))
        elif rule.kind is RuleKind.UNIQUE and column:
            found.append(RowPromise(rule.code, blocks, _repeated(table, [column.name], integers)))
    if contract.primary_key:
        found.append(RowPromise("primaryKey", True, _repeated(table, contract.primary_key, integers)))
    for link in contract.relationships:
        query = _orphans(link, table, f"{contract.layer}.{link.parent}")
        blocks = link.on_violation is OnViolation.FAIL
        found.append(RowPromise(link.code, blocks, query, None, link.parent, link.parent_columns))
    return found


def _broken(rule: Rule, column: Column | None) -> str | None:
    if rule.kind in (RuleKind.TYPE, RuleKind.UNIQUE):
        return None
    if rule.kind is RuleKind.REQUIRED and column:
        return f"{name(column.name)} IS NULL"
    return f"NOT coalesce({condition(rule, column)}, TRUE)"


def _repeated(table: str, columns: Sequence[str], integers: Collection[str]) -> str:
    if len(columns) == 1 and columns[0] in integers:
        return _repeated_number(table, name(columns[0]))
    return f"SELECT {names(columns)}, count(*) AS times FROM {table} GROUP BY {names(columns)} HAVING count(*) > 1"


def _repeated_number(table: str, key: str) -> str:
    """The numbers that come more than once.

    They are counted in blocks of 32: as many different bits as rows means that none of a block comes twice. Only blocks
    where it does not hold are looked at one by one, which on ten million rows takes an eighth of the plain way. The
    block of 0 holds negative numbers too, as division cuts off: it has 63 bits.
    """
    bits = f"bit_count(bit_or(CAST(1 AS BIGINT) << ({key} % 32 + 31)))"
    blocks = f"SELECT {key} // 32 AS block FROM {table} GROUP BY {key} // 32 HAVING count({key}) <> {bits}"
    return (
        f"SELECT {key}, count(*) AS times FROM {table} WHERE {key} // 32 IN (SELECT block FROM ({blocks}) AS blocks) "
        f"GROUP BY {key} HAVING count(*) > 1"
    )


def _orphans(link: Relationship, table: str, parent: str) -> str:
    """Rows whose foreign key names no row of the parent; an empty one names nothing."""
    given = conjunction(f"child.{name(column)} IS NOT NULL" for column in link.columns)
    pairs = zip(link.columns, link.parent_columns, strict=True)
    same = conjunction(f"parent.{name(theirs)} = child.{name(ours)}" for ours, theirs in pairs)
    return f"SELECT child.* FROM {table} AS child ANTI JOIN {parent} AS parent ON {same} WHERE {given}"
