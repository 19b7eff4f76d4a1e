"""Tables that Spark writes: what their log says of them, what a write that fails leaves, and statements of the dead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import place_in_s3
from dataspark.engines.spark.session import Session
from dataspark.errors import StatementRejected, StorageError
from dataspark.lake.delta import DataFile
from dataspark.pipeline.ports import Engine
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace, open_engine, open_workspace
from spark.conftest import SETTINGS

TABLE = TableRef(Layer.GOLD, "t")
ONE, TWO = "SELECT CAST(1 AS BIGINT) AS a", "SELECT CAST(2 AS BIGINT) AS a"
KINDS = """
    SELECT CAST(n AS BIGINT) AS entier, CAST(n - 0.25 AS DECIMAL(12, 2)) AS montant, CAST(n / 4 AS DOUBLE) AS mesure,
        n > 1 AS oui, DATE '2024-02-28' + CAST(n AS INTEGER) AS jour,
        TIMESTAMPTZ '1905-03-04 05:06:07.000008+00' + to_days(CAST(n AS INTEGER)) AS moment,
        CASE WHEN n > 1 THEN 'é ' || n END AS texte, repeat('x', 40) || n AS long, [n] AS liste, CAST(NULL AS VARCHAR) AS rien
    FROM range(3) AS r(n)"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "dataspark.toml").write_text("")
    return open_workspace(tmp_path)


@contextmanager
def engine_of(workspace: Workspace) -> Iterator[Engine]:
    engine = open_engine(SETTINGS, workspace.lake, workspace.tables)
    try:
        yield engine
    finally:
        engine.close()


def stored(workspace: Workspace, version: int) -> list[DataFile]:
    return workspace.tables.files(TABLE, version)


def rows(workspace: Workspace, version: int) -> int:
    return sum(file.rows for file in stored(workspace, version))


def late(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The next statements are carried out twice: once for somebody who is dead."""
    given, left = Session.run, [times]

    def run(session: Session, statement: str) -> None:
        if left[0]:
            left[0] -= 1
            given(session, statement)
        given(session, statement)

    monkeypatch.setattr(Session, "run", run)


def test_the_log_says_what_is_in_the_files(workspace: Workspace) -> None:
    with engine_of(workspace) as engine:
        made = engine.overwrite(TABLE, KINDS)
    files = stored(workspace, made.version)
    assert sum(file.rows for file in files) == made.rows == 3

    def over(side: str, column: str, best: Callable[..., object]) -> str:
        return str(best(getattr(file, side)[column] for file in files if column in getattr(file, side)))

    bounds = {column: (over("minimum", column, min), over("maximum", column, max)) for column in files[0].minimum}
    assert bounds == {
        "entier": ("0", "2"),
        "montant": ("-0.25", "1.75"),
        "jour": ("2024-02-28", "2024-03-01"),
        "moment": ("1905-03-04 05:06:07.000008+00:00", "1905-03-06 05:06:07.000008+00:00"),
        **({"texte": ("é 2", "é 2")} if "texte" in files[0].minimum else {}),
    }
    assert any(file.minimum.get("texte") == file.maximum.get("texte") == "é 2" for file in files)
    assert {column: sum(file.nulls[column] for file in files) for column in files[0].nulls} == {
        **dict.fromkeys(("entier", "montant", "mesure", "oui", "jour", "moment", "long"), 0),
        "texte": 2,
        "rien": 3,
    }


def test_no_row_is_no_file(workspace: Workspace) -> None:
    with engine_of(workspace) as engine:
        made = engine.overwrite(TABLE, f"{ONE} WHERE FALSE")
        assert (made.rows, stored(workspace, made.version)) == (0, [])
        more = engine.append(TABLE, made.version, TWO)
        assert (more.rows, rows(workspace, more.version)) == (1, 1)
        none = engine.append(TABLE, more.version, f"{TWO} WHERE FALSE")
        assert (none.rows, rows(workspace, none.version)) == (0, 1)


def test_what_was_begun_is_cleared_away(workspace: Workspace) -> None:
    gold = workspace.lake.gold
    gold.write("_scratch/dead/part-0.parquet", b"PAR1")
    with engine_of(workspace) as engine:
        assert not gold.exists("_scratch"), "what a run that was killed has left"
        with pytest.raises(StatementRejected, match="zero"):
            engine.overwrite(TABLE, "SELECT CAST(error('zero') AS BIGINT) AS a FROM range(3)")
        engine.overwrite(TABLE, TWO)
        assert not [one.name for one in gold.listing("_scratch")]
    files = [one.name for one in gold.listing() if not one.name.startswith("t/_delta_log/")]
    assert len(files) == 1
    assert files[0].startswith("t/part-")


def test_a_late_statement_of_the_dead_counts_nothing_twice(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder Spark commits nothing: its files are only files until `lake/delta.py` names them."""
    with engine_of(workspace) as engine:
        late(monkeypatch, 2)
        made = engine.overwrite(TABLE, ONE)
        assert (made.rows, rows(workspace, made.version)) == (1, 1)
        added = engine.append(TABLE, made.version, TWO)
        assert (added.rows, rows(workspace, added.version)) == (1, 2)


def test_a_late_commit_of_the_dead_counts_nothing_twice(
    tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In object storage Spark commits: should somebody's commit come in between, the table is written once more."""
    place_in_s3(s3, monkeypatch)
    (tmp_path / "dataspark.toml").write_text("")
    workspace = open_workspace(tmp_path)
    with workspace.lake.hold("run"), engine_of(workspace) as engine:
        late(monkeypatch, 1)
        made = engine.overwrite(TABLE, ONE)
        assert (made.rows, rows(workspace, made.version)) == (1, 1)
        late(monkeypatch, 1)
        added = engine.append(TABLE, made.version, TWO)
        assert (added.rows, rows(workspace, added.version)) == (1, 2)
        late(monkeypatch, 3)
        with pytest.raises(StorageError, match=r"somebody else goes on writing gold\.t"):
            engine.append(TABLE, added.version, TWO)
