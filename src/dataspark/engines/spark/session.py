"""One Spark session, set up the way the pipeline needs it.

All that it does works on every kind of master: SQL, readers of files, small answers. Nothing reaches into the JVM.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from dataspark.engines.spark import settings as told
from dataspark.engines.spark.application import Application
from dataspark.engines.spark.faults import spark_errors
from dataspark.errors import EngineError
from dataspark.project import EngineSettings
from dataspark.sql.spark.writing import name as identifier

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Session:
    """A session of its own: temporary views and settings are nobody else's."""

    def __init__(
        self, settings: EngineSettings, storage: Mapping[str, str] | None = None, ca_file: str | None = None
    ) -> None:
        """`storage` says how object storage is reached, `ca_file` has the certificates that it is trusted by."""
        self._application = Application.join(settings, ca_file)
        opened: SparkSession | None = None
        try:
            with self._asking():
                self._spark = opened = self._application.session()
                self.cores = self._cores(settings)
                for key, value in told.session(self.cores, storage or {}).items():
                    self.set(key, value)
                if told.is_remote(settings):
                    for key, value in settings.spark:
                        self.set(key, value)
        except BaseException:
            self._application.leave(opened)
            raise

    def run(self, statement: str) -> None:
        """Run a statement. Raises StatementRejected, StorageError, EngineError."""
        with self._asking():
            self._spark.sql(statement).collect()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """A small answer."""
        with self._asking():
            return [tuple(row) for row in self._spark.sql(query).collect()]

    def view(self, name: str, query: str, kept: bool = False) -> None:
        """Let the temporary view `name` stand for a query, bound now, whatever its names come to mean.

        Where it is `kept`, its rows are stored when they are first asked for.
        """
        with self._asking():
            self._spark.sql(query).createOrReplaceTempView(name)
            if kept:
                self._spark.catalog.cacheTable(identifier(name))

    def files(self, name: str, kind: str, paths: Sequence[str], schema: str, columns: Sequence[str]) -> None:
        """Let the temporary view `name` stand for expressions over the rows of files (`parquet` or `text`).

        The schema is given, so that no file is opened before a query does.
        """
        with self._asking():
            reader = self._spark.read.format(kind).schema(schema)
            # A name may have brackets or stars in it, which are not meant as patterns.
            rows = reader.option("__globPaths__", "false").load(list(paths))
            rows.selectExpr(*columns).createOrReplaceTempView(name)

    def drop(self, name: str, cached: bool = False) -> None:
        """Forget a temporary view, and what was cached for it."""
        with self._asking():
            if cached:
                self._spark.catalog.uncacheTable(identifier(name))
            self._spark.catalog.dropTempView(name)

    def set(self, key: str, value: str) -> None:
        """Change a setting of this session."""
        with self._asking():
            self._spark.conf.set(key, value)

    @contextmanager
    def having(self, settings: Mapping[str, str]) -> Iterator[None]:
        """Other settings for a while."""
        with self._asking():
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
        with self._asking():
            return str(self._spark.version)

    def interrupt(self) -> None:
        """From another thread: stop what is running in this session."""
        with suppress(EngineError), spark_errors():
            self._spark.interruptAll()

    def close(self) -> None:
        """Let go of the application, which ends with its last session."""
        self._application.leave(self._spark)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Around each question: its errors are translated, and nothing is asked after Ctrl-C."""
        if self._application.interrupted:
            raise KeyboardInterrupt
        try:
            with spark_errors():
                yield
        except KeyboardInterrupt:
            self._application.interrupt()
            raise

    def _cores(self, settings: EngineSettings) -> int:
        """How many tasks run at once, as far as that is known."""
        if told.is_remote(settings):
            return 8
        return int(self._spark.sparkContext.defaultParallelism)
