"""`quality.counts` and `quality.profiles`: what a run adds to them, and what it does not."""

from __future__ import annotations

import json
import random
import re
import statistics
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataspark.errors import ModelError
from dataspark.lake.excerpts import spread
from dataspark.pipeline.profiles import estimated
from dataspark.pipeline.record import counts
from dataspark.reader import open_reader
from dataspark.tables import Layer, TableRef
from dataspark.upkeep import vacuum
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
      - {name: day, logicalType: date}
      - {name: amount, logicalType: number, physicalType: "decimal(10,2)", logicalTypeOptions: {minimum: 0}}
      - {name: rate, logicalType: number}
      - {name: shop, logicalType: string}
      - {name: buyer, logicalType: string, classification: personal}
      - {name: paid, logicalType: boolean}
    quality:
      - {type: custom, engine: dataspark, name: known, implementation: day <= as_of}
      - {type: custom, engine: dataspark, name: cheap, implementation: amount < 50, severity: warning}
"""
MODEL = "SELECT shop, buyer, sum(amount) AS total FROM silver.sales GROUP BY ALL"
HEADER = "id,day,amount,rate,shop,buyer,paid"
FIRST = [
    "1,2025-01-01,10,0.5,Lyon,Ann,true",
    "2,2025-01-02,60,1.5,Lyon,Bob,false",
    "3,2025-01-31,20,,Nice,Cy,true",
    "3,2025-01-31,20,,Nice,Cy,true",
    "4,2026-05-05,20,,Nice,Di,true",
    "x,2025-01-31,-1,,Nice,Ed,",
]
SECOND = ["5,2025-02-01,30,2.5,,Flo,"]
STATE = TableRef(Layer.QUALITY, "_quality")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench.of_files(tmp_path, {"contracts/sales.odcs.yaml": CONTRACT, "models/totals.sql": MODEL})
    made.put("sales_1.csv", csv(HEADER, *FIRST))
    return made


def recorded(bench: Bench, run: str) -> dict[tuple[str, str], int]:
    """What one run recorded about the first file: (kind, code) → rows."""
    rows = bench.quality("counts", "kind, code, rows, run, file")
    return {(kind, code): int(n) for kind, code, n, by, file in rows if (by, file) == (run, "sales_1.csv")}


def test_a_run_records_the_ledger_of_each_file(bench: Bench) -> None:
    run = bench.run().id
    assert recorded(bench, run) == {
        ("outcome", "read"): 6,
        ("outcome", "accepted"): 3,
        ("outcome", "quarantined"): 2,
        ("outcome", "duplicates"): 1,
        ("outcome", "superseded"): 0,
        ("reason", "row.known"): 1,
        ("reason", "id.type"): 1,
        ("reason", "amount.minimum"): 1,
        ("warning", "row.cheap"): 1,
    }
    (sha256,) = {row[0] for row in bench.quality("counts", "sha256")}
    assert sha256 == bench.workspace.lake.archive("sales").files[0].sha256
    assert set(bench.quality("counts", "table_name, as_of")) == {("sales", "2025-12-31 00:00:00+00")}


def test_only_files_whose_ledger_changed_are_recorded_again(bench: Bench) -> None:
    bench.run()
    bench.put("sales_2.csv", csv(HEADER, *SECOND))
    second = bench.run().id
    assert {row for row in bench.quality("counts", "run, file") if row[0] == second} == {(second, "sales_2.csv")}
    third = bench.run(as_of="2026-06-01").id  # the row of 2026-05-05 is let in: the first file has another ledger
    assert {row for row in bench.quality("counts", "run, file") if row[0] == third} == {(third, "sales_1.csv")}
    changed = recorded(bench, third)
    assert (changed["outcome", "accepted"], changed["outcome", "quarantined"]) == (4, 1)
    assert ("reason", "row.known") not in changed


ROW = st.builds(
    "{},2025-0{}-01,{},1,,,".format, st.integers(1, 6), st.integers(1, 9), st.sampled_from(["5", "60", "-1", "x"])
)


@settings(max_examples=8)
@given(batches=st.lists(st.tuples(st.lists(ROW, max_size=6), st.integers(1, 9)), min_size=1, max_size=4))
def test_the_newest_record_of_every_file_is_its_ledger(batches: list[tuple[list[str], int]]) -> None:
    with TemporaryDirectory() as folder:
        bench = Bench.of_files(Path(folder), {"contracts/sales.odcs.yaml": CONTRACT})
        for number, (rows, month) in enumerate(batches):
            bench.put(f"sales_{number}.csv", csv(HEADER, *rows, f"{100 + number},,,,,,"))
            bench.run(as_of=f"2025-0{month}-15")
        found: dict[str, dict[tuple[str, str], tuple[str, int]]] = {}
        for run, file, kind, code, rows_ in bench.quality("counts", "run, file, kind, code, rows"):
            found.setdefault(f"{file} {run}", {})[kind, code] = (run, int(rows_))
        newest = {key.split()[0]: counted for key, counted in sorted(found.items())}
        for raw in bench.workspace.lake.archive("sales").files:
            ledger = {(kind, code): rows_ for kind, code, rows_ in counts(bench.ledgers("sales")[raw.number])}
            assert {key: rows_ for key, (_run, rows_) in newest[raw.name].items()} == ledger


def test_a_run_with_nothing_new_writes_nothing(bench: Bench) -> None:
    bench.run()
    before, state = bench.versions(), bench.workspace.lake.state(STATE)
    assert {"quality.counts", "quality.profiles"} <= set(before)
    assert not bench.run().published
    bench.run(full_refresh=True)  # silver is written anew and has the same ledger: only its profile is new
    assert bench.versions()["quality.counts"] == before["quality.counts"]
    assert bench.workspace.lake.state(STATE)["ledgers"] == state["ledgers"]


def test_killed_between_append_and_state_records_once(bench: Bench) -> None:
    bench.run()
    after_first = bench.workspace.lake.state(STATE)
    bench.put("sales_2.csv", csv(HEADER, *SECOND))
    bench.run()
    wanted = {t: bench.quality(t, "* EXCLUDE (run, started)") for t in ("counts", "profiles")}
    for state in (after_first, {}):  # the state that a kill right after the append leaves
        bench.workspace.lake.save_state(STATE, state)
        bench.run()
        assert {t: bench.quality(t, "* EXCLUDE (run, started)") for t in ("counts", "profiles")} != {}
        if state:
            assert {t: bench.quality(t, "* EXCLUDE (run, started)") for t in ("counts", "profiles")} == wanted
    assert len(bench.quality("counts")) == len(
        wanted["counts"]
    )  # an empty state begins a history, it does not double one


def test_many_appends_become_one_file(bench: Bench) -> None:
    bench.run()
    before = bench.quality("counts")
    state = bench.workspace.lake.state(STATE)
    state["counts"]["appends"] = 50
    bench.workspace.lake.save_state(STATE, state)
    bench.put("sales_2.csv", csv(HEADER, *SECOND))
    bench.run()
    state = bench.workspace.lake.state(STATE)
    assert state["counts"]["appends"] == 0
    assert len(bench.workspace.tables.files(TableRef(Layer.QUALITY, "counts"), state["counts"]["version"])) == 1
    assert set(before) < set(bench.quality("counts"))


def test_readers_ask_the_history_of_their_release_and_vacuum_keeps_it(bench: Bench) -> None:
    bench.run()
    bench.put("sales_2.csv", csv(HEADER, *SECOND))
    bench.run()
    vacuum(bench.workspace, keep=1)
    query = "SELECT count(DISTINCT file) FROM quality.counts"
    with open_reader(bench.root) as lake:
        assert lake.sql(query).rows() == [(2,)]
        assert "quality.profiles" in lake.tables()
    bench.put("sales_3.csv", csv(HEADER, "7,2025-02-02,1,1,Nice,Gus,true"))
    bench.run()
    with open_reader(bench.root, "r000002") as lake:
        assert lake.sql(query).rows() == [(2,)]


def test_the_query_of_the_page_tells_todays_reasons(bench: Bench) -> None:
    page = (Path(__file__).parents[1] / "docs" / "quality.md").read_text("utf-8")
    (query,) = re.findall(r"^```sql\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    bench.run()
    bench.run(as_of="2026-06-01")
    with open_reader(bench.root) as lake:
        found = {code: rows for _table, code, rows in lake.sql(query).rows()}
    assert found == {"id.type": 1, "amount.minimum": 1}


def test_the_page_names_every_column(bench: Bench) -> None:
    page = (Path(__file__).parents[1] / "docs" / "quality.md").read_text("utf-8")
    bench.run()
    with open_reader(bench.root) as lake:
        columns = [*lake.table("quality.counts").columns, *lake.table("quality.profiles").columns]
    assert [column for column in columns if f"`{column}`" not in page] == []


def profile(bench: Bench, table: str) -> dict[str, dict[str, str | None]]:
    names = "column_name, type, rows, nulls, distinct_values, exact, minimum, maximum, mean, bins, bin_rows"
    rows = bench.quality("profiles", f"table_name, {names}")
    return {row[1]: dict(zip(names.split(", "), row[1:], strict=True)) for row in rows if row[0] == table}


def test_a_profile_is_what_the_values_say(bench: Bench) -> None:
    bench.run()
    found = profile(bench, "silver.sales")
    assert list(found) == ["amount", "buyer", "day", "id", "paid", "rate", "shop"]
    amount = found["amount"]
    assert {amount[key] for key in ("rows", "distinct_values")} == {"3"}
    assert (amount["nulls"], amount["minimum"], amount["maximum"]) == ("0", "10.00", "60.00")
    assert float(amount["mean"] or 0) == pytest.approx(statistics.mean([10, 60, 20]))
    edges = [Decimal(10) + Decimal(50) / 12 * n for n in range(12)]
    wanted = [sum(edge <= v < edge + Decimal(50) / 12 for v in (10, 20)) for edge in edges]
    wanted[-1] += 1  # the largest value belongs to the last bin
    assert json.loads(str(amount["bin_rows"])) == wanted
    assert found["shop"]["bins"] == "[Lyon, Nice]"
    assert found["shop"]["bin_rows"] == "[2, 1]"
    assert found["paid"]["bins"] == "[true, false]"
    assert (found["rate"]["nulls"], found["rate"]["distinct_values"]) == ("1", "2")
    assert sum(json.loads(str(found["rate"]["bin_rows"]))) == 2
    day = found["day"]
    assert (day["minimum"], day["maximum"]) == ("2025-01-01", "2025-01-31")
    assert str(day["bins"]).startswith("[2025-01-01, 2025-01-04, 2025-01-07")
    assert json.loads(str(day["bin_rows"])) == [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_values_of_classified_columns_are_not_kept(bench: Bench) -> None:
    bench.run()
    for table in ("silver.sales", "gold.totals"):
        buyer = profile(bench, table)["buyer"]
        assert (buyer["rows"], buyer["nulls"], buyer["distinct_values"]) == ("3", "0", "3")
        assert [buyer[key] for key in ("minimum", "maximum", "mean", "bins", "bin_rows")] == [
            None,
            None,
            None,
            "[]",
            "[]",
        ]
    assert not [row for row in bench.quality("profiles") if "Ann" in repr(row)]


def test_only_tables_with_a_new_version_are_profiled(bench: Bench) -> None:
    first = bench.run().id
    assert set(bench.quality("profiles", "run, table_name")) == {
        (first, "silver.sales"),
        (first, "gold.totals"),
    }
    bench.put("sales_2.csv", csv(HEADER, "x,,,,,,"))  # a quarantined row: silver stays
    second = bench.run().id
    assert second in {row[0] for row in bench.quality("counts", "run")}
    assert {row[0] for row in bench.quality("profiles", "run")} == {first}


@pytest.mark.parametrize("values", [["inf", "1", "nan"], ["", "", ""], ["-1e300", "1e300", "0"]])
def test_values_without_a_place_do_not_stop_a_profile(bench: Bench, values: list[str]) -> None:
    bench.put("sales_1.csv", csv(HEADER, *(f"{n},2025-01-01,1,{value},," for n, value in enumerate(values))))
    bench.run()
    assert profile(bench, "silver.sales")["rate"]["rows"] is not None


@given(sizes=st.lists(st.integers(1, 500), min_size=1, max_size=9), places=st.integers(1, 12), rows=st.integers(1, 60))
def test_places_of_an_excerpt_are_within_files_and_spread(sizes: list[int], places: int, rows: int) -> None:
    pieces = spread(sizes, places, rows)
    assert len(pieces) == places
    assert all(0 <= start < end <= sizes[file] for file, start, end in pieces)
    assert all(end - start <= rows for _file, start, end in pieces)
    firsts = [sum(sizes[:file]) + start for file, start, _end in pieces]
    assert firsts == sorted(firsts)
    if sum(sizes) >= places * rows:  # no row is in two places
        assert all(after - before >= rows for before, after in pairwise(firsts))


@given(values=st.integers(1, 3_000), looked=st.integers(500, 2_000), more=st.integers(2, 50))
def test_estimates_of_different_values(values: int, looked: int, more: int) -> None:
    filled = looked * more
    drawn = random.Random(values).choices(range(values), k=filled)
    guess = estimated(len(set(drawn[:looked])), looked, filled)
    assert guess <= filled
    if values < looked / 2:
        assert guess == pytest.approx(values, rel=0.1, abs=3)
    assert estimated(looked, looked, filled) == filled


def test_a_large_table_is_estimated_from_an_excerpt(bench: Bench) -> None:
    whole = 210_000
    numbers = range(whole)
    shops = ("Lyon", "Nice", "Lyon", "Brest")
    lines = (f"{n},2025-01-{n * 31 // whole + 1:02d},{n % 500}.5,,{shops[n % 4]},b{n % 30000}," for n in numbers)
    bench.put("sales_1.csv", csv(HEADER, *lines))
    bench.run()
    found = profile(bench, "silver.sales")
    assert {found[column]["exact"] for column in ("amount", "shop", "buyer", "day")} == {"false"}
    amount = found["amount"]
    assert (amount["rows"], amount["nulls"]) == (str(whole), "0")
    assert (amount["minimum"], amount["maximum"]) == ("0.50", "499.50")
    assert float(str(amount["mean"])) == pytest.approx(250, rel=0.02)
    assert sum(json.loads(str(amount["bin_rows"]))) == pytest.approx(whole, abs=12)
    assert int(str(found["buyer"]["distinct_values"])) == pytest.approx(30_000, rel=0.05)
    assert found["shop"]["bins"] == "[Lyon, Brest, Nice]"
    assert json.loads(str(found["shop"]["bin_rows"])) == pytest.approx([whole / 2, whole / 4, whole / 4], rel=0.01)
    assert found["rate"]["nulls"] == str(whole)
    assert found["id"]["distinct_values"] == str(whole)


def test_profiles_can_be_left_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    (bench.root / "dataspark.toml").write_text("[quality]\nprofiles = false\n")
    bench.run()
    assert "quality.profiles" not in bench.versions()
    assert bench.quality("counts")
    monkeypatch.setenv("DATASPARK_QUALITY_PROFILES", "true")
    bench.run()
    assert "quality.profiles" in bench.versions()


def test_a_model_cannot_read_what_is_recorded_after_it(bench: Bench) -> None:
    (bench.root / "models" / "totals.sql").write_text("SELECT * FROM quality.sales")
    with pytest.raises(ModelError, match=r"there is no table `quality\.sales`") as caught:
        bench.run()
    assert caught.value.mistakes[0].line == 1
