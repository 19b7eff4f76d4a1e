"""The one Spark application of a process of the tests: starting one takes longer than most of them."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

from dataspark.engines.spark.jars import install_jars, installed_jars
from dataspark.engines.spark.java import java_command
from dataspark.errors import EngineError
from dataspark.project import EngineSettings

SETTINGS = EngineSettings(name="spark", master="local[2]", memory_limit="2GiB")


def require_spark() -> None:
    """Skip where pyspark, Java or the jars cannot be had, but never in CI."""
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
