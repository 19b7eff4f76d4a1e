"""A run with nothing new over many files in S3: how long, how many requests, and whether any file's body is read.

    python benchmarks/many_files.py [--files 10000]

It starts the tests' own S3 server and a proxy that counts.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from dataspark.lake.areas import buckets
from dataspark.wiring import open_workspace, run_project
from s3proxy import proxied
from s3server import s3_server

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: shop
version: 1.0.0
status: active
schema:
  - name: sales
    customProperties: [{property: files, value: ["*.csv"]}]
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: amount, logicalType: number, physicalType: "decimal(10,2)"}
"""


def project(root: Path) -> None:
    """A project with one table and one model."""
    for name, text in {
        "dataspark.toml": "",
        "contracts/shop.odcs.yaml": CONTRACT,
        "models/totals.sql": "SELECT count(*) AS n, sum(amount) AS total FROM silver.sales",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def put_files(root: Path, count: int) -> None:
    """Small files in `sources`, each with a row of its own."""
    area = open_workspace(root).lake.sources
    for bucket in buckets([area]):
        bucket.may_make = True
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: area.write(f"{n:06d}.csv", f"id,amount\n{n},{n}.50\n".encode()), range(count)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=10_000)
    count = parser.parse_args().files
    with s3_server() as server, proxied(server.url) as proxy, tempfile.TemporaryDirectory() as folder:
        os.environ.update(server.environment)
        os.environ.update(
            {f"DATASPARK_LAKE_{a.upper()}": f"s3://many-{a}" for a in ("sources", "bronze", "silver", "gold")}
        )
        root = Path(folder)
        project(root)
        begun = time.monotonic()
        put_files(root, count)
        print(f"{count:,} files put into sources: {time.monotonic() - begun:.1f} s")
        begun = time.monotonic()
        report = run_project(open_workspace(root), as_of="2025-12-31")
        print(f"first run: {time.monotonic() - begun:.1f} s, {report.tables[0].ledger.accepted:,} rows, steps:")
        print(
            "   " + ", ".join(f"{step.kind} {step.name} {step.seconds}" for step in report.steps if step.seconds > 0.05)
        )
        for through in ("directly", "through the counting proxy"):
            os.environ["DATASPARK_STORAGE_ENDPOINT_URL"] = server.url if through == "directly" else proxy.url
            begun = time.monotonic()
            report = run_project(open_workspace(root), as_of="2025-12-31")
            took = time.monotonic() - begun
            assert not report.published
            print(f"nothing new, {through}: {took:.2f} s")
        listing = sum(request.lists for request in proxy.seen)
        bodies = len(proxy.bodies("many-sources", "many-bronze/sales/0", ".csv", ".parquet"))
        print(f"{len(proxy.seen)} requests, {listing} of them for names; bodies of files read: {bodies}")


if __name__ == "__main__":
    main()
