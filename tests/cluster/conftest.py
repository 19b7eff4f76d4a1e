"""Spark is there for all of these tests: each starts processes of its own."""

from __future__ import annotations

import pytest

from sparks import require_spark


@pytest.fixture(scope="session", autouse=True)
def spark() -> None:
    """Without Java or the jars these tests are skipped, but never in CI."""
    require_spark()
