"""The values of a column → what type it is, and the evidence for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dataspark.contracts.contract import Column, Dialect, LogicalType
from dataspark.inference.moments import written
from dataspark.inference.values import PADDING, fits

NULL_WORDS = frozenset(
    {"NULL", "null", "Null", r"\N", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "None", "none", "nil", "-", "--", "."}
)
"""Texts that often stand for an empty value."""
SURE_NULL_WORDS = frozenset({"NULL", r"\N", "#N/A"})
"""Those of them that mean nothing else in a text either."""
_MOST_MISFITS = 0.1
"""Share of values that may not fit: a dirty column still has its type."""
_STRAY = 0.001
"""Share of whole numbers that may begin with 0 although it says nothing."""
_DIGITS = 38
_SPARE = 4
"""Digits before the decimal mark that a proposed decimal has more than any value needs."""
_FLOAT_SCALE = 8
"""Decimals from which on a number is rather measured than counted."""
_INTEGER = re.compile(r"[+-]?[0-9]+")
_LEADING_ZERO = re.compile(r"[+-]?0[0-9]+")
_WORDS = (
    (("true",), ("false",)), (("yes",), ("no",)), (("y",), ("n",)), (("t",), ("f",)), (("oui",), ("non",)),
    (("vrai",), ("faux",)), (("o",), ("n",)), (("ja",), ("nein",)), (("j",), ("n",)), (("si", "sí"), ("no",)),
    (("s",), ("n",)), (("wahr",), ("falsch",)), (("on",), ("off",)), (("verdadero",), ("falso",)),
)  # fmt: skip
_DEFAULT = Column("", LogicalType.BOOLEAN)


@dataclass(frozen=True)
class Guess:
    """What a column is, as a sample shows it."""

    column: Column
    """Its name, type, formats and words; no rules."""
    evidence: tuple[str, ...] = ()
    fitting: int = 0
    """Values of the sample that are neither empty nor a null word and fit the type."""
    values: int = 0
    """Values of the sample that are neither empty nor a null word."""
    null_words: frozenset[str] = field(default_factory=frozenset)
    """Null words that were taken for empty."""


def counted(column: Iterable[str]) -> Counter[str]:
    """The values of a column without padding → how often; empty ones are left out."""
    found = Counter(text.strip(PADDING) for text in column)
    del found[""]
    return found


def guess(name: str, values: Mapping[str, int], decimal: str = ".") -> Guess:
    """The type of a column with these values (from `counted`); `decimal` is the table's decimal mark."""
    spoken = {text: count for text, count in values.items() if text not in NULL_WORDS}
    if not spoken:
        return Guess(Column(name, LogicalType.STRING), (("no value but null words" if values else "always empty"),))
    for reading in (_boolean, _integer, _number, _moment):
        found = reading(name, spoken, decimal)
        if found:
            words = frozenset(text for text in values if text in NULL_WORDS and not _fits(found, decimal)(text))
            return Guess(found.column, found.evidence, found.fitting, sum(spoken.values()), words)
    total = sum(values.values())
    sure = frozenset(values) & SURE_NULL_WORDS
    evidence = tuple(_why_text(values))
    return Guess(Column(name, LogicalType.STRING), evidence, total, total - sum(values[w] for w in sure), sure)


def decimal_digits(values: Iterable[str], decimal: str = ".") -> tuple[int, int] | None:
    """(digits before, digits behind the decimal mark) that numbers need; None where many have an exponent."""
    before = behind = exponents = 0
    texts = list(values)
    for text in texts:
        if "e" in text.lower():
            exponents += 1
            continue
        whole, _, part = text.lstrip("+-").partition(decimal)
        before, behind = max(before, len(whole.lstrip("0"))), max(behind, len(part))
    return None if 20 * exponents > len(texts) else (before, behind)


def with_headroom(digits: tuple[int, int] | None) -> tuple[int, int] | None:
    """The decimal(precision, scale) to propose for numbers of so many digits; None: double precision."""
    if digits is None or digits[1] >= _FLOAT_SCALE or sum(digits) > _DIGITS:
        return None
    return min(_DIGITS, max(10, sum(digits) + _SPARE)), digits[1]


def enough(fitting: int, total: int) -> bool:
    """Whether a type that `fitting` of `total` values have is the column's."""
    misfits = total - fitting
    return fitting > 0 and (misfits <= _MOST_MISFITS * total or (misfits == 1 and fitting >= 3))


def _fits(found: Guess, decimal: str) -> Callable[[str], bool]:
    return fits(found.column, Dialect(decimal=decimal))


def _judged(column: Column, values: Mapping[str, int], decimal: str, *evidence: str) -> Guess | None:
    fit = fits(column, Dialect(decimal=decimal))
    fitting = sum(count for text, count in values.items() if fit(text))
    return Guess(column, evidence, fitting) if enough(fitting, sum(values.values())) else None


def _boolean(name: str, values: Mapping[str, int], decimal: str) -> Guess | None:
    seen = Counter[str]()
    for text, count in values.items():
        seen[text.lower()] += count
    usual = (_DEFAULT.true_values, _DEFAULT.false_values)
    if not any(word in seen for word in ("true", "false", "yes", "no", "y", "t")):
        usual = ((), ())  # 1 and 0 alone are numbers, f and n alone are letters
    for yes, no in (usual, *_WORDS):
        both = any(word in seen for word in yes) and any(word in seen for word in no)
        if not both:
            continue
        ours = set(yes) <= set(_DEFAULT.true_values) and set(no) <= set(_DEFAULT.false_values)
        column = _DEFAULT if ours else Column("", LogicalType.BOOLEAN, true_values=yes, false_values=no)
        counts = ", ".join(f"{seen[word]:,} {word}" for word in (*yes, *no) if seen[word])
        named = Column(name, column.type, true_values=column.true_values, false_values=column.false_values)
        if found := _judged(named, values, decimal, counts):
            return found
    return None


def _integer(name: str, values: Mapping[str, int], decimal: str) -> Guess | None:
    numbers = {text for text in values if _INTEGER.fullmatch(text)}
    zeros = sum(bool(_LEADING_ZERO.fullmatch(text)) for text in numbers)
    if zeros > _STRAY * len(numbers) or any(text[0] == "+" for text in numbers):
        return None
    if _compact_days(numbers):
        return None
    bits = sorted(numbers & {"0", "1"}) if len(numbers) <= 2 else []
    note = ["only 0 and 1: `boolean` would read them too"] if bits == ["0", "1"] else []
    return _judged(Column(name, LogicalType.INTEGER), values, decimal, *note)


def _compact_days(numbers: set[str]) -> bool:
    """Whether whole numbers are all days such as 20251231, which numbers by chance are not."""
    found = written(dict.fromkeys(numbers, 1)) if len(numbers) >= 3 else None
    return found is not None and sum(found.counts.values()) == len(numbers)


def _number(name: str, values: Mapping[str, int], decimal: str) -> Guess | None:
    double = Column(name, LogicalType.NUMBER)
    fit = fits(double, Dialect(decimal=decimal))
    numbers = [text for text in values if fit(text)]
    whole = [text for text in numbers if _INTEGER.fullmatch(text)]
    zeros, broken = sum(bool(_LEADING_ZERO.fullmatch(text)) for text in whole), len(numbers) - len(whole)
    # A few numbers with decimals among whole ones may be slips: then a leading zero says as much as among whole ones.
    stray = _STRAY if broken <= _MOST_MISFITS * len(numbers) else _MOST_MISFITS
    if zeros > stray * len(numbers) or not broken:
        return None
    digits = decimal_digits(numbers, decimal)
    column = Column(name, LogicalType.NUMBER, decimal=with_headroom(digits))
    told = f"at most {digits[0]} digits before the decimal mark and {digits[1]} behind it" if digits else "exponents"
    return _judged(column, values, decimal, told)


def _moment(name: str, values: Mapping[str, int], decimal: str) -> Guess | None:
    found = written(values)
    if not found:
        return None
    evidence = [found.note] if found.note else []
    if len(found.counts) > 1:
        evidence.insert(0, ", ".join(f"{count:,} {form}" for form, count in found.counts.items()))
    return _judged(Column(name, found.type, formats=found.formats), values, decimal, *evidence)


_SHAPES = (
    (re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{2}"), "look like dates with a year of two digits, which no format reads"),
    (re.compile(r"(?i)\d{1,2}[ -][a-zé.û]{3,10}[ -]\d{2,4}"), "look like dates with the month as a word, which no format reads"),
    (re.compile(r"(?i).*\d:\d{2} ?[ap]m"), "look like times with AM and PM, which no format reads"),
    (re.compile(r"[+-]?\d{1,3}(?:[  ' .,]\d{3})+(?:[.,]\d+)?"), "look like numbers with thousands marks"),
    (re.compile(r"[+-]?\d+(?:[.,]\d+)? ?(?:[€$£%]|EUR|USD)|[€$£] ?\d.*"), "look like numbers with a unit"),
    (re.compile(r"[+-]?\d+[.,]\d+"), "look like numbers with another decimal mark than the table's"),
)  # fmt: skip


def _why_text(values: Mapping[str, int]) -> Iterator[str]:
    """Why a column that looks like something else is a text all the same."""
    total = sum(values.values())
    zeros = sum(count for text, count in values.items() if _LEADING_ZERO.fullmatch(text))
    numbers = sum(count for text, count in values.items() if _INTEGER.fullmatch(text))
    if enough(numbers, total):
        example = next((text for text in values if _LEADING_ZERO.fullmatch(text)), "")
        if zeros:
            yield f"{zeros:,} begin with 0 ({example}): as numbers they would lose it"
        else:
            yield "whole numbers that are too long for 64 bits or begin with +"
    for shape, words in _SHAPES:
        alike = sum(count for text, count in values.items() if shape.fullmatch(text))
        if enough(alike, total):
            yield f"{alike:,} {words}"
            return
