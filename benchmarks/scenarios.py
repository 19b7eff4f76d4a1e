"""What is measured: which jobs side by side, and what the ratios between them should be."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from data import BATCH, CLIENT_BATCH, SAMPLE_ROWS, folder_of
from jobs import HERE, OUT, DataSpark, Job, Script
from processes import answer

MILLION = 1_000_000
SIZES = {"25k": SAMPLE_ROWS, "1M": MILLION, "10M": 10 * MILLION}
HUGE = 50 * MILLION
LARGE = 10 * MILLION
"""Memory and batches have targets at this size: below, it is start-up that counts."""


@dataclass(frozen=True)
class Target:
    """What a figure should be at most."""

    figure: str
    """`ratio` (seconds to those of the scenario's first job), `seconds` or `peak` (MiB to those of the first job)."""
    most: float
    aim: float | None = None


@dataclass(frozen=True)
class Contestant:
    """One job of a scenario."""

    job: Job
    label: str
    targets: tuple[Target, ...] = ()
    may_fail: bool = False
    """Whether it is known that memory may not suffice: that it ends so is what is told, then."""


@dataclass(frozen=True)
class Scenario:
    """Jobs that run in turn, on the same data. The first is what the others are compared with."""

    name: str
    title: str
    rows: int
    contestants: Sequence[Contestant]
    repeated: bool = False
    batches: Sequence[str] = field(default_factory=tuple)
    """The files that are there beside the first ones."""
    rounds: int | None = None
    """How often each job runs; None: as often as is usual for so many rows."""

    @property
    def sources(self) -> Path:
        """The folder of raw files."""
        return OUT / "sources" / self.name


def first_run(label: str, rows: int, pandas: bool, repeated: bool = False) -> Scenario:
    """Everything from nothing: the limit, pandas, DataSpark."""
    name = f"first-{label}{'-repeated' if repeated else ''}"
    sources = OUT / "sources" / name
    most = {"25k": Target("ratio", 4), "1M": Target("ratio", 1.8), "10M": Target("ratio", 1.3, 1.15)}[label]
    targets = [Target("ratio", 1.5) if repeated else most]
    if rows == LARGE and not repeated:
        targets.append(Target("peak", 1.25))
    known = DataSpark(f"{name}-known", sources, start="known")
    contestants = [
        Contestant(Script(f"{name}-limit", "limit.py", sources), "hand-written DuckDB (the limit)"),
        Contestant(DataSpark(f"{name}-dataspark", sources), "dataspark run", tuple(targets)),
        Contestant(known, "dataspark run, contracts known", tuple(targets[:1])),
        Contestant(DataSpark(f"{name}-checks", sources, checks=True), "dataspark run with all checks"),
    ]
    if repeated:
        del contestants[2:]
    if pandas:
        contestants.append(Contestant(Script(f"{name}-pandas", "pandas_job.py", sources), "pandas"))
    keys = "1 % of the keys twice" if repeated or label == "25k" else "no key twice"
    return Scenario(name, f"First run, {label} rows ({keys})", rows, contestants, repeated)


def nothing_new(label: str, rows: int) -> Scenario:
    """The same run again."""
    name = f"again-{label}"
    job = DataSpark(name, OUT / "sources" / name, checks=True, start="kept")
    contestants = [Contestant(job, "dataspark run with all checks", (Target("seconds", 0.6),))]
    return Scenario(name, f"Nothing new, {label} rows", rows, contestants)


def batch(label: str, rows: int, clients: bool) -> Scenario:
    """One percent more, a tenth of it corrections, on a lake that has the rest; compared with a run of everything."""
    name = f"batch-{label}{'-clients' if clients else ''}"
    sources = OUT / "sources" / name
    target = () if clients or rows < LARGE else (Target("ratio", 0.3, 0.1),)
    contestants = [
        Contestant(DataSpark(f"{name}-full", sources, start="known"), "dataspark run, everything at once"),
        Contestant(DataSpark(f"{name}-batch", sources, start="saved"), "dataspark run, the batch alone", target),
        Contestant(Script(f"{name}-limit", "limit.py", sources), "hand-written DuckDB, everything at once"),
    ]
    files = (BATCH, CLIENT_BATCH) if clients else (BATCH,)
    what = "1 % more purchases and clients" if clients else "1 % more purchases"
    return Scenario(name, f"{what}, {label} rows", rows, contestants, batches=files)


def huge() -> Scenario:
    """More rows than fit into the memory that is allowed."""
    name = "memory-50M"
    job = DataSpark(name, OUT / "sources" / name, options=("--memory-limit", "4GiB"))
    return Scenario(name, "50M rows with --memory-limit 4GiB", HUGE, [Contestant(job, "dataspark run")], repeated=True)


def scenarios(sizes: Mapping[str, int], pandas: bool) -> Iterator[Scenario]:
    """All of them, small ones first."""
    for label, rows in sizes.items():
        yield first_run(label, rows, pandas)
        if rows == LARGE:
            yield first_run(label, rows, pandas=False, repeated=True)
        yield nothing_new(label, rows)
        if rows >= MILLION:
            yield batch(label, rows, clients=False)
            yield batch(label, rows, clients=True)


def lay_ground(scenario: Scenario) -> None:
    """Make the data, and the lakes that runs start from."""
    answer([sys.executable, str(HERE / "data.py"), str(scenario.rows), *(["--repeated"] if scenario.repeated else [])])
    shutil.rmtree(scenario.sources, ignore_errors=True)
    scenario.sources.mkdir(parents=True)
    made = folder_of(scenario.rows, scenario.repeated)
    for file in ("clients.csv", "achats.csv"):
        os.link(made / file, scenario.sources / file)
    for contestant in scenario.contestants:
        if isinstance(contestant.job, DataSpark):
            contestant.job.create()
            if contestant.job.start in ("kept", "saved"):
                contestant.job.run()
            if contestant.job.start == "saved":
                contestant.job.save()
    for file in scenario.batches:
        os.link(made / file, scenario.sources / file)


def clear_up(scenario: Scenario) -> None:
    """Delete what the jobs wrote."""
    shutil.rmtree(scenario.sources, ignore_errors=True)
    shutil.rmtree(OUT / "runs", ignore_errors=True)
