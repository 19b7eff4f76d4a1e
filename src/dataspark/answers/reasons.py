"""Reason codes as sentences: what a rejected row did not keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dataspark.contracts.contract import Contract, Rule, RuleKind

STRUCTURAL_WORDS = {
    "csv.columns": "the line has too few or too many fields",
    "csv.quote": "a quote is not closed, or text stands behind a closing one",
    "csv.encoding": "the line has bytes that are not of the file's encoding",
    "csv.nul": "the line has NUL characters",
}
"""The reasons of lines that are no record."""
SAYINGS: Mapping[str, str] = {
    **STRUCTURAL_WORDS,
    RuleKind.REQUIRED: "is empty",
    RuleKind.TYPE: "is no {}",
    RuleKind.FORMAT: "is no {}",
    RuleKind.PATTERN: "does not match {}",
    RuleKind.MIN_LENGTH: "is shorter than {} characters",
    RuleKind.MAX_LENGTH: "is longer than {} characters",
    RuleKind.MINIMUM: "is below {}",
    RuleKind.MAXIMUM: "is above {}",
    RuleKind.EXCLUSIVE_MINIMUM: "is not above {}",
    RuleKind.EXCLUSIVE_MAXIMUM: "is not below {}",
    RuleKind.MULTIPLE_OF: "is no multiple of {}",
    RuleKind.ENUM: "is none of: {}",
    RuleKind.CUSTOM: "breaks {}",
    RuleKind.UNIQUE: "belongs to another row",
    "written": " written {}",
    "or": " or ",
    "relationship": "is not in silver.{}: the row waits for it",
    "gone": "a rule that the contract does not have any more",
}
"""What a rule says of a field that breaks it. Another language has other words for the same keys."""


@dataclass(frozen=True)
class Reason:
    """One rule that a row breaks."""

    code: str
    column: str | None
    value: str | None
    """The field as it came; None for rules over a whole row."""
    meaning: str
    """What is wrong, in words."""
    description: str = ""
    """What the contract says about the rule."""


def explained(
    contract: Contract, code: str, fields: Mapping[str, str | None], say: Mapping[str, str] = SAYINGS
) -> Reason:
    """What a reason code says about a row whose `fields` came like this."""
    if code in STRUCTURAL_WORDS:
        return Reason(code, None, None, say[code])
    for link in contract.relationships:
        if link.code == code:
            values = ", ".join(str(fields.get(column)) for column in link.columns)
            return Reason(code, "+".join(link.columns), values, say["relationship"].format(link.parent))
    rule = next((rule for rule in contract.rules if rule.code == code), None)
    if rule is None:
        return Reason(code, None, None, say["gone"])
    value = fields.get(rule.column) if rule.column else None
    return Reason(code, rule.column, value, _meaning(contract, rule, say), rule.description)


def _meaning(contract: Contract, rule: Rule, say: Mapping[str, str]) -> str:
    saying = say[rule.kind]
    if rule.kind is RuleKind.CUSTOM:
        return saying.format(" ".join(str(rule.argument).split()))
    if rule.kind is RuleKind.TYPE and rule.column:
        column = contract.column(rule.column)
        kind = f"decimal({column.decimal[0]},{column.decimal[1]})" if column.decimal else str(column.type)
        return saying.format(kind) + (say["written"].format(say["or"].join(column.formats)) if column.formats else "")
    argument = rule.argument
    listed = isinstance(argument, Sequence) and not isinstance(argument, str)
    return saying.format(", ".join(map(str, argument)) if listed else argument)  # type: ignore[call-overload]


def words(contract: Contract, code: str, say: Mapping[str, str] = SAYINGS) -> str:
    """A reason in a sentence, and what the contract says about the rule: for people who never saw the contract."""
    reason = explained(contract, code, {}, say)
    if reason.description and reason.column is None:
        return reason.description
    said = " ".join(part for part in (reason.column, reason.meaning) if part)
    sentence = said if reason.column else said[:1].upper() + said[1:]
    return " ".join([f"{sentence}.", *([reason.description] if reason.description else [])])
