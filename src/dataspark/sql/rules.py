"""Each row rule as a SQL condition on the typed row: TRUE holds, FALSE breaks, NULL passes (as in SQL's CHECK)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from dataspark.contracts.contract import Column, LogicalType, Rule, RuleKind
from dataspark.sql.casts import sql_type
from dataspark.sql.text import literal, name, text

STRING_FORMATS = {
    "email": r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$",
    "uuid": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$",
    "hostname": r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
    "ipv4": r"^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])$",
    "ipv6": r"^([0-9a-fA-F]{0,4}:){2,7}([0-9a-fA-F]{0,4}|((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}"
    r"(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]))$",
}
"""The ODCS string formats that are judged, as expressions that RE2 and Java read alike."""

_COMPARISONS = {
    RuleKind.MINIMUM: ">=",
    RuleKind.MAXIMUM: "<=",
    RuleKind.EXCLUSIVE_MINIMUM: ">",
    RuleKind.EXCLUSIVE_MAXIMUM: "<",
}


def condition(rule: Rule, column: Column | None) -> str:
    """The condition of a rule over typed columns.

    REQUIRED, TYPE and UNIQUE are no conditions on a value: `silver.py` judges them. A custom rule is its own text.
    """
    if column is None or rule.kind is RuleKind.CUSTOM:
        return str(rule.argument)
    return _CONDITIONS[rule.kind](name(column.name), rule, column)


def _pattern(value: str, rule: Rule, _column: Column) -> str:
    return f"regexp_matches({value}, {text(str(rule.argument))})"


def _format(value: str, rule: Rule, _column: Column) -> str:
    return f"regexp_matches({value}, {text(STRING_FORMATS[str(rule.argument)])})"


def _length(value: str, rule: Rule, _column: Column) -> str:
    comparison = ">=" if rule.kind is RuleKind.MIN_LENGTH else "<="
    return f"length({value}) {comparison} {literal(rule.argument)}"


def _bound(value: str, rule: Rule, column: Column) -> str:
    return f"{value} {_COMPARISONS[rule.kind]} {_typed(rule.argument, column)}"


def _multiple(value: str, rule: Rule, column: Column) -> str:
    step = literal(rule.argument)
    if column.type is LogicalType.NUMBER and column.decimal is None:
        # Doubles: 0.3 is a multiple of 0.1 although 0.3 / 0.1 is not quite 3.
        return f"abs({value} / {step} - round({value} / {step})) < 1e-9"
    return f"{value} % {step} = 0"


def _enum(value: str, rule: Rule, column: Column) -> str:
    values = rule.argument if isinstance(rule.argument, tuple) else (rule.argument,)
    # Not IN: an engine makes a join of a long one, and behind a join rows lose the order of their file.
    return f"list_contains([{', '.join(_typed(item, column) for item in values)}], {value})"


def _typed(argument: object, column: Column) -> str:
    if column.type in (LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME):
        return f"CAST({text(str(argument))} AS {sql_type(column)})"
    if column.type is LogicalType.STRING:
        return text(str(argument))
    if isinstance(argument, str):
        return literal(Decimal(argument))
    return literal(argument)


_CONDITIONS: dict[RuleKind, Callable[[str, Rule, Column], str]] = {
    RuleKind.PATTERN: _pattern,
    RuleKind.FORMAT: _format,
    RuleKind.MIN_LENGTH: _length,
    RuleKind.MAX_LENGTH: _length,
    RuleKind.MINIMUM: _bound,
    RuleKind.MAXIMUM: _bound,
    RuleKind.EXCLUSIVE_MINIMUM: _bound,
    RuleKind.EXCLUSIVE_MAXIMUM: _bound,
    RuleKind.MULTIPLE_OF: _multiple,
    RuleKind.ENUM: _enum,
}
