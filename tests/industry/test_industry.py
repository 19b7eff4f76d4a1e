"""Eight tables, eighteen questions of the kind that industry benchmarks ask, on every engine, against plain Python."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import dataspark
from dataspark.wiring import open_workspace, run_project
from industry.data import World, world
from industry.expected import EXPECTED
from workbench import Bench

PROJECT = Path(__file__).parent / "project"
ENGINES = ("duckdb",)
"""The engines that every test here runs on."""


@pytest.fixture(scope="session")
def made() -> World:
    return world()


def put(made: World, root: Path) -> Bench:
    shutil.copytree(PROJECT, root)
    bench = Bench(root)
    for name, text in made.files().items():
        bench.put(name, text)
    return bench


@pytest.fixture(scope="session", params=ENGINES)
def lake(request: pytest.FixtureRequest, made: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after a run. Only for questions."""
    bench = put(made, tmp_path_factory.mktemp(request.param) / "industrie")
    report = run_project(open_workspace(bench.root, engine=request.param), as_of="2025-12-31")
    assert report.ok
    return bench.root


def plain(value: Any) -> Any:
    """Whole numbers of every type are the same; exact and floating ones stay apart."""
    return Decimal(value) if isinstance(value, int) else value


def order(row: Iterable[Any]) -> list[tuple[bool, str]]:
    return [(value is None, f"{value:.6g}" if isinstance(value, float) else str(value)) for value in row]


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return bool(one == other and type(one) is type(other))


def alike(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return len(one) == len(other) and all(map(same, one, other))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_model(name: str, lake: Path, made: World) -> None:
    expected = sorted((tuple(map(plain, row)) for row in EXPECTED[name](made)), key=order)
    with dataspark.open(lake) as reader:
        found = sorted((tuple(map(plain, row)) for row in reader.table(name).rows()), key=order)
    assert expected, "a question without an answer tests nothing"
    assert len(found) == len(expected)
    unlike = [pair for pair in zip(found, expected, strict=True) if not alike(*pair)]
    assert unlike[:3] == []


def test_there_is_an_expectation_for_each_model() -> None:
    assert sorted(EXPECTED) == sorted(path.stem for path in (PROJECT / "models").glob("*.sql"))


def test_every_row_is_in_silver(lake: Path, made: World) -> None:
    with dataspark.open(lake) as reader:
        for table in vars(made):
            assert reader.sql(f"SELECT count(*) FROM silver.{table}").rows() == [(len(getattr(made, table)),)], table
            assert reader.sql(f"SELECT count(*) FROM quarantine.{table}").rows() == [(0,)], table


def test_batch_by_batch_is_the_same_as_all_at_once(lake: Path, made: World, tmp_path: Path) -> None:
    """Lines come before their orders and wait, keys of two columns are corrected: at the end all is as in one run."""
    engine = str(open_workspace(lake).lake.runs(newest=1)[0]["engine"])
    bench = Bench.of_files(tmp_path / "own", {})
    shutil.copytree(PROJECT, bench.root, dirs_exist_ok=True)
    files = made.files()
    late = files.pop("commandes.csv")
    header, *lines = files.pop("lignes.csv").splitlines(keepends=True)
    fields = lines[0].split("|")
    wrong = "|".join([*fields[:4], "49", *fields[5:]])
    for name, text in {**files, "lignes.csv": "".join([header, wrong, *lines[1:700]])}.items():
        bench.put(name, text)
    first = run_project(open_workspace(bench.root, engine=engine), as_of="2025-12-30")
    held = {table.name: table.ledger.held for table in first.tables}
    assert held["lignes"] == 700
    bench.put("commandes.csv", late)
    bench.put("lignes_2.csv", "".join([header, lines[0], *lines[700:]]))
    run_project(open_workspace(bench.root, engine=engine), as_of="2025-12-31")
    with dataspark.open(lake) as whole, dataspark.open(bench.root) as parts:
        for name in sorted(EXPECTED):
            sides = [sorted(side.table(name).rows(), key=order) for side in (parts, whole)]
            assert all(map(alike, *sides)), name
            assert len(sides[0]) == len(sides[1]), name
