"""One Spark session, set up the way the pipeline needs it. The only importer of `pyspark`.

All that it does works on every kind of master: SQL, readers of files, small answers. Nothing reaches into the JVM.
"""

from __future__ import annotations

import importlib.util
import logging
import re
import shutil
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from dataspark.engines.spark import settings as told
from dataspark.engines.spark.jars import installed_jars
from dataspark.engines.spark.java import java_command
from dataspark.errors import DataSparkError, EngineError, StatementRejected, StorageError
from dataspark.lake.storage import storage_errors
from dataspark.project import EngineSettings
from dataspark.sql.spark.writing import name as identifier

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_FULL = ("no space left", "disk quota exceeded", "file too large")
_MEMORY = ("outofmemory", "java heap space", "cannot acquire", "unable_to_acquire_memory", "maxresultsize")
_GONE = (
    *("connection refused", "answer from java side is empty", "connection reset", "statuscode.unavailable"),
    *("sparkcontext was shut down", "stopped sparkcontext", "all masters are unresponsive", "error while obtaining"),
)
_STORAGE = ("filenotfound", "failed_read_file", "path_not_found", "permission denied", "accessdenied", "s3exception")
_REFUSED = ("21", "22", "23", "42", "54", "P0", "0A", "07")
"""Classes of SQLSTATE: the statement, or what it met in the data."""


@dataclass
class _Application:
    """A Spark application of this process. It lives as long as a session uses it: starting one takes seconds."""

    key: tuple[object, ...]
    remote: str
    """The address of the server that it is on; empty where it is this process's own."""
    root: SparkSession
    scratch: Path
    users: int = 0
    given: bool = False
    """Whether the first session through Connect was had."""

    running: ClassVar[list[_Application]] = []
    changing: ClassVar[threading.RLock] = threading.RLock()
    """Sessions begin and end in several threads."""

    @classmethod
    def join(cls, settings: EngineSettings) -> _Application:
        """The running application, or a new one.

        Raises EngineError where one with other settings runs: a process can have one only.
        """
        with cls.changing:
            return cls._join(settings)

    @classmethod
    def _join(cls, settings: EngineSettings) -> _Application:
        key = (told.master(settings), settings.memory_limit, settings.temp_directory, settings.spark)
        if cls.running and cls.running[0].key != key:
            raise EngineError(
                "Spark runs in this process already, with other settings", "close what uses it, or start a process"
            )
        if not cls.running:
            remote = settings.master if told.is_remote(settings) else ""
            cls.running.append(cls(key, remote, *_start(settings)))
        cls.running[0].users += 1
        return cls.running[0]

    def session(self) -> SparkSession:
        """A session of its own within the application. Through Connect the first one may be had once only."""
        with self.changing:
            if not self.remote:
                return self.root.newSession()
            first, self.given = not self.given, True
        return self.root if first else _connected(self.remote)

    def leave(self) -> None:
        """Stop the application when nobody uses it any more."""
        with self.changing:
            self._leave()

    def _leave(self) -> None:
        self.users -= 1
        if self.users:
            return
        self.running.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.root.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)


class Session:
    """A session of its own: temporary views and settings are nobody else's."""

    def __init__(self, settings: EngineSettings, storage: Mapping[str, str] | None = None) -> None:
        self._application = _Application.join(settings)
        try:
            with _spark_errors():
                self._spark = self._application.session()
                self.cores = self._cores(settings)
                for key, value in told.session(self.cores, storage or {}).items():
                    self.set(key, value)
                if told.is_remote(settings):
                    for key, value in settings.spark:
                        self.set(key, value)
        except BaseException:
            self._application.leave()
            raise

    def run(self, statement: str) -> None:
        """Run a statement. Raises StatementRejected, StorageError, EngineError."""
        with _spark_errors():
            self._spark.sql(statement).collect()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """A small answer."""
        with _spark_errors():
            return [tuple(row) for row in self._spark.sql(query).collect()]

    def view(self, name: str, query: str, kept: bool = False) -> None:
        """Let the temporary view `name` stand for a query, bound now, whatever its names come to mean.

        Where it is `kept`, its rows are stored when they are first asked for.
        """
        with _spark_errors():
            self._spark.sql(query).createOrReplaceTempView(name)
            if kept:
                self._spark.catalog.cacheTable(identifier(name))

    def files(self, name: str, kind: str, paths: Sequence[str], schema: str, columns: Sequence[str]) -> None:
        """Let the temporary view `name` stand for expressions over the rows of files (`parquet` or `text`).

        The schema is given, so that no file is opened before a query does.
        """
        with _spark_errors():
            reader = self._spark.read.format(kind).schema(schema)
            # A name may have brackets or stars in it, which are not meant as patterns.
            rows = reader.option("__globPaths__", "false").load(list(paths))
            rows.selectExpr(*columns).createOrReplaceTempView(name)

    def drop(self, name: str, cached: bool = False) -> None:
        """Forget a temporary view, and what was cached for it."""
        with _spark_errors():
            if cached:
                self._spark.catalog.uncacheTable(identifier(name))
            self._spark.catalog.dropTempView(name)

    def set(self, key: str, value: str) -> None:
        """Change a setting of this session."""
        self._spark.conf.set(key, value)

    @contextmanager
    def having(self, settings: Mapping[str, str]) -> Iterator[None]:
        """Other settings for a while."""
        before = {key: self._spark.conf.get(key) for key in settings}
        for key, value in settings.items():
            self.set(key, value)
        try:
            yield
        finally:
            for key, old in before.items():
                if old is not None:
                    self.set(key, old)

    def version(self) -> str:
        """Spark's version."""
        with _spark_errors():
            return str(self._spark.version)

    def interrupt(self) -> None:
        """From another thread: stop what is running in this session."""
        with suppress(EngineError), _spark_errors():
            self._spark.interruptAll()

    def close(self) -> None:
        """Let go of the application, which ends with its last session."""
        self._application.leave()

    def _cores(self, settings: EngineSettings) -> int:
        """How many tasks run at once, as far as that is known."""
        if told.is_remote(settings):
            return 8
        return int(self._spark.sparkContext.defaultParallelism)


def _start(settings: EngineSettings) -> tuple[SparkSession, Path]:
    """Start Spark, or connect to it. Raises EngineError, before anything starts, where something is missing."""
    if importlib.util.find_spec("pyspark") is None:
        raise EngineError("pyspark is not installed", "install it: `pip install 'dataspark[spark]'`")
    with storage_errors("making a folder for scratch files"):
        scratch = Path(tempfile.mkdtemp(prefix="dataspark-spark-", dir=settings.temp_directory))
    # It tells each error at length besides raising it.
    for logger in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries that it would like to be older
            with _spark_errors():
                if told.is_remote(settings):
                    return _connected(settings.master), scratch
                return _launched(settings, scratch), scratch
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _connected(address: str) -> SparkSession:
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(address).create()


def _launched(settings: EngineSettings, scratch: Path) -> SparkSession:
    """Start a driver. What its Java process says on its own goes to a file: nobody asked for its warnings."""
    java_command()
    conf = told.application(settings, installed_jars(), scratch)

    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    described = SparkConf().setAll(list(conf.items()))
    said = scratch / "java.log"
    with storage_errors(f"writing {said}"), said.open("wb") as log:
        try:
            gateway = launch_gateway(described, {"stdout": log, "stderr": log})  # type: ignore[no-untyped-call]
        except PySparkRuntimeError as error:
            last = " ".join(said.read_text(errors="replace").split())[-400:]
            raise EngineError(f"Spark's Java process did not start: {last or error}") from error
    return SparkSession(SparkContext(gateway=gateway, conf=described))


@contextmanager
def _spark_errors() -> Iterator[None]:
    """Translate what Spark raises, once, into one sentence without its stack."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        raise _translated(str(error), error.getSqlState() or "") from error
    except (Py4JError, ConnectionError) as error:
        raise _translated(str(error), "") from error
    except ImportError as error:  # what Connect needs and pyspark does not
        raise EngineError(f"Spark lacks a library: {error}", "`pip install 'dataspark[spark-connect]'`") from error


def _translated(message: str, state: str) -> DataSparkError:
    lowered, sentence = message.lower(), _sentence(message)
    if any(words in lowered for words in _FULL):
        return StorageError(f"the disk is full: {sentence}", "free some space and run again")
    if any(words in lowered for words in _MEMORY):
        return EngineError(f"out of memory: {sentence}", "raise `--memory-limit`, or give more executors")
    if any(words in lowered for words in _GONE):
        return EngineError(f"Spark is not there: {sentence}", "is the master right, and does it run?")
    if any(words in lowered for words in _STORAGE):
        return StorageError(sentence)
    return StatementRejected(sentence) if state[:2] in _REFUSED else EngineError(f"Spark failed: {sentence}")


def _sentence(message: str) -> str:
    """What went wrong, of a message with SQL, plans and stacks."""
    found = re.search(r"\[([A-Z][A-Z0-9_.]+)\] (.+?)(?: SQLSTATE:|\n\n|\n==|\n\tat |\Z)", message, re.DOTALL)
    if found:
        return " ".join(found[2].split()).rstrip(".")
    lines = [line.strip() for line in message.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    told_ = next((line for line in lines if line.startswith(("Caused by:", ": "))), lines[0] if lines else "no reason")
    return re.sub(r"^(Caused by|:)?:? ?(?:[\w$]+\.)+[\w$]+(?:Exception|Error): ", "", told_)[:400]
