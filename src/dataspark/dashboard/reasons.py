"""Why rows were rejected, in the language of the page. What the project's people wrote stays as they wrote it."""

from __future__ import annotations

from dataspark.answers.reasons import SAYINGS, STRUCTURAL_WORDS
from dataspark.answers.reasons import words as sentence
from dataspark.contracts.contract import Contract, RuleKind
from dataspark.dashboard.words import Words


def meaning(words: Words, contract: Contract, code: str) -> str:
    """A reason in a sentence, with what the contract says about the rule."""
    return sentence(contract, code, {key: words(f"reason.{key}") for key in SAYINGS})


def label(words: Words, contract: Contract, code: str) -> str:
    """A reason in a word or two; the code itself where the contract gives the rule a name, or has it no more."""
    if code in STRUCTURAL_WORDS:
        return words(f"rule.{code}")
    for link in contract.relationships:
        if link.code == code:
            return words("rule.label", column="+".join(link.columns), rule=words("rule.relationship"))
    for rule in contract.rules:
        if rule.code == code == f"{rule.column}.{rule.kind}" and rule.kind is not RuleKind.CUSTOM:
            return words("rule.label", column=rule.column, rule=words(f"rule.{rule.kind}"))
    return code
