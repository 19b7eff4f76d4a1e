"""Keys that come more than once: within a batch, or again since earlier ones. Of each only one row counts."""

from __future__ import annotations

from dataspark.contracts.contract import Contract
from dataspark.pipeline.parts import Parts
from dataspark.sql import silver
from dataspark.sql.text import names
from dataspark.tables import Layer, TableRef


class Overtaken(Exception):
    """A row that waited in the quarantine has a key, or a unique value, that silver knows by now.

    Only a rebuild tells which row counts.
    """


class Chains:
    """The rows of keys that come more than once, in order of arrival, each with its verdict (`T__chain`)."""

    def __init__(self, parts: Parts, contract: Contract, version: int | None) -> None:
        self.parts, self.engine, self.contract, self.version = parts, parts.engine, contract, version
        self.silver = TableRef(Layer.SILVER, contract.name)
        self.meets = False
        """Whether silver has some of the keys already."""
        self.there = False
        """Whether any key comes more than once."""

    def find(self, returns: bool) -> None:
        """Find them among the accepted rows; `returns` says that rows of the quarantine are among these.

        Raises Overtaken.
        """
        if self.contract.keep_duplicates and not self.contract.primary_key:
            return
        accepted = self.parts.name("accepted")
        repeats = self._repeats_within(accepted)
        self.meets = self._meets_silver(returns)
        self.there = repeats or self.meets
        if not self.there:
            return
        sources = [part for part, used in (("repeated", repeats), ("matched", self.meets)) if used]
        keys = " UNION ".join(f"SELECT {names(self.contract.key)} FROM {self.parts.name(part)}" for part in sources)
        self.engine.keep(self.parts.relation("several"), keys)
        same = silver.key_match(self.contract, "a", "b")
        columns = f"{names(column.name for column in self.contract.columns)}, _file, _line"
        several = silver.within(accepted, self.parts.name("several"), same)
        rows = f"SELECT {columns}, FALSE AS _old FROM ({several})"
        if self.meets:
            rows += f" UNION ALL SELECT {columns}, TRUE AS _old FROM {self.parts.name('matched')}"
        self.engine.keep(self.parts.relation("chain"), silver.chain(self.contract, f"({rows})"))

    def _repeats_within(self, rows: str) -> bool:
        """Find the keys that come more than once in this batch, looking at as few of them as possible."""
        rising = silver.rising(self.contract, rows) if self.engine.in_order else None
        among = None
        if rising:
            if self.engine.rows(rising)[0][0]:
                return False
            late = self.parts.name("late")
            self.engine.keep(self.parts.relation("late"), silver.late_keys(self.contract, rows))
            some, all_ = (self.engine.rows(f"SELECT count(*) FROM {r}")[0][0] for r in (late, rows))
            among = late if some * 4 < all_ else None
        self.engine.keep(self.parts.relation("repeated"), silver.repeated_keys(self.contract, rows, among))
        return self.parts.any("repeated")

    def _meets_silver(self, returns: bool) -> bool:
        """Find the rows of silver whose key comes again."""
        if self.version is None:
            return False
        self.engine.bind(self.silver, self.version)
        same = silver.key_match(self.contract, "a", "b")
        accepted = self.parts.name("accepted")
        self.engine.keep(self.parts.relation("matched"), silver.within(str(self.silver), accepted, same))
        again, matched = self.parts.name("again"), self.parts.name("matched")
        if returns and self.parts.exists(f"SELECT 1 FROM {again} AS a JOIN {matched} AS b ON {same} WHERE a._ok"):
            raise Overtaken
        return self.parts.any("matched")
