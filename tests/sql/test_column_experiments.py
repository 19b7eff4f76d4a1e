"""Lineage against the engine: what does not come from a column does not change with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from dataspark.sql.parsing import Origin, Parser
from sql.columnexperiments import TABLES, Laboratory, unknown


@pytest.mark.parametrize(
    ("seed", "count", "hard"), [(1, 150, False), (2, 40, True)], ids=["small tables", "hard values"]
)
def test_nothing_changes_with_what_it_does_not_come_from(tmp_path: Path, seed: int, count: int, hard: bool) -> None:
    found, laboratory = unknown(seed, count, tmp_path, hard)
    assert not found, "\n".join(found)
    assert laboratory.followed > 0.95 * laboratory.tried, "what is not followed proves nothing"


class Forgetful(Parser):
    """One that knows the columns of a result, and nothing of where they come from."""

    def origins(self, text: str, columns: Mapping[str, Sequence[str]]) -> dict[str, tuple[Origin, ...]]:
        return dict.fromkeys(super().origins(text, columns), ())

    def deciders(self, text: str, columns: Mapping[str, Sequence[str]]) -> tuple[Origin, ...]:
        return ()


@pytest.mark.parametrize(
    ("query", "source", "how"),
    [
        ("SELECT id, upper(n) AS x FROM silver.t", "silver.t.n", "whose value is shown"),
        ("SELECT id, length(n) AS x FROM silver.t", "silver.t.n", "by which other columns or rows change"),
        ("SELECT sum(uid) AS x FROM silver.u WHERE w > 2", "silver.u.w", "by which other columns or rows change"),
    ],
)
def test_the_experiments_see_what_is_not_known(tmp_path: Path, query: str, source: str, how: str) -> None:
    laboratory = Laboratory.of(Forgetful(tmp_path), "silver", TABLES, ("t", "u"))
    assert f"{source}, {how}: {query}" in list(laboratory.unknown(query))
    assert list(Laboratory.of(Parser(tmp_path), "silver", TABLES, ("t", "u")).unknown(query)) == []
