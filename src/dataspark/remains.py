"""Whether anything of a forgotten row is left in a lake: every file is searched, whether a table names it or not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataspark.contracts.contract import Contract
from dataspark.lake.rawfiles import is_packed, opened
from dataspark.pipeline.keys import Key
from dataspark.pipeline.record import PROFILES, STATE
from dataspark.sql.text import name, text
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

if TYPE_CHECKING:
    from dataspark.engines.duckdb.engine import DuckDBEngine

_TELLING = 6
"""Characters from which on a value is looked for inside of other texts; a shorter one must be the whole text."""
_FORGOTTEN = "(forgotten)"
_BEFORE, _BEHIND = rb"(?:\A|[\n\r\0\"])", rb"(?:\Z|[\n\r\0\"\\])"
"""What stands around a record: `7;Ada` is no part of `17;Ada`."""


@dataclass(frozen=True)
class Theirs:
    """Values of forgotten rows that no other row of their table has."""

    whole: tuple[str, ...] = ()
    """Texts that nobody else has as a value."""
    telling: tuple[str, ...] = ()
    """Those of them that are long enough, and stand inside of no other's value, to be looked for inside of texts."""

    @classmethod
    def of(cls, values: Sequence[tuple[str, bool]]) -> Theirs:
        """From values, and whether each stands inside of another's."""
        telling = tuple(value for value, inside in values if not inside and len(value) >= _TELLING)
        return cls(tuple(value for value, _inside in values), telling)

    def condition(self, column: str) -> str:
        """The condition that a column of texts says one of them."""
        same = f"{column} IN ({', '.join(map(text, self.whole))})" if self.whole else "FALSE"
        return " OR ".join([same, *(f"contains({column}, {text(value)})" for value in self.telling)])

    def are_in(self, said: str) -> bool:
        """Whether a text says one of them."""
        return said in self.whole or any(value in said for value in self.telling)


@dataclass(frozen=True)
class Searched:
    """What was searched, and what was found."""

    files: int
    values: int
    """Values that were only theirs."""
    left: tuple[str, ...]
    """Files in which something was found, by their path below the lake."""


def search(
    workspace: Workspace,
    engine: DuckDBEngine,
    contract: Contract,
    key: Key,
    theirs: Theirs,
    records: Sequence[bytes],
) -> Searched:
    """Search bronze's files of the table and every file of silver and gold.

    For the bytes of the records, for the values that were only theirs, and in the table's own Parquet files for the key.
    """
    lake = workspace.lake
    telling = [re.compile(re.escape(value.encode())) for value in theirs.telling]
    lines = [re.compile(_BEFORE + re.escape(record) + _BEHIND) for record in records]
    # In files that are no raw files, a few bytes that are alike mean nothing.
    long = [line for line, record in zip(lines, records, strict=True) if len(record) >= _TELLING]
    own = {workspace.tables.folder(TableRef(layer, contract.name)) for layer in (Layer.SILVER, Layer.REPEATS)}
    rejected = workspace.tables.folder(TableRef(Layer.QUARANTINE, contract.name))
    files, left = 0, []
    raw = lake.bronze.path(contract.name)
    for root in (raw, lake.silver.root, lake.gold.root):
        needles = [*telling, *(lines if root == raw else long)]
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            files += 1
            if path.suffix == ".parquet" and "_delta_log" not in path.parts:
                condition = key.typed if path.parent in own else key.raw if path.parent == rejected else "FALSE"
                found = _in_parquet(engine, path, theirs, condition)
            else:
                found = _in_bytes(path, needles)
            if found:
                left.append(path.relative_to(root.parent).as_posix())
    return Searched(files, len(theirs.whole), tuple(left))


def _in_parquet(engine: DuckDBEngine, path: Path, theirs: Theirs, condition: str) -> bool:
    rows = f"read_parquet({text(str(path))})"
    texts = [name(column) for column, kind in engine.columns(f"SELECT * FROM {rows}") if kind == "VARCHAR"]
    conditions = [condition, *map(theirs.condition, texts)]
    return bool(engine.rows(f"SELECT EXISTS (SELECT 1 FROM {rows} WHERE {' OR '.join(conditions)})")[0][0])


def _in_bytes(path: Path, needles: Sequence[re.Pattern[bytes]]) -> bool:
    if is_packed(path.name):
        with opened(path) as file:
            content = file.read()
    else:
        content = path.read_bytes()
    return any(needle.search(content) for needle in needles)


def scrub(workspace: Workspace, engine: DuckDBEngine, theirs: Theirs) -> None:
    """Take the values out of what shows samples of rows: the records of runs and checks, the profiles of columns."""
    if not theirs.whole:
        return
    gold = workspace.lake.gold
    for document in (*gold.names("_runs"), "_state/_audit.json"):
        stored = gold.read_json(document)
        if stored is not None and (clean := _clean(stored, theirs)) != stored:
            gold.write_json(document, clean)
    _scrub_profiles(workspace, engine, theirs)


def _scrub_profiles(workspace: Workspace, engine: DuckDBEngine, theirs: Theirs) -> None:
    state = workspace.lake.state(STATE)
    if PROFILES.name not in state:
        return
    engine.bind(PROFILES, state[PROFILES.name]["version"])

    def clean(column: str) -> str:
        return f"CASE WHEN {theirs.condition(column)} THEN {text(_FORGOTTEN)} ELSE {column} END"

    bins = f"list_transform(bins, lambda bin: {clean('bin')}) AS bins"
    cleaned = f"{clean('minimum')} AS minimum, {clean('maximum')} AS maximum, {bins}"
    written = engine.overwrite(PROFILES, f"SELECT * REPLACE ({cleaned}) FROM {PROFILES}")
    state[PROFILES.name] = {"version": written.version, "appends": 0}
    workspace.lake.save_state(STATE, state)


def _clean(stored: Any, theirs: Theirs) -> Any:
    if isinstance(stored, dict):
        return {key: _clean(value, theirs) for key, value in stored.items()}
    if isinstance(stored, list):
        return [_clean(value, theirs) for value in stored]
    return _FORGOTTEN if isinstance(stored, str) and theirs.are_in(stored) else stored
