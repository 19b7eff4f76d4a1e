"""What a schema is: keys, comments, what is loaded and kept, whose it is."""

from __future__ import annotations

from pathlib import Path

import pytest

import dataspark
from dataspark.errors import PublishBusy, RowsRefused, UsageError
from dataspark.publishing.address import Address
from dataspark.publishing.claiming import held
from dataspark.publishing.database import Database
from postgres import Base
from publishing.test_values import of_models
from workbench import Bench

KEYS = """
SELECT c.conrelid::regclass::text, c.contype::text, pg_get_constraintdef(c.oid), c.convalidated
FROM pg_constraint AS c WHERE c.connamespace = 'retail'::regnamespace AND c.contype <> 'n' ORDER BY 1, 2, 3
"""
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: gold
version: 1.0.0
status: active
schema:
  - name: dim
    description: What there is; it's 'quoted' \\ here.
    customProperties: [{property: layer, value: gold}]
    properties:
      - {name: id, logicalType: integer, primaryKey: true, description: The key.}
      - {name: code, logicalType: string, unique: true}
      - {name: secret, logicalType: string, classification: restricted}
  - name: fact
    customProperties: [{property: layer, value: gold}]
    properties:
      - {name: n, logicalType: integer, required: true}
      - name: dim_id
        logicalType: integer
        relationships: [{to: dim.id}]
      - name: code
        logicalType: string
        relationships: [{to: dim.code}]
"""
DIM = "SELECT i AS id, 'c' || i AS code, 's' AS secret FROM range(1, 4) AS t (i)"
FACT = "SELECT i AS n, i AS dim_id, 'c' || i AS code FROM range(1, 3) AS t (i)"


def star(root: Path, dim: str = DIM, fact: str = FACT, **more: str) -> Bench:
    return of_models(root, CONTRACT, dim=dim, fact=fact, **more)


def outcomes(done: dataspark.Published) -> dict[str, str]:
    return {one.table: one.outcome for one in done.tables}


def change(bench: Bench, **models: str) -> None:
    for name, sql in models.items():
        (bench.root / "models" / f"{name}.sql").write_text(sql)
    assert bench.run().ok


def oid(base: Base, table: str) -> int:
    return int(base.rows(f"SELECT '{table}'::regclass::oid::int")[0][0])


def test_keys_and_comments_of_the_star_schema(base: Base, retail: Bench) -> None:
    done = dataspark.publish(retail.root, base.url)
    assert base.rows(KEYS) == [
        ("retail.dim_client", "f", "FOREIGN KEY (dim_pays_id) REFERENCES retail.dim_pays(dim_pays_id)", True),
        ("retail.dim_client", "p", "PRIMARY KEY (dim_client_id)", True),
        ("retail.dim_pays", "p", "PRIMARY KEY (dim_pays_id)", True),
        ("retail.dim_pays", "u", "UNIQUE (pays)", True),
        ("retail.dim_produit", "p", "PRIMARY KEY (dim_produit_id)", True),
        ("retail.dim_produit", "u", "UNIQUE (produit)", True),
        ("retail.dim_temps", "p", "PRIMARY KEY (dim_temps_id)", True),
        ("retail.dim_temps", "u", "UNIQUE (date)", True),
        ("retail.fact_achats", "f", "FOREIGN KEY (dim_client_id) REFERENCES retail.dim_client(dim_client_id)", True),
        ("retail.fact_achats", "f", "FOREIGN KEY (dim_produit_id) REFERENCES retail.dim_produit(dim_produit_id)", True),
        ("retail.fact_achats", "f", "FOREIGN KEY (dim_temps_id) REFERENCES retail.dim_temps(dim_temps_id)", True),
        ("retail.fact_achats", "p", "PRIMARY KEY (id_achat)", True),
        ("retail.kpi_ca_par_pays", "p", "PRIMARY KEY (pays)", True),
    ]
    assert not done.broken
    assert "What was paid, in euros." in base.psql("\\d+ retail.fact_achats")
    said = base.psql("SELECT obj_description('retail'::regnamespace)").strip()
    assert said.startswith("DataSpark: project retail, release r000001 as of 2025-12-31T00:00:00+00:00, published 20")
    assert base.rows("SELECT project, release, as_of::text FROM retail._dataspark") == [
        ("retail", "r000001", "2025-12-31 00:00:00+00")
    ]


def test_classified_columns_are_empty_unless_they_are_asked_for(base: Base, tmp_path: Path) -> None:
    bench = star(tmp_path / "p")
    done = dataspark.publish(bench.root, base.url)
    assert {one.table: one.masked for one in done.tables} == {"dim": ("secret",), "fact": ()}
    assert base.rows("SELECT id, secret FROM p.dim ORDER BY id") == [(1, None), (2, None), (3, None)]
    assert "masked" in base.psql("\\d+ p.dim")
    again = dataspark.publish(bench.root, base.url, unmasked=True)
    assert outcomes(again) == {"dim": "loaded", "fact": "kept"}
    assert base.rows("SELECT DISTINCT secret FROM p.dim") == [("s",)]
    assert outcomes(dataspark.publish(bench.root, base.url)) == {"dim": "loaded", "fact": "kept"}
    assert base.rows("SELECT DISTINCT secret FROM p.dim") == [(None,)]


def test_only_what_changed_is_loaded(base: Base, tmp_path: Path) -> None:
    bench = star(tmp_path / "p", other="SELECT 1 AS a")
    first = dataspark.publish(bench.root, base.url)
    assert set(outcomes(first).values()) == {"loaded"}
    before = {table: oid(base, f"p.{table}") for table in ("dim", "fact", "other")}
    same = dataspark.publish(bench.root, base.url)
    assert not same.changed
    assert set(outcomes(same).values()) == {"kept"}
    change(bench, dim=DIM.replace("4", "6"))
    done = dataspark.publish(bench.root, base.url)
    assert outcomes(done) == {"dim": "loaded", "fact": "kept", "other": "kept"}
    assert {table for table in before if before[table] != oid(base, f"p.{table}")} == {"dim"}
    references = (
        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND confrelid = 'p.dim'::regclass"
    )
    assert base.rows(references) == [(2,)]
    assert base.rows("SELECT count(*) FROM p.dim") == [(5,)]
    # An older release is what it was, and tables that were taken away by hand come back.
    base.run("DROP TABLE p.other")
    older = dataspark.publish(bench.root, base.url, release="r000001")
    assert outcomes(older) == {"dim": "loaded", "fact": "kept", "other": "loaded"}
    assert base.rows("SELECT count(*) FROM p.dim") == [(3,)]
    assert outcomes(dataspark.publish(bench.root, base.url, release="r000001", full=True)) == dict.fromkeys(
        before, "loaded"
    )


def test_words_change_without_a_load(base: Base, tmp_path: Path) -> None:
    bench = star(tmp_path / "p")
    dataspark.publish(bench.root, base.url)
    path = bench.root / "contracts" / "gold.odcs.yaml"
    path.write_text(path.read_text().replace("The key.", "Another word.").replace(" [{to: dim.code}]", " []"))
    done = dataspark.publish(bench.root, base.url)
    assert done.changed
    assert set(outcomes(done).values()) == {"kept"}
    assert "Another word." in base.psql("\\d+ p.dim")
    assert base.rows("SELECT conname FROM pg_constraint WHERE contype = 'f'") == [("fact_dim_id_fkey",)]


def test_the_schema_holds_what_is_asked_for_and_no_more(base: Base, tmp_path: Path) -> None:
    bench = star(tmp_path / "p", kpi_a="SELECT 1 AS a", kpi_b="SELECT 2 AS b")
    dataspark.publish(bench.root, base.url)
    done = dataspark.publish(bench.root, base.url, tables=["kpi_*", "gold.fact"])
    assert done.removed == ("dim",)
    tables = base.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'p' ORDER BY 1")
    assert [table for (table,) in tables] == ["_dataspark", "fact", "kpi_a", "kpi_b"]
    assert base.rows("SELECT count(*) FROM pg_constraint WHERE contype = 'f'") == [(0,)]
    with pytest.raises(UsageError, match=r"release r000001 has no gold table `kpi_c`\n\nhint: did you mean `kpi_"):
        dataspark.publish(bench.root, base.url, tables=["kpi_c"])
    with pytest.raises(UsageError, match="there is no release `r000009`"):
        dataspark.publish(bench.root, base.url, release="r000009")


def test_references_that_rows_do_not_keep_are_told(base: Base, tmp_path: Path) -> None:
    bench = star(tmp_path / "p", fact=FACT.replace("3", "9"))
    done = dataspark.publish(bench.root, base.url)
    assert done.broken == ("fact(code) → dim", "fact(dim_id) → dim")
    assert base.rows("SELECT count(*) FROM p.fact") == [(8,)]
    assert dataspark.publish(bench.root, base.url).broken == done.broken
    change(bench, dim=DIM.replace("4", "9"))
    assert dataspark.publish(bench.root, base.url).broken == ()


def test_rows_that_break_a_key_which_is_promised_now(base: Base, tmp_path: Path) -> None:
    bench = of_models(tmp_path / "p", dim=DIM.replace("i AS id", "1 AS id"), fact=FACT)
    dataspark.publish(bench.root, base.url)
    (bench.root / "contracts").mkdir()
    (bench.root / "contracts" / "gold.odcs.yaml").write_text(CONTRACT)
    with pytest.raises(
        RowsRefused, match=r"keys of dim: .*Key \(id\)=\(1\) is duplicated.*\n\nhint: the contract promises"
    ):
        dataspark.publish(bench.root, base.url)
    assert base.rows("SELECT count(*) FROM p.dim") == [(3,)]


def test_a_schema_of_somebody_else_is_left_alone(base: Base, tmp_path: Path) -> None:
    bench = star(tmp_path / "p")
    base.run("CREATE SCHEMA p", "CREATE TABLE p.theirs (a int)", "CREATE SCHEMA leer")
    with pytest.raises(UsageError, match=r"schema `p` of .* holds what DataSpark did not make \(theirs\): it is left"):
        dataspark.publish(bench.root, base.url)
    assert base.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'p'") == [("theirs",)]
    dataspark.publish(bench.root, base.url, schema="leer")
    other = of_models(tmp_path / "q", a="SELECT 1 AS a")
    with pytest.raises(UsageError, match="holds the project `p`, not `q`"):
        dataspark.publish(other.root, base.url, schema="leer")
    base.run("CREATE TABLE leer.extra (a int)", "INSERT INTO leer.extra VALUES (7)", "CREATE SCHEMA _dataspark_neu")
    change(bench, extra="SELECT 1 AS a")
    with pytest.raises(UsageError, match=r"leer\.extra was not made by DataSpark"):
        dataspark.publish(bench.root, base.url, schema="leer")
    dataspark.publish(bench.root, base.url, schema="leer", tables=["dim"])
    assert base.rows("SELECT a FROM leer.extra") == [(7,)]
    with pytest.raises(UsageError, match=r"schema `_dataspark_neu` of .* was not made by DataSpark"):
        dataspark.publish(bench.root, base.url, schema="neu")
    for wrong in ("pg_neu", "information_schema", "x" * 53, "_dataspark_p"):
        with pytest.raises(UsageError, match=r"is no name of a schema|is a name that is not free"):
            dataspark.publish(bench.root, base.url, schema=wrong)


def test_one_of_two_publishers_is_told(base: Base, tmp_path: Path) -> None:
    bench = star(tmp_path / "p")
    first = Database(Address(base.url), "first")
    told = r"another publish to schema `p` .* is going on, by dataspark since 20.* UTC"
    with held(first, "p"), pytest.raises(PublishBusy, match=told):
        dataspark.publish(bench.root, base.url)
    first.close()
    assert dataspark.publish(bench.root, base.url).changed
