"""Incremental = from scratch: whatever the batches, dates and late parents, a full refresh finds nothing to change."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import Bench, csv

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: lab
name: lab
version: 1.0.0
status: active
schema:
  - name: parents
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: code, logicalType: string, unique: true}
  - name: children
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
      - name: parent
        logicalType: integer
        relationships:
          - to: parents.id
            type: foreignKey
            customProperties: [{property: onViolation, value: HOLD}]
      - name: amount
        logicalType: number
        physicalType: decimal(10,2)
        logicalTypeOptions: {minimum: 0}
        quality:
          - {type: custom, engine: dataspark, name: large, implementation: amount < 5, severity: warning}
      - {name: day, logicalType: date}
    quality:
      - {type: custom, engine: dataspark, name: not_future, implementation: day <= as_of}
      - {type: custom, engine: dataspark, name: not_ancient, implementation: "day >= as_of - INTERVAL 20 DAY"}
  - name: visits
    properties:
      - {name: child, logicalType: integer, required: true}
      - {name: note, logicalType: string}
"""
MODELS = {
    "models/by_parent.sql": "SELECT parent, count(*) AS n, sum(amount) AS total FROM silver.children GROUP BY parent",
    "models/notes.sql": "SELECT note, count(*) AS n FROM silver.visits GROUP BY note",
}
small = st.sampled_from(["1", "2", "3", "4", "", "x"])
days = st.integers(1, 28).map(lambda day: f"2025-06-{day:02d}")
parents = st.tuples(small, st.sampled_from(["a", "b", "c", ""])).map(",".join)
amounts = st.sampled_from(["1", "2.50", "7", "-1", "", "?"])
children = st.tuples(small, small, amounts, days | st.just("soon")).map(",".join)
visits = st.tuples(small, st.sampled_from(["hello", " hello ", "bye", ""])).map(",".join)
batch = st.fixed_dictionaries(
    {
        "parents": st.lists(parents, max_size=4),
        "children": st.lists(children, max_size=6),
        "visits": st.lists(visits, max_size=4),
        "as_of": days,
    }
)
Rows = dict[str, list[str]]
HEADERS = {"parents": "id,code", "children": "id,parent,amount,day", "visits": "child,note"}


def lab(root: Path, on_violation: str) -> Bench:
    return Bench.of_files(root, {"contracts/lab.odcs.yaml": CONTRACT.replace("HOLD", on_violation), **MODELS})


def arrive(bench: Bench, number: int, rows: dict[str, list[str]]) -> None:
    for table, header in HEADERS.items():
        if rows[table]:
            bench.put(f"{table}_{number:03d}.csv", csv(header, *rows[table]))


@settings(max_examples=25)
@given(batches=st.lists(batch, min_size=1, max_size=4), on_violation=st.sampled_from(["hold", "keep"]))
def test_any_sequence_of_batches_ends_like_a_full_refresh(batches: list[Rows], on_violation: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = lab(Path(folder), on_violation)
        for number, rows in enumerate(batches):
            arrive(bench, number, rows)
            bench.run(as_of=str(rows["as_of"]))
        incremental = bench.everything()
        bench.run(as_of=str(batches[-1]["as_of"]), full_refresh=True)
        assert incremental == bench.everything()


@settings(max_examples=6)
@given(batches=st.lists(batch, min_size=2, max_size=4))
def test_running_again_makes_no_new_version(batches: list[dict[str, list[str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = lab(Path(folder), "hold")
        for number, rows in enumerate(batches):
            arrive(bench, number, rows)
            bench.run(as_of="2025-06-15")
        before, release = bench.versions(), json.dumps(bench.workspace.lake.release())
        report = bench.run(as_of="2025-06-15")
        assert bench.versions() == before
        assert json.dumps(bench.workspace.lake.release()) == release
        assert not report.published


def test_the_same_content_under_another_name_is_skipped(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    bench.put("visits_1.csv", csv(HEADERS["visits"], "1,hello"))
    bench.run(as_of="2025-06-15")
    before = bench.versions()
    bench.put("visits_2.csv", csv(HEADERS["visits"], "1,hello"))
    report = bench.run(as_of="2025-06-15")
    assert bench.versions() == before
    assert [table.new_files for table in report.tables if table.name == "visits"] == [0]


def test_one_file_or_many_give_the_same_tables(tmp_path: Path) -> None:
    rows = ["1,1,1,2025-06-01", "2,9,7,2025-06-02", "1,2,3,2025-06-03", "1,2,3,2025-06-03", "3,,-1,soon"]
    whole, parts = lab(tmp_path / "whole", "keep"), lab(tmp_path / "parts", "keep")
    whole.put("children.csv", csv(HEADERS["children"], *rows))
    whole.run(as_of="2025-06-15")
    for number, row in enumerate(rows):
        parts.put(f"children_{number}.csv", csv(HEADERS["children"], row))
        parts.run(as_of="2025-06-15")
    data = "id, parent, amount, day"
    assert whole.silver("children", data) == parts.silver("children", data)
    assert whole.quarantine("children", "_reasons, id") == parts.quarantine("children", "_reasons, id")
    assert whole.gold("by_parent") == parts.gold("by_parent")


def test_the_verdicts_of_one_key_in_order(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    rows = ["1,1,1,2025-06-01", "1,1,2,2025-06-01", "1,1,2,2025-06-01", "1,1,1,2025-06-01", "2,1,1,2025-06-01"]
    bench.put("children.csv", csv(HEADERS["children"], *rows))
    bench.run(as_of="2025-06-15")
    ledger = bench.ledgers("children")[1]
    assert (ledger.read, ledger.accepted, ledger.duplicates, ledger.superseded) == (5, 2, 1, 2)
    assert bench.silver("children", "id, amount, _line") == [("1", "1.00", "5"), ("2", "1.00", "6")]
