"""Whether anything of a forgotten row is left in a lake: every file is searched, whether a table names it or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataspark.contracts.contract import Contract
from dataspark.lake.files import FORGETTING
from dataspark.lake.rawfiles import opened
from dataspark.lake.storage import Source
from dataspark.pipeline.keys import Key
from dataspark.pipeline.record import PROFILES, STATE
from dataspark.sql.text import name, text
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

if TYPE_CHECKING:
    from dataspark.engines.duckdb.engine import DuckDBEngine

TELLING = 6
"""Characters from which on a value is looked for inside of other texts, and bytes for records outside of raw files."""
_FORGOTTEN = "(forgotten)"
_BEFORE, _BEHIND = rb"(?:\A|[\n\r\0\"])", rb"(?:\Z|[\n\r\0\"\\])"
"""What stands around a record: `7;Ada` is no part of `17;Ada`."""


def mark_of(table: str) -> str:
    """The object in bronze that is there while rows of a table are being forgotten: their places and their traces."""
    return f"{table}/{FORGETTING}"


@dataclass(frozen=True)
class Traces:
    """What forgotten rows said."""

    whole: tuple[str, ...] = ()
    """Values that no other row of their table has."""
    telling: tuple[str, ...] = ()
    """Long values with a letter that stand in no other row of any table, not even inside of a longer one."""
    records: tuple[bytes, ...] = ()
    """Their bytes."""

    def joined(self, other: Traces) -> Traces:
        """Those of both."""
        pairs = ((self.whole, other.whole), (self.telling, other.telling))
        whole, telling = (tuple(dict.fromkeys([*ours, *theirs])) for ours, theirs in pairs)
        return Traces(whole, telling, tuple(dict.fromkeys([*self.records, *other.records])))

    def as_json(self) -> dict[str, Any]:
        """Plain values; records in hexadecimal."""
        return {"whole": self.whole, "telling": self.telling, "records": [record.hex() for record in self.records]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Traces:
        """Read back what `as_json` gave; nothing stored is nothing known."""
        records = tuple(bytes.fromhex(record) for record in stored.get("records", ()))
        return cls(tuple(stored.get("whole", ())), tuple(stored.get("telling", ())), records)

    def condition(self, column: str, own: bool) -> str:
        """The condition that a column of texts says one of them; of a table of their `own`, as a whole value too."""
        same = f"{column} IN ({', '.join(map(text, self.whole))})" if self.whole and own else "FALSE"
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


def search(workspace: Workspace, engine: DuckDBEngine, contract: Contract, key: Key, traces: Traces) -> Searched:
    """Search bronze's files of the table and every file of silver and gold.

    For the bytes of the records, for the values that were only theirs, and in the table's own Parquet files for the key.
    """
    lake, mark = workspace.lake, mark_of(contract.name)
    needles = _Needles(traces, contract.dialect.encoding)
    own = _Own(workspace, contract, key)
    files, left = 0, []
    for area, folder in ((lake.bronze, contract.name), (lake.silver, ""), (lake.gold, "")):
        for name_ in (one.name for one in area.listing(folder) if one.name != mark):
            files += 1
            if name_.endswith(".parquet") and "/_delta_log/" not in name_:
                found = _in_parquet(engine, area.location(name_), traces, own)
            else:
                found = needles.are_in(area.source(name_), raw=area is lake.bronze)
            if found:
                left.append(f"{area.location().rpartition('/')[2]}/{name_}")
    return Searched(files, len(traces.whole), tuple(left))


class _Own:
    """The tables that the key itself is looked for in."""

    def __init__(self, workspace: Workspace, contract: Contract, key: Key) -> None:
        layers = (Layer.SILVER, Layer.REPEATS, Layer.QUARANTINE)
        self.folders = {workspace.tables.location(TableRef(layer, contract.name)): layer for layer in layers}
        self.key = key

    def layer(self, path: str) -> Layer | None:
        """Which of them a file is of."""
        return self.folders.get(path.rpartition("/")[0])

    def query(self, path: str, rows: str) -> str | None:
        """The query for rows of a file that have the key; None for a file of another table."""
        layer = self.layer(path)
        if layer is Layer.QUARANTINE:
            return self.key.among(f"(SELECT * FROM {rows} WHERE _text IS NULL)", ("_line",))
        return f"SELECT 1 FROM {rows} WHERE {self.key.typed}" if layer else None


def _in_parquet(engine: DuckDBEngine, path: str, traces: Traces, own: _Own) -> bool:
    rows = f"read_parquet({text(path)})"
    if (query := own.query(path, rows)) and engine.rows(f"SELECT EXISTS ({query})")[0][0]:
        return True
    texts = [name(column) for column, kind in engine.columns(f"SELECT * FROM {rows}") if kind == "VARCHAR"]
    conditions = [traces.condition(column, own.layer(path) is not None) for column in texts]
    if not conditions:
        return False
    return bool(engine.rows(f"SELECT EXISTS (SELECT 1 FROM {rows} WHERE {' OR '.join(conditions)})")[0][0])


class _Needles:
    """The traces as patterns over bytes."""

    def __init__(self, traces: Traces, encoding: str) -> None:
        self.inside = [re.compile(re.escape(one)) for one in dict.fromkeys(_encoded(traces.telling, encoding))]
        self.lines = [re.compile(_BEFORE + re.escape(record) + _BEHIND) for record in traces.records if record]
        # In files that are no raw files, a few bytes that are alike mean nothing.
        pairs = zip(self.lines, (record for record in traces.records if record), strict=True)
        self.long = [line for line, record in pairs if len(record) >= TELLING]

    def are_in(self, path: Source, raw: bool) -> bool:
        """Whether one of them stands in a file."""
        with opened(path) as file:
            content = file.read()
        return any(one.search(content) for one in (*self.inside, *(self.lines if raw else self.long)))


def _encoded(values: Sequence[str], encoding: str) -> Iterator[bytes]:
    spelled = {"utf-16": ("utf-16-le", "utf-16-be"), "utf-32": ("utf-32-le", "utf-32-be")}.get(encoding, (encoding,))
    for value in values:
        yield value.encode()
        yield from (value.encode(one, errors="ignore") for one in spelled)


def scrub(workspace: Workspace, engine: DuckDBEngine, contract: Contract, traces: Traces) -> None:
    """Take the values out of what shows samples of rows: the records of runs and checks, the profiles of columns."""
    gold = workspace.lake.gold
    for document in (*gold.names("_runs"), "_state/_audit.json"):
        stored = gold.read_json(document)
        if stored is not None and (clean := _clean(stored, traces)) != stored:
            gold.write_json(document, clean)
    state = workspace.lake.state(STATE)
    if PROFILES.name in state and traces.whole:
        _scrub_profiles(workspace, engine, state, contract, traces)


def _clean(stored: Any, traces: Traces) -> Any:
    """A record with the values blanked that show in the samples of its checks, and nowhere else."""
    if isinstance(stored, dict):
        return {key: _blanked(v, traces) if key == "sample" else _clean(v, traces) for key, v in stored.items()}
    return [_clean(value, traces) for value in stored] if isinstance(stored, list) else stored


def _blanked(shown: Any, traces: Traces) -> Any:
    if isinstance(shown, list):
        return [_blanked(value, traces) for value in shown]
    return _FORGOTTEN if isinstance(shown, str) and traces.are_in(shown) else shown


def _downstream(workspace: Workspace, contract: Contract) -> list[str]:
    """The tables that rows of a table come into."""
    reached = {TableRef(Layer.SILVER, contract.name), TableRef(Layer.QUARANTINE, contract.name)}
    for model in workspace.plan.models:
        if reached & set(model.inputs):
            reached.add(model.table)
    return [str(table) for table in sorted(reached)]


def _scrub_profiles(
    workspace: Workspace, engine: DuckDBEngine, state: dict[str, Any], contract: Contract, traces: Traces
) -> None:
    tables, columns = _downstream(workspace, contract), [column.name for column in contract.columns]
    engine.bind(PROFILES, state[PROFILES.name]["version"])
    # Of a model that was removed nobody can say any more what it was made from.
    known = [f"silver.{one.name}" for one in workspace.plan.tables] + [str(one.table) for one in workspace.plan.models]
    of_theirs = f"(table_name IN ({', '.join(map(text, tables))}) OR table_name NOT IN ({', '.join(map(text, known))}))"
    there = f"{of_theirs} AND column_name IN ({', '.join(map(text, columns))})"

    def clean(column: str) -> str:
        found = traces.condition(column, own=True)
        return f"CASE WHEN {there} AND ({found}) THEN {text(_FORGOTTEN)} ELSE {column} END"

    bins = f"list_transform(bins, lambda bin: {clean('bin')}) AS bins"
    cleaned = f"{clean('minimum')} AS minimum, {clean('maximum')} AS maximum, {bins}"
    written = engine.overwrite(PROFILES, f"SELECT * REPLACE ({cleaned}) FROM {PROFILES}")
    state[PROFILES.name] = {"version": written.version, "appends": 0}
    workspace.lake.save_state(STATE, state)
