"""One DuckDB connection, set up the way the pipeline needs it. The only importer of `duckdb`."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from dataspark.errors import DataSparkError, EngineError, StatementRejected, StorageError
from dataspark.project import EngineSettings

_SETTINGS = {
    # Timestamps with zone must come out as UTC: Delta's schema refuses other zone names.
    "TimeZone": "UTC",
    # A laptop without internet must behave like one with it.
    "autoinstall_known_extensions": "false",
    # Nobody watches the engine's own bar: progress is told per step.
    "enable_progress_bar": "false",
}


class Session:
    """A connection to an in-memory database that spills to a folder of its own."""

    def __init__(self, settings: EngineSettings) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="dataspark-", dir=settings.temp_directory))
        self._connection = duckdb.connect(":memory:", config={"temp_directory": str(self.scratch / "spill")})
        for setting, value in _SETTINGS.items():
            self.run(f"SET {setting} = '{value}'")
        if settings.memory_limit:
            self.run(f"SET memory_limit = '{settings.memory_limit}'")
        if settings.threads:
            self.run(f"SET threads = {int(settings.threads)}")
        for schema in ("silver", "quarantine", "gold"):
            self.run(f"CREATE SCHEMA {schema}")
        # Models name each other without a schema.
        self.run("SET search_path = 'main,gold'")

    def run(self, statement: str) -> None:
        """Run a statement. Raises EngineError, or StorageError when the disk is the reason."""
        self._execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """A small answer."""
        return self._execute(query).fetchall()

    def arrow(self, query: str) -> Any:
        """An answer as a `pyarrow.Table`."""
        return self._execute(query).to_arrow_table()

    def columns(self, query: str) -> list[tuple[str, str]]:
        """The (name, type) of a query's columns; the query is bound, not run."""
        return [(row[0], row[1]) for row in self.rows(f"DESCRIBE {query}")]

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add a few rows to a table."""
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            try:
                self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
            except duckdb.Error as error:
                raise _translated(error) from error

    def interrupt(self) -> None:
        """Stop the statement that is running in another thread."""
        self._connection.interrupt()

    def close(self) -> None:
        """Let go of memory and of the scratch folder."""
        self._connection.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _execute(self, statement: str) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(statement)
        except duckdb.Error as error:
            raise _translated(error) from error


def _translated(error: duckdb.Error) -> DataSparkError:
    message = str(error)
    lowered = message.lower()
    if "no space left" in lowered or "file too large" in lowered or "disk quota" in lowered:
        return StorageError(
            f"the disk is full: {_first_line(message)}", "free some space and run again: nothing half-written is visible"
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return EngineError(f"out of memory: {_first_line(message)}", "raise `--memory-limit`, or give fewer threads")
    if isinstance(error, duckdb.IOException):
        return StorageError(_first_line(message))
    found = re.search(r"^LINE (\d+):", message, re.MULTILINE)
    return StatementRejected(re.sub(r"\n\s*LINE \d+:.*", "", message, flags=re.DOTALL).strip(), int(found[1]) if found else 0)


def _first_line(message: str) -> str:
    return message.splitlines()[0]
