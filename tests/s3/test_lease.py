"""The lake's lock in S3: one holder at a time, freed by itself, and no way back for a holder that lost it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.calling import dataspark
from conftest import place_in_s3
from dataspark.errors import LakeBusy, LeaseLost, ReleaseConflict, StorageError
from dataspark.lake import lease, releases
from dataspark.lake.areas import buckets
from dataspark.lake.files import FileLake
from dataspark.lake.objects import Bucket
from dataspark.pipeline.publish import next_id, release
from dataspark.tables import Layer, TableRef
from test_incremental import HEADERS, lab
from workbench import Bench, csv

STATE = TableRef(Layer.SILVER, "visits")


@pytest.fixture
def bench(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    place_in_s3(s3, monkeypatch)
    made = lab(tmp_path, "keep")
    made.put("visits.csv", csv(HEADERS["visits"], "1,hello"))
    made.run(as_of="2025-06-15")
    return made


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, processes look like those of another machine: nobody can see whether they live."""
    return lambda: monkeypatch.setattr(lease, "_machine", lambda: f"another machine {time.monotonic()}")


def gold(lake: FileLake) -> Bucket:
    return buckets([lake.gold])[0]


def made(lake: FileLake) -> dict[str, object]:
    return release(next_id(lake), {"gold.notes": 0}, "run", "2025-06-15T00:00:00+00:00")


def stop_keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holders never say again that they live, as if their network were gone."""
    monkeypatch.setattr(lease.Lease, "keep", lambda self: None)


def test_one_holder_at_a_time(bench: Bench) -> None:
    with bench.workspace.lake.hold("rollback"):
        busy = dataspark("run", project=bench.root)
        assert busy.code == 3
        assert f"is held by process {os.getpid()}" in busy.err
        assert "rollback, since" in busy.err
        assert "the lake is free in" in busy.err
    assert dataspark("run", "--as-of", "2025-06-15", project=bench.root).code == 0


def test_two_at_the_same_moment(bench: Bench) -> None:
    """Of many that find the lake free, one gets it."""
    start, outcomes = threading.Barrier(8), []

    def compete() -> None:
        lake = bench.workspace.lake
        start.wait()
        try:
            with lake.hold("race"):
                outcomes.append("held")
                time.sleep(1)
        except LakeBusy:
            outcomes.append("busy")

    threads = [threading.Thread(target=compete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["busy"] * 7 + ["held"]


def test_a_holder_that_lives_keeps_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, strange: Callable[[], None]
) -> None:
    monkeypatch.setattr(lease, "LASTS", 3.0)
    with bench.workspace.lake.hold("long"):
        strange()
        time.sleep(5)
        with pytest.raises(LakeBusy, match="long, since"), bench.workspace.lake.hold("other"):
            pass
        bench.workspace.lake.runs()


def test_on_the_machine_of_a_dead_holder_nobody_waits(bench: Bench) -> None:
    lake = bench.workspace.lake
    with lake.hold("first"):
        document = json.loads(lake.gold.read("_lock") or b"")
    gold(lake).claim("_lock", json.dumps({**document, "pid": 2**22 + 1}).encode(), gold(lake).read_tagged("_lock")[1])  # type: ignore[index]
    assert bench.run(as_of="2025-06-15").release == "r000001"


def test_a_holder_of_another_machine_that_died_is_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, strange: Callable[[], None]
) -> None:
    monkeypatch.setattr(lease, "LASTS", 4.0)
    stop_keeping(monkeypatch)
    abandoned = bench.workspace.lake
    holding = abandoned.hold("doomed")
    holding.__enter__()
    strange()
    with pytest.raises(LakeBusy, match="doomed, since"), bench.workspace.lake.hold("too early"):
        pass
    time.sleep(5.5)
    assert bench.run(as_of="2025-06-15").release == "r000001"
    with pytest.raises(LeaseLost, match="for 3 s this process could not say that it lives"):
        abandoned.publish(made(abandoned))
    holding.__exit__(None, None, None)


class Overtaken:
    """A holder that lost the lake to another one without noticing."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bench, self.old, self.new = bench, bench.workspace.lake, bench.workspace.lake
        monkeypatch.setattr(lease, "_is_dead", lambda held: True)
        stop_keeping(monkeypatch)
        self.holding = self.old.hold("old")
        self.holding.__enter__()
        self.old.state(STATE)
        self.taken = self.new.hold("new")
        self.taken.__enter__()

    def end(self) -> None:
        self.taken.__exit__(None, None, None)
        self.holding.__exit__(None, None, None)


def test_who_lost_the_lake_cannot_publish(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its own clock says that it holds the lake: the release was fenced."""
    both = Overtaken(bench, monkeypatch)
    with pytest.raises(ReleaseConflict, match="another process has published since"):
        both.old.publish(made(both.old))
    assert bench.workspace.lake.release_ids() == ["r000001"], "nothing of the release that failed is left"
    both.new.publish(made(both.new))
    both.end()
    found = bench.workspace.lake.release()
    assert found
    assert (found["id"], found["tables"]) == ("r000002", {"gold.notes": 0})


def test_before_the_first_release_too(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place_in_s3(s3, monkeypatch)
    both = Overtaken(lab(tmp_path, "keep"), monkeypatch)
    assert both.new.release() is None, "a fence is no release"
    with pytest.raises(ReleaseConflict):
        both.old.publish(made(both.old))
    both.new.publish(made(both.new))
    both.end()


def test_who_lost_the_lake_overwrites_no_state(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    both = Overtaken(bench, monkeypatch)
    state = both.new.state(STATE)
    both.new.save_state(STATE, {**state, "as_of": "new"})
    with pytest.raises(StorageError, match="written by somebody else meanwhile"):
        both.old.save_state(STATE, {**state, "as_of": "old"})
    assert both.new.state(STATE)["as_of"] == "new"
    both.end()


def test_of_two_states_one_counts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old holder's write came in before the new one's: the new one is told, and does not go on from it unawares."""
    both = Overtaken(bench, monkeypatch)
    state = both.new.state(STATE)
    both.old.save_state(STATE, {**state, "as_of": "old"})
    with pytest.raises(StorageError, match="written by somebody else meanwhile"):
        both.new.save_state(STATE, {**state, "as_of": "new"})
    both.end()


def test_who_could_not_say_that_it_lives_changes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "LASTS", 1.0)
    stop_keeping(monkeypatch)
    lake, tables = bench.workspace.lake, bench.workspace.tables
    with lake.hold("slow"):
        time.sleep(1)
        for change in (
            lambda: lake.publish(made(lake)),
            lambda: lake.save_state(STATE, {}),
            lambda: lake.save_run({"id": "x"}),
            lambda: lake.bronze.delete(["visits/_archive.json"]),
        ):
            with pytest.raises(LeaseLost, match="is not held any more"):
                change()
    assert tables.latest(STATE) == 0


def test_a_commit_takes_the_next_version_or_fails(bench: Bench) -> None:
    """Two processes that go on from one version: the second does not go behind the first unawares."""
    old, new = bench.workspace.tables, bench.workspace.tables
    fields, files = new.fields(STATE, 0), new.files(STATE, 0)
    opened = old._open_version(STATE, 0)
    assert new.change(STATE, 0, fields, [], files) == 1
    with pytest.raises(StorageError, match=r"committing silver\.visits to s3://\S+ failed"), old._committing(STATE):
        old._commit(STATE, opened, fields, [], files)
    assert new.latest(STATE) == 1


def test_two_publishers_in_a_folder(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    bench.put("visits.csv", csv(HEADERS["visits"], "1,hello"))
    bench.run(as_of="2025-06-15")
    lake = bench.workspace.lake
    with lake.hold("slow"):
        mine, other = made(lake), bench.workspace.lake
        other.publish(mine)
        with pytest.raises(ReleaseConflict, match="another process made release r000002 at the same time"):
            lake.publish(mine)
        with pytest.raises(ReleaseConflict, match="another process has published since") as caught:
            lake.publish(made(lake))
        assert caught.value.exit_code == 3
    assert releases.ids(lake.gold) == ["r000001", "r000002"]
