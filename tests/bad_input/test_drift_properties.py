"""Whatever changed in a file: it stops when it could lose data, and once accepted every value is where it belongs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bad_input.shop import Shop, lines
from cli.calling import dataspark
from dataspark.errors import DriftError

PROPERTIES = """
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: client_name, logicalType: string}
      - {name: amount, logicalType: number, physicalType: "decimal(10,2)"}
      - {name: day, logicalType: date}
      - {name: paid, logicalType: boolean}
"""
NAMES = ["id", "client_name", "amount", "day", "paid"]
ROWS = [["1", "Ada", "1.50", "2025-01-13", "true"], ["2", "Bob", "2.50", "2025-01-14", "false"]]
NEW = [[str(n), f"name {n}", f"{n}.25", f"2025-03-{n + 10}", "true"] for n in range(3, 9)]
RENAMED = {"client_name": "Name of client", "amount": "Amount €", "day": "Days", "paid": "is_paid"}


@settings(max_examples=12)
@given(
    renamed=st.sets(st.sampled_from(sorted(RENAMED)), max_size=2),
    removed=st.sets(st.sampled_from(NAMES[1:]), max_size=2),
    french=st.booleans(),
    added=st.booleans(),
    order=st.permutations(range(len(NAMES))),
)
def test_what_is_accepted_is_read_right(
    renamed: set[str], removed: set[str], french: bool, added: bool, order: list[int]
) -> None:
    renamed -= removed
    kept = [NAMES[n] for n in order if NAMES[n] not in removed]
    rows = [dict(zip(NAMES, row, strict=True)) for row in NEW]
    if french:
        rows = [{**row, "day": "/".join(reversed(row["day"].split("-")))} for row in rows]
    header = ",".join([RENAMED[name] if name in renamed else name for name in kept] + ["zone"] * added)
    body = [",".join([row[name] for name in kept] + ["north"] * added) for row in rows]
    stops = bool(renamed or removed or (french and "day" in kept))
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop.open(Path(folder), properties=PROPERTIES)
        shop.reads(lines(*map(",".join, ROWS), header=",".join(NAMES)), "sales_1.csv")
        shop.put("sales_2.csv", lines(*body, header=header))
        if stops:
            with pytest.raises(DriftError) as caught:
                shop.run()
            kinds = [(one["kind"], one["columns"]) for one in caught.value.drifts if one["stops"]]
            expected = [("renamed", [name]) for name in renamed] + [("removed", [name]) for name in removed]
            expected += [("retyped", ["day"])] if french and "day" in kept else []
            assert sorted(kinds) == sorted(expected)
        answer = dataspark("drift", "--accept", project=shop.root)
        assert answer.code == 0, answer
        shop.passes()
        assert shop.counts(2) == (len(NEW), len(NEW), 0, 0, 0)
        found = shop.silver("sales", ", ".join([*NAMES, *(["zone"] if added else [])]))
    wanted = [
        [*(None if name in removed else v for name, v in zip(NAMES, row, strict=True)), *["north"] * added]
        for row in NEW
    ]
    assert [list(row) for row in found[2:]] == wanted
