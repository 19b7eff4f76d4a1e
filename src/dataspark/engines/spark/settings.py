"""What Spark is told, as plain values: once for an application, and for each session in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dataspark.project import EngineSettings

_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40}
_MIB = 1 << 20
_LEAST_HEAP = 512
"""MiB; with less, Spark does not start."""
LOGGING = Path(__file__).with_name("log4j2.properties")
"""What Java says on its own: nothing."""

SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.adaptive.enabled": "true",
    # Small data must not be scattered over tasks that each cost more than their work, and AQE may join what it made.
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "16MB",
    # The result types of decimals are those that the SQL was translated for.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    # INT96, Spark's own choice, has no zone for other readers.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # This pass breaks plans where relations that were bound once stand in a query several times ("the plan was
    # previously resolved and now became unresolved"); what it leaves behind costs nothing.
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.RemoveRedundantAliases",
    # Java does not compile a method of more bytecode: a query that needs one is cut into several instead.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # What is kept is read a few times: packing it costs more than it saves.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    # Names are matched as DuckDB does: whatever their case.
    "spark.sql.caseSensitive": "false",
    # A log has few entries: 50 tasks a look would cost seconds.
    "spark.databricks.delta.snapshotPartitions": "2",
    # Tables of both engines are read by both: the simplest protocol.
    "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
}
"""For each session, on any master."""

_DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
"""What a Spark Connect server must have been started with."""


def is_remote(settings: EngineSettings) -> bool:
    """Whether Spark is asked through Connect: nothing of it runs in this process."""
    return settings.master.startswith("sc://")


_BATCH = (
    "-XX:+UseParallelGC",
    "-XX:ReservedCodeCacheSize=512m",
    *("-XX:Tier4InvocationThreshold=20000", "-XX:Tier4MinInvocationThreshold=2500"),
    *("-XX:Tier4CompileThreshold=60000", "-XX:Tier4BackEdgeThreshold=160000"),
)
"""Java for one short job on few cores: pauses hurt nobody, and the code of a query that is soon over is not worth
compiling a second time (four times Java's own thresholds). A tenth of a run over ten million rows."""


def is_local(settings: EngineSettings) -> bool:
    """Whether all of Spark runs on this machine."""
    return settings.master.startswith("local")


def master(settings: EngineSettings) -> str:
    """The master's URL; `threads` says how many cores of this machine may work."""
    return f"local[{settings.threads}]" if is_local(settings) and settings.threads else settings.master


def application(settings: EngineSettings, jars: Path, scratch: Path, trust: Sequence[str] = ()) -> dict[str, str]:
    """The settings that must be there before Spark starts; `trust` are the options of Java for certificates."""
    path = f"{jars}/*"
    told = {
        "spark.master": master(settings),
        "spark.app.name": "dataspark",
        "spark.driver.extraClassPath": path,
        "spark.executor.extraClassPath": path,
        "spark.driver.memory": f"{heap(settings.memory_limit)}m",
        "spark.driver.extraJavaOptions": " ".join(_java(settings)),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": (scratch / "warehouse").as_uri(),
        **_DELTA,
    }
    if is_local(settings):
        told |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    told |= dict(settings.spark)
    if trust:  # whatever a project tells Java besides
        told["spark.driver.extraJavaOptions"] = " ".join([told["spark.driver.extraJavaOptions"], *trust])
    return told


def _java(settings: EngineSettings) -> Iterator[str]:
    """The driver's own options of Java."""
    yield f"-Dlog4j2.configurationFile={LOGGING.as_uri()}"
    if is_local(settings):  # elsewhere the driver mostly waits
        yield from _BATCH


def session(cores: int, storage: Mapping[str, str]) -> dict[str, str]:
    """The settings of one session: `cores` work in all, `storage` says how object storage is reached."""
    return {**SESSION, "spark.sql.shuffle.partitions": str(min(400, max(8, 4 * cores))), **storage}


def heap(memory_limit: str | None) -> int:
    """MiB for the heap of the driver, which does all the work on a local master.

    A JVM needs a tenth more than its heap, at least 384 MiB. Without a limit: half of the machine's memory.
    """
    if memory_limit is None:
        return max(_LEAST_HEAP, min(_machine() // 2, 16 << 10))
    found = re.fullmatch(r"([\d.]+)\s*([A-Za-z]+)", memory_limit.strip())
    whole = int(float(found[1]) * _UNITS[found[2].upper()]) // _MIB if found else _LEAST_HEAP
    return max(_LEAST_HEAP, whole - max(384, whole // 10))


def _machine() -> int:
    """MiB of memory that this machine has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MIB
    except (ValueError, OSError, AttributeError):  # not every system tells
        return 4 << 10
