"""Traces of small tables: keys of several columns and of none, records over lines, mended rows, waiting rows."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from bad_input.shop import CONTRACT, HEADER, Shop
from dataspark.answers.rawrows import RawRow
from dataspark.answers.rawsearch import Verdict
from dataspark.answers.trace import Trace, trace
from dataspark.errors import UsageError
from dataspark.pipeline.decisions import Fix, Waiver
from workbench import Bench, csv

COMPOSITE = """
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}
      - {name: name, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: amount, logicalType: number, physicalType: "decimal(10,2)", logicalTypeOptions: {minimum: 0}}
"""
KEYLESS = """
      - {name: id, logicalType: integer}
      - {name: name, logicalType: string}
      - {name: amount, logicalType: number}
"""


def traced(bench: Bench, table: str, key: str) -> Trace:
    return trace(bench.workspace, table, key)


def only(bench: Bench, key: str) -> RawRow:
    [row] = traced(bench, "sales", key).rows
    return row


def row_id(bench: Bench, line: int, file: int = 0) -> str:
    return f"sales:{bench.workspace.lake.archive('sales').files[file].sha256[:8]}:{line}"


def test_a_key_of_several_columns(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, properties=COMPOSITE)
    shop.reads(csv(HEADER, '1,"Smith, Ann",5', "1,Bob,6", "2,Bob,-7"))
    assert only(shop, '"Smith, Ann",1').line == 2
    assert only(shop, "Bob, 1").line == 3
    row = only(shop, "Bob,2")
    assert (row.verdict, [(r.code, r.value, r.meaning) for r in row.reasons]) == (
        Verdict.QUARANTINED,
        [("amount.minimum", "-7", "is below 0")],
    )
    with pytest.raises(UsageError, match="has 2 values: name,id"):
        traced(shop, "sales", "Bob")


def test_a_table_without_key_is_asked_by_row(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, properties=KEYLESS)
    shop.reads(csv(HEADER, "1,a,5", "1,a,5", "2,b,6"))
    assert only(shop, row_id(shop, 4)).values == {"id": "2", "name": "b", "amount": "6.0"}
    twice = only(shop, row_id(shop, 3))
    assert (twice.verdict, twice.instead) == (Verdict.DUPLICATE, row_id(shop, 2))
    with pytest.raises(UsageError, match=r"no primary key.*its id") as caught:
        traced(shop, "sales", "1")
    assert row_id(shop, 2) in caught.value.hint


def test_a_key_is_read_as_the_contract_reads_it(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path)
    shop.reads(csv(HEADER, " 7 ,a,5", "x7,b,1", " 8,,1"))
    assert only(shop, "+007").line == 2
    assert only(shop, "x7").line == 3, "the text itself"
    assert [reason.code for reason in only(shop, "8").reasons] == ["name.required"]
    with pytest.raises(UsageError, match="`x9` is no key of `sales`: id is of type integer; looked in"):
        traced(shop, "sales", "x9")
    with pytest.raises(UsageError, match="no row with id = 9: looked in silver, quarantine and repeats"):
        traced(shop, "sales", "9")


@pytest.mark.parametrize("packed", [False, True])
def test_a_record_over_several_lines_is_shown_whole(tmp_path: Path, packed: bool) -> None:
    shop = Shop.open(tmp_path)
    text = f'{HEADER}\r\n1,"a\r\nb ""c""",5\r\n2,plain,6\r\n3,too,many,fields\r\n'
    shop.reads(gzip.compress(text.encode()) if packed else text, "sales.csv.gz" if packed else "sales.csv")
    row = only(shop, "1")
    assert (row.line, row.lines, row.raw) == (2, 2, '1,"a\r\nb ""c""",5')
    assert text.encode()[row.start : row.end].decode() == row.raw
    assert only(shop, "2").line == 4
    broken = only(shop, row_id(shop, 5))
    assert (broken.raw, [reason.code for reason in broken.reasons]) == ("3,too,many,fields", ["csv.columns"])
    with pytest.raises(UsageError, match=r"no row of sales.csv.* begins on line 3"):
        traced(shop, "sales", row_id(shop, 3))


def test_several_files(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path)
    shop.reads(csv(HEADER, "1,a,5", "2,b,6"), "sales_1.csv")
    shop.reads(csv(HEADER, "1,a,7", "2,b,6"), "sales_2.csv")
    old, new = traced(shop, "sales", "1").rows
    assert (old.file, old.verdict, old.instead) == ("sales_1.csv", Verdict.SUPERSEDED, new.id)
    assert (new.file, new.verdict) == ("sales_2.csv", Verdict.ACCEPTED)
    assert [row.verdict for row in traced(shop, "sales", "2").rows] == [Verdict.ACCEPTED, Verdict.DUPLICATE]
    total = traced(shop, "totals", "2")
    assert [(str(rows.table), rows.count) for rows in total.tables] == [("silver.sales", 2)]
    assert [(row.file, row.line) for row in total.rows] == [("sales_1.csv", 3), ("sales_2.csv", 2)]


def test_what_people_decided_and_what_happened_since(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path)
    shop.reads(csv(HEADER, "1,,5", "2,,6", "3,c,7"))
    lake = shop.workspace.lake
    mended = Fix(1, 2, {"id": "1", "name": "Ann", "amount": "5"}, "jane", "2026-01-02T10:00:00+00:00", "")
    waiver = Waiver(1, 3, "a test of the tills", "jane", "2026-01-02T10:05:00+00:00")
    lake.save_decisions("sales", replace(lake.decisions("sales"), fixes=[mended], waivers=[waiver]))
    shop.passes()
    row = only(shop, "1")
    assert (row.verdict, row.raw, row.fix) == (Verdict.ACCEPTED, "1,,5", mended)
    assert row.values == {"id": "1", "name": "Ann", "amount": "5.00"}
    assert [happening.event for happening in row.history] == ["quarantined", "fixed"]
    waived = only(shop, "2")
    assert (waived.verdict, waived.waiver) == (Verdict.QUARANTINED, waiver)
    assert [(one.event, one.reasons) for one in waived.history] == [("quarantined", ("name.required",))]
    assert only(shop, "3").history == ()


def test_a_row_that_waits_for_its_parent(tmp_path: Path) -> None:
    held = (
        "      - {name: id, logicalType: integer, primaryKey: true}\n"
        "      - name: shop\n        logicalType: integer\n        relationships:\n"
        "          - {type: foreignKey, to: shops.id, customProperties: [{property: onViolation, value: hold}]}\n"
    )
    shops = CONTRACT.replace("sales*", "shops*").replace("- name: sales", "- name: shops").replace("DIALECT", "{}")
    shops = shops.replace("id: shop\n", "id: shops\n") + "      - {name: id, logicalType: integer, primaryKey: true}\n"
    shop = Shop.open(
        tmp_path,
        properties=held,
        **{"contracts/shops.odcs.yaml": shops, "models/totals.sql": "SELECT count(*) AS n FROM silver.sales"},
    )
    shop.put("shops.csv", "id\n1\n")
    shop.reads(csv("id,shop", "10,1", "11,2"))
    assert [(r.code, r.value, r.meaning) for r in only(shop, "11").reasons] == [
        ("shop.relationship", "2", "is not in silver.shops: the row waits for it")
    ]
    shop.put("shops_2.csv", "id\n2\n")
    shop.passes()
    row = only(shop, "11")
    assert row.verdict is Verdict.ACCEPTED
    assert [happening.event for happening in row.history] == ["quarantined", "released"]


def test_gold_that_reads_a_table_as_a_whole_or_was_edited_says_so(tmp_path: Path) -> None:
    model = "SELECT id, name FROM silver.sales WHERE amount = (SELECT max(amount) FROM silver.sales)"
    shop = Shop.open(tmp_path, **{"models/totals.sql": model})
    shop.reads(csv(HEADER, "1,a,5", "2,b,6"))
    [rows] = traced(shop, "sales", "2").tables
    assert (rows.count, rows.first, rows.remarks) == (1, [("2", "b")], ["reads silver.sales as a whole"])
    [rows] = traced(shop, "sales", "1").tables
    assert rows.count == 0
    (shop.root / "models/totals.sql").write_text("SELECT id, name, 1 AS one FROM silver.sales")
    [rows] = traced(shop, "sales", "2").tables
    assert any("models/totals.sql has changed since this release" in remark for remark in rows.remarks)


def test_gold_rows_with_an_empty_key_are_found(tmp_path: Path) -> None:
    model = "SELECT amount, count(*) AS n FROM silver.sales GROUP BY amount"
    shop = Shop.open(tmp_path, **{"models/totals.sql": model})
    shop.reads(csv(HEADER, "1,a,", "2,b,", "3,c,5"))
    [rows] = traced(shop, "sales", "2").tables
    assert rows.first == [(None, "2")]
    assert [row.line for row in traced(shop, "totals", "amount=").rows] == [2, 3]


def test_gold_is_asked_by_any_column(tmp_path: Path) -> None:
    model = "SELECT name, amount, id, id % 2 = 0 AS even FROM silver.sales"
    shop = Shop.open(tmp_path, **{"models/totals.sql": model})
    shop.reads(csv(HEADER, "1,a=b,5", "2,b,", "3,c,8.5"))
    for key, line in (("a=b", 2), ("amount=8.5", 4), ("amount=", 3), ("even=true", 3), ("name=c,amount=8.50", 4)):
        assert [row.line for row in traced(shop, "gold.totals", key).rows] == [line], key
    with pytest.raises(UsageError, match=r"`x` is no value of gold.totals.amount, which is of type DECIMAL"):
        traced(shop, "totals", "amount=x")
    with pytest.raises(UsageError, match="has no row with name = nobody"):
        traced(shop, "totals", "nobody")
    with pytest.raises(UsageError, match="has no column `amout`") as caught:
        traced(shop, "totals", "id=1,amout=3")
    assert "did you mean `amount`?" in caught.value.hint
    with pytest.raises(UsageError, match="has no table `total`"):
        traced(shop, "total", "1")


def test_before_the_first_release(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no release yet"):
        traced(Shop.open(tmp_path), "sales", "1")
