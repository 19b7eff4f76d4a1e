"""What is measured of Spark: the job on each engine at several sizes, and how time grows where memory is little."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from data import SAMPLE_ROWS
from jobs import OUT, DataSpark, Script
from scenarios import HUGE, LARGE, MILLION, Contestant, Scenario, Target

CORES = 2
"""What every engine works with, whatever the machine has."""
MEMORY = "4GiB"
_BYTES = 4 << 30
GROWTH = {"1M": MILLION, "10M": LARGE, "50M": HUGE}
HAND, SPARK, DUCKDB, PANDAS = "hand-written PySpark", "dataspark on Spark", "dataspark on DuckDB", "pandas"
_SPARK: Mapping[str, str | int] = {"name": "spark", "master": f"local[{CORES}]"}
_DUCKDB: Mapping[str, str | int] = {"name": "duckdb", "threads": CORES}


def scenarios(sizes: Mapping[str, int], pandas: bool, growth: bool) -> Iterator[Scenario]:
    """All of them, small ones first."""
    for label, rows in sizes.items():
        yield engines(label, rows, pandas)
    if growth:
        for label, rows in GROWTH.items():
            yield grown(label, rows, pandas)


def engines(label: str, rows: int, pandas: bool) -> Scenario:
    """Everything from nothing on each engine, with the memory that it takes by itself."""
    name = f"spark-{label}"
    sources = OUT / "sources" / name
    target = (Target("ratio", 1.2),) if rows == LARGE else ()
    contestants = [
        Contestant(Script(f"{name}-hand", "spark_job.py", sources, tables="delta"), HAND),
        Contestant(DataSpark(f"{name}-spark", sources, engine=_SPARK), SPARK, target),
        Contestant(DataSpark(f"{name}-duckdb", sources, engine=_DUCKDB), DUCKDB),
    ]
    if pandas:
        contestants.append(Contestant(Script(f"{name}-pandas", "pandas_job.py", sources), PANDAS))
    keys = "1 % of the keys twice" if rows == SAMPLE_ROWS else "no key twice"
    return Scenario(name, f"On each engine, {label} rows ({keys})", rows, contestants, rounds=3)


def grown(label: str, rows: int, pandas: bool) -> Scenario:
    """The same with little memory: Spark's heap and DuckDB's own limit, and for pandas a limit of its process."""
    name = f"growth-{label}"
    sources = OUT / "sources" / name
    limit = ("--memory-limit", MEMORY)
    contestants = [
        Contestant(Script(f"{name}-hand", "spark_job.py", sources, tables="delta", options=limit), HAND),
        Contestant(DataSpark(f"{name}-spark", sources, options=limit, engine=_SPARK), SPARK),
        Contestant(DataSpark(f"{name}-duckdb", sources, options=limit, engine=_DUCKDB), DUCKDB),
    ]
    if pandas:
        contestants.append(Contestant(_limited_pandas(name, sources), PANDAS, may_fail=True))
    title = f"On each engine with {MEMORY}, {label} rows (1 % of the keys twice)"
    return Scenario(name, title, rows, contestants, repeated=True, rounds=1)


def _limited_pandas(name: str, sources: Path) -> Script:
    return Script(f"{name}-pandas", "pandas_job.py", sources, most=_BYTES)
