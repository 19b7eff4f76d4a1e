"""Random queries, by fixed seeds: the same on both engines, or refused."""

from __future__ import annotations

import pytest

from dialect.engines import Engines
from dialect.randomqueries import differences

COUNT = 60
"""Expressions; and a quarter as many queries."""


@pytest.mark.parametrize("seed", [1])
def test_random_queries_are_the_same_or_refused(engines: Engines, seed: int) -> None:
    different = [found for found in differences(engines, seed, COUNT) if "  →  refused: " not in found]
    assert not different, "\n".join(different)
