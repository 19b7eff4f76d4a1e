"""Readers for somebody we do not know: what they may ask, what they see, and for how long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import dataspark
from conftest import place_in_s3
from dataspark import Reader, UsageError
from dataspark.errors import TookTooLong
from dataspark.serving.shelf import Shelf
from dataspark.wiring import open_workspace

CLIENTS = """
apiVersion: v3.1.0
kind: DataContract
id: clients
version: 1.0.0
status: active
schema:
  - name: clients
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: nom, logicalType: string, classification: personal}
      - {name: pays, logicalType: string}
"""
MODELS = {
    "noms": "SELECT id, upper(nom) AS qui, pays FROM silver.clients",
    "pays": "SELECT pays, count(*) AS nb FROM noms GROUP BY ALL",
}


def make_project(root: Path) -> Path:
    for name, text in {
        "dataspark.toml": '[project]\nname = "shop"\n',
        "contracts/clients.odcs.yaml": CLIENTS,
        "data/sources/clients.csv": "id,nom,pays\n1,Ann,FR\n2,Bob,BE\nx,Eve,FR\n",
        **{f"models/{name}.sql": sql for name, sql in MODELS.items()},
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_project(tmp_path_factory.mktemp("guarded"))
    assert dataspark.run(root).published
    return root


@pytest.fixture(scope="module")
def stranger(project: Path) -> Iterator[Reader]:
    with dataspark.open(project, masked=True, guarded=True) as reader:
        yield reader


@pytest.mark.parametrize(
    "query",
    [
        "FROM read_csv('/etc/passwd')",
        "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))",
        "SELECT * FROM pays WHERE EXISTS (FROM read_blob('/etc/passwd'))",
        "FROM glob('/*')",
        "FROM parquet_metadata('x')",
        "FROM query('SELECT 1')",
        "FROM query_table('pays')",
        "FROM json_execute_serialized_sql('x')",
        "FROM duckdb_views()",
        "FROM duckdb_secrets()",
        "FROM (SHOW TABLES)",
        "DESCRIBE pays",
        "SUMMARIZE pays",
        "SELECT current_setting('temp_directory')",
        "SELECT getvariable('x')",
        "SELECT pg_get_viewdef(1)",
        "FROM memory.gold.pays",
        """WITH "/etc/x.parquet" AS (SELECT 1) FROM "/etc/x.parquet" """,
    ],
)
def test_what_a_stranger_may_not_use(query: str, stranger: Reader) -> None:
    with pytest.raises(UsageError, match="a query may not use"):
        stranger.sql(query)


@pytest.mark.parametrize(
    "query",
    [
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "COPY pays FROM '/etc/passwd'",
        "ATTACH '/tmp/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "SET threads = 1",
        "RESET threads",
        "USE memory",
        "CREATE TABLE x AS SELECT 1",
        "CREATE MACRO f() AS TABLE FROM read_text('/etc/passwd')",
        "DROP VIEW gold.pays",
        "DELETE FROM pays",
        "EXPORT DATABASE '/tmp/x'",
        "SELECT 1; SELECT 2",
    ],
)
def test_a_stranger_only_selects(query: str, stranger: Reader) -> None:
    with pytest.raises(UsageError, match="a query must be one SELECT"):
        stranger.sql(query)


@pytest.mark.parametrize(
    "name", ["'/etc/passwd'", '"/etc/passwd.csv"', "information_schema.tables", "pg_catalog.pg_views"]
)
def test_a_path_is_no_table(name: str, stranger: Reader) -> None:
    with pytest.raises(UsageError, match="release r000001 has no table"):
        stranger.sql(f"FROM {name}")


def test_the_engine_itself_is_shut(project: Path) -> None:
    """Whatever gets past the look at the syntax tree: no file, no setting, no Python variable."""
    frame = project  # a name in this function that a query must not see
    with dataspark.open(project, guarded=True) as reader:
        session = reader._session()
        for query in ("FROM '/etc/x.csv'", "FROM read_text('/etc/passwd')", f"FROM glob('{project}/*')"):
            with pytest.raises(dataspark.DataSparkError, match="file system operations are disabled"):
                session.rows(query)
        with pytest.raises(dataspark.DataSparkError, match="has been locked"):
            session.run("SET enable_external_access = true")
        with pytest.raises(dataspark.DataSparkError, match="frame does not exist"):
            session.rows("FROM frame")
    assert frame == project


def test_what_a_stranger_may_ask(stranger: Reader) -> None:
    query = """
        WITH RECURSIVE up AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM up WHERE n < 3),
             pays AS (SELECT * FROM gold.pays)
        SELECT p.pays, p.nb, u.n, unnest(generate_series(1, 2)) AS g
        FROM pays AS p CROSS JOIN up AS u CROSS JOIN range(1) AS r WHERE u.n = 3 ORDER BY ALL;
    """
    assert stranger.sql(query).rows() == [("BE", 1, 3, 1), ("BE", 1, 3, 2), ("FR", 1, 3, 1), ("FR", 1, 3, 2)]


def test_classified_values_are_masked(stranger: Reader, project: Path) -> None:
    assert stranger.masked("noms") == {"qui"}
    assert stranger.masked("pays") == frozenset()
    assert stranger.columns("noms") == [("id", "BIGINT"), ("qui", "VARCHAR"), ("pays", "VARCHAR")]
    assert stranger.sql("SELECT * FROM noms ORDER BY id").rows() == [(1, None, "FR"), (2, None, "BE")]
    assert stranger.sql("SELECT count(*) FROM silver.clients WHERE nom = 'Ann'").rows() == [(0,)]
    assert stranger.table("quarantine.clients").to_arrow()["nom"].to_pylist() == [None]
    with dataspark.open(project, guarded=True) as trusted:
        assert trusted.sql("SELECT qui FROM noms ORDER BY id").rows() == [("ANN",), ("BOB",)]
        assert trusted.masked("noms") == frozenset()


def test_a_question_that_takes_too_long(stranger: Reader) -> None:
    endless = "SELECT count(*) FROM range(1000000000) AS a, range(1000000) AS b"
    with pytest.raises(TookTooLong, match=r"longer than the 0\.2 seconds"), stranger.within(0.2):
        stranger.sql(endless).rows()
    with stranger.within(30):
        assert stranger.sql("SELECT sum(nb) FROM pays").rows() == [(2,)]


def test_one_release_for_many_threads(stranger: Reader) -> None:
    """A question that is stopped in one thread leaves the others alone."""
    found: list[object] = []

    def ask() -> None:
        with stranger.another() as mine, mine.within(30):
            found.append(mine.sql("SELECT sum(nb) FROM pays").rows()[0][0])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    with stranger.another() as slow, pytest.raises(TookTooLong, match=r"0\.2 seconds"), slow.within(0.2):
        slow.sql("SELECT count(*) FROM range(1000000000) AS a, range(1000000) AS b").rows()
    for thread in threads:
        thread.join()
    assert found == [2] * 8


def test_in_s3_too(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place_in_s3(s3, monkeypatch, "silver", "gold")
    root = make_project(tmp_path)
    assert dataspark.run(root).published
    with dataspark.open(root, masked=True, guarded=True) as stranger:
        assert stranger.sql("SELECT * FROM noms ORDER BY id").rows() == [(1, None, "FR"), (2, None, "BE")]
        with pytest.raises(dataspark.DataSparkError, match="operations are disabled"):
            stranger._session().rows("FROM read_parquet('s3://dataspark-test-lake/**/*.parquet')")


def test_a_shelf_follows_the_releases(tmp_path: Path) -> None:
    root = make_project(tmp_path)
    assert dataspark.run(root).published
    now = 0.0
    shelf = Shelf(lambda: open_workspace(root), kept=1, clock=lambda: now)
    with shelf.reader() as first:
        (root / "data/sources/clients_2.csv").write_text("id,nom,pays\n3,Cid,FR\n")
        assert dataspark.run(root).published
        now += 2
        with shelf.reader() as second:
            assert [one.release.id for one in (first, second)] == ["r000001", "r000002"]
            assert [one.sql("SELECT sum(nb) FROM pays").rows() for one in (first, second)] == [[(2,)], [(3,)]]
    with shelf.reader("r000001", masked=False) as older:
        assert older.sql("SELECT qui FROM noms ORDER BY id").rows() == [("ANN",), ("BOB",)]
    with pytest.raises(UsageError, match="there is no release `r9`"), shelf.reader("r9"):
        pass
    shelf.close()


def test_a_shelf_follows_the_contracts(tmp_path: Path) -> None:
    root = make_project(tmp_path)
    assert dataspark.run(root).published
    now = 0.0
    shelf = Shelf(lambda: open_workspace(root), kept=4, clock=lambda: now)
    contract = root / "contracts" / "clients.odcs.yaml"
    before = contract.read_text()
    query = "SELECT pays FROM silver.clients ORDER BY id"

    def asked(masked: bool = True) -> list[tuple[object, ...]]:
        with shelf.reader(masked=masked) as reader:
            return reader.sql(query).rows()

    def later() -> None:
        nonlocal now
        for _ in range(2):  # what is seen twice is meant
            now += 1
            shelf.contracts()

    assert asked() == [("FR",), ("BE",)]
    contract.write_text(before.replace("{name: pays,", "{name: pays, classification: restricted,"))
    assert asked() == [("FR",), ("BE",)]  # nobody has looked yet
    now += 1
    with shelf.reader() as going_on:
        later()
        assert asked() == [(None,), (None,)]
        assert asked(masked=False) == [("FR",), ("BE",)]
        assert len(shelf._shelf) == 3
        assert going_on.sql(query).rows() == [("FR",), ("BE",)]  # it began before
    assert len(shelf._shelf) == 2  # masked and unmasked: the one with the older masks is closed
    contract.write_text("nothing that could be read")
    later()
    with pytest.raises(dataspark.DataSparkError, match="the contracts have"):
        asked()
    assert asked(masked=False) == [("FR",), ("BE",)]
    contract.write_text(before)
    later()
    assert asked() == [("FR",), ("BE",)]
    contract.unlink()  # an editor that writes a file anew
    now += 1
    shelf.contracts()
    contract.write_text(before)
    now += 1
    assert asked() == [("FR",), ("BE",)]
    shelf.close()


def test_what_profiles_kept_of_a_column_before_it_was_classified(tmp_path: Path) -> None:
    root = make_project(tmp_path)
    assert dataspark.run(root).published
    contract = root / "contracts" / "clients.odcs.yaml"
    contract.write_text(contract.read_text().replace("{name: pays,", "{name: pays, classification: restricted,"))
    values = "minimum, maximum, mean, bins, bin_rows"
    with dataspark.open(root, masked=True, guarded=True) as reader:
        for relation in ("quality.profiles", reader.numbered("quality.profiles", "f", "r")):
            rows = reader.own(f"SELECT table_name, column_name, rows, {values} FROM {relation}").rows()
            told = {f"{table}.{column}": (count, *found) for table, column, count, *found in rows}
            for column in ("silver.clients.nom", "silver.clients.pays", "gold.noms.pays", "gold.pays.pays"):
                assert told[column][0] in (1, 2)
                assert set(told[column][1:]) == {None}, column
            assert told["silver.clients.id"][1:3] == ("1", "2")
            assert told["gold.pays.nb"][1:3] == ("1", "1")
        assert reader.masked("quality.profiles") == frozenset()
    with dataspark.open(root) as owner:
        kept = owner.sql("SELECT minimum FROM quality.profiles WHERE column_name = 'pays' ORDER BY table_name").rows()
        assert ("BE",) in kept


def test_a_shelf_without_a_release(tmp_path: Path) -> None:
    shelf = Shelf(lambda: open_workspace(make_project(tmp_path)))
    with pytest.raises(UsageError, match="has no release yet"), shelf.reader():
        pass


def test_asking_for_what_is_not_there_leaves_nothing_behind(project: Path) -> None:
    shelf = Shelf(lambda: open_workspace(project))
    for number in range(3):
        with pytest.raises(UsageError, match="there is no release"), shelf.reader(f"r9{number}"):
            pass
    assert shelf._opening == {}
    shelf.close()
