"""Sample data of any size for the retail project, with planted defects and the truth about them.

The engine writes the files and is handed in as a function, so that nothing here knows which one it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from dataspark.sample.kinds import ACHATS, CLIENTS, DEFAULT_ACHATS, DEFAULT_CLIENTS
from dataspark.sample.layout import Layout, lay_out, literal
from dataspark.sample.rows import achats_sql, clients_sql
from dataspark.sample.truth import GoldTruth, PlantedLine, TableTruth, Truth, tell_truth

__all__ = ["GoldTruth", "PlantedLine", "TableTruth", "Truth", "write_sample"]

HEADERS = {
    "clients": "id_client,nom,email,date_inscription,pays",
    "achats": "id_achat,id_client,date_achat,montant,produit",
}
CHUNK = 1_000_000
"""Rows that are written at a time: memory and the steps of a progress bar depend on it, the bytes do not."""

Execute = Callable[[str], object]
"""Runs one DuckDB statement. Give it a connection of its own: `preserve_insertion_order` is switched on."""
Progress = Callable[[str, int, int], None]
"""Told the table, its rows so far and its rows in all."""


def write_sample(
    folder: Path, rows: int | None = None, seed: int = 42, progress: Progress | None = None, *, execute: Execute
) -> Truth:
    """Write clients.csv, achats.csv and truth.json to `folder` and return the truth.

    `rows` is the number of purchases; there are a sixteenth as many clients. Without it the sample has the reference
    figures: 1,500 clients, 23,663 purchases. The same rows and seed give the same bytes.
    """
    if rows is not None and rows < 1:
        raise ValueError(f"a sample needs at least one row, not {rows}")
    clients = lay_out(CLIENTS, _number_of_clients(rows), DEFAULT_CLIENTS, seed)
    achats = lay_out(ACHATS, DEFAULT_ACHATS if rows is None else rows, DEFAULT_ACHATS, seed)
    folder.mkdir(parents=True, exist_ok=True)
    execute("SET preserve_insertion_order = true")
    told = progress or (lambda table, done, total: None)
    _write_table(folder, "clients", clients, lambda lines: clients_sql(clients, seed, lines), execute, told)
    _write_table(folder, "achats", achats, lambda lines: achats_sql(achats, clients, seed, lines), execute, told)
    truth = tell_truth(clients, achats, seed)
    truth.write(folder / "truth.json")
    return truth


def _number_of_clients(rows: int | None) -> int:
    return DEFAULT_CLIENTS if rows is None else max(1, rows // 16)


def _write_table(
    folder: Path, table: str, layout: Layout, query: Callable[[range], str], execute: Execute, progress: Progress
) -> None:
    """Write chunk after chunk to a part and append it. The file gets its name when it is whole."""
    whole = folder / f".{table}.csv.whole"
    part = folder / f".{table}.csv.part"
    try:
        with whole.open("wb") as file:
            file.write(f"{HEADERS[table]}\n".encode())
            for lines in _chunks(layout.rows):
                execute(_copy_sql(query(lines), part))
                with part.open("rb") as written:
                    shutil.copyfileobj(written, file, 1 << 20)
                progress(table, lines.stop, layout.rows)
        whole.replace(folder / f"{table}.csv")
    finally:
        part.unlink(missing_ok=True)
        whole.unlink(missing_ok=True)


def _chunks(rows: int) -> Iterator[range]:
    for start in range(0, rows, CHUNK):
        yield range(start, min(start + CHUNK, rows))


def _copy_sql(query: str, path: Path) -> str:
    """Each line is one text that is written as it is: quotes stand in it where the sample wants them."""
    options = "FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE ''"
    return f"COPY ({query}) TO {literal(str(path))} ({options})"
