"""Volume and freshness: judged in every run, remembered never longer than they are true."""

from __future__ import annotations

import statistics
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cli.calling import dataspark
from dataspark.pipeline.report import CheckReport, RunReport
from dataspark.rendering.run import run_text
from workbench import Bench, csv

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: sales
version: 1.0.0
status: active
schema:
  - name: sales
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: day, logicalType: timestamp}
    quality:
      - {name: rule, type: custom, engine: dataspark, severity: SEVERITY, implementation: {IMPLEMENTATION}}
"""
VOLUME = "metric: rowCount, withinDeviations: 2, ofRuns: 4"


def bench_of(root: Path, implementation: str, severity: str = "error") -> Bench:
    contract = CONTRACT.replace("IMPLEMENTATION", implementation).replace("SEVERITY", severity)
    return Bench.of_files(root, {"contracts/sales.odcs.yaml": contract})


def put(bench: Bench, number: int, rows: int, day: str = "2025-06-01") -> None:
    bench.put(f"sales_{number}.csv", csv("id,day", *(f"{number * 1000 + n},{day}" for n in range(rows))))


def judged(report: RunReport) -> CheckReport:
    return next(check for check in report.checks if check.name == "silver.sales.table.rule")


def test_volume_needs_three_earlier_batches(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, VOLUME)
    for number, rows in enumerate((10, 500, 1)):
        put(bench, number, rows)
        found = bench.run()
        assert (judged(found).failed, judged(found).message) == (
            False,
            f"not judged yet: {number} earlier run{'' if number == 1 else 's'} had new files, 3 are needed",
        )
    assert "passed   silver.sales.table.rule: not judged yet: 2 earlier runs" in "\n".join(run_text(found))


def test_the_first_load_of_a_table_is_no_measure_of_what_usually_comes(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, "metric: rowCount, withinDeviations: 3, ofRuns: 10")
    for number, rows in enumerate((20_000, 100, 110, 90, 104)):
        bench.put(f"sales_{number}.csv", csv("id,day", *(f"{number * 100_000 + n},2025-06-01" for n in range(rows))))
        assert bench.run().ok
    put(bench, 900, 1)
    assert not bench.run().ok, "one row after days of a hundred"


def test_volume_blocks_an_unusual_batch_until_another_one_comes(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, VOLUME)
    usual = (700, 100, 110, 90, 104)  # the first is too long ago: four batches are looked at
    for number, rows in enumerate(usual[:-1]):
        put(bench, number, rows)
        bench.run()
    put(bench, 4, usual[4])
    assert bench.run().published
    put(bench, 5, 12)
    low, high = (statistics.mean(usual[1:]) + sign * 2 * statistics.stdev(usual[1:]) for sign in (-1, 1))
    for _attempt in range(2):  # a run with nothing new does not make it usual
        report = bench.run()
        assert not report.ok
        assert not report.published
        assert judged(report).message == (
            f"12 rows came with the newest files, {low:,.0f} to {high:,.0f} is usual (the 4 runs before had 101 on average)"
        )
    put(bench, 6, 100)
    report = bench.run()
    assert report.ok
    assert report.published


def test_volume_counts_rows_of_new_files_whatever_became_of_them(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, VOLUME)
    for number, rows in enumerate((99, 100, 101)):
        put(bench, number, rows)
        bench.run()
    bench.put("sales_9.csv", csv("id,day", *[",2025-06-01"] * 100))  # all of them are rejected
    assert not judged(bench.run()).failed
    bench.run(full_refresh=True)  # brings no rows
    assert not judged(bench.run(full_refresh=True)).failed


def test_a_warning_lets_the_release_move(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, VOLUME, "warning")
    for number, rows in enumerate((99, 100, 101, 5000)):
        put(bench, number, rows)
        report = bench.run()
    assert judged(report).failed
    assert report.published


def test_freshness_of_files_is_judged_when_nothing_is_new(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, "metric: freshness, maxAge: 36h", "warning")
    assert judged(bench.run()).message == "overdue: no file came yet"
    put(bench, 1, 3)
    bench.run()
    arrived = datetime.fromisoformat(bench.workspace.lake.archive("sales").files[0].arrived)
    for hours, late in ((35, False), (37, True), (35, False)):
        report = bench.run(as_of=(arrived + timedelta(hours=hours)).isoformat())
        assert judged(report).failed is late
        assert not report.published
    message = judged(bench.run(as_of=(arrived + timedelta(hours=37)).isoformat())).message
    assert message == (
        f"overdue: the newest file, sales_1.csv, came {arrived:%Y-%m-%d %H:%M}, 37 h before the run's date; 36 h are allowed"
    )
    told = run_text(bench.run(as_of=(arrived + timedelta(hours=37)).isoformat()))
    assert "nothing new" in told[0]
    assert any("warning  silver.sales.table.rule: overdue" in line for line in told)


def test_freshness_of_a_column_follows_the_run_s_date(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, "metric: freshness, maxAge: 2d, column: day")
    put(bench, 1, 2, "2025-06-01T12:00:00")
    assert bench.run(as_of="2025-06-03T11:59:00").ok
    blocked = bench.run(as_of="2025-06-03T12:01:00")
    assert judged(blocked).message.startswith(
        "overdue: the newest day is of 2025-06-01 12:00, 48 h before the run's date"
    )
    assert not blocked.ok
    put(bench, 2, 1, "2025-06-03")
    assert bench.run(as_of="2025-06-04").ok
    assert bench.run(as_of="2020-01-01").ok  # a run for a day of the past is told nothing about today


def test_a_column_without_a_value_is_overdue(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, "metric: freshness, maxAge: 2d, column: day")
    put(bench, 1, 2, "")
    assert judged(bench.run()).message == "overdue: there is no value yet"


@pytest.mark.parametrize("implementation", [VOLUME, "metric: freshness, maxAge: 36h"])
def test_a_run_with_nothing_new_writes_nothing(tmp_path: Path, implementation: str) -> None:
    bench = bench_of(tmp_path, implementation)
    put(bench, 1, 3)
    bench.run()
    state = (bench.root / "lake/gold/_state/_audit.json").read_bytes()
    before = bench.versions()
    bench.run()
    assert bench.versions() == before
    assert (bench.root / "lake/gold/_state/_audit.json").read_bytes() == state


def test_a_plan_counts_rules_over_time(tmp_path: Path) -> None:
    bench_of(tmp_path, VOLUME)
    assert "1 promise of contracts" in dataspark("plan", project=tmp_path).out
