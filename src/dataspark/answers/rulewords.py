"""Reason codes in words, for people who never saw the contract."""

from __future__ import annotations

from dataspark.contracts.contract import Contract, Rule, RuleKind

LINES = {
    "csv.columns": "The line has more or fewer fields than the table has columns.",
    "csv.quote": "A quote is not closed, or text follows a closing quote.",
    "csv.encoding": "Bytes that are no text in the file's encoding.",
    "csv.nul": "The line holds a NUL byte.",
}
"""The reasons of lines that are no record."""
_WORDS = {
    RuleKind.REQUIRED: "{column} is empty.",
    RuleKind.TYPE: "{column} cannot be read as {type}.",
    RuleKind.FORMAT: "{column} is no valid {argument}.",
    RuleKind.PATTERN: "{column} does not have the agreed form.",
    RuleKind.MIN_LENGTH: "{column} is shorter than {argument} characters.",
    RuleKind.MAX_LENGTH: "{column} is longer than {argument} characters.",
    RuleKind.MINIMUM: "{column} is less than {argument}.",
    RuleKind.MAXIMUM: "{column} is more than {argument}.",
    RuleKind.EXCLUSIVE_MINIMUM: "{column} is not more than {argument}.",
    RuleKind.EXCLUSIVE_MAXIMUM: "{column} is not less than {argument}.",
    RuleKind.MULTIPLE_OF: "{column} is no multiple of {argument}.",
    RuleKind.ENUM: "{column} is none of the valid values.",
    RuleKind.UNIQUE: "{column} has a value that belongs to an earlier row with another key.",
}


def words(contract: Contract, code: str) -> str:
    """What a reason code means, and the rule's own description where it has one."""
    if code in LINES:
        return LINES[code]
    rule = next((rule for rule in contract.rules if rule.code == code), None)
    if rule is not None:
        said = [] if rule.kind is RuleKind.CUSTOM and rule.description else [_of_kind(contract, rule)]
        return " ".join([*said, *([rule.description] if rule.description else [])])
    link = next((link for link in contract.relationships if link.code == code), None)
    return f"There is no row of {link.parent} for {', '.join(link.columns)}." if link else ""


def _of_kind(contract: Contract, rule: Rule) -> str:
    if rule.kind not in _WORDS or rule.column is None:
        return f"The row breaks the condition {rule.argument}."
    kind = contract.column(rule.column).type
    return _WORDS[rule.kind].format(column=rule.column, type=f"{_article(kind)} {kind}", argument=rule.argument)


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"
