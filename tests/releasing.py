"""Releases of tables that a test writes itself: no raw file, no model, no run."""

from __future__ import annotations

from pathlib import Path

from dataspark.answers.diff import compare_releases
from dataspark.answers.differences import Diff, TableDiff
from dataspark.engines.duckdb.engine import DuckDBEngine
from dataspark.pipeline.publish import next_id, release
from dataspark.tables import TableRef
from dataspark.wiring import open_reader
from workbench import Bench

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: {name}
version: 1.0.0
status: active
schema:
  - name: {name}
    customProperties: [{{property: layer, value: {layer}}}]
    properties:
"""


def contract(name: str, layer: str, *key: str) -> str:
    """A contract that promises a primary key and nothing else."""
    properties = (f"      - {{name: {column}, logicalType: string, primaryKey: true}}\n" for column in key)
    return CONTRACT.format(name=name, layer=layer) + "".join(properties)


class Releases:
    """A lake whose tables are queries."""

    def __init__(self, root: Path, **contracts: str) -> None:
        files = {f"contracts/{name}.odcs.yaml": text for name, text in contracts.items()}
        models = {f"models/{name}.sql": "SELECT 1 AS never_run" for name in contracts}
        bench = Bench.of_files(root, files | models)
        self.root, self.workspace = root, bench.workspace
        self.engine: DuckDBEngine = open_reader(
            self.workspace.project.engine, self.workspace.lake, self.workspace.tables
        )
        self.versions: dict[str, int] = {}

    def publish(self, **tables: str | None) -> str:
        """Write tables (`t`, `silver__t`) from queries; None takes one out of the release. Returns the release."""
        for written, query in tables.items():
            table = str(TableRef.parse(written.replace("__", ".")))
            if query is None:
                del self.versions[table]
            else:
                self.versions[table] = self.engine.overwrite(TableRef.parse(table), query).version
        made = release(next_id(self.workspace.lake), self.versions, "run", "2025-12-31T00:00:00+00:00")
        self.workspace.lake.publish(made)
        return str(made["id"])

    def diff(self, *tables: str, layer: str = "all", sample: int = 3) -> Diff:
        """The last two releases."""
        return compare_releases(self.workspace, None, None, tables, layer, sample)

    def of(self, before: str, after: str, table: str = "t", sample: int = 3) -> TableDiff:
        """What two queries differ in, as two versions of one table."""
        written = table.replace(".", "__")
        self.publish(**{written: before})
        self.publish(**{written: after})
        return self.diff(table, sample=sample).tables[0]


def values(columns: str, *rows: str) -> str:
    """A query: `values("id, n::DOUBLE", "1, 2", "2, NULL")`."""
    names = [column.partition("::")[0].strip() for column in columns.split(", ")]
    kinds = [column.partition("::")[2] or "BIGINT" for column in columns.split(", ")]
    casts = ", ".join(
        f"CAST(c{n} AS {kind}) AS {name}" for n, (name, kind) in enumerate(zip(names, kinds, strict=True))
    )
    given = ", ".join(f"c{n}" for n in range(len(names)))
    lines = ", ".join(f"({row})" for row in rows) or f"({', '.join(['NULL'] * len(names))})"
    return f"SELECT {casts} FROM (VALUES {lines}) AS v({given}){'' if rows else ' LIMIT 0'}"
