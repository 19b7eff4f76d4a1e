"""What `dataspark quality` says about the runs before: counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.calling import dataspark
from dataspark.answers.trends import changes
from dataspark.pipeline.profiles import ColumnProfile
from dataspark.rendering.text import spark
from test_history import CONTRACT, HEADER, MODEL
from workbench import Bench, csv

BATCHES = (
    ["1,2025-01-01,10,1,Lyon,Ann,true", "x,2025-01-01,10,1,Lyon,Ann,true"],
    ["2,2025-01-01,10,1,Nice,Ann,true", "3,2026-05-05,10,1,Nice,Ann,true", "y,,-1,1,,,", "4,2025-01-01,99,1,Nice,Bob,"],
    ["5,2025-01-01,500,1,Paris,Ann,true"],
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench.of_files(tmp_path, {"contracts/sales.odcs.yaml": CONTRACT, "models/totals.sql": MODEL})
    for number, rows in enumerate(BATCHES):
        made.put(f"sales_{number}.csv", csv(HEADER, *rows))
        made.run()
    made.run(as_of="2026-06-01")  # lets a row in; no file comes with it, so that it is no batch
    return made


def test_the_trend_has_what_came_with_each_run(bench: Bench) -> None:
    (table,) = dataspark("quality", "sales", "--json", project=bench.root).json
    assert (table["read"], table["accepted"], table["quarantined"]) == (7, 5, 2)
    trend = table["trend"]
    assert [(b["files"], b["read"], b["accepted"], b["quarantined"]) for b in trend] == [
        (1, 2, 1, 1),
        (1, 4, 2, 2),
        (1, 1, 1, 0),
    ]
    assert trend[1]["reasons"] == {"row.known": 1, "id.type": 1, "amount.minimum": 1}
    assert [b["warnings"] for b in trend] == [{}, {"row.cheap": 1}, {"row.cheap": 1}]
    assert [b["run"] for b in trend] == sorted(b["run"] for b in trend)


def test_the_trend_as_a_picture(bench: Bench) -> None:
    shown = [line.split() for line in dataspark("quality", project=bench.root).out.splitlines()]
    assert ["read", "▅█▃", "2", "→", "1"] in shown
    assert ["quarantined", "██▁", "50.0", "%", "→", "0.0", "%"] in shown
    assert ["id.type", "█▅▁", "50.0", "%", "→", "0.0", "%"] in shown


def test_one_run_has_no_trend(tmp_path: Path) -> None:
    made = Bench.of_files(tmp_path, {"contracts/sales.odcs.yaml": CONTRACT})
    assert "never refined" in dataspark("quality", project=made.root).out
    made.put("sales.csv", csv(HEADER, *BATCHES[0]))
    made.run()
    assert "trend" not in dataspark("quality", project=made.root).out


def test_new_values_of_a_column_are_told(bench: Bench) -> None:
    bench.put("sales_9.csv", csv(HEADER, "9,2025-01-01,20,1,Brest,Cy,true"))
    bench.run(as_of="2026-06-01")
    (table,) = dataspark("quality", "--json", project=bench.root).json
    assert table["changes"] == ["`shop`: new: Brest"]
    assert "    `shop`: new: Brest" in dataspark("quality", project=bench.root).out.splitlines()


def column(**values: object) -> ColumnProfile:
    plain = {"column": "c", "type": "DOUBLE", "rows": 100, "nulls": 0, "distinct": 50, "exact": True}
    return ColumnProfile(**{**plain, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"nulls": 1}, {"nulls": 5}, []),
        ({"nulls": 1}, {"nulls": 12}, ["`c`: empty 1.0 % → 12.0 %"]),
        ({"mean": 100.0}, {"mean": 120.0}, []),
        ({"mean": 100.0}, {"mean": 1250.5}, ["`c`: mean 100 → 1,250.5"]),
        ({"mean": 0.0}, {"mean": 0.0}, []),
        ({"mean": 50.0}, {"mean": 500.0, "distinct": 100}, []),  # a key: it counts up
        ({"type": "BIGINT"}, {"type": "VARCHAR"}, ["`c`: type BIGINT → VARCHAR"]),
        ({"rows": 100}, {"rows": 79}, ["rows 100 → 79"]),
        ({"column": "a"}, {"column": "b"}, ["`b` is new", "`a` is gone"]),
        (
            {"type": "VARCHAR", "distinct": 2, "bins": ("a", "b")},
            {"type": "VARCHAR", "distinct": 5, "bins": ("b", "c", "d", "e", "f")},
            ["`c`: new: c, d, e and 1 more", "`c`: gone: a"],
        ),
    ],
)
def test_what_is_worth_telling(before: dict[str, object], after: dict[str, object], told: list[str]) -> None:
    assert list(changes([column(**before)], [column(**after)])) == told


def test_spark() -> None:
    assert spark([]) == ""
    assert spark([0, 0]) == "▁▁"
    assert spark([0, 1, 2, 7]) == "▁▂▃█"
