"""New files begin a run: once they have arrived, once each, one run at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dataspark.errors import DriftError
from dataspark.orchestration.arrivals import Arrivals, watch
from dataspark.orchestration.request import Request
from orchestration.conftest import SHOP
from workbench import Bench, csv


@pytest.fixture
def bench(anywhere: str, tmp_path: Path) -> Bench:
    """A project over folders or buckets, with nothing in its sources yet."""
    made = Bench.of_files(tmp_path / "shop", {name: text for name, text in SHOP.items() if "data/" not in name})
    made.put("lisezmoi.md", "no table")
    return made


def names(arrivals: Arrivals) -> list[str]:
    return [file.name for file in arrivals.look()]


def test_a_file_counts_once_it_has_stopped_growing(bench: Bench) -> None:
    arrivals = Arrivals(Request(str(bench.root)))
    assert names(arrivals) == []
    bench.put("ventes.csv", csv("id,pays", "1,France"))
    assert names(arrivals) == [], "it may still be growing"
    bench.put("ventes.csv", csv("id,pays", "1,France", "2,Italie"))
    assert names(arrivals) == [], "it was"
    assert names(arrivals) == ["ventes.csv"]
    bench.put("ventes_2.csv", csv("id,pays", "3,Espagne"))
    assert names(arrivals) == [], "the run would meet the second one half-way"
    assert names(arrivals) == ["ventes.csv", "ventes_2.csv"]
    bench.run()
    assert names(arrivals) == []
    assert names(arrivals) == []


def test_what_stopped_a_run_stops_it_once_until_something_changes(bench: Bench) -> None:
    arrivals = Arrivals(Request(str(bench.root)))
    bench.put("ventes.csv", csv("id,land", "1,France"))
    assert (names(arrivals), names(arrivals)) == ([], ["ventes.csv"])
    with pytest.raises(DriftError, match="land"):
        bench.run()
    arrivals.tried()
    assert (names(arrivals), names(arrivals)) == ([], [])
    contract = bench.root / "contracts" / "ventes.odcs.yaml"
    contract.write_text(contract.read_text().replace("name: pays", "name: land"))
    for model in ("par_pays", "total"):
        (bench.root / "models" / f"{model}.sql").unlink()
    assert names(arrivals) == ["ventes.csv"], "the contract takes it now"
    bench.run()
    assert names(arrivals) == []


def test_watching_runs_again_where_another_run_was_in_the_way(bench: Bench) -> None:
    over, starts, told = threading.Event(), [], list[str]()
    bench.put("ventes.csv", csv("id,pays", "1,France"))

    def start() -> bool:
        starts.append(len(starts))
        if len(starts) < 3:
            return False
        bench.run()
        threading.Timer(0.5, over.set).start()
        return True

    watch(Request(str(bench.root)), start, 0.05, told.append, over)
    assert starts == [0, 1, 2]
    assert bench.gold("total") == [("1",)]
    assert told[0].endswith("ventes.csv arrived: a run begins")


def test_trouble_is_told_once_and_looked_at_again(tmp_path: Path) -> None:
    bench = Bench.of_files(tmp_path / "shop", dict(SHOP))
    elsewhere = bench.root / "elsewhere"
    (bench.root / "data" / "sources").rename(elsewhere)
    over, told, done = threading.Event(), list[str](), list[bool]()

    def start() -> bool:
        done.append(True)
        over.set()
        return True

    threading.Timer(0.5, elsewhere.rename, [bench.sources]).start()
    watch(Request(str(bench.root)), start, 0.05, told.append, over)
    assert done == [True]
    assert ["there is no folder" in line for line in told] == [True, False]
