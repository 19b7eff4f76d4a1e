"""A run killed at any moment and run again ends like one that was not; readers see the old release until then.

Each case is a process of its own that ends itself with SIGKILL: nothing of it can tidy up. The moments are the two
sides of everything that leaves a trace outside the process: a file copied into bronze, a Parquet file written, a
Delta commit, a small document replaced; and the middle of a Parquet file.
"""

from __future__ import annotations

import multiprocessing
import shutil
import signal
from itertools import count
from pathlib import Path

import pytest

from dying import run_and_die
from test_incremental import HEADERS, lab
from workbench import Bench, csv

FIRST = {
    "parents": ["1,a", "2,b"],
    "children": ["1,1,1,2025-06-01", "2,9,2,2025-06-02", "3,2,3,2025-06-20", "4,1,-1,2025-06-03", "5,2,4,2025-06-04"],
    "visits": ["1,hello", "1,hello", "2,"],
}
SECOND = {
    "parents": ["9,c", "2,z"],
    "children": ["5,1,8,2025-06-05", "6,1,1,2025-06-06", "1,1,1,2025-06-01", "7,x,1,2025-06-07"],
    "visits": ["3,bye"],
}
SHARES = 4
"""The moments are dealt out to so many tests, which run side by side."""
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["dying"])


def prepared(root: Path) -> Bench:
    """A project with one finished run and a second batch waiting."""
    bench = lab(root, "hold")
    for table, rows in FIRST.items():
        bench.put(f"{table}_1.csv", csv(HEADERS[table], *rows))
    bench.run(as_of="2025-06-15")
    for table, rows in SECOND.items():
        bench.put(f"{table}_2.csv", csv(HEADERS[table], *rows))
    return bench


def released(bench: Bench) -> dict[str, object]:
    """What readers see."""
    release = bench.workspace.lake.release()
    models = bench.workspace.plan.models
    return {"release": release and release["id"], **{model.name: bench.gold(model.name) for model in models}}


def told(bench: Bench) -> dict[str, object]:
    """All that a user can see, what happened to quarantined rows included."""
    return {**bench.everything(), **{f"journal.{table}": bench.journal(table) for table in HEADERS}}


@pytest.mark.parametrize("share", range(SHARES))
def test_killed_at_any_moment_and_run_again(tmp_path: Path, share: int) -> None:
    start = prepared(tmp_path / "start")
    before = released(start)
    whole = Bench(Path(shutil.copytree(start.root, tmp_path / "whole")))
    whole.run(as_of="2025-06-21")
    wanted, after = told(whole), released(whole)
    assert after != before, "the second batch must change what readers see"
    kills = 0
    for moment in count(1 + share, SHARES):
        bench = Bench(Path(shutil.copytree(start.root, tmp_path / f"killed_{moment}")))
        process = CONTEXT.Process(target=run_and_die, args=(bench.root, moment))
        process.start()
        process.join(120)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        kills += 1
        assert released(bench) in (before, after), f"readers see a mixture after a kill at moment {moment}"
        bench.run(as_of="2025-06-21")
        assert told(bench) == wanted, f"killed at moment {moment}"
        shutil.rmtree(bench.root)
    assert kills * SHARES > 60, "the moments are not reached any more: have the traced functions moved?"


def test_a_first_run_that_was_killed_leaves_nothing_to_see(tmp_path: Path) -> None:
    bench = lab(tmp_path, "hold")
    for table, rows in FIRST.items():
        bench.put(f"{table}_1.csv", csv(HEADERS[table], *rows))
    process = CONTEXT.Process(target=run_and_die, args=(bench.root, 25))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    assert bench.workspace.lake.release() is None
    with pytest.raises(AssertionError, match="nothing was released"):
        bench.gold("notes")
    bench.run(as_of="2025-06-15")
    assert sorted(bench.gold("notes"), key=str) == [("hello", "1"), (None, "1")]
