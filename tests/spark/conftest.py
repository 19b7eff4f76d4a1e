"""Spark is there for all of these tests, and projects run on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dataspark.engines.spark.session import Session
from sparks import SETTINGS, require_spark


@pytest.fixture(scope="session")
def spark() -> Iterator[Session]:
    """A session that keeps the application alive. Without Java or the jars these tests are skipped, but never in CI."""
    require_spark()
    session = Session(SETTINGS)
    yield session
    session.close()


@pytest.fixture(autouse=True)
def on_spark(spark: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Projects run in that application. Tests of other folders in the same process must not hear of it."""
    monkeypatch.setenv("DATASPARK_ENGINE_MASTER", SETTINGS.master)
    monkeypatch.setenv("DATASPARK_ENGINE_MEMORY_LIMIT", "2GiB")
