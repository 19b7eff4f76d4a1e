"""The examples on both engines, compared table by table, ledger by ledger, check by check."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dataspark.answers.parity import Parity, parity
from dataspark.errors import ProjectError
from dataspark.sample import write_sample
from industry.data import world
from industry.test_industry import put
from workbench import AS_OF, Bench

ENGINES = ("duckdb", "spark")


def assert_equal(found: Parity, tables: int) -> None:
    assert [run.error for run in found.runs] == ["", ""]
    assert [one for one in found.tables if not one.equal] == []
    assert (found.unlike_ledgers, found.unlike_checks) == ((), ())
    assert len(found.tables) == tables


def test_eight_tables_and_eighteen_questions(tmp_path: Path) -> None:
    bench = put(world(), tmp_path / "industrie")
    assert_equal(parity(bench.workspace, ENGINES, AS_OF), 34)


def test_the_retail_example(tmp_path: Path) -> None:
    bench = Bench.of_example(tmp_path / "retail")
    write_sample(bench.sources, 3000, 7, execute=duckdb.connect().execute)
    found = parity(bench.workspace, ENGINES, AS_OF)
    assert_equal(found, 2 * 3 + 14)
    assert found.checks > 20


def test_what_spark_cannot_run_is_refused_before_anything_starts(tmp_path: Path) -> None:
    bench = Bench.of_example(tmp_path / "retail")
    (bench.root / "models" / "hasard.sql").write_text(
        "SELECT\n    produit,\n    random() AS hasard\nFROM dim_produit\n"
    )
    with pytest.raises(ProjectError, match=r"hasard\.sql:3.*random"):
        Bench(bench.root, "spark").run(as_of=AS_OF)
    assert not (bench.root / "lake").exists()
