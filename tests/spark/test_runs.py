"""The same project on both engines, run by run: every table, its types, the ledgers, the journal and the history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace
from test_incremental import HEADERS, lab
from workbench import Bench, csv

COUNTS = "table_name, file, sha256, kind, code, rows"
PROFILES = "table_name, column_name, type, rows, nulls, minimum, maximum, exact, distinct_values, bins, bin_rows"


def pair(first: Bench, second_root: Path) -> tuple[Bench, Bench]:
    """A project that DuckDB runs, and its copy that Spark runs."""
    other = type(first)(second_root, "spark")
    for file in (path for path in first.root.rglob("*") if path.is_file()):
        target = second_root / file.relative_to(first.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    return first, other


def types(workspace: Workspace, bench: Bench) -> dict[str, Any]:
    """Table → its columns with their Delta types."""
    found = {}
    for table, version in bench.versions().items():
        layer, _, name = table.partition(".")
        ref = TableRef(Layer(layer), name)
        found[table] = workspace.tables.fields(ref, version or 0)
    return found


def told(bench: Bench) -> dict[str, Any]:
    """All that a user can see, and all that is kept."""
    tables = [contract.name for contract in bench.workspace.plan.tables]
    return {
        **bench.everything(),
        **{f"journal.{table}": bench.journal(table) for table in tables},
        "types": types(bench.workspace, bench),
        "counts": bench.quality("counts", COUNTS),
        "profiles": bench.quality("profiles", PROFILES),
    }


def assert_alike(duckdb: Bench, spark: Bench) -> None:
    ours, theirs = told(spark), told(duckdb)
    for name, found in theirs.items():
        assert ours[name] == found, name


Steps = tuple[tuple[str, dict[str, list[str]]], ...]
STEPS: Steps = (
    ("2025-06-15", {"children": ["1,1,1,2025-06-01", "2,9,7,2025-06-02", "3,,-1,soon", "4,1,2.50,2025-06-20"]}),
    (
        "2025-06-15",
        {
            "parents": ["1,a", "2,b", "3,a", "x,c"],
            "children": ["1,1,1,2025-06-01", "1,1,3,2025-06-01", "5,2,4,2025-06-04", '6,"2",,2025-06-05'],
            "visits": ["1,hello", " 1 , hello ", ",bye", "2,"],
        },
    ),
    ("2025-06-22", {"parents": ["9,z"], "children": ["1,2,9,2025-06-10", "5,2,4,2025-06-04", '7,"1']}),
    ("2025-06-22", {"parents": ["2,bb"], "visits": ["3,bye"]}),
)
"""Waiting rows that are let in, dates that come, corrections, repeats, unique values of two owners, broken lines."""


def test_a_later_date_lets_rows_in_without_new_files(tmp_path: Path) -> None:
    duckdb, spark = pair(lab(tmp_path / "duckdb", "keep"), tmp_path / "spark")
    for bench in (duckdb, spark):
        bench.put("children_0.csv", csv(HEADERS["children"], "4,1,2.50,2025-06-20"))
        bench.run(as_of="2025-06-15")
        assert not bench.everything()["silver.children"]
        bench.run(as_of="2025-06-22")
        assert len(bench.everything()["silver.children"]) == 1
    assert_alike(duckdb, spark)


@pytest.mark.parametrize(("on_violation", "steps"), [("hold", STEPS), ("keep", STEPS[1:2])], ids=["hold", "keep"])
def test_batch_by_batch(tmp_path: Path, on_violation: str, steps: Steps) -> None:
    duckdb, spark = pair(lab(tmp_path / "duckdb", on_violation), tmp_path / "spark")
    for number, (as_of, rows) in enumerate(steps):
        for bench in (duckdb, spark):
            for table, lines in rows.items():
                bench.put(f"{table}_{number}.csv", csv(HEADERS[table], *lines))
            bench.run(as_of=as_of)
        assert_alike(duckdb, spark)
    before = spark.versions()
    spark.run(as_of=steps[-1][0])
    assert spark.versions() == before, "nothing was new"
    incremental = spark.everything()
    spark.run(as_of=steps[-1][0], full_refresh=True)
    assert spark.everything() == incremental


def test_one_engine_goes_on_where_the_other_stopped(tmp_path: Path) -> None:
    """A table may have files of both, and what their logs say stays true."""
    bench, alone = lab(tmp_path / "mixed", "hold"), lab(tmp_path / "alone", "hold")
    for number, (as_of, rows) in enumerate(STEPS):
        for one in (bench, alone):
            for table, lines in rows.items():
                one.put(f"{table}_{number}.csv", csv(HEADERS[table], *lines))
        bench.engine = ("duckdb", "spark")[number % 2]
        bench.run(as_of=as_of)
        alone.run(as_of=as_of)
    assert_alike(alone, bench)
