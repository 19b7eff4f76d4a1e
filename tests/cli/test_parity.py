"""`dataspark parity`."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from cli.calling import AS_OF, dataspark
from dataspark.engines.duckdb.engine import DuckDBEngine
from dataspark.pipeline.ports import Select, Written
from dataspark.tables import TableRef
from dataspark.wiring import ENGINES


class Generous(DuckDBEngine):
    """An engine that adds a cent to France, and has a column of its own."""

    bends: ClassVar[dict[str, str]] = {
        "gold.kpi_ca_par_pays": "* REPLACE (ca_total + CASE WHEN pays = 'France' THEN 0.01 ELSE 0 END AS ca_total)",
        "gold.agregation_mois": "*, 0 AS autre",
    }

    def overwrite(self, table: TableRef, query: str, slices: tuple[str, Select] | None = None) -> Written:
        return super().overwrite(table, f"SELECT {self.bends.get(str(table), '*')} FROM ({query})", slices)


@pytest.fixture
def generous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "generous", Generous)


def test_the_same(project: Path) -> None:
    found = dataspark("parity", "--engines", "duckdb,duckdb", "--as-of", AS_OF, project=project)
    assert found.code == 0
    lines = found.out.splitlines()
    assert lines[0] == "retail: duckdb and duckdb-2, as of 2025-12-31"
    assert lines[2].split() == ["table", "rows", "columns", "duckdb", "duckdb-2"]
    assert [line.split()[0] for line in lines[3:7]] == [
        f"{layer}.{table}" for layer in ("silver", "quarantine") for table in ("achats", "clients")
    ]
    assert lines[-3].split()[:3] == ["the", "whole", "run"]
    assert lines[-1] == f"the same: {len(lines) - 6} tables, 2 files' ledgers, 57 checks"
    assert "duckdb: refine achats … " in found.err
    assert "duckdb-2: model kpi_ca_par_pays … " in found.err


def test_not_the_same(project: Path, generous: None) -> None:
    found = dataspark("parity", "--engines", "duckdb,generous", "--as-of", AS_OF, "--quiet", project=project)
    assert (found.code, found.err) == (1, "error: the two engines do not agree\n")
    lines = found.out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith(" ≠")] == [
        "gold.agregation_mois",
        "gold.kpi_ca_par_pays",
    ]
    start = lines.index("≠ gold.kpi_ca_par_pays  ~ 1 row with other values (by pays)")
    assert lines[start + 1].split()[:3] == ["ca_total", "1", "row"]
    assert "→" in lines[start + 3], "the row, side by side"
    assert lines[lines.index("≠ gold.agregation_mois  the same values") + 1].split() == [
        "autre",
        "only",
        "in",
        "generous:",
        "integer",
    ]
    assert "-- gold.kpi_ca_par_pays, both: write gold.kpi_ca_par_pays" in lines
    assert lines[-1].startswith("not the same: 2 tables, 2 counts of checks; compared were ")
    assert all(len(line) <= 100 for line in lines[: start + 4])


def test_for_programs(project: Path, generous: None) -> None:
    found = dataspark(
        *("parity", "--engines", "duckdb,generous", "--as-of", AS_OF, "--select", "kpi_ca_par_pays", "--json"),
        project=project,
    )
    assert (found.code, found.err) == (1, "")
    told = found.json
    assert told["equal"] is False
    tables = {one["table"]: one for one in told["tables"]}
    assert "gold.kpi_volumes_mois" not in tables
    changed = tables["gold.kpi_ca_par_pays"]
    assert (changed["equal"], changed["key"], changed["changed"]) == (False, ["pays"], 1)
    assert changed["sample"]["changed"][0]["key"] == {"pays": "France"}
    assert changed["statements"][1][0]["purpose"] == "write gold.kpi_ca_par_pays"
    assert told["checks"]["unlike"] == [{"of": "ca_par_pays", "what": "failures", "first": "0", "second": "1"}]
    assert told["ledgers"] == {"compared": 2, "unlike": []}


def test_no_such_engine(project: Path) -> None:
    found = dataspark("parity", "--engines", "duckdb,spork", project=project)
    assert (found.code, found.out) == (2, "")
    assert "there is no engine `spork`" in found.err
