"""What a job left behind, read from its files by nothing of its own: rows, rejects, revenue.

python benchmarks/outcome.py parquet OUT        of limit.py or pandas_job.py
python benchmarks/outcome.py delta PROJECT      of `dataspark run`: the newest version of each table
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb


def parquet_files(folder: Path) -> Callable[[str], list[str]]:
    """Where the files of a table of a hand-written job are."""
    return lambda table: [str(folder / f"{table}.parquet")]


def delta_files(project: Path) -> Callable[[str], list[str]]:
    """Where the files of a table of a lake are."""
    from deltalake import DeltaTable

    def files(table: str) -> list[str]:
        place = table.replace("rejects/", "silver/quarantine/")
        return list(DeltaTable(str(project / "lake" / place)).file_uris())

    return files


def outcome(files: Callable[[str], list[str]]) -> dict[str, str]:
    """The figures that all jobs must agree on."""
    connection = duckdb.connect()

    def figure(expression: str, table: str) -> str:
        row = connection.execute(f"SELECT {expression} FROM read_parquet({files(table)})").fetchone()
        return str(row[0] if row else None)

    return {
        "clients": figure("count(*)", "silver/clients"),
        "accepted": figure("count(*)", "silver/achats"),
        "rejected": figure("count(*)", "rejects/achats"),
        "revenue": figure("sum(montant)", "silver/achats"),
        "revenue_by_country": figure("sum(ca_total)", "gold/kpi_ca_par_pays"),
        "countries_and_revenue": figure(
            "string_agg(pays || ' ' || ca_total, ', ' ORDER BY pays)", "gold/kpi_ca_par_pays"
        ),
        "facts": figure("count(*)", "gold/fact_achats"),
        "days": figure("count(*)", "gold/dim_temps"),
        "products": figure("count(*)", "gold/dim_produit"),
        "dim_client": figure("count(*)", "gold/dim_client"),
        "weeks": figure("count(*)", "gold/agregation_semaine"),
        "months": figure("count(*)", "gold/kpi_taux_croissance"),
        "countries": figure("count(*)", "gold/dim_pays"),
        "largest_month": figure("max(ca)", "gold/kpi_taux_croissance"),
        "median": figure("round(mediane, 6)", "gold/kpi_distributions_statistiques"),
        "deviation": figure("round(ecart_type, 4)", "gold/kpi_distributions_statistiques"),
    }


def main() -> None:
    """Print the figures as JSON."""
    kind, folder = sys.argv[1], Path(sys.argv[2])
    print(json.dumps(outcome({"parquet": parquet_files, "delta": delta_files}[kind](folder))))


if __name__ == "__main__":
    main()
