"""The lists of what can be translated, as a part of the documentation."""

from __future__ import annotations

from collections.abc import Iterable

from dataspark.sql.spark.aggregates import AGGREGATES
from dataspark.sql.spark.aggregates.quantiles import REFUSED as REFUSED_AGGREGATES
from dataspark.sql.spark.functions import FAMILIES
from dataspark.sql.spark.functions.refused import REASONS

_TITLES = {
    "numbers": "Numbers",
    "texts": "Texts and patterns",
    "moments": "Dates and moments",
    "lists": "Lists and structs",
    "conditions": "Choices",
}
_WINDOWS = (
    *("row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"),
    *("first_value", "last_value", "nth_value"),
)


def tables() -> list[str]:
    """The tables of functions, and of what is refused, as lines of Markdown."""
    known = [name for name in AGGREGATES if name not in REFUSED_AGGREGATES]
    rows = [(_TITLES[family], FAMILIES[family]) for family in FAMILIES]
    return [
        "| | functions that give the same on every engine |",
        "|---|---|",
        *(f"| {title} | {_listed(names)} |" for title, names in (*rows, ("Aggregates", known), ("Windows", _WINDOWS))),
        "",
        "| refused | why |",
        "|---|---|",
        *(f"| `{name}` | {why} |" for name, why in sorted({**REASONS, **REFUSED_AGGREGATES}.items())),
    ]


def _listed(names: Iterable[str]) -> str:
    words = sorted(name for name in names if name.isidentifier())
    signs = sorted(name for name in names if not name.isidentifier())
    return ", ".join(f"`{name}`".replace("|", "\\|") for name in (*words, *signs))
