"""What a broken rule does by its severity, and what a check that fails does to the release."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataspark.errors import RuleStopped
from workbench import Bench, csv

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: sales
name: sales
version: 1.0.0
status: active
schema:
  - name: shops
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
  - name: sales
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
      - name: shop
        logicalType: integer
        relationships:
          - {to: shops.id, type: foreignKey, customProperties: [{property: onViolation, value: ON_VIOLATION}]}
      - name: amount
        logicalType: number
        physicalType: decimal(10,2)
        quality:
          - {type: custom, engine: dataspark, name: positive, implementation: amount > 0, severity: SEVERITY}
"""
MODEL = "SELECT count(*) AS n, sum(amount) AS total FROM silver.sales"


def bench_of(root: Path, severity: str = "error", on_violation: str = "keep", check: str = "") -> Bench:
    contract = CONTRACT.replace("SEVERITY", severity).replace("ON_VIOLATION", on_violation)
    files = {"contracts/sales.odcs.yaml": contract, "models/totals.sql": MODEL}
    return Bench.of_files(root, {**files, **({"checks/small.sql": check} if check else {})})


def test_error_quarantines_and_warning_counts(tmp_path: Path) -> None:
    rows = csv("id,shop,amount", "1,,5", "2,,-1")
    strict, lenient = bench_of(tmp_path / "strict"), bench_of(tmp_path / "lenient", "warning")
    for bench in (strict, lenient):
        bench.put("sales.csv", rows)
        bench.run()
    assert strict.gold("totals") == [("1", "5.00")]
    assert strict.quarantine("sales", "_line, _reasons, amount") == [("3", "[row.positive]", "-1")]
    assert lenient.gold("totals") == [("2", "4.00")]
    assert lenient.ledgers("sales")[1].warnings == {"row.positive": 1}


def test_fail_stops_the_run_until_the_file_is_mended(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, "fail")
    bench.put("sales_1.csv", csv("id,shop,amount", "1,,5"))
    bench.run()
    bench.put("sales_2.csv", csv("id,shop,amount", "2,,7", "3,,-1"))
    for _attempt in range(2):
        with pytest.raises(
            RuleStopped, match=r"`row\.positive`, which stops the run: 1 rows, one in sales_2\.csv, line 3"
        ):
            bench.run()
        assert bench.gold("totals") == [("1", "5.00")]
    bench.put("sales_2.csv", csv("id,shop,amount", "2,,7", "3,,1"))
    bench.run()
    assert bench.gold("totals") == [("3", "13.00")]
    assert sorted(bench.ledgers("sales")) == [1, 2]


def test_a_missing_parent_can_stop_the_run_too(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, on_violation="fail")
    bench.put("sales.csv", csv("id,shop,amount", "1,7,5"))
    with pytest.raises(RuleStopped, match=r"`shop\.relationship`, which stops the run"):
        bench.run()
    bench.put("shops.csv", csv("id", "7"))
    bench.run()
    assert bench.gold("totals") == [("1", "5.00")]


def test_a_kept_orphan_is_counted_until_its_parent_arrives(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.put("sales.csv", csv("id,shop,amount", "1,7,5", "2,8,6", "3,,1"))
    bench.run()
    assert bench.ledgers("sales")[1].orphans == {"shop.relationship": 2}
    bench.put("shops.csv", csv("id", "7"))
    bench.run()
    assert bench.ledgers("sales")[1].orphans == {"shop.relationship": 1}


def test_a_blocking_check_keeps_the_old_release_and_a_warning_does_not(tmp_path: Path) -> None:
    check = "-- severity: error\nSELECT * FROM totals WHERE n > 1"
    bench = bench_of(tmp_path, check=check)
    bench.put("sales_1.csv", csv("id,shop,amount", "1,,5"))
    assert bench.run().published
    bench.put("sales_2.csv", csv("id,shop,amount", "2,,7"))
    blocked = bench.run()
    assert not blocked.ok
    assert not blocked.published
    assert bench.gold("totals") == [("1", "5.00")]
    (bench.root / "checks" / "small.sql").write_text(check.replace("error", "warn"))
    freed = bench.run()
    assert freed.ok
    assert freed.published
    assert bench.gold("totals") == [("2", "12.00")]


def test_a_changed_contract_rebuilds_its_table_by_itself(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.put("sales.csv", csv("id,shop,amount", "1,,5", "2,,-1"))
    bench.run()
    contract = bench.root / "contracts" / "sales.odcs.yaml"
    contract.write_text(contract.read_text().replace("amount > 0", "amount > -5"))
    report = bench.run()
    assert [table.rebuilt for table in report.tables if table.name == "sales"] == ["the contract changed"]
    assert bench.gold("totals") == [("2", "4.00")]
    assert bench.quarantine("sales") == []


GOLD = """
apiVersion: v3.1.0
kind: DataContract
id: gold
name: gold
version: 1.0.0
status: active
schema:
  - name: dim_shop
    customProperties: [{property: layer, value: gold}]
    properties:
      - {name: shop, logicalType: integer, primaryKey: true}
  - name: fact_sales
    customProperties: [{property: layer, value: gold}]
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - name: shop
        logicalType: integer
        relationships:
          - {to: dim_shop.shop, customProperties: [{property: onViolation, value: ON_VIOLATION}]}
"""


@pytest.mark.parametrize(("on_violation", "ok"), [("keep", True), ("fail", False)])
def test_a_gold_row_without_its_parent_warns_or_blocks(tmp_path: Path, on_violation: str, ok: bool) -> None:
    bench = bench_of(tmp_path)
    for path, content in {
        "contracts/gold.odcs.yaml": GOLD.replace("ON_VIOLATION", on_violation),
        "models/dim_shop.sql": "SELECT id AS shop FROM silver.shops",
        "models/fact_sales.sql": "SELECT id, shop FROM silver.sales",
    }.items():
        (tmp_path / path).write_text(content)
    bench.put("shops.csv", csv("id", "7"))
    bench.put("sales.csv", csv("id,shop,amount", "1,7,5", "2,8,5", "3,,5"))
    report = bench.run()
    check = next(check for check in report.checks if check.name == "gold.fact_sales.shop.relationship")
    assert (check.failures, check.blocks, report.ok) == (1, not ok, ok)
    assert check.sample == (("2", "8"),)
    # The parent arrives: the fact table stays as it is, and is judged again all the same.
    bench.put("shops_2.csv", csv("id", "8"))
    again = bench.run()
    assert [built.name for built in again.models if not built.changed] == ["fact_sales", "totals"]
    (judged,) = (found for found in again.checks if found.name == check.name)
    assert judged.failures == 0
    assert again.ok


def test_a_promise_that_reads_another_table_is_judged_when_that_one_changes(tmp_path: Path) -> None:
    gold = """
apiVersion: v3.1.0
kind: DataContract
id: totals
version: 1.0.0
status: active
schema:
  - name: largest
    customProperties: [{property: layer, value: gold}]
    properties: [{name: cap, logicalType: integer}]
    quality:
      - {type: sql, name: below, query: SELECT max(n) FROM gold.totals, mustBeLessThan: 2}
"""
    bench = bench_of(tmp_path)
    (tmp_path / "contracts/totals.odcs.yaml").write_text(gold)
    (tmp_path / "models/largest.sql").write_text("SELECT 1 AS cap")
    bench.put("sales_1.csv", csv("id,shop,amount", "1,,5"))
    assert bench.run().ok
    bench.put("sales_2.csv", csv("id,shop,amount", "2,,5"))
    report = bench.run()
    assert not report.ok, "`largest` is what it was, what it is compared with is not"
    assert [check.name for check in report.checks if check.failures] == ["gold.largest.table.below"]
