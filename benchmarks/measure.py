"""The speed of whole runs: hand-written scripts and `dataspark run`, side by side.

    python benchmarks/measure.py                          everything, about a quarter of an hour
    python benchmarks/measure.py --sizes 25k,1M           small sizes only
    python benchmarks/measure.py --only first-10M again-10M
    python benchmarks/measure.py --huge --only memory-50M 50 million rows with 4 GiB
    python benchmarks/measure.py --publish                measure, then write docs/benchmarks.md and its picture
    python benchmarks/measure.py --report [--publish]     what was measured last, without measuring
    python benchmarks/measure.py --spark [--huge]         the same job on Spark, DuckDB and pandas; with little memory too

The jobs of a scenario run in turn (A B C A B C …), each as a process of its own, so that whatever else the machine does
meets all of them. Before a time is told, their results are compared with each other and with what the data is known to
hold. Every run is kept in benchmarks/out/results.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import results
import spark_scenarios
import tables
from data import folder_of
from jobs import HERE, OUT
from processes import RunError, answer
from results import Runs
from scenarios import HUGE, MILLION, SIZES, Scenario, clear_up, huge, lay_ground, scenarios

RESULTS = OUT / "results.json"
PAGE = HERE.parent / "docs" / "benchmarks.md"
_LIBRARIES = ("duckdb", "deltalake", "pandas", "pyarrow")
_VERSIONS = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"


def main() -> None:
    """Measure, print, publish."""
    given = _arguments()
    kept = results.load(RESULTS)
    failed: list[Scenario] = []
    if not given.report:
        libraries = [*_LIBRARIES, *(["pyspark"] if given.spark else [])]
        versions = json.loads(answer([sys.executable, "-c", _VERSIONS, *libraries]))
        kept["machine"] = kept["machine"] | results.machine(versions)
        failed = [scenario for scenario in _chosen(given) if not _kept(scenario, given.rounds, kept)]
    measured = _in_order(kept, given.spark)
    if given.report:
        print(tables.terminal(measured))
    if given.publish:
        (_publish_spark if given.spark else _publish)(measured, kept["machine"])
        _tell(f"wrote {PAGE} and its picture")
    sys.exit(1 if failed else 0)


def _publish(measured: list[results.Block], machine: dict[str, str]) -> None:
    from picture import draw

    draw(measured, PAGE.with_suffix(".svg"))
    shown = ["![Seconds of whole runs](benchmarks.svg)", "", "A red mark is the target."]
    begin = "<!-- measured: written by `python benchmarks/measure.py --publish` -->"
    tables.publish(PAGE, begin, tables.markdown(measured, machine, shown))


def _publish_spark(measured: list[results.Block], machine: dict[str, str]) -> None:
    from picture import draw_growth

    draw_growth(measured, PAGE.with_name("benchmarks-spark.svg"))
    shown = ["![Seconds of whole runs over rows, on each engine](benchmarks-spark.svg)", ""]
    shown += [f"Dashed: with {spark_scenarios.MEMORY} of memory."]
    begin = "<!-- measured: written by `python benchmarks/measure.py --spark --publish` -->"
    tables.publish(PAGE, begin, tables.markdown(measured, machine, shown))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(SIZES), help=f"some of {', '.join(SIZES)}")
    parser.add_argument(
        "--rounds", type=int, help="how often each job runs (default: 9, 7 from 1M, 5 from 10M, 1 at 50M)"
    )
    parser.add_argument("--only", nargs="+", metavar="SCENARIO", help="only these scenarios")
    parser.add_argument("--no-pandas", action="store_true", help="leave out the slowest")
    parser.add_argument("--huge", action="store_true", help="50 million rows in 4 GiB too (20 GB of disk)")
    parser.add_argument("--spark", action="store_true", help="the same job on Spark, DuckDB and pandas")
    parser.add_argument("--report", action="store_true", help="measure nothing, tell what was measured last")
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md and its picture")
    return parser.parse_args()


def _all(given: argparse.Namespace) -> Iterator[Scenario]:
    unknown = set(given.sizes.split(",")) - set(SIZES)
    if unknown:
        raise SystemExit(f"unknown size {', '.join(unknown)}; there are {', '.join(SIZES)}")
    sizes = {label: SIZES[label] for label in given.sizes.split(",")}
    if given.spark:
        yield from spark_scenarios.scenarios(sizes, pandas=not given.no_pandas, growth=given.huge)
        return
    yield from scenarios(sizes, pandas=not given.no_pandas)
    if given.huge:
        yield huge()


def _chosen(given: argparse.Namespace) -> list[Scenario]:
    every = list(_all(given))
    if not given.only:
        return every
    names = [scenario.name for scenario in every]
    if strange := set(given.only) - set(names):
        raise SystemExit(f"unknown scenario {', '.join(strange)}; there are {', '.join(names)}")
    return [scenario for scenario in every if scenario.name in given.only]


def _rounds(rows: int) -> int:
    return 1 if rows >= HUGE else 5 if rows > MILLION else 7 if rows == MILLION else 9


def _in_order(kept: dict[str, Any], spark: bool) -> list[results.Block]:
    of_spark = spark_scenarios.scenarios(SIZES, pandas=True, growth=True)
    order = [scenario.name for scenario in (of_spark if spark else (*scenarios(SIZES, pandas=True), huge()))]
    blocks = [block for block in results.blocks(kept) if block.name in order]
    return sorted(blocks, key=lambda block: order.index(block.name))


def _kept(scenario: Scenario, rounds: int | None, kept: dict[str, Any]) -> bool:
    """Measure a scenario and keep it. One that fails has no times, and does not keep the others from being measured."""
    kept["scenarios"].pop(scenario.name, None)
    try:
        kept["scenarios"][scenario.name] = _measure(scenario, rounds or scenario.rounds or _rounds(scenario.rows))
    except RunError as error:
        print(f"\n{scenario.title}: {error}", file=sys.stderr)
        return False
    finally:
        clear_up(scenario)
        results.save(RESULTS, kept)
    return True


def _measure(scenario: Scenario, rounds: int) -> dict[str, Any]:
    _tell(f"{scenario.title}: making data and lakes …")
    moment, load = f"{datetime.now(UTC):%Y-%m-%d}", os.getloadavg()[0]
    lay_ground(scenario)
    record = results.record(scenario, _run_in_turn(scenario, rounds), moment, load)
    print(tables.terminal([results.block(scenario.name, record)]), flush=True)
    return record


def _run_in_turn(scenario: Scenario, rounds: int) -> list[Runs]:
    """Every job once per round. Where runs are short, a first round goes uncounted: it warms disk and bytecode.

    A job that may fail and does is not asked again.
    """
    runs = [Runs() for _ in scenario.contestants]
    warm_up = 1 if scenario.rows <= MILLION else 0
    expected = _truth(scenario)
    for number in range(warm_up + rounds):
        for contestant, counted in zip(scenario.contestants, runs, strict=True):
            if counted.failure:
                continue
            _tell(f"{scenario.title}: round {max(0, number - warm_up + 1)} of {rounds}, {contestant.label} …")
            contestant.job.prepare()
            _settle(scenario)
            try:
                cost = contestant.job.run()
            except RunError as error:
                if not contestant.may_fail:
                    raise
                counted.failure = str(error).splitlines()[-1]
                continue
            if number == 0:
                expected = _agreed(contestant.label, expected, contestant.job.outcome())
            if number >= warm_up:
                counted.costs.append(cost)
    return runs


def _settle(scenario: Scenario) -> None:
    """Nothing of the last run is left to be written, and the raw files are in memory: no job pays for another's."""
    os.sync()
    for path in scenario.sources.iterdir():
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass


def _truth(scenario: Scenario) -> dict[str, str]:
    """What the sample says about itself. With batches on top of it, the jobs can only be compared with each other."""
    if scenario.batches:
        return {}
    told = json.loads((folder_of(scenario.rows, scenario.repeated) / "truth.json").read_text(encoding="utf-8"))
    purchases, gold = told["tables"]["achats"], told["gold"]
    figures = {
        "clients": told["tables"]["clients"]["accepted"],
        "accepted": purchases["accepted"],
        "rejected": purchases["quarantined"],
        "facts": gold["fact_achats"],
        **{name: gold[name] for name in ("days", "weeks", "months", "products", "countries", "dim_client")},
    }
    return {name: str(figure) for name, figure in figures.items()}


def _agreed(label: str, expected: dict[str, str], found: dict[str, str]) -> dict[str, str]:
    """What is expected of the next job. Raises RunError where results differ: such times are not compared."""
    wrong = [f"{name} is {found[name]}, not {value}" for name, value in expected.items() if found[name] != value]
    if found["revenue"] != found["revenue_by_country"]:
        wrong.append(f"revenue is {found['revenue']}, by country {found['revenue_by_country']}")
    if wrong:
        raise RunError(f"the results of {label} differ: {'; '.join(wrong)}")
    return {**expected, **found}


def _tell(text: str) -> None:
    width = shutil.get_terminal_size().columns
    if sys.stderr.isatty():
        print(f"\r{text:<{width - 1}}"[:width], end="", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
