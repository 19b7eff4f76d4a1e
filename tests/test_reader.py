"""The Python API: `dataspark.open` and `dataspark.run`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import dataspark
from cli.calling import dataspark as command
from dataspark import DataSparkError, Reader, UsageError
from dataspark.pipeline.report import RunReport
from dataspark.wiring import open_workspace


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template, after one run."""
    root = tmp_path_factory.mktemp("reader") / "boutique"
    command("init", root)
    report = dataspark.run(root, as_of="2025-12-31")
    assert report.ok
    assert report.published
    return root


@pytest.fixture
def lake(project: Path) -> Iterator[Reader]:
    with dataspark.open(project) as lake:
        yield lake


def test_release(lake: Reader) -> None:
    assert lake.release.id == "r000001"
    assert lake.release.as_of == "2025-12-31T00:00:00+00:00"
    assert datetime.fromisoformat(lake.release.created).tzinfo is not None
    assert lake.tables() == [
        *("gold.ca_par_mois", "gold.ca_par_produit", "journal.ventes", "quality.counts", "quality.profiles"),
        *("quarantine.ventes", "repeats.ventes", "silver.ventes"),
    ]


def test_a_table_in_every_form(lake: Reader) -> None:
    table = lake.table("ca_par_produit")
    rows = table.rows()
    assert table.columns == ["produit", "nb_ventes", "quantite", "ca_total"]
    assert {row[0]: row[3] for row in rows}["Thé"] == Decimal("581.40")
    assert table.to_arrow().column_names == table.columns
    assert table.to_pandas()["ca_total"].tolist() == [row[3] for row in rows]
    assert table.to_polars().rows() == rows
    assert table.rows(limit=1) == rows[:1]


@pytest.mark.parametrize("name", ["gold.ca_par_mois", "CA_PAR_MOIS", "silver.ventes", "quarantine.ventes"])
def test_tables_by_their_names(name: str, lake: Reader) -> None:
    assert lake.table(name).rows()


def test_sql_over_layers(lake: Reader) -> None:
    query = """
        -- gold by its bare name, silver by its full one
        WITH ca_par_produit AS (SELECT * FROM ca_par_produit WHERE ca_total > 50)
        SELECT count(*) FROM Silver.Ventes JOIN ca_par_produit USING (produit); -- the end; really
    """
    assert lake.sql(query).rows() == [(3,)]
    assert lake.sql("SELECT ';' AS a, 1 AS b, 2 AS b;").rows() == [(";", 1, 2)]
    assert lake.sql("DESCRIBE ca_par_mois").rows()[0][0] == "mois"


def test_moments_are_in_utc(lake: Reader) -> None:
    moment = "TIMESTAMPTZ '2025-01-01 12:00:00+02'"
    found = lake.sql(f"SELECT {moment} AS t, [{moment}] AS l, NULL::TIMESTAMPTZ AS n")
    assert found.rows() == [(datetime(2025, 1, 1, 10, tzinfo=UTC), [datetime(2025, 1, 1, 10, tzinfo=UTC)], None)]
    assert found.to_polars().row(0)[0] == datetime(2025, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT * FROM ca_par_moi", "did you mean `ca_par_mois`?"),
        ("SELECT * FROM silver.vente", "did you mean `silver.ventes`?"),
        ("SELECT * FROM bronze.ventes", "has no table `bronze.ventes`"),
        ("SELECT * FROM 'ventes.csv'", "has no table `ventes.csv`"),
        ("INSERT INTO ca_par_mois SELECT 1", "must be one SELECT"),
        ("CREATE TABLE x AS SELECT 1", "must be one SELECT"),
        ("COPY (SELECT 1) TO 'x.csv'", "must be one SELECT"),
        ("ATTACH 'x.db'", "must be one SELECT"),
        ("SET threads = 1", "must be one SELECT"),
        ("SELECT 1; SELECT 2", "must be one SELECT"),
        ("", "must be one SELECT"),
        ("SELEC 1", "refused: syntax error"),
        ("SELECT 1 +\n\nnope FROM ca_par_mois", r"refused \(line 3\)"),
        ("SELECT CAST('x' AS INTEGER)", "refused: Conversion Error"),
    ],
)
def test_what_is_not_a_question_to_the_release(query: str, words: str, lake: Reader) -> None:
    with pytest.raises(UsageError, match=words):
        lake.sql(query).rows()


def test_an_unknown_table(lake: Reader) -> None:
    with pytest.raises(UsageError, match="release r000001 has no table `ca_par_pays`"):
        lake.table("ca_par_pays")


def test_a_closed_reader(project: Path) -> None:
    lake = dataspark.open(project)
    lake.table("ca_par_mois")
    lake.close()
    lake.close()
    with pytest.raises(UsageError, match="this reader is closed"):
        lake.table("ca_par_mois")


def test_no_release_yet(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no project"):
        dataspark.open(tmp_path)
    command("init", tmp_path / "new")
    with pytest.raises(UsageError, match="has no release yet") as caught:
        dataspark.open(tmp_path / "new")
    assert caught.value.hint == "make one: `dataspark run`"


def test_an_older_release(project: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(project, tmp_path / "copy"))
    with (root / "data/sources/ventes_2.csv").open("w") as file:
        file.write("id_vente,date_vente,produit,quantite,prix,pays\n99,2025-04-01,Sirop,1,5.00,France\n")
    with dataspark.open(root) as before:
        dataspark.run(root, as_of="2025-12-31")
        assert len(before.table("ca_par_produit").rows()) == 3, "a reader stays with its release"
    with dataspark.open(root) as now, dataspark.open(root, release="r000001") as then:
        assert len(now.table("ca_par_produit").rows()) == 4
        assert len(then.table("ca_par_produit").rows()) == 3
    with pytest.raises(UsageError, match="there is no release `r000003`"):
        dataspark.open(root, release="r000003")


def test_a_missing_package_names_its_extra(lake: Reader) -> None:
    hidden = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "polars"}
    try:
        for name in hidden:
            del sys.modules[name]
        sys.modules["polars"] = None  # type: ignore[assignment]
        with pytest.raises(UsageError, match="needs polars") as caught:
            lake.table("ca_par_mois").to_polars()
    finally:
        del sys.modules["polars"]
        sys.modules.update(hidden)
    assert caught.value.hint == "pip install 'dataspark[polars]'"


def test_a_run_that_finds_nothing_new(project: Path) -> None:
    report = dataspark.run(project, as_of="2025-12-31")
    assert (report.ok, report.published, report.release) == (True, False, "r000001")
    with pytest.raises(UsageError, match="no model is called `kpi"):
        dataspark.run(project, as_of="2025-12-31", select=["kpi_*"])
    with pytest.raises(DataSparkError, match="unknown profile"):
        dataspark.run(project, profile="prod")


def test_an_answer_in_parts_and_an_answer_that_is_too_large(lake: Reader) -> None:
    numbers = lake.sql("SELECT range AS n, TIMESTAMPTZ '2025-01-01 00:00:00+00' AS t FROM range(25)")
    parts = list(numbers.batches(10, limit=21))
    assert [len(part) for part in parts] == [10, 10, 1]
    assert parts[2] == [(20, datetime(2025, 1, 1, tzinfo=UTC))]
    assert numbers.to_arrow(limit=3).num_rows == 3
    names = lake.sql("SELECT repeat('x', 100) AS \"a b\", [1, 2, 3] AS l, 1 AS n, 2 AS n")
    assert names.bounded(100).columns == ["a b", "l", "n", "n_1"]
    assert names.bounded(100).rows() == names.rows()
    for limit in (99, 2):
        with pytest.raises(UsageError, match=f"a value of the answer is longer than {limit}"):
            names.bounded(limit).rows()


def test_every_row_of_a_table_has_a_place(lake: Reader) -> None:
    relation = lake.numbered("silver.ventes", "f", "r")
    places = lake.own(f"SELECT f, r FROM {relation} ORDER BY ALL").rows()
    assert len(set(places)) == len(places) == len(lake.table("silver.ventes").rows())
    assert places[0] == (0, 0)


def test_a_report_can_be_read_back_from_its_record(project: Path) -> None:
    record = open_workspace(project).lake.runs()[-1]
    assert RunReport.from_json(record).as_json() == record


def test_what_is_closed_can_be_interrupted(project: Path) -> None:
    lake = dataspark.open(project)
    session = lake._session()
    lake.close()
    session.interrupt()
    lake.interrupt()
