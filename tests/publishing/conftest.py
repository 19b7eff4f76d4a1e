"""One PostgreSQL for all tests of publishing, a database for each; a released retail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dataspark.sample import write_sample
from postgres import Base, Server, database, postgres_server
from workbench import Bench


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with postgres_server() as running:
        yield running


@pytest.fixture
def base(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Base]:
    for name in [name for name in os.environ if name.startswith(("PG", "DATASPARK_"))]:
        monkeypatch.delenv(name)
    with database(postgres) as own:
        yield own


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Retail with one release, which no test changes."""
    bench = Bench.of_example(tmp_path_factory.mktemp("retail") / "retail")
    write_sample(bench.sources, 3_000, 7, execute=duckdb.connect().execute)
    bench.run()
    return bench.root


@pytest.fixture
def retail(released: Path, tmp_path: Path) -> Bench:
    """A copy of it, to change."""
    return Bench(Path(shutil.copytree(released, tmp_path / "retail")))
