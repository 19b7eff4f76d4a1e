"""The data that the benchmarks read, made once and kept under `benchmarks/out/data`.

    python benchmarks/data.py 10000000             the rows of `dataspark sample`, no key twice
    python benchmarks/data.py 10000000 --repeated  as `dataspark sample` makes it: 1 % of the keys come twice

A process of its own: what it needs of memory must not count as the memory of what is measured afterwards.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

SAMPLE_ROWS = 23_663
"""`dataspark sample` with no options."""
FOLDER = Path(__file__).parent / "out" / "data"
BATCH = "achats_batch.csv"
"""Sorts after `achats.csv`: what is in it is newer."""
CLIENT_BATCH = "clients_batch.csv"
_KEYS = {"clients": "id_client", "achats": "id_achat"}
_LINES = "delim = '\x01', quote = '', escape = '', header = false, auto_detect = false, columns = {'ligne': 'VARCHAR'}"


def folder_of(rows: int, repeated: bool) -> Path:
    """Where a data set is, made or not."""
    return FOLDER / f"{rows}{'-repeated' if repeated or rows == SAMPLE_ROWS else ''}"


def make(rows: int, repeated: bool) -> Path:
    """Make a data set, unless it is there."""
    folder = folder_of(rows, repeated)
    if (folder / BATCH).exists():
        return folder
    building = folder.with_name(f".{folder.name}")
    shutil.rmtree(building, ignore_errors=True)
    if repeated or rows == SAMPLE_ROWS:
        _write_sample(building, rows)
    else:
        _without_repeats(make(rows, repeated=True), building)
    _write_batches(building)
    shutil.rmtree(folder, ignore_errors=True)
    building.replace(folder)
    return folder


def _connect() -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _write_sample(folder: Path, rows: int) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
    from dataspark.sample import write_sample

    write_sample(folder, None if rows == SAMPLE_ROWS else rows, execute=_connect().execute)


def _without_repeats(source: Path, target: Path) -> None:
    """Keep the first line of every key. Lines whose key is not valid stay: they are rejected one by one."""
    target.mkdir(parents=True)
    truth = json.loads((source / "truth.json").read_text(encoding="utf-8"))
    for table, key in _KEYS.items():
        _keep_first_lines(source / f"{table}.csv", target / f"{table}.csv", key)
        counts = truth["tables"][table]
        counts["read"] -= counts["duplicates"] + counts["superseded"]
        counts |= {"duplicates": 0, "superseded": 0, "lines": None}
    (target / "truth.json").write_text(json.dumps(truth, indent=1), encoding="utf-8")


def _keep_first_lines(source: Path, target: Path, key: str) -> None:
    connection = _connect()
    connection.execute(f"CREATE TABLE lines AS FROM read_csv('{source}', {_LINES})")
    connection.execute(
        "CREATE VIEW keyed AS SELECT rowid AS line, ligne, "
        "TRY_CAST(regexp_extract(ligne, '^\\s*(\\d+)\\s*,', 1) AS BIGINT) AS key FROM lines"
    )
    connection.execute(
        "CREATE TABLE gone AS SELECT line FROM keyed SEMI JOIN "
        "(SELECT key FROM keyed WHERE key > 0 GROUP BY key HAVING count(*) > 1) USING (key) "
        "QUALIFY row_number() OVER (PARTITION BY key ORDER BY line) > 1"
    )
    kept = "SELECT ligne FROM keyed ANTI JOIN gone USING (line) ORDER BY line"
    connection.execute(f"COPY ({kept}) TO '{target}' (FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE '')")
    first = target.open(encoding="utf-8").readline()
    if not first.startswith(key):
        raise SystemExit(f"{target} begins with {first!r}, not with its header")


def _write_batches(folder: Path) -> None:
    """One percent more: new purchases of the last days, a tenth of them corrections of the newest hundredth of the ids.

    Clients likewise: new ones, a tenth of them corrections. All of these rows are good, and no key is there twice.
    """
    connection = _connect()
    last, last_client = _last_key(folder / "achats.csv"), _last_key(folder / "clients.csv")
    rows = max(10, last // 100)
    key = f"CASE WHEN i % 10 = 0 THEN {last} - i ELSE {last} + 1 + i END"
    connection.execute(
        f"COPY (SELECT {key} AS id_achat, 1 + hash(i) % {last_client} AS id_client, "
        "strftime(TIMESTAMP '2025-12-28' + to_seconds(CAST(hash(i * 3) % 259200 AS BIGINT)), '%Y-%m-%d %H:%M:%S') "
        "AS date_achat, "
        "CAST((1000 + CAST(hash(i * 7) % 49001 AS BIGINT)) / 100 AS DECIMAL(12, 2)) AS montant, "
        "(['Laptop', 'Phone', 'Tablet', 'Mouse', 'Webcam'])[1 + CAST(hash(i * 11) % 5 AS BIGINT)] AS produit "
        f"FROM range({rows}) AS t (i) ORDER BY id_achat) TO '{folder / BATCH}' (HEADER)"
    )
    rows = max(10, last_client // 100)
    key = f"CASE WHEN i % 10 = 0 THEN {last_client} - i ELSE {last_client} + 1 + i END"
    connection.execute(
        f"COPY (SELECT {key} AS id_client, 'Nouveau ' || i AS nom, 'nouveau' || i || '@example.com' AS email, "
        "'2025-12-29' AS date_inscription, 'France' AS pays "
        f"FROM range({rows}) AS t (i) ORDER BY id_client) TO '{folder / CLIENT_BATCH}' (HEADER)"
    )


def _last_key(path: Path) -> int:
    key = "TRY_CAST(split_part(ligne, ',', 1) AS BIGINT)"
    return int(_connect().execute(f"SELECT max({key}) FROM read_csv('{path}', {_LINES})").fetchone()[0])


def main() -> None:
    """Make one data set and print where it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("--repeated", action="store_true", help="leave the keys that come twice")
    given = parser.parse_args()
    print(make(given.rows, given.repeated))


if __name__ == "__main__":
    main()
