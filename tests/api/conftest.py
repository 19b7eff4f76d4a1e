"""One project and one server for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.serving import Server
from cli.calling import dataspark
from workbench import Bench


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The reference project over little data, after two runs: releases r000001 and r000002."""
    bench = Bench.of_example(tmp_path_factory.mktemp("api") / "retail")
    dataspark("sample", "--project", bench.root, "--rows", "1500", "--quiet")
    assert bench.run().published
    bench.put(
        "achats-2.csv", "id_achat,id_client,date_achat,montant,produit\n900001,1,2025-03-01 10:00:00,12.50,Mouse\n"
    )
    assert bench.run().published
    return bench


@pytest.fixture(scope="session")
def served(retail: Bench) -> Iterator[Server]:
    """Its server."""
    server = Server(retail.root, requests_per_minute="1000000", time_limit="3", row_limit="500", max_requests="200")
    yield server
    server.stop()


@pytest.fixture
def scratch(retail: Bench, tmp_path: Path) -> Path:
    """A copy of the project that a test may change."""
    import shutil

    return Path(shutil.copytree(retail.root, tmp_path / "retail", ignore=shutil.ignore_patterns("api")))
