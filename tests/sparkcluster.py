"""A Spark cluster of the tests: a standalone master, two workers, and a Connect server, from the pyspark package itself.

All of them listen on loopback, on ports that the system chooses, and end with the process that started them.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psutil

from dataspark.engines.spark.jars import installed_jars
from dataspark.engines.spark.settings import LOGGING, application
from dataspark.project import EngineSettings
from s3server import end_with_its_parent

_MASTER = re.compile(r"Starting Spark master at (spark://\S+)")
_REGISTERED = re.compile(r"(Successfully registered with master)")
_CONNECT = re.compile(r"Spark Connect server started at: (?:\S*?)(\d+)\s")
_SECONDS = 90
_QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""These processes live for seconds: what Java makes fast later is not worth its price."""
QUICK = {"spark.driver.extraJavaOptions": f"{_QUICK} -Dlog4j2.configurationFile={LOGGING.as_uri()}"}
"""Settings of a driver that does little."""
_DRIVER = {
    **QUICK,
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "512m",
    "spark.executor.extraJavaOptions": _QUICK,
}


def on_cluster(master: str) -> str:
    """What `dataspark.toml` says of a cluster whose driver is on this machine."""
    settings = "\n".join(f'"{key}" = "{value}"' for key, value in _DRIVER.items())
    return f'\n[engine]\nname = "spark"\nmaster = "{master}"\nmemory_limit = "1GiB"\n\n[engine.spark]\n{settings}\n'


@dataclass
class Cluster:
    """A running master and its workers."""

    folder: Path
    master: str = ""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _count: int = 0

    def add_workers(self, count: int) -> None:
        """Start workers of one core each; returns when the master knows them."""
        logs = []
        for _ in range(count):
            self._count += 1
            name = f"worker{self._count}"
            place = ("--cores", "1", "--memory", "1g", "--work-dir", str(self.folder / name), self.master)
            logs.append(self.folder / f"{name}.log")
            self.workers.append(_daemon(logs[-1], "worker.Worker", *place))
        for process, log in zip(self.workers[-count:], logs, strict=True):
            _said(process, log, _REGISTERED)

    def kill_worker(self) -> int:
        """Kill the oldest worker and its executors, like a machine that loses its power. Returns how many executors."""
        process = self.workers.pop(0)
        executors = psutil.Process(process.pid).children(recursive=True)
        for one in (*executors, process):
            os.kill(one.pid, signal.SIGKILL)
        process.wait()
        return len(executors)


@contextmanager
def spark_cluster(workers: int = 2) -> Iterator[Cluster]:
    """A master and its workers, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="dataspark-cluster-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder))
        log = cluster.folder / "master.log"
        master = _daemon(log, "master.Master")
        try:
            cluster.master = _said(master, log, _MASTER)
            cluster.add_workers(workers)
            yield cluster
        finally:
            for process in (*cluster.workers, master):
                process.terminate()
            for process in (*cluster.workers, master):
                process.wait(_SECONDS)


@contextmanager
def connect_server() -> Iterator[str]:
    """The address of a Connect server, which has the settings that docs/spark.md asks for and no key of any storage."""
    with tempfile.TemporaryDirectory(prefix="dataspark-connect-", ignore_cleanup_errors=True) as folder:
        settings = EngineSettings(name="spark", master="local[2]", memory_limit="1GiB")
        wanted = {
            **application(settings, installed_jars(), Path(folder)),
            "spark.driver.extraJavaOptions": _QUICK,  # it must say where it listens
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": "0",
        }
        command = [
            _home() / "bin" / "spark-submit",
            "--class",
            "org.apache.spark.sql.connect.service.SparkConnectServer",
        ]
        given = [part for key, value in wanted.items() for part in ("--conf", f"{key}={value}")]
        log = Path(folder) / "server.log"
        process = _started(log, [*map(str, command), *given, "spark-internal"], {})
        try:
            yield f"sc://127.0.0.1:{_said(process, log, _CONNECT)}"
        finally:
            process.terminate()
            process.wait(_SECONDS)


def _daemon(log: Path, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [str(_home() / "bin" / "spark-class"), f"org.apache.spark.deploy.{kind}"]
    options = {
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": _QUICK,
        # Its port would be a fixed one.
        "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",
    }
    return _started(log, [*command, "--host", "127.0.0.1", "--port", "0", "--webui-port", "0", *arguments], options)


def _started(log: Path, command: list[str], options: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A process of Spark that knows of no key and no setting of the test that starts it."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "DATASPARK_", "SPARK_"))}
    place = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(log.with_suffix("")), "SPARK_HOME": str(_home())}
    with log.open("wb") as out:
        return subprocess.Popen(
            command,
            env={**own, **place, **options},
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=end_with_its_parent,
        )


def _said(process: subprocess.Popen[bytes], log: Path, pattern: re.Pattern[str]) -> str:
    """Wait until a process says something."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := pattern.search(log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"{process.args} did not say `{pattern.pattern}`:\n{log.read_text(errors='replace')[-4000:]}")


def _home() -> Path:
    found = find_spec("pyspark")
    assert found
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0])
