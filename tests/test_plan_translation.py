"""An engine with another SQL: what it cannot run is refused by the plan, each with its file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from dataspark.engines.duckdb.session import Session
from dataspark.errors import Mistake, ModelError, StatementRejected
from dataspark.plan import Columns, Translate, make_plan
from dataspark.project import EngineSettings
from dataspark.sql.parsing import Parser
from dataspark.sql.text import name
from dataspark.wiring import ENGINES, TRANSLATORS, open_reader, open_workspace
from workbench import Bench

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: ventes
version: 1.0.0
status: active
schema:
  - name: ventes
    quality:
      - {name: ancienne, type: custom, engine: dataspark, implementation: "jour <= as_of"}
      - name: bizarre
        type: custom
        engine: dataspark
        implementation: hash(montant) <> 3
    properties:
      - {name: jour, logicalType: date}
      - {name: heure, logicalType: time}
      - {name: vu, logicalType: timestamp}
      - {name: montant, logicalType: number, physicalType: "decimal(9,2)"}
"""
MODELS = {
    "models/a.sql": "-- kept\nSELECT jour, heure, vu, sum(montant) AS ca\nFROM silver.ventes WHERE vu < as_of\nGROUP BY ALL;\n",
    "models/b.sql": "SELECT ca,\n  vu\nFROM a",
    "models/c.sql": "SELECT\n    jour,\n    hash(ca) AS h\nFROM gold.a",
    "models/d.sql": "SELECT h FROM c",
    "models/e.sql": "SELECT len(_reasons) AS n, montant FROM quarantine.ventes",
    "checks/f.sql": "SELECT *\nFROM b WHERE hash(ca) = 1",
}


class Fussy:
    """Knows no `hash`, and the types of everything else; it remembers what it was asked."""

    def __init__(self, session: Session) -> None:
        self.session, self.asked = session, list[tuple[str, Mapping[str, Columns]]]()

    def __call__(self, query: str, relations: Mapping[str, Columns]) -> tuple[str, Columns]:
        self.asked.append((query, relations))
        for called, columns in relations.items():
            described = ", ".join(f"CAST(NULL AS {kind}) AS {name(column)}" for column, kind in columns)
            self.session.run(f"CREATE OR REPLACE VIEW {called} AS SELECT {described}")
        found = self.session.columns(query)
        if "hash" in query:
            raise StatementRejected("`hash` is not known", query[: query.index("hash")].count("\n") + 1)
        return f"/* fussy */ {query}", tuple(found)


@pytest.fixture
def fussy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fussy]:
    session = Session(EngineSettings())
    made = Fussy(session)

    @contextmanager
    def opening() -> Iterator[Translate]:
        yield made

    monkeypatch.setitem(ENGINES, "fussy", open_reader)
    monkeypatch.setitem(TRANSLATORS, "fussy", opening)
    yield made
    session.close()


def test_everything_that_cannot_be_run(tmp_path: Path, fussy: Fussy) -> None:
    bench = Bench.of_files(tmp_path, {"contracts/v.odcs.yaml": CONTRACT, **MODELS})
    assert len(bench.workspace.plan.models) == 5, "the usual engine runs them"
    with pytest.raises(ModelError, match="3 mistakes in the project") as stopped:
        _ = open_workspace(tmp_path, engine="fussy").plan
    rule = next(n for n, line in enumerate(CONTRACT.splitlines(), 1) if "name: bizarre" in line)
    assert stopped.value.mistakes == (
        Mistake("checks/f.sql", 2, "`hash` is not known"),
        Mistake("contracts/v.odcs.yaml", rule, "`hash` is not known"),
        Mistake("models/c.sql", 3, "`hash` is not known"),
    )
    asked = {query.split("\n")[0]: relations for query, relations in fussy.asked}
    assert "SELECT h FROM c" not in asked, "what a refused model gives is not known"
    assert asked["-- kept"]["silver.ventes"] == (
        *(("jour", "DATE"), ("heure", "VARCHAR"), ("vu", "TIMESTAMP WITH TIME ZONE"), ("montant", "DECIMAL(9,2)")),
        *(("_file", "INTEGER"), ("_line", "BIGINT")),
    )
    assert asked["SELECT ca,"]["a"][-1] == ("ca", "DECIMAL(38,2)")


def test_a_project_that_can_be_run(tmp_path: Path, fussy: Fussy) -> None:
    files = {path: text for path, text in MODELS.items() if path in ("models/a.sql", "models/b.sql", "models/e.sql")}
    contract = CONTRACT.replace("hash(montant) <> 3", "montant <> 3")
    Bench.of_files(tmp_path, {"contracts/v.odcs.yaml": contract, **files})
    plan = open_workspace(tmp_path, engine="fussy").plan
    assert [model.name for model in plan.models] == ["a", "e", "b"]
    assert plan.translated["models/b.sql"] == "/* fussy */ SELECT ca,\n  vu\nFROM a"


def test_names_that_a_table_of_spark_cannot_have(tmp_path: Path, fussy: Fussy) -> None:
    models = {"models/a.sql": 'SELECT jour AS "le jour", 1 AS "f(x)", 2 AS été FROM silver.ventes'}
    checks = {"checks/b.sql": 'SELECT "le jour" AS "un jour" FROM a WHERE FALSE'}
    contract = CONTRACT.replace("hash(montant) <> 3", "montant <> 3")
    bench = Bench.of_files(tmp_path, {"contracts/v.odcs.yaml": contract, **models, **checks})
    assert len(bench.workspace.plan.models) == 1, "the usual engine stores them"
    with pytest.raises(ModelError, match="2 mistakes in the project") as stopped:
        _ = open_workspace(tmp_path, engine="fussy").plan
    assert [mistake.message for mistake in stopped.value.mistakes] == [
        "the column `f(x)` cannot be stored by this engine: its name has '(', ')'",
        "the column `le jour` cannot be stored by this engine: its name has a blank",
    ]


def test_types_are_those_of_the_tables(tmp_path: Path) -> None:
    """What the plan says of silver's columns is what the engine finds there."""
    bench = Bench.of_files(tmp_path, {"contracts/v.odcs.yaml": CONTRACT.replace("hash(montant) <> 3", "montant <> 3")})
    bench.put("ventes.csv", "jour,heure,vu,montant\n2025-01-01,10:00,2025-01-01,1.5\n2025-01-01,x,2025-01-01,1.5\n")
    bench.run()
    seen: dict[str, Columns] = {}

    def remember(_query: str, relations: Mapping[str, Columns]) -> tuple[str, Columns]:
        seen.update(relations)
        return "", ()

    (tmp_path / "models").mkdir()
    (tmp_path / "models/m.sql").write_text("SELECT 1 AS x FROM silver.ventes, quarantine.ventes")
    workspace = bench.workspace
    make_plan(workspace.project, workspace.contracts, Parser(tmp_path / ".dataspark"), remember)
    with workspace.engine() as start:
        for table, version in bench.head("ventes").versions("ventes").items():
            if str(table) in seen:
                start().bind(table, version)
                assert tuple(start().columns(f"SELECT * FROM {table}")) == seen[str(table)]
    assert {"silver.ventes", "quarantine.ventes"} <= set(seen)
