"""Spark is there for all of these tests, and projects run on it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dataspark.engines.spark.session import Session
from sparks import SETTINGS, require_spark


@pytest.fixture(scope="session", autouse=True)
def spark() -> Iterator[Session]:
    """A session that keeps the application alive. Without Java or the jars these tests are skipped, but never in CI."""
    require_spark()
    settings = {"DATASPARK_ENGINE_MASTER": SETTINGS.master, "DATASPARK_ENGINE_MEMORY_LIMIT": "2GiB"}
    before = {key: os.environ.get(key) for key in settings}
    os.environ.update(settings)
    session = Session(SETTINGS)
    yield session
    session.close()
    for key, value in before.items():
        os.environ.pop(key) if value is None else os.environ.update({key: value})
