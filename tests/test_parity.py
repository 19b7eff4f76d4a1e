"""A project on two engines, one of which is crooked: differences planted one at a time, counted by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dataspark.answers import matching
from dataspark.answers.differences import Retyped, State
from dataspark.answers.parity import Parity, TableParity, parity
from dataspark.contracts.contract import Contract
from dataspark.engines.duckdb.engine import DuckDBEngine
from dataspark.errors import EngineError, ModelError, RuleStopped, UsageError
from dataspark.pipeline.ports import RawFile, Select, Staged, Written
from dataspark.tables import TableRef
from dataspark.wiring import ENGINES
from workbench import AS_OF, Bench

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: ventes
version: 1.0.0
status: active
schema:
  - name: ventes
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: ville, logicalType: string, required: true}
      - {name: montant, logicalType: number, physicalType: "decimal(9,2)", logicalTypeOptions: {minimum: 0}}
  - name: passages
    properties:
      - {name: porte, logicalType: string}
      - {name: nombre, logicalType: integer}
"""
VENTES = "id,ville,montant\n1,Lyon,10\n2,Lyon,20.50\n3,Nice,30\n4,Gap,\n5,Pau,-1\n6,,abc\n6,Albi,7\n6,Albi,7\n7,Dax,8\n7,Dax,9\n"
PASSAGES = "porte,nombre\nnord,5\nsud,5\nsud,6\n"
MODELS = {
    "par_ville": "SELECT ville, sum(montant) AS ca, avg(montant)::DOUBLE AS moyenne FROM silver.ventes GROUP BY ville",
    "lignes": "SELECT 'x' AS genre, i % 2 AS pair FROM range(6) AS t(i)",
    "mesures": "SELECT i AS id, i / 3::DOUBLE AS tiers, i * 1.5::DOUBLE AS demi FROM range(10) AS t(i)",
}
Bend = Callable[[str], str]


class Crooked(DuckDBEngine):
    """DuckDB, with the query of one table bent before it is written, and what it reads of raw files, too."""

    bends: ClassVar[dict[str, Bend]] = {}
    raw: ClassVar[str] = ""

    def overwrite(self, table: TableRef, query: str, slices: tuple[str, Select] | None = None) -> Written:
        return super().overwrite(table, self.bends.get(str(table), lambda same: same)(query), slices)

    def stage(self, name: str, files: Sequence[RawFile], contract: Contract, judge: Select) -> Staged:
        if not self.raw or contract.name != "ventes":
            return super().stage(name, files, contract, judge)
        return super().stage(name, files, contract, lambda relation: judge(f"(SELECT {self.raw} FROM {relation})"))


@pytest.fixture
def crooked(monkeypatch: pytest.MonkeyPatch) -> type[Crooked]:
    class Own(Crooked):
        bends: ClassVar[dict[str, Bend]] = {}

    monkeypatch.setitem(ENGINES, "crooked", Own)
    return Own


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    files = {f"models/{name}.sql": text for name, text in MODELS.items()}
    checks = {"checks/grandes.sql": "-- severity: warn\nSELECT * FROM silver.ventes WHERE montant > 25"}
    made = Bench.of_files(tmp_path / "projet", {"contracts/ventes.odcs.yaml": CONTRACT, **files, **checks})
    made.put("ventes.csv", VENTES)
    made.put("passages.csv", PASSAGES)
    return made


def of(bench: Bench, **options: Any) -> Parity:
    return parity(bench.workspace, ("duckdb", "crooked"), AS_OF, **options)


def differing(found: Parity) -> TableParity:
    """The only table that differs."""
    (one,) = [table for table in found.tables if not table.equal]
    assert not found.equal
    return one


def test_two_engines_that_agree(bench: Bench, crooked: type[Crooked]) -> None:
    found = of(bench)
    assert found.equal
    assert {one.table: one.match.diff.rows_before for one in found.tables} == {
        "silver.passages": 3,
        "silver.ventes": 6,
        "quarantine.passages": 0,
        "quarantine.ventes": 2,
        "repeats.ventes": 2,
        "gold.lignes": 6,
        "gold.mesures": 10,
        "gold.par_ville": 5,
    }
    assert {one.table: one.match.columns for one in found.tables}["silver.ventes"] == 5, "where a row stands counts too"
    assert (found.ledgers, found.checks) == (2, 1)
    assert [run.name for run in found.runs] == ["duckdb", "crooked"]
    assert all((one.seconds[0] is None) == (one.table[:4] not in ("silv", "gold")) for one in found.tables)
    assert all(one.statements == ((), ()) for one in found.tables)


def test_one_value(bench: Bench, crooked: type[Crooked]) -> None:
    bend = "SELECT ville, ca + CASE WHEN ville = 'Nice' THEN 0.01 ELSE 0 END AS ca, moyenne FROM ({})"
    crooked.bends["gold.par_ville"] = bend.format
    one = differing(of(bench))
    diff = one.match.diff
    assert (one.table, diff.key, diff.added, diff.removed, diff.changed) == ("gold.par_ville", ("ville",), 0, 0, 1)
    (row,) = diff.sample.changed
    assert [str(row.before[1]), str(row.after[1])] == ["30.00", "30.01"]
    assert row.differs == (False, True, False)
    mine, theirs = one.statements
    assert [statement.purpose for statement in mine] == ["write gold.par_ville"]
    assert mine[0].sql.strip() == theirs[0].sql.strip() == MODELS["par_ville"]


def test_one_type(bench: Bench, crooked: type[Crooked]) -> None:
    crooked.bends["gold.par_ville"] = "SELECT * REPLACE (ca::DECIMAL(30,2) AS ca) FROM ({})".format
    diff = differing(of(bench)).match.diff
    assert diff.retyped == (Retyped("ca", "decimal(38,2)", "decimal(30,2)"),)
    assert (diff.added, diff.removed, diff.changed) == (0, 0, 0)


def test_rows_that_one_lacks_or_has_twice(bench: Bench, crooked: type[Crooked]) -> None:
    crooked.bends["gold.par_ville"] = "SELECT * FROM ({}) WHERE ville <> 'Lyon'".format
    diff = differing(of(bench)).match.diff
    assert (diff.rows_before, diff.rows_after, diff.added, diff.removed, diff.changed) == (5, 4, 0, 1, 0)
    assert diff.sample.removed[0][0] == "Lyon"
    crooked.bends["gold.par_ville"] = "SELECT * FROM ({0}) UNION ALL SELECT 'Lyon', 30.50, 15.25".format
    diff = differing(of(bench)).match.diff
    assert (diff.rows_before, diff.rows_after, diff.added, diff.removed) == (5, 6, 1, 0)
    assert "not unique" in diff.note or diff.note.startswith("no key"), diff.note


def test_rows_without_a_key_are_counted(bench: Bench, crooked: type[Crooked]) -> None:
    crooked.bends["gold.lignes"] = "SELECT * FROM ({}) UNION ALL SELECT 'x', 1 FROM range(2)".format
    diff = differing(of(bench)).match.diff
    assert (diff.rows_before, diff.rows_after, diff.added, diff.removed, diff.changed) == (6, 8, 2, 0, 0)
    crooked.bends["gold.lignes"] = lambda _query: "SELECT 'x' AS genre, (i = 0)::BIGINT AS pair FROM range(6) AS t(i)"
    diff = differing(of(bench)).match.diff
    assert (diff.rows_before, diff.rows_after, diff.added, diff.removed, diff.changed) == (6, 6, 2, 2, 0)


@pytest.mark.parametrize(
    ("value", "changed"),
    [
        ("tiers * (1 + 1e-7)", 9),  # all but 0
        ("tiers * (1 + 1e-12)", 0),
        ("tiers * (1 + 2e-9)", 9),
        ("tiers * (1 + 5e-10)", 0),
        ("CASE WHEN id = 3 THEN tiers * (1 - 1e-8) ELSE tiers * (1 + 1e-13) END", 1),
        ("CASE WHEN id = 0 THEN -0.0 ELSE tiers END", 0),
        ("CASE WHEN id = 0 THEN 1e-300 ELSE tiers END", 1),
        ("CASE WHEN id = 4 THEN NULL ELSE tiers END", 1),
        ("CASE WHEN id = 4 THEN 'nan'::DOUBLE ELSE tiers END", 1),
    ],
)
def test_floats(bench: Bench, crooked: type[Crooked], value: str, changed: int) -> None:
    bent = f"SELECT id, ({value})::DOUBLE AS tiers, demi FROM ({{}})"
    crooked.bends["gold.mesures"] = bent.format
    found = of(bench)
    if not changed:
        assert found.equal
        return
    diff = differing(found).match.diff
    assert (diff.key, diff.added, diff.removed, diff.changed) == (("id",), 0, 0, changed)


def test_no_number_is_itself(bench: Bench, crooked: type[Crooked]) -> None:
    values = "'nan'::DOUBLE AS a, 'inf'::DOUBLE AS b, 1.7e308::DOUBLE AS c, -0.0::DOUBLE AS d, NULL::DOUBLE AS e"
    (bench.root / "models/mesures.sql").write_text(f"SELECT {values}")
    crooked.bends["gold.mesures"] = "SELECT a, b, c * (1 - 1e-12) AS c, 0.0::DOUBLE AS d, e FROM ({})".format
    assert of(bench).equal
    crooked.bends["gold.mesures"] = "SELECT a, -b AS b, c, d, e FROM ({})".format
    assert differing(of(bench)).match.diff.moves[0].column == "b"


def test_floats_without_a_key_that_round_apart(bench: Bench, crooked: type[Crooked]) -> None:
    """Among 20,000 values many lie where a breath makes another number of 32 bits of them."""
    (bench.root / "models/mesures.sql").write_text(
        "SELECT 1 + i / 9007.0::DOUBLE AS x, sqrt(i) AS y FROM range(20000) AS t(i)"
    )
    crooked.bends["gold.mesures"] = "SELECT x * (1 + 3e-10) AS x, y * (1 - 3e-10) AS y FROM ({})".format
    assert of(bench).equal
    crooked.bends["gold.mesures"] = "SELECT CASE WHEN x > 3.2 THEN x * (1 + 3e-9) ELSE x END AS x, y FROM ({})".format
    diff = differing(of(bench)).match.diff
    expected = sum(1 + i / 9007.0 > 3.2 for i in range(20000))
    assert (diff.added, diff.removed, diff.changed) == (expected, expected, 0)


def test_order_and_names_of_columns(bench: Bench, crooked: type[Crooked]) -> None:
    crooked.bends["gold.par_ville"] = "SELECT ca, ville, moyenne FROM ({})".format
    one = differing(of(bench))
    assert one.match.order == (("ville", "ca", "moyenne"), ("ca", "ville", "moyenne"))
    assert one.match.diff.state is State.UNCHANGED, "its values are the same"
    crooked.bends["gold.par_ville"] = "SELECT ville, ca AS total, moyenne FROM ({})".format
    diff = differing(of(bench)).match.diff
    assert (diff.columns_added, diff.columns_removed) == ((("total", "decimal(38,2)"),), (("ca", "decimal(38,2)"),))
    crooked.bends["gold.par_ville"] = lambda _query: "SELECT 1 AS autre"
    diff = differing(of(bench)).match.diff
    assert (diff.removed, diff.added, diff.note) == (5, 1, "no column is in both: every row is another one")


def test_silver_and_what_stands_beside_it(bench: Bench, crooked: type[Crooked]) -> None:
    crooked.bends["silver.ventes"] = "SELECT * REPLACE (upper(ville) AS ville, _line + 1 AS _line) FROM ({})".format
    found = of(bench)
    tables = {one.table: one for one in found.tables if not one.equal}
    assert set(tables) == {"silver.ventes", "gold.par_ville"}
    silver = tables["silver.ventes"]
    assert (silver.match.diff.key, silver.match.diff.changed) == (("id",), 6)
    assert [move.column for move in silver.match.diff.moves] == ["ville", "_line"]
    assert {statement.purpose for statement in silver.statements[0]} >= {
        "write silver.ventes",
        "write quarantine.ventes",
    }
    crooked.bends = {"silver.passages": "SELECT * REPLACE (nombre + 1 AS nombre) FROM ({})".format}
    diff = differing(of(bench)).match.diff
    assert (diff.key, diff.changed) == (("_file", "_line"), 3), "no key but the place in the raw file"


def test_reasons_are_a_set(bench: Bench, crooked: type[Crooked]) -> None:
    for order in ("list_sort", "list_reverse_sort"):
        crooked.bends["quarantine.ventes"] = f"SELECT * REPLACE ({order}(_reasons) AS _reasons) FROM ({{}})".format
        assert of(bench).equal
    crooked.bends["quarantine.ventes"] = "SELECT * REPLACE (['montant.type'] AS _reasons) FROM ({})".format
    diff = differing(of(bench)).match.diff
    assert (diff.key, diff.changed, diff.rows_before) == (("_file", "_line"), 2, 2)


def test_ledgers(bench: Bench, crooked: type[Crooked]) -> None:
    crooked.raw = "* REPLACE (CASE WHEN id = '3' THEN 'trente' ELSE montant END AS montant)"
    found = of(bench)
    unlike = {(one.of, one.what): (one.first, one.second) for one in found.unlike_ledgers}
    assert unlike == {
        ("ventes, ventes.csv", "accepted"): ("6", "5"),
        ("ventes, ventes.csv", "quarantined"): ("2", "3"),
        ("ventes, ventes.csv", "reasons montant.type"): ("1", "2"),
    }
    (check,) = found.unlike_checks
    assert (check.of, check.what, check.first, check.second) == ("grandes", "failures", "1", "0")


def test_an_engine_that_is_stopped(bench: Bench, crooked: type[Crooked]) -> None:
    crooked.bends["gold.mesures"] = "SELECT nothing_there FROM ({})".format
    found = of(bench)
    assert not found.equal
    assert found.runs[0].error == ""
    assert "the model `mesures` cannot be built" in found.runs[1].error
    (one,) = [table for table in found.tables if table.table == "gold.mesures"]
    assert (one.match.diff.state, one.match.diff.rows_before, one.match.diff.rows_after) == (State.REMOVED, 10, None)
    assert found.checks == 0, "a run that was stopped judged no check"


def test_what_stops_both_is_no_difference(bench: Bench, crooked: type[Crooked]) -> None:
    (bench.root / "models/mesures.sql").write_text("SELECT nothing_there FROM silver.ventes")
    with pytest.raises(ModelError, match=r"the model `mesures` cannot be built"):
        of(bench)
    (bench.root / "models/mesures.sql").unlink()
    stopping = CONTRACT.replace(
        "required: true", "required: true, customProperties: [{property: severity, value: fail}]"
    )
    (bench.root / "contracts/ventes.odcs.yaml").write_text(stopping)
    with pytest.raises(RuleStopped, match=r"`ventes` breaks `ville.required`"):
        of(bench)


def test_an_engine_that_cannot_start(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> DuckDBEngine:
        raise EngineError("there is no Java", "install it")

    monkeypatch.setitem(ENGINES, "fails", fails)
    with pytest.raises(EngineError, match=r"there is no Java"):
        parity(bench.workspace, ("duckdb", "fails"))


def test_an_engine_that_speaks_another_sql(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class Foreign(Crooked):
        bends: ClassVar[dict[str, Bend]] = {"gold.lignes": "SELECT * FROM ({}) LIMIT 5".format}

        def translated(self, query: str) -> str:
            return f"/* foreign */ {query}"

    monkeypatch.setitem(ENGINES, "foreign", Foreign)
    one = differing(parity(bench.workspace, ("duckdb", "foreign"), AS_OF))
    assert [statement.sql.strip() for side in one.statements for statement in side] == [
        MODELS["lignes"],
        f"/* foreign */ {MODELS['lignes']}",
    ]


def test_many_rows_few_of_which_differ(bench: Bench, crooked: type[Crooked]) -> None:
    (bench.root / "models/mesures.sql").write_text(
        "SELECT i AS id, 'v' || i AS nom, i / 7::DOUBLE AS x FROM range(300000) AS t(i)"
    )
    bend = "CASE WHEN id IN (7, 299999) THEN 'autre' ELSE nom END AS nom, CASE id WHEN 5 THEN x + 1 ELSE x * (1 + 1e-14) END AS x"
    crooked.bends["gold.mesures"] = f"SELECT * REPLACE ({bend}) FROM ({{}}) WHERE id <> 1000".format
    diff = differing(of(bench, sample=10)).match.diff
    assert (diff.rows_before, diff.rows_after) == (300000, 299999)
    assert (diff.removed, diff.added, diff.changed) == (1, 0, 3)
    assert [row.before[0] for row in diff.sample.changed] == [5, 7, 299999]


def test_many_rows_most_of_which_differ(bench: Bench, crooked: type[Crooked], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_MANY", 10_000)
    query = "SELECT i % 3 AS genre, i AS id, 'v' || i AS nom, i / 7::DOUBLE AS x FROM range(100000) AS t(i)"
    (bench.root / "models/mesures.sql").write_text(query)
    crooked.bends["gold.mesures"] = "SELECT * REPLACE (nom || '!' AS nom) FROM ({}) WHERE id % 10 <> 3".format
    one = differing(of(bench))
    diff = one.match.diff
    assert one.match.looked_at == pytest.approx(0.1, abs=0.002)
    assert (diff.rows_before, diff.rows_after, diff.key) == (100000, 90000, ("id",))
    assert diff.added == 0, "both versions of a row are looked at, or neither"
    assert diff.changed == pytest.approx(9000, rel=0.2)
    assert diff.removed == pytest.approx(1000, rel=0.2)
    bend = "SELECT * REPLACE (1 AS id, 2 AS genre, 'v' || id % 10 || '!' AS nom, 0.5::DOUBLE AS x) FROM ({})"
    crooked.bends["gold.mesures"] = bend.format
    one = differing(of(bench))
    assert one.match.diff.key == ()
    assert one.match.looked_at < 0.2
    assert 0 < one.match.diff.removed <= 100000


def test_only_some_models(bench: Bench, crooked: type[Crooked]) -> None:
    (bench.root / "models/total.sql").write_text("SELECT sum(ca) AS ca FROM par_ville")
    found = of(bench, select=["total"])
    assert [one.table for one in found.tables if one.table.startswith("gold")] == ["gold.par_ville", "gold.total"]


def fingerprints(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".dataspark" not in path.parts)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_nothing_of_the_project_is_changed(bench: Bench, crooked: type[Crooked], tmp_path: Path) -> None:
    assert bench.run().ok
    bench.put("ventes_2.csv", "id,ville,montant\n8,Metz,1\n")
    before = fingerprints(bench.root)
    found = of(bench, keep=str(tmp_path / "deux"))
    assert {one.table: one.match.diff.rows_after for one in found.tables}["silver.ventes"] == 7, "what waits is read"
    assert {path.name for path in (tmp_path / "deux").iterdir()} == {"bronze", "duckdb", "crooked"}
    found = of(bench, bronze=True)
    assert {one.table: one.match.diff.rows_after for one in found.tables}["silver.ventes"] == 6, "what was archived is"
    assert fingerprints(bench.root) == before
    with pytest.raises(UsageError, match=r"deux is there already"):
        of(bench, keep=str(tmp_path / "deux"))


def test_the_archive_stays_when_a_rule_stops_both(bench: Bench, crooked: type[Crooked]) -> None:
    assert bench.run().ok
    stopping = CONTRACT.replace(
        "required: true", "required: true, customProperties: [{property: severity, value: fail}]"
    )
    (bench.root / "contracts/ventes.odcs.yaml").write_text(stopping)
    before = fingerprints(bench.root)
    with pytest.raises(RuleStopped):
        of(bench, bronze=True)
    assert fingerprints(bench.root) == before


def test_scratch_lakes_are_deleted(bench: Bench, crooked: type[Crooked], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    of(bench)
    assert list((tmp_path / "temp").iterdir()) == []


def test_calls_that_are_wrong(bench: Bench) -> None:
    with pytest.raises(UsageError, match=r"there is no engine `spork`"):
        parity(bench.workspace, ("duckdb", "spork"))
    with pytest.raises(UsageError, match=r"3 engines are named where two are compared"):
        parity(bench.workspace, ("duckdb", "duckdb", "duckdb"))
    with pytest.raises(UsageError, match=r"no model is called `\+nichts`"):
        parity(bench.workspace, ("duckdb", "duckdb"), select=["nichts"])
    with pytest.raises(UsageError, match=r"the archive of this project is empty"):
        parity(bench.workspace, ("duckdb", "duckdb"), bronze=True)


def test_one_engine_twice_shows_what_a_model_leaves_open(bench: Bench) -> None:
    (bench.root / "models/lignes.sql").write_text("SELECT uuid() AS jeton")
    found = parity(bench.workspace, ("duckdb", "duckdb"), AS_OF)
    assert [run.name for run in found.runs] == ["duckdb", "duckdb-2"]
    assert differing(found).table == "gold.lignes"
