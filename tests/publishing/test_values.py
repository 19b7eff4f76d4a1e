"""What readers of PostgreSQL get is what is in the lake, value by value."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import dataspark
from dataspark.errors import RowsRefused, UsageError
from dataspark.publishing.shapes import make_shapes
from postgres import Base
from workbench import Bench

ROWS = r"""
    (1, 'plain', TRUE, 1.10, '0.1', DATE '2024-02-29', TIMESTAMPTZ '2025-03-30 02:30:00.123456+00'),
    (2, '', FALSE, -99999999999999999999999999999999999.999, 'inf', DATE '0001-01-01', TIMESTAMPTZ '1969-12-31 23:59:59.9+00'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, '\N', TRUE, 0.001, '-inf', DATE '9999-12-31', TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'),
    (5, 'back\slash \n \. \', TRUE, 0, '-0.0', DATE '1582-10-10', TIMESTAMPTZ '0001-01-01 00:00:00+00'),
    (6, E'tab\tline\nreturn\r\n\\.\nend\b\f\v', TRUE, 1, '5e-324', DATE '1970-01-01', TIMESTAMPTZ '1970-01-01 00:00:00+00'),
    (7, 'quotes '' " , ; | $1 %s {a,b}', TRUE, 2, '1.7976931348623157e308', DATE '2000-02-29', NULL),
    (8, 'é ß 中文 🎉 e' || chr(769) || chr(8203) || chr(1) || chr(127), TRUE, 3, '1e22', NULL, NULL),
    (9, repeat('long ', 50000), TRUE, 4, '123456.789e-10', DATE '2000-01-01', NULL)
"""
MODEL = f"""
SELECT
    9223372036854775807 - 4611686018427387904 // id AS grand,
    CAST(id AS TINYINT) AS petit,
    CAST(id AS SMALLINT) AS court,
    CAST(id AS INTEGER) AS id,
    texte,
    vrai,
    CAST(montant AS DECIMAL(38, 3)) AS montant,
    CAST(reel AS DOUBLE) AS reel,
    CAST(id AS FLOAT) / 4 AS simple,
    jour,
    moment,
    encode(texte) AS octets,
    CASE WHEN texte IS NOT NULL THEN [texte, NULL, '', 'NULL', '{{"x",y}}', 'a\\b'] END AS textes,
    CASE WHEN id > 1 THEN CAST([] AS BIGINT[]) ELSE [1, NULL, -9223372036854775807] END AS nombres,
    [jour, NULL] AS jours,
    [moment] AS moments,
    [vrai] AS vrais,
    [CAST(montant AS DECIMAL(38, 3))] AS montants,
    [CAST(reel AS DOUBLE)] AS reels,
    [encode(texte)] AS octets_tous,
    [['a', NULL], [], ['b "q" \\ é']] AS imbrique
FROM (VALUES {ROWS}) AS v (id, texte, vrai, montant, reel, jour, moment)
"""
TYPES = {
    "grand": "bigint",
    "petit": "smallint",
    "court": "smallint",
    "id": "integer",
    "texte": "text",
    "vrai": "boolean",
    "montant": "numeric(38,3)",
    "reel": "double precision",
    "simple": "real",
    "jour": "date",
    "moment": "timestamp with time zone",
    "octets": "bytea",
    "textes": "text[]",
    "nombres": "bigint[]",
    "jours": "date[]",
    "moments": "timestamp with time zone[]",
    "vrais": "boolean[]",
    "montants": "numeric(38,3)[]",
    "reels": "double precision[]",
    "octets_tous": "bytea[]",
    "imbrique": "jsonb",
}


def of_models(root: Path, contract: str = "", **models: str) -> Bench:
    """A project whose gold tables need no source, with a release."""
    files = {f"models/{name}.sql": sql for name, sql in models.items()}
    bench = Bench.of_files(root, {**files, **({"contracts/gold.odcs.yaml": contract} if contract else {})})
    bench.run()
    return bench


def test_hard_values_of_every_type(base: Base, tmp_path: Path) -> None:
    bench = of_models(tmp_path / "projet", valeurs=MODEL)
    done = dataspark.publish(bench.root, base.url)
    assert [(one.table, one.rows) for one in done.tables] == [("valeurs", 9)]
    types = base.rows(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = 'projet.valeurs'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert dict(types) == TYPES
    with dataspark.open(bench.root) as reader:
        expected = reader.sql("SELECT * FROM valeurs ORDER BY id").rows()
    found = base.rows("SELECT * FROM projet.valeurs ORDER BY id")
    assert found == expected
    assert [math.copysign(1, row[7]) for row in found if row[7] == 0] == [-1]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("DATE '0044-03-15 (BC)'", "0044-03-15 BC"),
        ("DATE '12025-01-01'", "12025-01-01"),
        ("CAST('infinity' AS DATE)", "infinity"),
        ("TIMESTAMPTZ '0044-03-15 (BC) 12:00:00.5+00'", "0044-03-15 12:00:00.5+00 BC"),
        ("TIMESTAMPTZ '12025-01-01 00:00:00+00'", "12025-01-01 00:00:00+00"),
        ("CAST('nan' AS DOUBLE)", "NaN"),
        ("[CAST('nan' AS DOUBLE), CAST('-inf' AS DOUBLE)]", "{NaN,-Infinity}"),
        ("[DATE '0044-03-15 (BC)']", '{"0044-03-15 BC"}'),
    ],
)
def test_values_that_python_has_not(base: Base, tmp_path: Path, value: str, shown: str) -> None:
    dataspark.publish(of_models(tmp_path / "projet", v=f"SELECT {value} AS v").root, base.url)
    assert base.psql("SET DateStyle = 'ISO'; SET TimeZone = 'UTC'; SELECT v FROM projet.v").splitlines()[-1] == shown


def test_every_table_of_retail(base: Base, retail: Bench) -> None:
    done = dataspark.publish(retail.root, base.url, unmasked=True)
    assert len(done.tables) == 14
    with dataspark.open(retail.root) as reader:
        for one in done.tables:
            table = reader.table(one.table)
            found = base.rows(f'SELECT {", ".join(table.columns)} FROM retail."{one.table}"')
            expected = table.rows()
            assert len(expected) == one.rows > 0
            assert sorted(found, key=repr) == sorted(expected, key=repr)
    total = base.psql("SELECT count(*), sum(montant), count(DISTINCT dim_client_id) FROM retail.fact_achats")
    with dataspark.open(retail.root) as reader:
        query = "SELECT count(*), sum(montant), count(DISTINCT dim_client_id) FROM fact_achats"
        assert total.strip() == "|".join(map(str, reader.sql(query).rows()[0]))


def test_names_that_must_be_quoted(base: Base, tmp_path: Path) -> None:
    bench = of_models(tmp_path / "projet", select='SELECT 1 AS "Clé ""x""", 2 AS "order", 3 AS "a%sb"')
    schema = "Été 'x\" %s"
    dataspark.publish(bench.root, base.url, schema=schema)
    dataspark.publish(bench.root, base.url, schema=schema, full=True)
    with base.connect() as connection:
        found = connection.execute('SELECT "Clé ""x""", "order", "a%sb" FROM "Été \'x"" %s"."select"').fetchall()
    assert found == [(1, 2, 3)]


def test_tables_without_rows_and_many_rows(base: Base, tmp_path: Path) -> None:
    bench = of_models(
        tmp_path / "projet", vide="SELECT 1 AS a WHERE FALSE", beaucoup="SELECT range AS a FROM range(12345)"
    )
    done = dataspark.publish(bench.root, base.url)
    assert {one.table: one.rows for one in done.tables} == {"vide": 0, "beaucoup": 12_345}
    assert base.rows("SELECT count(*), sum(a) FROM projet.beaucoup") == [(12_345, 12_344 * 12_345 // 2)]
    assert base.rows("SELECT count(*) FROM projet.vide") == [(0,)]


def test_a_value_that_postgresql_has_not_is_named_and_the_old_stays(base: Base, tmp_path: Path) -> None:
    bench = of_models(tmp_path / "projet", noms="SELECT 'a' AS nom")
    dataspark.publish(bench.root, base.url)
    (bench.root / "models" / "noms.sql").write_text("SELECT 'a' || chr(0) AS nom")
    bench.run()
    with pytest.raises(RowsRefused, match=r"loading noms: .*0x00 \(gold.noms.nom\)\n\nhint: .*NUL") as caught:
        dataspark.publish(bench.root, base.url)
    assert caught.value.exit_code == 1
    assert base.rows("SELECT nom FROM projet.noms") == [("a",)]
    assert base.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE '\\_dataspark%'") == []


def test_what_cannot_be_held_is_told_before_anything_is_done() -> None:
    long = "é" * 32
    tables: dict[str, Any] = {"a": [("x", "INTERVAL"), ("xmin", "BIGINT"), (long, "BIGINT")], "b": [("y", "DATE")]}
    with pytest.raises(UsageError, match="tables that PostgreSQL cannot hold") as caught:
        make_shapes(tables, (), {})
    assert [(m.path, m.message) for m in caught.value.mistakes] == [
        ("gold.a.x", "there is no type for INTERVAL: cast it in the model"),
        ("gold.a.xmin", "every table there has a column of this name for itself"),
        (f"gold.a.{long}", "the name has more than 63 bytes"),
    ]
