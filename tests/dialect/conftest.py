"""Both engines over the same small tables, without a lake."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from dataspark.engines.spark.session import Session
from dialect.engines import Engines
from sparks import SETTINGS, require_spark


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session of the application that the tests of the engine use, too."""
    require_spark()
    session = Session(SETTINGS)
    session.set("spark.sql.shuffle.partitions", "1")
    yield session._spark
    session.close()


@pytest.fixture(scope="session")
def engines(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Both engines over the same tables, in a process whose clock is UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield Engines.over(spark, tmp_path_factory.mktemp("tables"))
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()
