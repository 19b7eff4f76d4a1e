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


def is_telling(value: str) -> bool:
    """Whether a value is long enough to be looked for inside of other texts."""
    return len(value) >= _TELLING


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
    values: Sequence[str],
    records: Sequence[bytes],
) -> Searched:
    """Search bronze's files of the table and every file of silver and gold.

    For the bytes of the records, for the values that were only theirs, and in the table's own Parquet files for the key.
    """
    lake = workspace.lake
    whole = [re.compile(_BEFORE + re.escape(record) + _BEHIND) for record in records]
    needles = [*whole, *(re.compile(re.escape(value.encode())) for value in values if is_telling(value))]
    own = {workspace.tables.folder(TableRef(layer, contract.name)) for layer in (Layer.SILVER, Layer.REPEATS)}
    rejected = workspace.tables.folder(TableRef(Layer.QUARANTINE, contract.name))
    files, left = 0, []
    for root in (lake.bronze.path(contract.name), lake.silver.root, lake.gold.root):
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            files += 1
            if path.suffix == ".parquet" and "_delta_log" not in path.parts:
                condition = key.typed if path.parent in own else key.raw if path.parent == rejected else "FALSE"
                found = _in_parquet(engine, path, values, condition)
            else:
                found = _in_bytes(path, needles)
            if found:
                left.append(path.relative_to(root.parent).as_posix())
    return Searched(files, len(values), tuple(left))


def _in_parquet(engine: DuckDBEngine, path: Path, values: Sequence[str], condition: str) -> bool:
    rows = f"read_parquet({text(str(path))})"
    texts = [name(column) for column, kind in engine.columns(f"SELECT * FROM {rows}") if kind == "VARCHAR"]
    conditions = [condition, *(_says(column, value) for column in texts for value in values)]
    return bool(engine.rows(f"SELECT EXISTS (SELECT 1 FROM {rows} WHERE {' OR '.join(conditions)})")[0][0])


def _says(column: str, value: str) -> str:
    return f"contains({column}, {text(value)})" if is_telling(value) else f"{column} = {text(value)}"


def _in_bytes(path: Path, needles: Sequence[re.Pattern[bytes]]) -> bool:
    if is_packed(path.name):
        with opened(path) as file:
            content = file.read()
    else:
        content = path.read_bytes()
    return any(needle.search(content) for needle in needles)


def scrub(workspace: Workspace, engine: DuckDBEngine, values: Sequence[str]) -> None:
    """Take the values out of the records of runs and checks, which show samples of rows."""
    gold = workspace.lake.gold
    for document in (*gold.names("_runs"), "_state/_audit.json"):
        stored = gold.read_json(document)
        if stored is not None and (clean := _clean(stored, values)) != stored:
            gold.write_json(document, clean)


def _clean(stored: Any, values: Sequence[str]) -> Any:
    if isinstance(stored, dict):
        return {key: _clean(value, values) for key, value in stored.items()}
    if isinstance(stored, list):
        return [_clean(value, values) for value in stored]
    if isinstance(stored, str) and any(_is_in(value, stored) for value in values):
        return _FORGOTTEN
    return stored


def _is_in(value: str, stored: str) -> bool:
    return value in stored if is_telling(value) else value == stored
