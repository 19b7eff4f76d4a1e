"""A small project that a test feeds with broken files: one table, one model, and what is asked after each run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from dataspark.errors import DataSparkError, HeaderError
from dataspark.pipeline.report import RunReport
from workbench import Bench

PROPERTIES = """
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: name, logicalType: string, required: true}
      - {name: amount, logicalType: number, physicalType: "decimal(10,2)"}
"""
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: shop
name: shop
version: 1.0.0
status: active
schema:
  - name: sales
    customProperties:
      - {property: files, value: ["sales*"]}
      - {property: dialect, value: DIALECT}
    properties:
"""
MODEL = "SELECT count(*) AS rows, sum(amount) AS total FROM silver.sales"
HEADER = "id,name,amount"
DATA = "id, name, amount"


class Shop(Bench):
    """The project, with a table `sales` (id, name, amount) unless the test says otherwise."""

    @classmethod
    def open(cls, root: Path, dialect: str = "{}", properties: str = PROPERTIES, **files: str) -> Shop:
        contract = CONTRACT.replace("DIALECT", dialect) + properties
        made = cls.of_files(root, {"contracts/shop.odcs.yaml": contract, "models/totals.sql": MODEL, **files})
        assert isinstance(made, cls)
        return made

    def reads(self, content: str | bytes, name: str = "sales.csv") -> None:
        """Let a file arrive and run; the run must pass and the ledger must balance."""
        self.put(name, content)
        self.passes()

    def passes(self) -> RunReport:
        report = self.run()
        assert report.ok
        assert all(ledger.balanced for ledger in self.ledgers("sales").values())
        return report

    def counts(self, file: int = 1) -> tuple[int, int, int, int, int]:
        """(read, accepted, quarantined, duplicates, superseded) of a file."""
        ledger = self.ledgers("sales")[file]
        return ledger.read, ledger.accepted, ledger.quarantined, ledger.duplicates, ledger.superseded

    def rows(self, columns: str = DATA) -> list[tuple[Any, ...]]:
        """(line, *columns) of silver in the order of the file, every value as text."""
        rows = self.silver("sales", f"_file, _line, {columns}")
        return [(int(line), *rest) for _file, line, *rest in sorted(rows, key=lambda row: (int(row[0]), int(row[1])))]

    def broken(self) -> list[tuple[int, str]]:
        """(line, reasons) of the quarantine in the order of the file."""
        rows = self.quarantine("sales", "_file, _line, array_to_string(_reasons, ' ') AS why")
        return [(int(line), why) for _file, line, why in sorted(rows, key=lambda row: (int(row[0]), int(row[1])))]

    def texts(self) -> dict[int, str]:
        """Line → text of the quarantined lines that are no record."""
        return {int(line): text for line, text in self.quarantine("sales", "_line, _text") if text is not None}

    def stops(
        self, kind: type[DataSparkError], words: str, content: str | bytes | None = None, name: str = "sales.csv"
    ) -> DataSparkError:
        """Let a file arrive and run; the run must stop with these words. Returns the error."""
        if content is not None:
            self.put(name, content)
        with pytest.raises(kind, match=words) as caught:
            self.run()
        return caught.value

    def refuses(
        self, content: str | bytes, words: str, kind: type[DataSparkError] = HeaderError, name: str = "sales.csv"
    ) -> DataSparkError:
        """As `stops`; and nothing may be archived or released."""
        error = self.stops(kind, words, content, name)
        assert error.exit_code == 1
        assert self.archived() == []
        assert self.workspace.lake.release() is None
        return error

    def archived(self) -> list[str]:
        """The objects in bronze, its own records left out."""
        bronze = self.root / "lake" / "bronze"
        found = (path.relative_to(bronze).as_posix() for path in bronze.rglob("*") if path.is_file())
        return sorted(name for name in found if not name.endswith("_archive.json"))

    def leftovers(self) -> list[str]:
        """Files that something began to write and did not end."""
        lake = self.root / "lake"
        return sorted(str(path) for path in lake.rglob("*") if re.search(r"partial|\.arriving|\.tmp|#", path.name))


def lines(*rows: str, header: str = HEADER, end: str = "\n") -> str:
    """A file of these lines."""
    return end.join([header, *rows]) + end


def plain(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """Rows of silver as `line:id,name,amount`."""
    return [f"{line}:" + ",".join("NULL" if value is None else value for value in values) for line, *values in rows]
