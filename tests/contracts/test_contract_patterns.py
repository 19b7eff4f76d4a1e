"""Which patterns and formats are let through, and that the engine really takes them."""

from __future__ import annotations

import duckdb
import pytest

from dataspark.contracts.columns import STRING_FORMATS
from dataspark.contracts.contract import LogicalType
from dataspark.contracts.formats import format_mistake
from dataspark.contracts.patterns import pattern_mistake
from dataspark.sql import dateformats, rules

PORTABLE = [
    r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$",
    r"a+?b*?c??",
    r"[+*?{]+",
    r"\++\*",
    r"\p{L}+[\p{Lu}\P{N}-]",
    r"[]a]x[^]a]",
    r"(?i)abc(?:d|e)",
    r"(?s:a.b)",
    r"x{2}y{2,}z{2,4}",
    r"\[\]\{\}\(\)\\1",
    r"^é[à-ü]+$",
    r"\d\w\s\b\D\W\S\t\n\x41",
]


@pytest.mark.parametrize("pattern", PORTABLE)
def test_portable_patterns(pattern: str) -> None:
    assert pattern_mistake(pattern) == ""
    # DuckDB matches with RE2: a pattern that RE2 does not know raises here.
    duckdb.execute("SELECT regexp_matches('x', ?)", [pattern]).fetchall()


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"a(?=b)", r"look-ahead and look-behind `(?=`"),
        (r"a(?!b)", r"look-ahead and look-behind `(?!`"),
        (r"(?<=a)b", r"look-ahead and look-behind `(?<=`"),
        (r"(?<!a)b", r"look-ahead and look-behind `(?<!`"),
        (r"(a)\1", r"back-references such as `\1`"),
        (r"(?P<x>a)(?P=x)", "named groups"),
        (r"(?<x>a)\k<x>", "named groups"),
        (r"a++", "possessive repeats"),
        (r"\p{L}*+", "possessive repeats"),
        (r"\\++", "possessive repeats"),
        (r"a{2}+", "possessive repeats"),
        (r"(?>a)", "atomic groups"),
        (r"(a)(?(1)b)", "conditional groups"),
        (r"(?#a)", "comments"),
        (r"(?x)a b", "only the flags i, m and s"),
        (r"[a&&b]", "`&&` inside"),
        (r"[[:alpha:]]", "an unescaped `[` inside"),
        (r"[\u00e9]", "write the character itself"),
        (r"a\Z", r"write `$`"),
        (r"\p{Latin}", "only general categories"),
        (r"a{1001}", "repeats more than 1000 times"),
        (r"a{,3}", "write `{0,3}`"),
        (r"a{b", r"write `\{`"),
        (r"\Qa\E", r"is no regular expression: bad escape \Q"),
        (r"(", "is no regular expression: missing )"),
        (r"[a", "is no regular expression: unterminated character set"),
        (r"*", "is no regular expression: nothing to repeat"),
    ],
)
def test_patterns_that_differ_between_engines(pattern: str, message: str) -> None:
    assert message in pattern_mistake(pattern)


@pytest.mark.parametrize(
    "form",
    [
        "yyyy-MM-dd",
        "d/M/yyyy",
        "yyyyMMdd",
        "dd.MM.yyyy HH:mm",
        "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
        "dd 'de' MM ''yyyy",
        "iso",
    ],
)
def test_formats_that_are_let_through_can_be_read(form: str) -> None:
    assert format_mistake(form, LogicalType.TIMESTAMP) == ""
    if form != dateformats.ISO:
        dateformats.read_format(form)


@pytest.mark.parametrize(
    ("form", "kind", "message"),
    [
        ("yyyy-MM-dd HH:mm", LogicalType.DATE, ""),
        ("HH:mm:ss.SSS", LogicalType.TIME, ""),
        ("dd/MM/yy", LogicalType.DATE, "`yy` is not supported: write yyyy"),
        ("dd MMM yyyy", LogicalType.DATE, "`MMM` is not supported: write M or MM"),
        ("DD/MM/YYYY", LogicalType.DATE, "unknown letter D"),
        ("yyyy-MM-dd hh:mm a", LogicalType.TIMESTAMP, "unknown letter h"),
        ("yyyy-MM-ddTHH:mm", LogicalType.TIMESTAMP, "unknown letter T"),
        ("yyyy-MM-dd[ HH:mm]", LogicalType.TIMESTAMP, "`[` has a meaning of its own"),
        ("dd-dd-MM-yyyy", LogicalType.DATE, "the letter d stands in two places"),
        ("yyyy-MM-ddXXX", LogicalType.DATE, "a date has no zone"),
        ("yyyy-MM-dd mm:ss", LogicalType.TIMESTAMP, "has m without H"),
        ("HH:mmXXX", LogicalType.TIME, "a time has no zone"),
        ("yyyy HH:mm", LogicalType.TIME, "has letters of a date"),
        ("", LogicalType.DATE, "needs a year"),
    ],
)
def test_formats(form: str, kind: LogicalType, message: str) -> None:
    found = format_mistake(form, kind)
    assert message in found
    assert bool(message) == bool(found)


def test_every_string_format_is_judged() -> None:
    assert set(STRING_FORMATS) == set(rules.STRING_FORMATS)
