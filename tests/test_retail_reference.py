"""The retail models, run by plain DuckDB on the reference's silver, give the reference's gold, and its checks hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from dataspark.contracts.reading import read_contracts
from dataspark.project import read_project
from dataspark.sample import write_sample
from dataspark.sql.checks import row_promises
from dataspark.sql.text import instant
from dataspark.tables import Layer
from reference.compare import assert_same_rows
from reference.retail import PROJECT, Ledger, frame, gold, refine, to_amount, to_date, to_integer, to_timestamp

AS_OF = datetime(2025, 12, 31, tzinfo=UTC)
ORDER = (
    *("dim_produit", "dim_pays", "fact_achats", "dim_client", "agregation_jour", "dim_temps", "agregation_semaine"),
    *("agregation_mois", "kpi_volumes_jour", "kpi_volumes_semaine", "kpi_volumes_mois", "kpi_ca_par_pays"),
    *("kpi_taux_croissance", "kpi_distributions_statistiques"),
)
SCHEMAS = {
    "clients": pa.schema(
        [
            ("id_client", pa.int64()),
            ("nom", pa.string()),
            ("email", pa.string()),
            ("date_inscription", pa.date32()),
            ("pays", pa.string()),
        ]
    ),
    "achats": pa.schema(
        [
            ("id_achat", pa.int64()),
            ("id_client", pa.int64()),
            ("date_achat", pa.timestamp("us", "UTC")),
            ("montant", pa.decimal128(12, 2)),
            ("produit", pa.string()),
        ]
    ),
}
CHECKS = sorted(path.stem for path in (PROJECT / "checks").glob("*.sql"))


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA silver; CREATE SCHEMA gold; SET search_path = 'gold'")
        yield connection


def build(warehouse: duckdb.DuckDBPyConnection, silver: dict[str, pd.DataFrame]) -> None:
    for table, schema in SCHEMAS.items():
        columns = [pa.array(list(silver[table][field.name]), field.type) for field in schema]
        warehouse.register("rows", pa.table(columns, schema=schema))
        warehouse.execute(f"CREATE OR REPLACE TABLE silver.{table} AS FROM rows")
    for model in ORDER:
        sql = (PROJECT / "models" / f"{model}.sql").read_text(encoding="utf-8")
        warehouse.execute(f"CREATE OR REPLACE TABLE gold.{model} AS {sql}")


def rows_of(warehouse: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    """With Python's own values: pandas would make floats of integers next to NULL."""
    result = warehouse.execute(query)
    names = [column[0] for column in result.description or ()]
    return frame(names, result.to_arrow_table().to_pylist())  # fetchall would want pytz for moments


def failures(warehouse: duckdb.DuckDBPyConnection, check: str) -> int:
    return (
        warehouse.execute((PROJECT / "checks" / f"{check}.sql").read_text(encoding="utf-8")).to_arrow_table().num_rows
    )


def small_silver(achats: list[tuple[int, int, str, str, str]]) -> dict[str, pd.DataFrame]:
    """Two clients in two countries, and these purchases."""
    clients = [
        {"id_client": 1, "nom": "Marie", "email": None, "date_inscription": to_date("2024-02-01"), "pays": "France"},
        {
            "id_client": 2,
            "nom": "Paul",
            "email": "p@a.be",
            "date_inscription": to_date("2024-03-01"),
            "pays": "Belgium",
        },
    ]
    rows = [
        {
            "id_achat": key,
            "id_client": client,
            "date_achat": to_timestamp(moment),
            "montant": Decimal(amount),
            "produit": product,
        }
        for key, client, moment, amount, product in achats
    ]
    return {
        "clients": frame(SCHEMAS["clients"].names, clients),
        "achats": frame(SCHEMAS["achats"].names, rows),
    }


SILVERS = {
    "orphans": [(1, 1, "2024-12-30 23:59:59", "10.00", "Mouse"), (2, 9, "2025-01-01", "20.55", "Phone")],
    "no orphans": [(5, 2, "2025-01-31", "7.10", "Mouse"), (6, 1, "2025-03-01 00:00:00.000001", "0.01", "Mouse")],
    "one purchase": [(1, 1, "2025-06-01", "99.99", "Laptop")],
    "before 1970": [(1, 1, "1969-12-31 23:59:59", "5.00", "Laptop"), (40, 2, "1970-01-01", "15.00", "Laptop")],
    "no purchase": [],
    "quartiles between": [
        (key, 1 + key % 2, f"2025-0{key}-1{key}", amount, "Mouse")
        for key, amount in enumerate(("1.00", "2.00", "4.00", "8.00", "16.00", "16.00"), start=1)
    ],
}


@pytest.mark.parametrize("name", SILVERS)
def test_models_agree_on_small_cases(name: str, warehouse: duckdb.DuckDBPyConnection) -> None:
    silver = small_silver(SILVERS[name])
    build(warehouse, silver)
    for model, expected in gold(silver).items():
        assert_same_rows(rows_of(warehouse, f"FROM gold.{model}"), expected, model)
    assert {check: failures(warehouse, check) for check in CHECKS if check != "achats_orphelins"} == dict.fromkeys(
        (check for check in CHECKS if check != "achats_orphelins"), 0
    )


@pytest.mark.parametrize(("rows", "seed"), [(None, 42), (4_000, 7)])
def test_models_agree_on_samples(
    rows: int | None, seed: int, tmp_path: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    truth = write_sample(tmp_path, rows, seed, execute=duckdb.connect().execute)
    silver = refine({"clients": [tmp_path / "clients.csv"], "achats": [tmp_path / "achats.csv"]}, AS_OF).silver
    build(warehouse, silver)
    expected = gold(silver)
    assert sorted(expected) == sorted(ORDER)
    assert sorted(path.stem for path in (PROJECT / "models").glob("*.sql")) == sorted(ORDER)
    for model, frame_expected in expected.items():
        assert_same_rows(rows_of(warehouse, f"FROM gold.{model}"), frame_expected, model)
    found = {check: failures(warehouse, check) for check in CHECKS}
    assert found == {**dict.fromkeys(CHECKS, 0), "achats_orphelins": truth.orphans}


BREAKS = {
    "ca_par_pays": "UPDATE kpi_ca_par_pays SET ca_total = ca_total + 0.01 WHERE pays = 'France'",
    "croissance": "UPDATE kpi_taux_croissance SET taux_croissance = taux_croissance + 0.02 WHERE mois = 1",
    "agregations": "UPDATE agregation_semaine SET nb_transactions = nb_transactions + 1 WHERE semaine = 1",
    "faits_complets": "DELETE FROM fact_achats WHERE id_achat = 1",
    "achats_orphelins": "UPDATE fact_achats SET dim_client_id = 0 WHERE id_achat = 1",
}


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_sees_what_it_is_for(check: str, warehouse: duckdb.DuckDBPyConnection) -> None:
    achats = [(1, 1, "2024-12-30", "10.00", "Mouse"), (2, 2, "2025-01-02", "20.55", "Phone")]
    build(warehouse, small_silver(achats))
    assert failures(warehouse, check) == 0
    warehouse.execute(BREAKS[check])
    assert failures(warehouse, check) > 0


PROMISES = {
    "fact_achats.primaryKey": "INSERT INTO fact_achats SELECT * FROM fact_achats WHERE id_achat = 2",
    "fact_achats.id_achat.required": "UPDATE fact_achats SET id_achat = NULL WHERE id_achat = 2",
    "fact_achats.dim_client_id.relationship": "DELETE FROM dim_client WHERE id_client = 1",
    "fact_achats.dim_produit_id.relationship": "DELETE FROM dim_produit WHERE produit = 'Mouse'",
    "fact_achats.dim_temps_id.relationship": "DELETE FROM dim_temps WHERE annee = 2024",
    "dim_client.primaryKey": "INSERT INTO dim_client SELECT * FROM dim_client WHERE id_client = 1",
    "dim_client.dim_pays_id.relationship": "UPDATE dim_client SET dim_pays_id = 7 WHERE id_client = 1",
    "dim_pays.primaryKey": "INSERT INTO dim_pays SELECT dim_pays_id, 'Chile' FROM dim_pays LIMIT 1",
    "dim_pays.pays.unique": "INSERT INTO dim_pays SELECT 99, 'France'",
    "dim_produit.produit.unique": "INSERT INTO dim_produit SELECT 99, 'Mouse'",
    "dim_temps.date.unique": "UPDATE dim_temps SET date = DATE '2024-12-30'",
}


def broken_promises(warehouse: duckdb.DuckDBPyConnection) -> set[str]:
    """The promises of the star schema's contracts that rows break."""
    broken = set()
    for contract in read_contracts(read_project(PROJECT)):
        if contract.layer is not Layer.GOLD or contract.name.startswith("kpi_"):
            continue
        types = warehouse.execute(f"DESCRIBE gold.{contract.name}").fetchall()
        integers = [column for column, kind, *_ in types if kind in ("INTEGER", "BIGINT")]
        for promise in row_promises(contract, f"gold.{contract.name}", instant(AS_OF), integers):
            assert promise.blocks
            if warehouse.execute(promise.query).to_arrow_table().num_rows:
                broken.add(f"{contract.name}.{promise.code}")
    return broken


@pytest.mark.parametrize("promise", PROMISES)
def test_contracts_of_the_star_schema_see_what_they_are_for(promise: str, warehouse: duckdb.DuckDBPyConnection) -> None:
    build(warehouse, small_silver([(1, 1, "2024-12-30", "10.00", "Mouse"), (2, 2, "2025-01-02", "20.55", "Phone")]))
    assert broken_promises(warehouse) == set()
    warehouse.execute(PROMISES[promise])
    assert promise in broken_promises(warehouse)


@pytest.mark.parametrize(
    ("keys", "twice"),
    [
        ([], []),
        ([1, 2, 3, 31, 32, 33, 63, 64], []),
        ([-1, 0, 1, -31, 31, -32, 32, -33], []),
        ([-(2**63), 2**63 - 1, -(2**63) + 1], []),
        ([0, 0], [0]),
        ([-5, 5, -5], [-5]),
        ([31, 63, 63, 95, None, None], [63]),
        ([-(2**63), -(2**63), 2**63 - 1], [-(2**63)]),
    ],
)
def test_numbers_that_come_twice_are_found(
    keys: list[int | None], twice: list[int], warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute("CREATE TABLE gold.dim_pays (dim_pays_id BIGINT, pays VARCHAR)")
    warehouse.executemany("INSERT INTO gold.dim_pays VALUES (?, 'x')", [[key] for key in keys] or [[1]])
    if not keys:
        warehouse.execute("DELETE FROM gold.dim_pays")
    contract = next(one for one in read_contracts(read_project(PROJECT)) if one.name == "dim_pays")
    promises = {one.code: one for one in row_promises(contract, "gold.dim_pays", "NULL", ["dim_pays_id"])}
    found = warehouse.execute(promises["primaryKey"].query).fetchall()
    assert [key for key, _times in found] == twice


def test_checks_say_their_severity() -> None:
    for path in (PROJECT / "checks").glob("*.sql"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first in ("-- severity: error", "-- severity: warn")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_reference_counts_versions_of_a_row(tmp_path: Path) -> None:
    """A, A, B, A: one duplicate, two superseded, and the last A is the one that counts."""
    header = "id_achat,id_client,date_achat,montant,produit\n"
    a, b = "1,1,2025-01-01,5.0,Mouse\n", "1,1,2025-01-01,6.0,Mouse\n"
    first = write(tmp_path, "achats-1.csv", header + a + "1, 1 ,2025-01-01T00:00Z,5.00,Mouse\n" + b)
    second = write(tmp_path, "achats-2.csv", header + a)
    result = refine({"achats": [first, second]}, AS_OF)
    assert result.ledgers["achats", first] == Ledger(read=3, duplicates=1, superseded=2)
    assert result.ledgers["achats", second] == Ledger(read=1, accepted=1)
    assert list(result.silver["achats"]["montant"]) == [Decimal("5.00")]


def test_reference_counts_lines_and_ragged_rows(tmp_path: Path) -> None:
    text = (
        "\ufeffpays,nom,email,date_inscription,id_client,extra\r\n"
        '"France","A\r\nB",a@b.c,2024-01-01,1,x\r\n'
        "\r\n"
        "France,C,,2024-01-01,2\r\n"
        "France,D,,2024-01-01,3,x,y\r\n"
        "Nowhere,E,e,2026-01-01,0,x\r\n"
    )
    result = refine({"clients": [write(tmp_path, "clients.csv", text)]}, AS_OF)
    assert [(row.line, row.reasons) for row in result.quarantine] == [
        (5, ("csv.columns",)),
        (6, ("csv.columns",)),
        (7, ("id_client.minimum", "email.pattern", "pays.enum", "row.date_future")),
    ]
    assert result.ledger("clients").read == 4
    assert list(result.silver["clients"]["nom"]) == ["A\r\nB"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e3", "1000.00"), ("12.345", "12.35"), ("-0.005", "-0.01"), ("9999999999.99", "9999999999.99"), ("1e-9", "0")],
)
def test_reference_reads_amounts(text: str, value: str) -> None:
    assert to_amount(text) == Decimal(value)


@pytest.mark.parametrize("text", ["NaN", "inf", "1_000", "12,5", "9999999999.995", "1e10", "1e999999999", ".", "0x1"])
def test_reference_refuses_amounts(text: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        to_amount(text)


@pytest.mark.parametrize("text", ["1.0", "1e3", "1_000", "9223372036854775808", "", "٣"])
def test_reference_refuses_integers(text: str) -> None:
    with pytest.raises(ValueError, match="is no integer"):
        to_integer(text)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2025-05-06", "2025-05-06T00:00:00+00:00"),
        ("2025-05-06T17:51", "2025-05-06T17:51:00+00:00"),
        ("2025-05-06 17:51:13.5+02:00", "2025-05-06T15:51:13.500000+00:00"),
        ("06/05/2025 17:51", "2025-05-06T17:51:00+00:00"),
    ],
)
def test_reference_reads_timestamps(text: str, iso: str) -> None:
    assert to_timestamp(text).isoformat() == iso
