"""Every model of the retail example: the rows that change without a row of an input are those that it counts in."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dataspark.engines.duckdb.session import Session
from dataspark.plan import Model
from dataspark.project import EngineSettings
from dataspark.sample import write_sample
from dataspark.sql.parsing import Parser, Provenance
from dataspark.tables import TableRef
from workbench import Bench

MODELS = sorted(path.stem for path in (Path(__file__).parents[2] / "examples/retail/models").glob("*.sql"))


@dataclass(frozen=True)
class Loom:
    """The retail project's tables, to be changed and put back."""

    models: dict[str, Model]
    session: Session
    parser: Parser

    def ways(self, model: Model, table: TableRef) -> Provenance:
        columns = {
            str(t): [name for name, _ in self.session.columns(f"FROM {t}") if name != "_trace_id"] for t in model.inputs
        }
        return self.parser.provenance(model.sql, str(table), columns)

    def answer(self, sql: str) -> Counter[tuple[Any, ...]]:
        return Counter(self.session.rows(f"SELECT COLUMNS(*)::VARCHAR FROM ({sql}\n)"))


@pytest.fixture(scope="module")
def loom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loom]:
    bench = Bench.of_example(tmp_path_factory.mktemp("retail") / "project")
    session = Session(EngineSettings(threads=1))
    write_sample(bench.sources, rows=300, seed=5, execute=session.run)
    assert bench.run().published
    release = bench.workspace.lake.release()
    assert release
    for written, version in release["tables"].items():
        paths = bench.workspace.tables.paths(TableRef.parse(written), version)
        session.run(f"CREATE TABLE {written} AS SELECT *, row_number() OVER () AS _trace_id FROM read_parquet({paths})")
    yield Loom({model.name: model for model in bench.workspace.plan.models}, session, Parser(Path("/nowhere")))
    session.close()


@pytest.mark.parametrize("name", MODELS)
def test_a_row_counts_in_what_changes_without_it(loom: Loom, name: str) -> None:
    model = loom.models[name]
    for table in model.inputs:
        found = loom.ways(model, table)
        assert found.trouble == ""
        assert found.ways, f"no way from {table} to {name}"
        assert not found.as_a_whole
        loom.session.run(f"CREATE OR REPLACE TEMP TABLE _traced AS FROM {table}")
        rows = loom.session.rows(f"SELECT _trace_id FROM {table} ORDER BY 1")
        for (row,) in random.Random(3).sample(rows, min(4, len(rows))):
            _compare(loom, model, table, found, row)


def _compare(loom: Loom, model: Model, table: TableRef, found: Provenance, row: int) -> None:
    # What a window computes changes for other rows too: there only the other columns are compared.
    keys = ", ".join(found.ways[0].keys) if found.windows else "*"
    everything = f"SELECT {keys} FROM ({model.sql}\n)"
    told: Counter[tuple[Any, ...]] = Counter()
    for way in found.ways:
        same = " AND ".join(f"(a.{key} IS NOT DISTINCT FROM w.{key})" for key in way.keys)
        pairs = f"SELECT * FROM ({way.sql}) WHERE _trace_id = {row}"
        told |= loom.answer(f"SELECT a.* FROM ({everything}) AS a SEMI JOIN ({pairs}) AS w ON {same}")
    before = loom.answer(everything)
    loom.session.run(
        f"CREATE TEMP TABLE away AS FROM {table} WHERE _trace_id = {row}; DELETE FROM {table} WHERE _trace_id = {row}"
    )
    changed = before - loom.answer(everything)
    loom.session.run(f"INSERT INTO {table} FROM away; DROP TABLE away")
    assert changed <= told
    if not found.windows and not any(way.merged for way in found.ways):
        assert told <= changed or model.name == "dim_client"  # the unknown member stays while another orphan is there
