"""A Spark Connect server: a small project with its lake in S3, and clients that are killed in the middle of a run.

The server was started without any key. A client that is gone does not stop what the server does for it: a statement of the
dead may be carried out while the next run is at work.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from cli.calling import dataspark
from conftest import place_in_s3
from dataspark.errors import StorageError
from driving import AFTER, WITHIN, Order, driver
from sparkcluster import connect_server
from workbench import AS_OF, Bench


def shop(root: Path, arrives: bool = True) -> Bench:
    assert dataspark("init", root).code == 0
    bench = Bench(root)
    for file in (root / "data/sources").glob("*.csv") if arrives else ():
        bench.put(file.name, file.read_bytes())
    return bench


def test_a_small_project_and_clients_that_die(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = shop(tmp_path / "whole")
    whole.run()
    wanted = whole.everything()
    place_in_s3(s3, monkeypatch)
    remote = shop(tmp_path / "remote")
    in_s3 = {key: value for key, value in os.environ.items() if key.startswith("DATASPARK_LAKE_")}
    moments = [(2, AFTER), (5, WITHIN)]
    with connect_server() as server:
        at_server = {"DATASPARK_ENGINE_NAME": "spark", "DATASPARK_ENGINE_MASTER": server}
        with driver([Order(str(remote.root), AS_OF, {**at_server, **in_s3})]) as driving:
            _out, said = driving.communicate(timeout=300)
            assert driving.returncode == 0, said
        assert remote.everything() == wanted
        for name in in_s3:
            monkeypatch.delenv(name)
        for moment in moments:
            killed = shop(tmp_path / "-".join(map(str, moment)))
            with driver([Order(str(killed.root), AS_OF, at_server, die=moment)]) as driving:
                _out, said = driving.communicate(timeout=300)
                assert driving.returncode == -signal.SIGKILL, said
            assert killed.workspace.lake.release() is None, "nothing was published"
            with suppress(StorageError):  # the commit of the dead came at the very moment of one of ours
                killed.run()
            killed.run()
            assert killed.everything() == wanted, f"killed at {moment}"
