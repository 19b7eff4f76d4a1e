"""One Spark application for all of these tests: starting one takes longer than most of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from dataspark.engines.spark.jars import install_jars, installed_jars
from dataspark.engines.spark.java import java_command
from dataspark.engines.spark.session import Session
from dataspark.errors import EngineError
from dataspark.project import EngineSettings

SETTINGS = EngineSettings(name="spark", master="local[2]", memory_limit="2GiB")


@pytest.fixture(scope="session", autouse=True)
def spark() -> Iterator[Session]:
    """A session that keeps the application alive. Without Java or the jars these tests are skipped, but never in CI."""
    try:
        if find_spec("pyspark") is None:
            raise EngineError("pyspark is not installed")
        java_command()
        if "CI" in os.environ:
            install_jars()
        installed_jars()
    except EngineError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(error.message)
    settings = {"DATASPARK_ENGINE_MASTER": SETTINGS.master, "DATASPARK_ENGINE_MEMORY_LIMIT": "2GiB"}
    before = {key: os.environ.get(key) for key in settings}
    os.environ.update(settings)
    session = Session(SETTINGS)
    yield session
    session.close()
    for key, value in before.items():
        os.environ.pop(key) if value is None else os.environ.update({key: value})
