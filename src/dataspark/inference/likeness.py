"""Which unknown title of a header is probably a column that is missing."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dataspark.contracts.contract import Column, Dialect, LogicalType, Rule, RuleKind
from dataspark.contracts.headers import column_name
from dataspark.inference.guessing import enough, guess
from dataspark.inference.values import fits
from dataspark.sql.rules import STRING_FORMATS

_ALIKE = 0.72
"""How alike two names must be to be taken for one."""
_TELLING = (RuleKind.PATTERN, RuleKind.FORMAT, RuleKind.ENUM)
"""Rules that texts do not keep by chance."""
_SEVERAL = 3
"""Different values that must keep them."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True)
class Renamed:
    """A column that another title seems to stand for."""

    column: str
    title: str
    evidence: str


@dataclass(frozen=True)
class Moved:
    """A header and what it is compared with."""

    header: Sequence[str]
    reference: Sequence[str]
    """The titles that were expected, in their order: those of an earlier file, or the contract's names."""

    def same_place(self, known_as: str, title: str) -> bool:
        """Whether a title stands where `known_as` stood."""
        places = [column_name(one) for one in self.reference]
        return len(self.header) == len(places) and places.index(column_name(known_as)) == self.header.index(title)

    @property
    def others_stay(self) -> bool:
        """Whether no more than one title is another than expected."""
        pairs = zip(self.header, self.reference, strict=False)
        same = sum(column_name(a) == column_name(b) for a, b in pairs)
        return len(self.header) == len(self.reference) and same == len(self.header) - 1 > 0


def find_renamed(
    missing: Sequence[tuple[Column, str]],
    unknown: Sequence[str],
    moved: Moved,
    values: Callable[[str], Mapping[str, int]],
    dialect: Dialect,
) -> list[Renamed]:
    """Pairs of a missing column (with the title it was expected by) and an unknown title, the likeliest first.

    `values` gives the sampled values below a title; it is asked only where a title may stand for a column.
    """
    scored = []
    for column, known_as in missing:
        for title in unknown:
            names = likeness(known_as, title)
            placed = moved.same_place(known_as, title)
            ruled = keeps_rules(column, values(title)) if any(rule.kind in _TELLING for rule in column.rules) else False
            if names >= _ALIKE or placed or ruled:
                scored.append(
                    (
                        names + placed + ruled,
                        column,
                        title,
                        _evidence(column, title, names, placed, moved, values, dialect),
                    )
                )
    found: list[Renamed] = []
    for _score, column, title, evidence in sorted(scored, key=lambda one: -one[0]):
        if evidence and not any(one.column == column.name or one.title == title for one in found):
            found.append(Renamed(column.name, title, evidence))
    return found


def keeps_rules(column: Column, sample: Mapping[str, int]) -> bool:
    """Whether most of several different values have the form, or are of the list, that a column's rules ask for."""
    rules = [rule for rule in column.rules if rule.kind in _TELLING]
    fitting = sum(count for text, count in sample.items() if all(_keeps(rule, text) for rule in rules))
    return bool(rules) and len(sample) >= _SEVERAL and enough(fitting, sum(sample.values()))


def _keeps(rule: Rule, text: str) -> bool:
    if rule.kind is RuleKind.ENUM:
        return isinstance(rule.argument, tuple) and text in rule.argument
    pattern = str(rule.argument) if rule.kind is RuleKind.PATTERN else STRING_FORMATS[str(rule.argument)]
    return re.search(pattern, text) is not None


def likeness(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1: letters, or words in another order."""
    words = [_words(one), _words(other)]
    if not all(words):
        return 0.0
    if set(words[0]) == set(words[1]):
        return 1.0
    orders = (words, [sorted(part) for part in words])
    return max(difflib.SequenceMatcher(None, "".join(a), "".join(b)).ratio() for a, b in orders)


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return [word.lower() for word in _WORD.findall(plain)]


def _evidence(
    column: Column,
    title: str,
    names: float,
    placed: bool,
    moved: Moved,
    values: Callable[[str], Mapping[str, int]],
    dialect: Dialect,
) -> str:
    """Why a title may be a column; empty where too little speaks for it."""
    sample = Counter(values(title))
    fit = fits(column, dialect)
    fitting = sum(count for text, count in sample.items() if fit(text))
    fitted = enough(fitting, sum(sample.values()))
    text = column.type is LogicalType.STRING
    # Any text fits a text column: there the place says something only if nothing else moved, and no other type shows.
    placed = placed and (moved.others_stay if text else fitted)
    if text and placed and guess("", sample, dialect.decimal).column.type is not LogicalType.STRING:
        placed = False
    said = [f"the names are {names:.0%} alike"] if names >= _ALIKE else []
    said += ["it stands in the same place"] if placed else []
    said += ["its values keep the rules of the column"] if keeps_rules(column, sample) else []
    if said and sample and not text:
        said.append(f"its values {'are of' if fitted else 'are not of'} the type {column.type}")
    return ", ".join(said)
