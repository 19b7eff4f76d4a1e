"""One DuckDB connection, set up the way the pipeline needs it. The only importer of `duckdb`."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from dataspark.engines.duckdb.selects import Parsed, read_tree
from dataspark.errors import DataSparkError, EngineError, StatementRejected, StorageError, UsageError
from dataspark.lake.storage import storage_errors
from dataspark.lake.trust import hint_for
from dataspark.project import EngineSettings
from dataspark.sql.text import text
from dataspark.tables import Layer

_SETTINGS = {
    # A long IN would become a join, and behind a join rows lose the order of their file, which numbers them.
    "disabled_optimizers": "in_clause",
    # Timestamps with zone must come out as UTC: Delta's schema refuses other zone names.
    "TimeZone": "UTC",
    # A laptop without internet must behave like one with it.
    "autoinstall_known_extensions": "false",
    # Nobody watches the engine's own bar: progress is told per step.
    "enable_progress_bar": "false",
}


_MAIN = "memory"
"""What the engine calls the database that is not on a disk."""


class Session:
    """A connection to an in-memory database that spills to a folder of its own."""

    def __init__(
        self, settings: EngineSettings, remote: Sequence[str] = (), news: Callable[[], Sequence[str]] | None = None
    ) -> None:
        """`remote` are the statements that let it reach S3, where an area is there; `news` has those to say later on."""
        self._news = news
        with storage_errors("making a folder for scratch files"):
            self.scratch = Path(tempfile.mkdtemp(prefix="dataspark-", dir=settings.temp_directory))
        self._connection = duckdb.connect(":memory:", config={"temp_directory": str(self.scratch / "spill")})
        self._catalog, self._owns_catalog = _MAIN, False
        self._furnish()
        if settings.memory_limit:
            self.run(f"SET memory_limit = '{settings.memory_limit}'")
        if settings.threads:
            self.run(f"SET threads = {int(settings.threads)}")
        if remote:
            self.run(f"LOAD {text(str(_extension()))}")
            for statement in remote:
                _set_up(self._connection, statement)

    def branch(self) -> Session:
        """A connection for another thread to the same database: it shares memory and workers, and no name of a relation."""
        branch = Session.__new__(Session)
        branch._news = self._news
        with storage_errors("making a folder for scratch files"):
            branch.scratch = Path(tempfile.mkdtemp(prefix="branch-", dir=self.scratch))
        branch._connection = self._connection.cursor()
        branch._owns_catalog = True
        branch._catalog = branch.scratch.name.replace("-", "_").lower()
        branch.run(f"ATTACH ':memory:' AS {branch._catalog}")
        branch._furnish()
        return branch

    def sibling(self) -> Session:
        """A connection for another thread to the same database, with the same relations."""
        sibling = Session.__new__(Session)
        sibling._news = self._news
        with storage_errors("making a folder for scratch files"):
            sibling.scratch = Path(tempfile.mkdtemp(prefix="sibling-", dir=self.scratch))
        sibling._connection = self._connection.cursor()
        sibling._catalog, sibling._owns_catalog = self._catalog, False
        sibling._search_gold()
        return sibling

    def lock(self, paths: Sequence[str]) -> None:
        """From now on, on every connection: no file but these, no network, no extension, no setting that changes.

        A key that expires can not be replaced any more.
        """
        self._news = None
        listed = ", ".join(map(text, paths))
        for statement in (
            f"SET allowed_paths = [{listed}]",
            "SET python_enable_replacements = false",
            "SET autoload_known_extensions = false",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            self.run(statement)

    def _furnish(self) -> None:
        """What every connection has for itself."""
        for setting, value in _SETTINGS.items():
            self.run(f"SET {setting} = '{value}'")
        for layer in Layer:
            self.run(f"CREATE SCHEMA {self._catalog}.{layer}")
        self._search_gold()

    def _search_gold(self) -> None:
        # Models name each other without a schema.
        self.run(f"SET search_path = '{self._catalog}.main,{self._catalog}.gold'")

    def run(self, statement: str) -> None:
        """Run a statement. Raises EngineError, or StorageError when the disk is the reason."""
        self._execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """A small answer."""
        return self._execute(query).fetchall()

    def batches(self, query: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """An answer in parts of `size` rows at most, computed as they are asked for. No other query may run meanwhile."""
        answer = self._execute(query)
        while True:
            with _translating():
                rows = answer.fetchmany(size)
            if not rows:
                return
            yield rows

    def arrow(self, query: str) -> Any:
        """An answer as a `pyarrow.Table`."""
        return self._execute(query).to_arrow_table()

    def columns(self, query: str) -> list[tuple[str, str]]:
        """The (name, type) of a query's columns; the query is bound, not run."""
        return [(row[0], row[1]) for row in self.rows(f"DESCRIBE {query}")]

    def one_select(self, query: str) -> Parsed:
        """A query that only reads, and the tables that it names.

        Raises UsageError unless it is one SELECT, StatementRejected when it does not parse.
        """
        written = self.rows(f"SELECT json_serialize_sql({text(query)})")[0][0]
        tree = json.loads(written)
        if tree["error"] and tree["error_type"] == "parser":
            line = query.count("\n", 0, int(tree.get("position") or 0)) + 1
            raise StatementRejected(str(tree["error_message"]), line)
        # The engine serialises SELECT and nothing else, so this is also the test for statements that write.
        if tree["error"] or len(tree["statements"]) != 1:
            raise UsageError(
                "a query must be one SELECT", "readers only read; models and checks are files of the project"
            )
        if ";" in query:  # it may end the statement, with a comment behind it: what remains must stand in brackets
            query = self.rows(f"SELECT json_deserialize_sql({text(written)})")[0][0]
        return read_tree(query, tree)

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table. They travel as one JSON text: a statement a row would take a minute for 100,000 rows."""
        if rows:
            values = ", ".join(f"line[{number}]" for number in range(1, len(rows[0]) + 1))
            # A literal, not a parameter: to bind one, the client imports pandas where that is installed (2 s).
            lines = f"SELECT unnest(from_json({text(json.dumps(rows))}, '[[\"VARCHAR\"]]')) AS line"
            self.run(f"INSERT INTO {table} SELECT {values} FROM ({lines})")

    def interrupt(self) -> None:
        """Stop the statement that is running in another thread; nothing where that has closed it meanwhile."""
        with suppress(duckdb.ConnectionException):
            self._connection.interrupt()

    def close(self) -> None:
        """Let go of memory and of the scratch folder."""
        if self._owns_catalog:
            with suppress(DataSparkError):  # it goes with the database at the latest
                self.run(f"USE {_MAIN}")
                self.run(f"DETACH {self._catalog}")
        self._connection.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _execute(self, statement: str) -> duckdb.DuckDBPyConnection:
        for told in self._news() if self._news else ():
            with self._connection.cursor() as other:  # this one may be in the middle of an answer
                _set_up(other, told)
        with _translating():
            return self._connection.execute(statement)


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise _translated(error) from error
    except UnicodeDecodeError as error:  # a message that quotes a line of data, cut within a character
        raise StatementRejected("the engine refused data that it was given") from error
    except RuntimeError as error:
        if "interrupted" not in str(error).lower():
            raise
        raise KeyboardInterrupt from error  # this is how the engine tells of Ctrl-C


def _set_up(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    try:
        connection.execute(statement)
    except duckdb.Error as error:  # not what it says: it quotes the statement, and that has a secret
        raise EngineError(f"the engine cannot be told how S3 is reached: {type(error).__name__}") from None


def _extension() -> Path:
    """The engine's own reader of S3, from its wheel: nothing is downloaded. Raises UsageError where it is not installed."""
    try:
        import duckdb_extension_httpfs as wheel
    except ImportError as error:
        raise UsageError(
            "an area of the lake is in S3 and httpfs is not installed", "pip install 'dataspark[s3]'"
        ) from error
    found = sorted(Path(wheel.__file__).parent.glob(f"extensions/v{duckdb.__version__}/httpfs.duckdb_extension"))
    if not found:
        raise UsageError(
            f"duckdb-extension-httpfs is not of DuckDB's version {duckdb.__version__}",
            f"pip install duckdb-extension-httpfs=={duckdb.__version__}",
        )
    return found[0]


def _translated(error: duckdb.Error) -> DataSparkError:
    message = str(error)
    lowered = message.lower()
    if "no space left" in lowered or "file too large" in lowered or "disk quota" in lowered:
        return StorageError(
            f"the disk is full: {_first_line(message)}",
            "free some space and run again: nothing half-written is visible",
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return EngineError(f"out of memory: {_first_line(message)}", "raise `--memory-limit`, or give fewer threads")
    if isinstance(error, duckdb.IOException):
        away = "look at `endpoint_url` in [storage] and at the server; nothing is lost: run again when it answers"
        hint = hint_for(message) or (away if isinstance(error, duckdb.HTTPException) else "")
        return StorageError(_first_line(message), hint)
    found = re.search(r"^LINE (\d+):", message, re.MULTILINE)
    return StatementRejected(
        re.sub(r"\n\s*LINE \d+:.*", "", message, flags=re.DOTALL).strip(), int(found[1]) if found else 0
    )


def _first_line(message: str) -> str:
    return message.splitlines()[0]
