"""A step that the storage fails at any moment, and that is tried again, ends as if nothing had happened."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from dataspark.carrying import Carrier, Done, Stop
from dataspark.engines.branches import Branches
from dataspark.engines.duckdb import engine
from dataspark.errors import Again, DataSparkError, StorageError
from dataspark.lake import delta, rawfiles, storage
from dataspark.pipeline.steps import Step
from orchestration.conftest import SHOP
from workbench import Bench, csv


class Failing:
    """Storage that fails once: before or after the `moment`-th thing that is done with it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        for owner, name in (
            *((storage.Folder, "write"), (delta.DeltaTables, "_commit"), (delta.DeltaTables, "_create")),
            *((engine, "write_parquet"), (rawfiles, "copy_hashed")),
        ):
            monkeypatch.setattr(owner, name, self._around(getattr(owner, name)))

    def tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise StorageError("the disk was away for a moment")

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def traced(*args: Any, **options: Any) -> Any:
            self.tick()
            result = function(*args, **options)
            self.tick()
            return result

        return traced


def tried_again(step: Step, body: Callable[[], None], done: Done) -> None:
    """Does as an orchestrator does: a second try where that may help."""

    def carry_out() -> None:
        for left in (1, 0):
            try:
                body()
            except DataSparkError as error:
                if left and error.again is Again.STEP:
                    continue
                done(error)
                return
            break
        done(None)

    threading.Thread(target=carry_out, daemon=True).start()


def carrier(branches: Branches) -> Carrier:
    return Carrier(branches, tried_again, Stop(), parallel=1, step_timeout=0)


STRIDE = int(os.environ.get("TEST_STRIDE", "4"))
"""Every moment takes a quarter of a minute; each fourth one finds what is wrong with a kind of step."""


def benches(root: Path) -> Iterator[Bench]:
    first = Bench.of_files(root / "first", {**SHOP, "dataspark.toml": '[project]\nname = "shop"\n'})
    first.run()
    first.put("ventes_2.csv", csv("id,pays", "3,Espagne", "2,Italie", "1,Suisse", "5,"))
    for number in count():
        yield Bench(Path(shutil.copytree(first.root, root / str(number))))


def test_at_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = benches(tmp_path)
    untroubled = next(made)
    report = untroubled.run()
    wanted, ledgers = untroubled.everything(), [table.ledger for table in report.tables]
    failing = Failing(monkeypatch)
    for moment, bench in zip(count(1, STRIDE), made, strict=False):
        failing.left = moment
        try:
            report = bench.run(carrying=carrier)
        except StorageError:  # of the run's own record: no step writes it
            report = bench.run()
        if failing.left > 0:
            break
        assert bench.everything() == wanted, f"moment {moment}"
        assert [table.ledger for table in report.tables] == ledgers, f"moment {moment}"
        before = bench.versions()
        assert not bench.run().published
        assert bench.versions() == before
    assert moment > 30, "there are as many moments as that"
