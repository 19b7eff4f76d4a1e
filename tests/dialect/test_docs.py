"""The page about SQL says what can be translated, as the lists have it."""

from __future__ import annotations

from pathlib import Path

from dataspark.sql.spark.catalogue import tables

PAGE = Path(__file__).parents[2] / "docs" / "sql.md"


def test_the_page_has_every_function() -> None:
    _written, mark, generated = PAGE.read_text().partition("<!-- generated: from here to the end -->\n")
    assert mark
    assert generated == "\n".join(tables()) + "\n", "write the lines of dataspark.sql.spark.catalogue.tables() there"
