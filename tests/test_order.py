"""Rows keep the order of their files: line numbers are right and the newest row wins, however many threads read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataspark.errors import ModelError
from workbench import Bench, csv

ROWS = 150_000  # more than one row group, so that threads share each file
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: order
name: order
version: 1.0.0
status: active
schema:
  - name: things
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
      - name: kind
        logicalType: string
        required: true
        logicalTypeOptions: {pattern: "^k", maxLength: 9, minLength: 1}
        customProperties: [{property: enum, value: [KINDS]}]
      - {name: email, logicalType: string, logicalTypeOptions: {format: email}}
      - {name: day, logicalType: date, logicalTypeOptions: {minimum: "2020-01-01"}}
    quality:
      - {type: custom, engine: dataspark, name: sane, implementation: "CONDITION"}
"""


def bench_of(root: Path, condition: str = f"kind IN {tuple(f'k{n}' for n in range(150))}") -> Bench:
    kinds = ", ".join(f"k{number}" for number in range(150))
    text = CONTRACT.replace("KINDS", kinds).replace("CONDITION", condition)
    return Bench.of_files(root, {"contracts/order.odcs.yaml": text})


def test_lines_and_the_newest_row_with_several_large_files(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    for number in range(3):
        first = number * ROWS // 2  # each file has half of the keys of the one before it
        rows = (f"{first + row},k{row % 150},a@b.fr,2025-01-0{1 + number}" for row in range(1, ROWS + 1))
        bench.put(f"things_{number}.csv", csv("id,kind,email,day", *rows))
    bench.run()
    # In file n, line l has the key l - 1 + (n - 1) * ROWS / 2.
    found = bench.silver("things", f"DISTINCT _file, id - (_file - 1) * {ROWS // 2} - _line AS off")
    assert found == [("1", "-1"), ("2", "-1"), ("3", "-1")]
    assert bench.ledgers("things")[1].superseded == bench.ledgers("things")[2].superseded == ROWS // 2


def test_a_row_rule_that_looks_at_other_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="a row rule looks at its own row only"):
        bench_of(tmp_path, "id IN (SELECT id FROM silver.things)").run()
