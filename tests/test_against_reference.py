"""The whole retail pipeline against an independent one in plain pandas: every table, value by value."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from dataspark.errors import DriftError
from dataspark.pipeline.report import RunReport
from dataspark.tables import Layer, TableRef
from reference import retail
from reference.compare import assert_same_rows
from workbench import Bench, csv

NOW = datetime(2025, 12, 31, tzinfo=UTC)
CLIENTS, ACHATS = "id_client,nom,email,date_inscription,pays", "id_achat,id_client,date_achat,montant,produit"


def frame(bench: Bench, table: str, version: int, layer: str) -> pd.DataFrame:
    """A table at a version, read by the files that its log names."""
    ref = TableRef(Layer(layer), table)
    with bench.workspace.engine() as engine:
        engine().bind(ref, version)
        found: pd.DataFrame = engine().session.arrow(f"SELECT * FROM {ref}").to_pandas()
    return found


def agrees(bench: Bench, files: dict[str, list[Path]], report: RunReport) -> None:
    """Silver, quarantine, ledger and gold are what the reference makes of the same files."""
    expected = retail.refine(files, NOW)
    for table in ("clients", "achats"):
        numbers = {path: number for number, path in enumerate(files[table], 1)}
        rejected = {(numbers[r.file], r.line): set(r.reasons) for r in expected.quarantine if r.table == table}
        found = {
            (int(file), int(line)): set(reasons.strip("[]").split(", "))
            for file, line, reasons in bench.quarantine(table, "_file, _line, _reasons")
        }
        assert found == rejected
        ledger, whole = expected.ledger(table), bench.ledgers(table)
        for counter in ("read", "accepted", "quarantined", "duplicates", "superseded"):
            assert sum(getattr(one, counter) for one in whole.values()) == getattr(ledger, counter), counter
        version = bench.head(table).version
        assert version is not None
        data = [column for column in expected.silver[table].columns if not column.startswith("_")]
        assert_same_rows(frame(bench, table, version, "silver")[data], expected.silver[table][data], table)
    built = {model.name: model.version for model in report.models}
    for name, wanted in retail.gold(expected.silver).items():
        assert_same_rows(frame(bench, name, built[name], "gold"), wanted, name)


def test_the_default_sample(tmp_path: Path) -> None:
    import duckdb

    from dataspark.sample import write_sample

    bench = Bench.of_example(tmp_path)
    write_sample(bench.sources, execute=duckdb.connect().execute)
    report = bench.run()
    assert report.ok
    assert report.published
    agrees(bench, {"clients": [bench.sources / "clients.csv"], "achats": [bench.sources / "achats.csv"]}, report)
    truth: dict[str, Any] = json.loads((bench.sources / "truth.json").read_text())
    assert [len(bench.silver(table)) for table in ("clients", "achats")] == [1479, 22422]
    rows = {model.name: model.rows for model in report.models}
    assert rows["dim_temps"] == 346
    assert rows["agregation_semaine"] == rows["kpi_volumes_semaine"] == 51
    assert rows["agregation_mois"] == 12
    assert rows["dim_produit"] == 10
    assert rows["dim_pays"] == 9
    assert rows["fact_achats"] == 22422
    for table in ("clients", "achats"):
        ledger = bench.ledgers(table)[1]
        assert dict(ledger.reasons) == truth["tables"][table]["reasons"]


def test_corrections_of_old_rows_in_a_second_batch(tmp_path: Path) -> None:
    bench = Bench.of_example(tmp_path)
    people = [f"{n},Ann,a{n}@b.fr,2024-01-0{n},France" for n in range(1, 6)]
    bought = [f"{n},{1 + n % 5},2025-05-06 17:51:1{n},{n}0.5,Laptop" for n in range(1, 8)]
    files = {"clients": [bench.put("clients.csv", csv(CLIENTS, *people))]}
    files["achats"] = [bench.put("achats_1.csv", csv(ACHATS, *bought))]
    bench.run()
    changed = ["3,2,2025-05-07 10:00:00,99,Phone", bought[0], "9,1,2025-05-08 10:00:00,1,Mouse", "bad"]
    files["achats"].append(bench.put("achats_2.csv", csv(ACHATS, *changed)))
    report = bench.run()
    agrees(bench, files, report)
    first, second = bench.ledgers("achats")[1], bench.ledgers("achats")[2]
    assert (first.accepted, first.superseded) == (6, 1)
    assert (second.read, second.accepted, second.duplicates, second.quarantined) == (4, 2, 1, 1)


blank = st.sampled_from(["", " ", "\t", "\u00a0"])
keys = st.sampled_from(["1", "2", "3", "4", "07", "+5", "0", "-1", "1.0", "x", "", "9223372036854775808", "1_0", " 6 "])
dates = st.sampled_from(
    [
        *(
            "2025-05-06 17:51:13",
            "2025-05-06",
            "2025-02-30",
            "06/05/2025",
            "6/5/2025",
            "06/05/2025 07:08",
            "2025-12-31",
        ),
        *("2025-12-31 00:00:01", "2024-02-29T23:59:59Z", "2025-01-01T00:30:00+02:00", "soon", "20250506", "2025-5-6"),
        *("2025-12-29 10:00:00", "2024-12-30 10:00:00", "2025-06-01 12:00:00.123456", " 2025-06-01 12:00:00", ""),
        "1999-01-01",
    ]
)
amounts = st.sampled_from(
    [
        *("387.02", "190.0", "0", "-5", "0.005", "0.004", "1e3", "12,5", "5.", ".5", "abc", "", "nan", "inf"),
        *("100000.01", "100000", "99999999999", "1_000", "+7.10", " 8 ", "6000"),
    ]
)
products = st.sampled_from(["Laptop", " Mouse", "Phone\u00a0", "", "Écran", "Laptop", "Tablet", "mouse"])
countries = st.sampled_from(["France", " Germany ", "Atlantis", "", "UK", "Belgique", "Canada"])
emails = st.sampled_from(["a@b.fr", "bad", "", "x.y@z.co.uk", " a@b.fr ", "a@b"])
client = st.tuples(keys, st.sampled_from(["Ann", " Bob ", "", "Zoë"]), emails, dates, countries).map(",".join)
purchase = st.tuples(keys, keys, dates, amounts, products).map(
    lambda fields: ",".join(f'"{field}"' if "," in field else field for field in fields)
)


@settings(max_examples=12)
@given(
    clients=st.lists(st.lists(client, min_size=1, max_size=12), min_size=1, max_size=2),
    achats=st.lists(st.lists(purchase, min_size=1, max_size=25), min_size=1, max_size=2),
)
def test_generated_data(clients: list[list[str]], achats: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench.of_example(Path(folder))
        files: dict[str, list[Path]] = {"clients": [], "achats": []}
        for number in range(max(len(clients), len(achats))):
            for table, header, batches in (("clients", CLIENTS, clients), ("achats", ACHATS, achats)):
                if number < len(batches):
                    files[table].append(bench.put(f"{table}_{number}.csv", csv(header, *batches[number])))
            try:
                report = bench.run()
            except DriftError:  # by chance no value of a column fits: a run stops before such a file
                reject()
        # So little data may break what is promised about whole tables: then nothing is released, but all is built.
        agrees(bench, files, report)
