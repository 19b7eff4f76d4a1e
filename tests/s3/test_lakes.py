"""What holds of a lake in folders holds of one in S3."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from cli.calling import dataspark
from dataspark.engines.duckdb.session import Session
from dataspark.erasure import forget
from dataspark.errors import StorageError, UsageError
from dataspark.project import EngineSettings
from dataspark.reader import open_reader
from dataspark.sample import write_sample
from dataspark.stewardship import fix
from dataspark.upkeep import rollback, vacuum
from test_incremental import HEADERS, arrive, lab
from test_killed import FIRST, SECOND
from test_queue import sheet
from workbench import Bench, csv

pytestmark = pytest.mark.usefixtures("anywhere")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    session = Session(EngineSettings())
    try:
        write_sample(folder, None, 42, execute=session.run)
    finally:
        session.close()
    return folder


def test_the_reference_result(tmp_path: Path, sample: Path) -> None:
    """The figures of the reference, and each gold table's number of rows."""
    bench = Bench.of_example(tmp_path)
    for name in ("clients.csv", "achats.csv"):
        bench.put(name, (sample / name).read_bytes())
    report = bench.run()
    assert {table.name: (table.ledger.read, table.ledger.accepted) for table in report.tables} == {
        "clients": (1500, 1479),
        "achats": (23_663, 22_422),
    }
    with open_reader(tmp_path) as reader:
        counts = {
            name: reader.sql(f"SELECT count(*) FROM {name}").rows()[0][0] for name in reader.tables() if "gold." in name
        }
        by_country = reader.sql("SELECT sum(ca_total) FROM kpi_ca_par_pays").rows()
        assert by_country == reader.sql("SELECT sum(montant) FROM fact_achats").rows()
    assert counts["gold.fact_achats"] == 22_422
    assert [counts[f"gold.agregation_{period}"] for period in ("jour", "semaine", "mois")] == [346, 51, 12]
    again = bench.run()
    assert not again.published
    assert not any(model.changed for model in again.models)


def test_incremental_is_a_full_refresh(tmp_path: Path) -> None:
    bench = lab(tmp_path, "hold")
    for number, (rows, as_of) in enumerate([(FIRST, "2025-06-15"), (SECOND, "2025-06-21"), (FIRST, "2025-06-22")]):
        arrive(bench, number, rows)
        bench.run(as_of=as_of)
    versions, before = bench.versions(), bench.everything()
    bench.run(as_of="2025-06-22")
    assert bench.versions() == versions
    bench.run(as_of="2025-06-22", full_refresh=True)
    assert bench.everything() == before


def test_bronze_is_byte_identical(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    contents = {
        "visits_1.csv": csv(HEADERS["visits"], *(f"{n},{'x' * 100}" for n in range(120_000))).encode(),
        "visits_2.csv": b"child,note\r\n1,\xff\xfe not text\r\n2,\"open\r\n",
        "visits_3.csv.gz": gzip.compress(csv(HEADERS["visits"], "7,packed").encode()),
        "visits_4.csv": b"",
        "sub/visits_5.csv": csv(HEADERS["visits"], "8,below").encode(),
    }  # fmt: skip
    contract = tmp_path / "contracts/lab.odcs.yaml"
    contract.write_text(contract.read_text().replace(
        "  - name: visits\n", '  - name: visits\n    customProperties: [{property: files, value: ["*visits*"]}]\n'
    ))  # fmt: skip
    for name, content in contents.items():
        bench.put(name, content)
    bench.run(as_of="2025-06-15")
    lake = bench.workspace.lake
    files = {file.name: lake.bronze.read(file.object) for file in lake.archive("visits").files}
    assert files == contents
    ledgers = {file.name: bench.ledgers("visits")[file.number] for file in lake.archive("visits").files}
    assert {name: (one.read, one.accepted) for name, one in ledgers.items()} == {
        "visits_1.csv": (120_000, 120_000),
        "visits_2.csv": (2, 0),
        "visits_3.csv.gz": (1, 1),
        "visits_4.csv": (0, 0),
        "sub/visits_5.csv": (1, 1),
    }


def test_the_same_content_under_another_name_is_skipped(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    bench.put("visits_1.csv", csv(HEADERS["visits"], "1,hello"))
    bench.run(as_of="2025-06-15")
    bench.put("visits_2.csv", csv(HEADERS["visits"], "1,hello"))
    bench.put("visits_1.csv", csv(HEADERS["visits"], "1,hullo"))
    report = bench.run(as_of="2025-06-15")
    assert [table.new_files for table in report.tables if table.name == "visits"] == [1]
    assert bench.silver("visits", "note") == [("hello",), ("hullo",)]


def test_a_mended_row_comes_in(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    bench.put("children.csv", csv(HEADERS["children"], "1,1,1,2025-06-01", "2,1,-5,2025-06-01"))
    bench.run(as_of="2025-06-15")
    assert fix(bench.workspace, sheet(bench, "children", {3: {"amount": "5"}}), "Ada").rows == 1
    bench.run(as_of="2025-06-15")
    assert bench.silver("children", "id, amount") == [("1", "1.00"), ("2", "5.00")]
    assert bench.quarantine("children") == []


def test_a_forgotten_row_leaves_nothing(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    rows = ["1,Quatrepommes", "2,b", "3,c"]
    bench.put("parents.csv", csv(HEADERS["parents"], *rows))
    bench.run(as_of="2025-06-15")
    bench.put("parents_2.csv", csv(HEADERS["parents"], "1,Quatrepoires"))
    bench.run(as_of="2025-06-16")
    done = forget(bench.workspace, "parents", "1", really=True)
    assert (len(done.rows), done.searched and done.searched.left) == (2, ())
    assert bench.silver("parents", "id") == [("2",), ("3",)]
    lake = bench.workspace.lake
    for area in (lake.bronze, lake.silver, lake.gold):
        for one in area.listing():
            assert b"Quatrepo" not in (area.read(one.name) or b""), f"{area.location(one.name)} still says it"
    assert not bench.run(as_of="2025-06-16").published


def test_back_and_forth_between_releases(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    for number in (1, 2, 3):
        bench.put(f"visits_{number}.csv", csv(HEADERS["visits"], f"{number},note {number}"))
        bench.run(as_of="2025-06-15")
    with open_reader(tmp_path) as reader:
        rollback(bench.workspace, "r000001")
        assert len(reader.table("notes").rows()) == 3, "a reader keeps its release"
    with open_reader(tmp_path) as reader:
        assert reader.table("notes").rows() == [("note 1", 1)]
    freed = vacuum(bench.workspace, keep=1)
    assert freed.kept == ("r000004",)
    assert sum(len(one.files) for one in freed.freed) >= 1
    with (
        pytest.raises(UsageError, match="release r000002 cannot be read any more"),
        open_reader(tmp_path, "r000002") as old,
    ):
        old.table("notes")
    assert vacuum(bench.workspace, keep=1).freed == ()
    assert bench.run(as_of="2025-06-15").published, "the state that is ahead of the release is released again"


def test_export_query_and_doctor(tmp_path: Path) -> None:
    bench = lab(tmp_path / "lab", "keep")
    bench.put("visits.csv", csv(HEADERS["visits"], "1,hello", "2,hello"))
    bench.run(as_of="2025-06-15")
    exported = dataspark("export", "gold", "--to", tmp_path / "out", "--format", "csv", project=tmp_path / "lab")
    assert exported.code == 0, exported.err
    assert (tmp_path / "out/notes.csv").read_text() == "note,n\nhello,2\n"
    asked = dataspark("query", "select n from notes", "--format", "csv", project=tmp_path / "lab")
    assert asked.out.split() == ["n", "2"]
    assert dataspark("doctor", project=tmp_path / "lab").code == 0
    trace = dataspark("trace", "visits", "1", project=tmp_path / "lab")
    assert trace.code in (0, 2)


def test_a_file_that_changes_between_listing_and_copying(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    bench.put("visits.csv", csv(HEADERS["visits"], "1,hello"))
    workspace = bench.workspace
    listed = workspace.lake.source_files()
    bench.put("visits.csv", csv(HEADERS["visits"], "1,hullo"))
    contract = next(one for one in workspace.plan.tables if one.name == "visits")
    with pytest.raises(StorageError, match=r"visits\.csv changed while it was read"):
        list(workspace.lake.copy_in(listed, "visits", contract.dialect))
    assert [one.name for one in workspace.lake.bronze.listing()] == []
