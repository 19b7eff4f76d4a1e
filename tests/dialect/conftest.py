"""One small local Spark for all of these tests: the dialect needs neither a lake nor Delta."""

from __future__ import annotations

import os
import shutil
import time
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from dialect.engines import Engines

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.log.level": "OFF",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session. Without Java these tests are skipped, but never in CI."""
    missing = [what for what, there in (("pyspark", find_spec("pyspark")), ("Java", _java())) if not there]
    if missing:
        if "CI" in os.environ:
            raise RuntimeError(f"{' and '.join(missing)} must be there for the tests of the dialect")
        pytest.skip(f"{' and '.join(missing)} not found")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").config(
            "spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("spark"))
        )
        for setting, value in SETTINGS.items():
            builder = builder.config(setting, value)
        session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def engines(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Both engines over the same tables, in a process whose clock is UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield Engines.over(spark, tmp_path_factory.mktemp("tables"))
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


def _java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java") or (home and Path(home, "bin", "java").exists()))
