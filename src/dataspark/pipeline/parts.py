"""The temporary relations of one batch, which `sql/silver.py` describes: `achats__new`, `achats__bad`, …."""

from __future__ import annotations

from dataclasses import dataclass

from dataspark.pipeline.ports import Engine
from dataspark.sql import silver
from dataspark.sql.text import name

_PARTS = (
    *("judged", "bad", "good", "refused", "accepted", "late", "repeated"),
    *("matched", "several", "chain", "again", "broken", "new", "mended", "fixed"),
)


@dataclass(frozen=True)
class Parts:
    """Their names, and small questions to them."""

    engine: Engine
    table: str

    def relation(self, part: str) -> str:
        """The relation's name, as the engine port takes it."""
        return f"{self.table}__{part}"

    def name(self, part: str) -> str:
        """The same, quoted."""
        return name(self.relation(part))

    def any(self, part: str) -> bool:
        """Whether the relation has a row."""
        return self.exists(f"SELECT 1 FROM {self.name(part)}")

    def exists(self, query: str) -> bool:
        """Whether a query finds a row."""
        return bool(self.engine.rows(f"SELECT EXISTS ({query})")[0][0])

    def without(self, rows: str, part: str, which: str = "TRUE") -> str:
        """The rows of `rows` whose places are not among those of a part."""
        gone = f"(SELECT _file, _line FROM {self.name(part)} WHERE {which})"
        return silver.without(rows, gone, silver.SAME_POSITION)

    def drop(self) -> None:
        """Forget all of them."""
        self.engine.drop([self.relation(part) for part in _PARTS])
