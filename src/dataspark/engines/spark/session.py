"""One Spark session, set up the way the pipeline needs it. The only importer of `pyspark`.

All that it does works on every kind of master: SQL, readers of files, small answers. Nothing reaches into the JVM.
"""

from __future__ import annotations

import importlib.util
import logging
import re
import shutil
import signal
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
from dataspark.engines.spark.truststore import write_trust_store
from dataspark.errors import DataSparkError, EngineError, StatementRejected, StorageError
from dataspark.lake.storage import storage_errors
from dataspark.lake.trust import certificates, hint_for
from dataspark.project import EngineSettings
from dataspark.sql.spark.writing import name as identifier

if TYPE_CHECKING:
    from types import FrameType

    from py4j.java_gateway import JavaGateway
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
    java: JavaGateway | None
    """The Java process of this process's own application."""
    scratch: Path
    users: int = 0
    given: bool = False
    """Whether the first session through Connect was had."""
    interrupted: bool = False

    running: ClassVar[list[_Application]] = []
    changing: ClassVar[threading.RLock] = threading.RLock()
    """Sessions begin and end in several threads."""

    @classmethod
    def join(cls, settings: EngineSettings, ca_file: str | None) -> _Application:
        """The running application, or a new one.

        Raises EngineError where one with other settings runs: a process can have one only.
        """
        with cls.changing:
            return cls._join(settings, ca_file)

    @classmethod
    def _join(cls, settings: EngineSettings, ca_file: str | None) -> _Application:
        key = (told.master(settings), settings.memory_limit, settings.temp_directory, settings.spark, ca_file)
        if cls.running and cls.running[0].key != key:
            raise EngineError(
                "Spark runs in this process already, with other settings", "close what uses it, or start a process"
            )
        if not cls.running:
            remote = settings.master if told.is_remote(settings) else ""
            cls.running.append(cls(key, remote, *_start(settings, ca_file)))
        cls.running[0].users += 1
        return cls.running[0]

    def session(self) -> SparkSession:
        """A session of its own within the application. Through Connect the first one may be had once only."""
        with self.changing:
            if not self.remote:
                return self.root.newSession()
            first, self.given = not self.given, True
        return self.root if first else _connected(self.remote)

    def leave(self, session: SparkSession | None) -> None:
        """End a session of it, and the application when nobody uses it any more."""
        with self.changing:
            self._leave(session)

    def _leave(self, session: SparkSession | None) -> None:
        self.users -= 1
        if self.remote and session is not None and session is not self.root:
            session.stop()  # the interpreter would hang at its end over one that is open still
        if self.users:
            return
        from py4j.protocol import Py4JError

        self.running.clear()
        with warnings.catch_warnings(), suppress(Py4JError, ConnectionError):  # of a Java process that is gone
            warnings.simplefilter("ignore")
            self.root.stop()
        if self.java is not None:
            _end(self.java)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def interrupt(self) -> None:
        """Ctrl-C came while Java was asked: it is not waited for, and what it would answer is for nobody.

        A server of Connect has been told by its client; it can be asked again.
        """
        if self.java is not None:
            self.interrupted = True
            _kill(self.java)


class Session:
    """A session of its own: temporary views and settings are nobody else's."""

    def __init__(
        self, settings: EngineSettings, storage: Mapping[str, str] | None = None, ca_file: str | None = None
    ) -> None:
        """`storage` says how object storage is reached, `ca_file` has the certificates that it is trusted by."""
        self._application = _Application.join(settings, ca_file)
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
        with suppress(EngineError), _spark_errors():
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
            with _spark_errors():
                yield
        except KeyboardInterrupt:
            self._application.interrupt()
            raise

    def _cores(self, settings: EngineSettings) -> int:
        """How many tasks run at once, as far as that is known."""
        if told.is_remote(settings):
            return 8
        return int(self._spark.sparkContext.defaultParallelism)


def _start(settings: EngineSettings, ca_file: str | None) -> tuple[SparkSession, JavaGateway | None, Path]:
    """Start Spark, or connect to it. Raises EngineError, before anything starts, where something is missing."""
    if importlib.util.find_spec("pyspark") is None:
        raise EngineError("pyspark is not installed", "install it: `pip install 'dataspark[spark]'`")
    with storage_errors("making a folder for scratch files"):
        scratch = Path(tempfile.mkdtemp(prefix="dataspark-spark-", dir=settings.temp_directory))
    # They tell each error at length besides raising it.
    for logger in ("SQLQueryContextLogger", "DataFrameQueryContextLogger", "py4j"):
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)
    logging.getLogger().addFilter(_is_not_of_py4j)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries that it would like to be older
            with _spark_errors():
                if told.is_remote(settings):
                    return _connected(settings.master), None, scratch
                return *_launched(settings, scratch, ca_file), scratch
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _is_not_of_py4j(record: logging.LogRecord) -> bool:
    """Whether a record of the root logger is somebody else's: py4j tells it, with its stack, of each Ctrl-C."""
    return Path(record.pathname).parent.name != "py4j"


def _connected(address: str) -> SparkSession:
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(address).create()


def _launched(settings: EngineSettings, scratch: Path, ca_file: str | None) -> tuple[SparkSession, JavaGateway]:
    """Start a driver. What its Java process says on its own goes to a file: nobody asked for its warnings."""
    java_command()
    trust = write_trust_store(certificates(ca_file), scratch / "trusted.jks") if ca_file else ()
    conf = told.application(settings, installed_jars(), scratch, trust)

    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    described = SparkConf().setAll(list(conf.items()))
    said = scratch / "java.log"
    started: list[JavaGateway] = []
    try:
        with storage_errors(f"writing {said}"), said.open("wb") as log, _interrupted_afterwards():
            started.append(launch_gateway(described, {"stdout": log, "stderr": log}))  # type: ignore[no-untyped-call]
        with _same_interrupt():
            return SparkSession(SparkContext(gateway=started[0], conf=described)), started[0]
    except PySparkRuntimeError as error:
        last = " ".join(said.read_text(errors="replace").split())[-400:]
        raise EngineError(f"Spark's Java process did not start: {last or error}") from error
    except BaseException:
        for java in started:
            _end(java)
        raise


@contextmanager
def _interrupted_afterwards() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block: a process that it starts is not known before and could not be ended.

    Who cannot wait asks twice. A host that has an answer of its own to Ctrl-C keeps it.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler or not _is_main_thread():
        yield
        return
    asked: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if asked:
        raise KeyboardInterrupt


@contextmanager
def _same_interrupt() -> Iterator[None]:
    """Ctrl-C goes on to mean what it did.

    Spark's own answer to it asks the Java process to cancel all jobs, over the connection on which that process is busy
    answering: nothing would happen before it has.
    """
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if before is not None and _is_main_thread():
            signal.signal(signal.SIGINT, before)


def _is_main_thread() -> bool:
    """Signals are that thread's alone."""
    return threading.current_thread() is threading.main_thread()


def _end(java: JavaGateway) -> None:
    """End a Java process: pyspark would keep it, with its settings, for the next application of this process."""
    from py4j.protocol import Py4JError
    from pyspark import SparkContext

    _kill(java)
    if SparkContext._gateway is java:
        if left := SparkContext._active_spark_context:  # it could not be stopped: there is nobody to ask
            left._jsc = None
            left.stop()
        SparkContext._gateway = SparkContext._jvm = None
    with suppress(Py4JError, OSError):
        java.shutdown()


def _kill(java: JavaGateway) -> None:
    if java.proc is not None:  # None: it was there before this process
        java.proc.kill()
        java.proc.wait()
        java.proc.stdin.close()


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
    if hint := hint_for(message):
        return StorageError(f"S3's certificate is not trusted by Spark's Java: {sentence}", hint)
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
