"""Tables that Spark writes, while a statement of a run that was killed is carried out late."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataspark.engines.spark.session import Session
from dataspark.errors import StorageError
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace, open_engine, open_workspace
from spark.conftest import SETTINGS

TABLE = TableRef(Layer.GOLD, "t")
ONE, TWO = "SELECT CAST(1 AS BIGINT) AS a", "SELECT CAST(2 AS BIGINT) AS a"


def stored(workspace: Workspace, version: int) -> int:
    return sum(file.rows for file in workspace.tables.files(TABLE, version))


def late(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The next statements are carried out twice: once for somebody who is dead."""
    given, left = Session.run, [times]

    def run(session: Session, statement: str) -> None:
        if left[0]:
            left[0] -= 1
            given(session, statement)
        given(session, statement)

    monkeypatch.setattr(Session, "run", run)


def test_a_late_commit_of_the_dead_counts_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dataspark.toml").write_text("")
    workspace = open_workspace(tmp_path)
    engine = open_engine(SETTINGS, workspace.lake, workspace.tables)
    try:
        late(monkeypatch, 1)
        made = engine.overwrite(TABLE, ONE)
        assert (made.rows, stored(workspace, made.version)) == (1, 1)
        late(monkeypatch, 1)
        added = engine.append(TABLE, made.version, TWO)
        assert (added.rows, stored(workspace, added.version)) == (1, 2)
        late(monkeypatch, 3)
        with pytest.raises(StorageError, match=r"somebody else goes on writing gold\.t"):
            engine.append(TABLE, added.version, TWO)
    finally:
        engine.close()
