"""The Spark application of this process: its Java process, started, told how to behave, and ended."""

from __future__ import annotations

import importlib.util
import logging
import shutil
import signal
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from dataspark.engines.spark import settings as told
from dataspark.engines.spark.faults import spark_errors
from dataspark.engines.spark.jars import installed_jars
from dataspark.engines.spark.java import java_command
from dataspark.engines.spark.truststore import write_trust_store
from dataspark.errors import EngineError
from dataspark.lake.storage import storage_errors
from dataspark.lake.trust import certificates
from dataspark.project import EngineSettings

if TYPE_CHECKING:
    from types import FrameType

    from py4j.java_gateway import JavaGateway
    from pyspark.sql import SparkSession


@dataclass
class Application:
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

    running: ClassVar[list[Application]] = []
    changing: ClassVar[threading.RLock] = threading.RLock()
    """Sessions begin and end in several threads."""

    @classmethod
    def join(cls, settings: EngineSettings, ca_file: str | None) -> Application:
        """The running application, or a new one.

        Raises EngineError where one with other settings runs: a process can have one only.
        """
        with cls.changing:
            return cls._join(settings, ca_file)

    @classmethod
    def _join(cls, settings: EngineSettings, ca_file: str | None) -> Application:
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
            with spark_errors():
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
