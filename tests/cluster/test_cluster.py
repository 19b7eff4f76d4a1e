"""A real cluster: a master and two workers, each a process of its own, with all four areas of the lake in S3.

It is one test: these processes take longer to start than what is looked at. The reference result first, then a worker
that is lost in the middle of a run, then a driver that is killed in the middle of a run.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from cli.calling import dataspark
from conftest import place_in_s3
from dataspark.errors import StorageError
from dataspark.reader import open_reader
from dataspark.sample import write_sample
from driving import WITHIN, Order, driver
from sparkcluster import Cluster, on_cluster, spark_cluster
from workbench import AS_OF, Bench


def lake(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """All areas are in S3 from here on; returns what tells that to another process."""
    place_in_s3(name, monkeypatch)
    return {key: value for key, value in os.environ.items() if key.startswith("DATASPARK_LAKE_")}


def put(bench: Bench, folder: Path) -> None:
    for file in folder.glob("*.csv"):
        bench.put(file.name, file.read_bytes())


def follow(driving: subprocess.Popen[str], cluster: Cluster | None = None) -> int:
    """Listen until a run is done or its process has ended. The third statement costs the cluster a worker.

    Returns how many executors were lost.
    """
    assert driving.stdout
    lost = 0
    for line in driving.stdout:
        if line.startswith("done"):
            break
        if cluster and line.startswith("begins 3 "):
            lost += cluster.kill_worker()
    return lost


def close(found: object, wanted: object) -> bool:
    """Whether two values are the same, numbers with a fraction to 1e-9: a sum of floats depends on its order."""
    if isinstance(found, (list, tuple)) and isinstance(wanted, (list, tuple)):
        return len(found) == len(wanted) and all(map(close, found, wanted))
    if isinstance(found, str) and isinstance(wanted, str) and found != wanted and "." in found and "." in wanted:
        return math.isclose(float(found), float(wanted), rel_tol=1e-9)
    return found == wanted


def assert_same(found: dict[str, object], wanted: dict[str, object]) -> None:
    assert found.keys() == wanted.keys()
    assert [name for name, rows in wanted.items() if not close(found[name], rows)] == []


def assert_reference(root: Path) -> None:
    with open_reader(root) as reader:
        rows = {name: reader.sql(f"SELECT count(*) FROM {name}").rows()[0][0] for name in reader.tables()}
        revenue = reader.sql("SELECT sum(ca_total) FROM kpi_ca_par_pays").rows()
        assert revenue == reader.sql("SELECT sum(montant) FROM fact_achats").rows()
    assert {name: rows[name] for name in ("silver.clients", "silver.achats", "gold.fact_achats")} == {
        "silver.clients": 1479,
        "silver.achats": 22_422,
        "gold.fact_achats": 22_422,
    }
    periods = ("agregation_jour", "agregation_semaine", "agregation_mois", "dim_produit", "kpi_ca_par_pays")
    assert [rows[f"gold.{name}"] for name in periods] == [346, 51, 12, 10, 10]


def test_a_cluster_of_two_workers(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sample, retail, shop = tmp_path / "sample", Bench.of_example(tmp_path / "retail"), tmp_path / "shop"
    write_sample(sample, None, 42, execute=duckdb.connect().execute)
    assert dataspark("init", shop).code == 0
    small = Bench(shop)

    lake(f"{s3}-whole", monkeypatch)
    put(retail, sample)
    retail.run()
    whole = retail.everything()
    lake(f"{s3}-whole-shop", monkeypatch)
    put(small, shop / "data/sources")
    small.run()
    whole_shop = small.everything()

    with spark_cluster() as cluster:
        for bench in (retail, small):
            with (bench.root / "dataspark.toml").open("a") as settings:
                settings.write(on_cluster(cluster.master))
        orders = [Order(str(retail.root), AS_OF, lake(f"{s3}-cluster", monkeypatch))]
        put(retail, sample)
        orders.append(Order(str(shop), AS_OF, lake(f"{s3}-lost", monkeypatch)))
        put(small, shop / "data/sources")
        orders.append(Order(str(shop), AS_OF, lake(f"{s3}-killed", monkeypatch), die=(3, WITHIN)))
        put(small, shop / "data/sources")
        with driver(orders) as driving:
            assert driving.stderr
            follow(driving)
            assert follow(driving, cluster) >= 1
            follow(driving)
            said = driving.stderr.read()
            assert driving.wait() == -signal.SIGKILL, said

    lake(f"{s3}-cluster", monkeypatch)
    assert_reference(retail.root)
    assert_same(retail.everything(), whole)
    lake(f"{s3}-lost", monkeypatch)
    assert small.everything() == whole_shop
    lake(f"{s3}-killed", monkeypatch)
    assert small.workspace.lake.release() is None
    small.engine = "duckdb"
    with suppress(
        StorageError
    ):  # the Java of the dead lives a moment longer: its commit came at the moment of one of ours
        small.run()
    small.run()
    assert small.everything() == whole_shop
