"""What tests of whole runs share: a project in a temporary folder, and its tables as plain values."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from dataspark.engines.duckdb.session import Session
from dataspark.lake.areas import buckets
from dataspark.pipeline.heads import Head
from dataspark.pipeline.ledger import FileLedger
from dataspark.pipeline.report import RunReport
from dataspark.project import EngineSettings
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace, open_workspace, run_project

EXAMPLES = Path(__file__).parents[1] / "examples"
AS_OF = "2025-12-31"


LAYERS = {
    Layer.SILVER: "silver",
    Layer.QUARANTINE: "silver/quarantine",
    Layer.REPEATS: "silver/_repeats",
    Layer.JOURNAL: "silver/_journal",
    Layer.QUALITY: "silver/_quality",
    Layer.GOLD: "gold",
}
"""Where the tables of each layer are."""


class Bench:
    """A project folder, its runs (by `engine`, where one is named) and what they left."""

    def __init__(self, root: Path, engine: str | None = None) -> None:
        self.root, self.engine = root, engine
        self.sources = root / "data" / "sources"
        self.sources.mkdir(parents=True, exist_ok=True)

    @classmethod
    def of_files(cls, root: Path, files: dict[str, str]) -> Bench:
        """A project from the texts of its files."""
        for name, text in {"dataspark.toml": "", **files}.items():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return cls(root)

    @classmethod
    def of_example(cls, root: Path, name: str = "retail") -> Bench:
        """A copy of an example project, without what its runs left."""
        left_over = shutil.ignore_patterns("lake", "data", ".dataspark")
        shutil.copytree(EXAMPLES / name, root, ignore=left_over, dirs_exist_ok=True)
        return cls(root)

    def put(self, name: str, content: str | bytes) -> Path:
        """Let a file arrive in `sources`, wherever that is."""
        area = self.workspace.lake.sources
        if area.is_remote:
            for bucket in buckets([area]):
                bucket.may_make = True
            area.write(name, content.encode() if isinstance(content, str) else content)
            return Path(name)
        target = self.sources / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    @property
    def workspace(self) -> Workspace:
        """The project as it is now."""
        return open_workspace(self.root, engine=self.engine)

    def run(self, as_of: str = AS_OF, **options: Any) -> RunReport:
        """One run."""
        return run_project(self.workspace, as_of=as_of, **options)

    def head(self, table: str) -> Head:
        """The recorded head of a silver table."""
        return Head.from_json(self.workspace.lake.state(TableRef(Layer.SILVER, table)))

    def ledgers(self, table: str) -> dict[int, FileLedger]:
        """File number → its ledger."""
        return self.head(table).files

    def silver(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """The rows of a silver table at its head, sorted, every value as text."""
        return self._rows(TableRef(Layer.SILVER, table), self.head(table).version, columns)

    def quarantine(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """The rows of a quarantine at its head, sorted, every value as text."""
        return self._rows(TableRef(Layer.QUARANTINE, table), self.head(table).quarantine, columns)

    def repeats(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Where the rows are that another row stands for, sorted, every value as text."""
        return self._rows(TableRef(Layer.REPEATS, table), self.head(table).repeats, columns)

    def journal(self, table: str, columns: str = "_file, _line, _event, _reasons") -> list[tuple[Any, ...]]:
        """What happened to quarantined rows, sorted, every value as text."""
        return self._rows(TableRef(Layer.JOURNAL, table), self.head(table).journal, columns)

    def gold(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """The rows of a gold table in the newest release, sorted, every value as text."""
        release = self.workspace.lake.release()
        assert release, "nothing was released"
        return self._rows(TableRef(Layer.GOLD, table), release["tables"][f"gold.{table}"], columns)

    def quality(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """The rows of `quality.counts` or `quality.profiles` as they are recorded, sorted, every value as text."""
        state = self.workspace.lake.state(TableRef(Layer.QUALITY, "_quality"))
        return self._rows(TableRef(Layer.QUALITY, table), state.get(table, {}).get("version"), columns)

    def versions(self) -> dict[str, int | None]:
        """The newest version of every table, recorded or not."""
        tables = self.workspace.tables
        return {str(table): tables.latest(table) for table in self._tables()}

    def everything(self) -> dict[str, object]:
        """All that a user can see: rows of every table, and the ledgers."""
        seen: dict[str, object] = {}
        for contract in self.workspace.plan.tables:
            seen[f"silver.{contract.name}"] = self.silver(contract.name)
            seen[f"quarantine.{contract.name}"] = self.quarantine(contract.name)
            seen[f"repeats.{contract.name}"] = self.repeats(contract.name)
            seen[f"ledger.{contract.name}"] = {n: one.as_json() for n, one in self.ledgers(contract.name).items()}
        for model in self.workspace.plan.models:
            seen[f"gold.{model.name}"] = self.gold(model.name)
        return seen

    def _tables(self) -> Iterator[TableRef]:
        lake = self.workspace.lake
        bases = {base.partition("/")[2]: layer for layer, base in LAYERS.items() if layer is not Layer.GOLD}
        for area, layers in ((lake.silver, bases), (lake.gold, {"": Layer.GOLD})):
            folders = {one.name.partition("/_delta_log/")[0] for one in area.listing() if "/_delta_log/" in one.name}
            for folder in sorted(folders):
                base, _, name = folder.rpartition("/")
                yield TableRef(layers[base], name)

    def _rows(self, table: TableRef, version: int | None, columns: str) -> list[tuple[Any, ...]]:
        tables = self.workspace.tables
        paths = [] if version is None else tables.paths(table, version)
        if not paths:
            return []
        session = _session(tuple(self.workspace.lake.remote_statements()))
        rows = session.rows(f"SELECT COLUMNS(*)::VARCHAR FROM (SELECT {columns} FROM read_parquet({paths}))")
        return sorted(rows, key=repr)


@cache
def _session(remote: tuple[str, ...]) -> Session:
    """One engine for all looks: starting one costs more than the look."""
    session = Session(EngineSettings(), remote)
    atexit.register(session.close)
    return session


def csv(header: str, *rows: str) -> str:
    """A CSV file's text."""
    return "\n".join([header, *rows]) + "\n"
