"""What a CASE has seen of a text, so that a cast in its branch need not look at the text again.

A cast of a text to a number or a date tries many forms, since the engines read most of them differently. Where it is
known that the text is in a form that both read alike, Spark's own cast is enough: a fraction of the cost, and of the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dataspark.sql import shapes
from dataspark.sql.spark.expr import Node
from dataspark.sql.spark.types import decimal_of, is_floating, is_whole


@dataclass(frozen=True)
class Fact:
    """Something that holds for a text wherever it matters what a cast of it gives."""

    text: str
    """In Spark SQL."""
    shape: str = ""
    """The regular expression that it is a whole match of…"""
    type: str = ""
    """…or the type that has a value which is written so."""

    def is_enough(self, text: str, wanted: str) -> bool:
        """Whether both engines read a text alike as a value of a type."""
        if text != self.text:
            return False
        return self.type == wanted if self.type else _READ_ALIKE[self.shape](wanted)


def _is_signed(kind: str) -> bool:
    return is_whole(kind) and not kind.startswith("U") and kind != "HUGEINT"


def _is_fractional(kind: str) -> bool:
    return is_floating(kind) or decimal_of(kind) is not None


_READ_ALIKE: dict[str, Callable[[str], bool]] = {
    shapes.INTEGER: _is_signed,
    shapes.NUMBER: _is_fractional,
    shapes.PLAIN_NUMBER: _is_fractional,
    shapes.DATE: lambda kind: kind == "DATE",
    shapes.MOMENT: lambda kind: kind == "TIMESTAMP",
}
"""Shape → whether both engines read all such texts alike as values of a type."""


def facts(condition: Node, sql: Callable[[Node], str], type_of: Callable[[Any], str]) -> Iterator[Fact]:
    """What is known of texts where a condition is TRUE. `sql` translates an expression, `type_of` reads a type.

    It may be used within the condition, too: where it does not hold, the condition is not TRUE whatever is cast there.
    """
    if condition.get("type") == "CONJUNCTION_AND":
        for child in condition["children"]:
            yield from facts(child, sql, type_of)
    elif condition.get("function_name") == "regexp_full_match":
        value, shape = condition["children"][0], condition["children"][1].get("value", {}).get("value")
        if shape in _READ_ALIKE and len(condition["children"]) == 2:
            yield Fact(sql(value), shape=shape)
    elif condition.get("type") == "COMPARE_EQUAL":
        yield from _written_alike(condition["left"], condition["right"], sql, type_of)


def _written_alike(
    left: Node, right: Node, sql: Callable[[Node], str], type_of: Callable[[Any], str]
) -> Iterator[Fact]:
    """`CAST(TRY_CAST(text AS type) AS VARCHAR) = text`."""
    inner = left.get("child") or {}
    if left["class"] != "CAST" or type_of(left["cast_type"]) != "VARCHAR" or inner.get("class") != "CAST":
        return
    wanted = type_of(inner["cast_type"])
    if inner.get("try_cast") and (_is_signed(wanted) or decimal_of(wanted)) and sql(inner["child"]) == sql(right):
        yield Fact(sql(right), type=wanted)
