"""Measured runs → figures: medians, ratios to the first job of the scenario, and whether each target is met."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from processes import Cost
from scenarios import Scenario, Target


@dataclass
class Runs:
    """What one job's runs cost, and the last that it said where it failed."""

    costs: list[Cost] = field(default_factory=list)
    failure: str = ""


@dataclass(frozen=True)
class Line:
    """One job of one scenario."""

    label: str
    seconds: float
    fastest: float
    slowest: float
    cpu: float
    peak: float
    ratio: float
    peak_ratio: float
    targets: tuple[Target, ...]

    def value(self, target: Target) -> float:
        """The figure that a target is about."""
        return {"ratio": self.ratio, "peak": self.peak_ratio, "seconds": self.seconds}[target.figure]

    def met(self, target: Target) -> bool:
        """Whether a target is met, as far as its digits are shown."""
        return round(self.value(target), 2) <= target.most


@dataclass(frozen=True)
class Block:
    """One scenario, measured."""

    name: str
    title: str
    rounds: int
    measured: str
    load: float
    """How many processes wanted a core in the minute before: above a few tenths, somebody else was at work."""
    lines: tuple[Line, ...]
    failed: tuple[tuple[str, str], ...] = ()
    """The jobs that ended without a result, and the last that they said."""


def record(scenario: Scenario, runs_of_all: list[Runs], measured: str, load: float) -> dict[str, Any]:
    """A scenario's runs as they are kept in the results file."""
    jobs = [
        {
            "label": contestant.label,
            "targets": [vars(target) for target in contestant.targets],
            "runs": [vars(cost) for cost in runs.costs],
            "failure": runs.failure,
        }
        for contestant, runs in zip(scenario.contestants, runs_of_all, strict=True)
    ]
    return {"title": scenario.title, "measured": measured, "load": round(load, 2), "jobs": jobs}


def block(name: str, kept: dict[str, Any]) -> Block:
    """The figures of a scenario from the results file."""
    jobs = [job for job in kept["jobs"] if job["runs"]]
    seconds = [[run["seconds"] for run in job["runs"]] for job in jobs]
    peaks = [median(run["peak"] for run in job["runs"]) for job in jobs]
    lines = tuple(
        Line(
            label=job["label"],
            seconds=median(times),
            fastest=min(times),
            slowest=max(times),
            cpu=median(run["cpu"] for run in job["runs"]),
            peak=peak,
            ratio=median(times) / median(seconds[0]),
            peak_ratio=peak / peaks[0],
            targets=tuple(Target(**target) for target in job["targets"]),
        )
        for job, times, peak in zip(jobs, seconds, peaks, strict=True)
    )
    failed = tuple((job["label"], job["failure"]) for job in kept["jobs"] if not job["runs"])
    return Block(name, kept["title"], len(seconds[0]), kept["measured"], kept["load"], lines, failed)


def load(path: Path) -> dict[str, Any]:
    """What was measured before; empty where nothing was."""
    kept: dict[str, Any] = {"machine": {}, "scenarios": {}}
    if path.exists():
        kept |= json.loads(path.read_text(encoding="utf-8"))
    return kept


def save(path: Path, kept: dict[str, Any]) -> None:
    """Keep what was measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def blocks(kept: dict[str, Any]) -> list[Block]:
    """Every scenario that was measured."""
    return [block(name, scenario) for name, scenario in kept["scenarios"].items()]


def machine(versions: dict[str, str]) -> dict[str, str]:
    """What all this ran on."""
    processor = next(_lines_of("/proc/cpuinfo", "model name"), platform.processor() or platform.machine())
    memory = next(_lines_of("/proc/meminfo", "MemTotal"), "0 kB")
    return {
        "processor": processor,
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{round(int(memory.split()[0]) / 1024**2)} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "Python": platform.python_version(),
        **versions,
    }


def _lines_of(path: str, key: str) -> Iterator[str]:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError:
        return
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            yield value.strip()
