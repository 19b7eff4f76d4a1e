"""The whole way of a row: from its line in a raw file through its verdict to the gold rows it counts in, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from dataspark.answers.lineage import Lineage, Rows
from dataspark.answers.rawrows import RawRow, RawRows
from dataspark.answers.rawsearch import Verdict
from dataspark.engines.duckdb.engine import DuckDBEngine
from dataspark.errors import UsageError
from dataspark.pipeline.rowid import RowId
from dataspark.plan import nearest_name
from dataspark.reader import Release, find_release
from dataspark.sql.text import conjunction, name, text
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

LISTED = 5
"""How many rows of a table are shown, where nothing else is asked for."""


@dataclass(frozen=True)
class Trace:
    """The way of what one key names."""

    release: str
    created: str
    """When the release was published (ISO, UTC)."""
    as_of: str
    table: str
    key: str
    start: Rows | None
    """The gold rows that the key names; None where it names raw rows."""
    rows: tuple[RawRow, ...]
    """Raw rows: those that the key names, or the first few that the gold rows are made from."""
    tables: tuple[Rows, ...]
    """Forward: the gold rows that the accepted row counts in. Backward: what the gold rows are made from."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "release": {"id": self.release, "created": self.created, "as_of": self.as_of},
            "table": self.table,
            "key": self.key,
            "start": _rows_json(self.start) if self.start else None,
            "rows": [asdict(row) for row in self.rows],
            "counts_in" if self.start is None else "made_from": [_rows_json(rows) for rows in self.tables],
        }


@contextmanager
def tracer(workspace: Workspace, release: str | None = None, limit: int = LISTED) -> Iterator[Tracer]:
    """Open the newest release, or the one named, for any number of traces. Raises UsageError where there is none."""
    found = find_release(workspace, release)
    with workspace.engine() as engine:
        yield Tracer(workspace, found, engine(), limit)


def trace(workspace: Workspace, table: str, key: str, release: str | None = None, limit: int = LISTED) -> Trace:
    """The way of the row that `key` names in `table`. Raises UsageError."""
    with tracer(workspace, release, limit) as opened:
        return opened.trace(table, key)


class Tracer:
    """Traces rows of one release."""

    def __init__(self, workspace: Workspace, release: Release, engine: DuckDBEngine, limit: int) -> None:
        self.workspace, self.release = workspace, release
        self.lineage = Lineage(workspace, release, engine, limit)
        self._engine = engine
        self._contracts = {contract.name: contract for contract in workspace.plan.tables}
        self._raw: dict[str, RawRows] = {}

    def trace(self, table: str, key: str) -> Trace:
        """The way of the row that `key` names in `table`.

        `table` is `achats`, `silver.achats`, `fact_achats` or `gold.fact_achats`; `key` the primary key as text,
        several values separated by commas, a row's id (`achats:3f2a9c1b:1042`), or for gold `column=value`.
        Raises UsageError for a table or a row that there is not.
        """
        found = self._find(table)
        if found.layer is Layer.GOLD:
            return self._from_gold(found, key)
        return self._from_raw(found, key)

    def rows(self, table: str, ids: Sequence[str]) -> list[RawRow]:
        """The raw rows with these ids, in their order, without their way into gold: many at once.

        Raises UsageError for an id that no row has.
        """
        raw = self._rows_of(self._find(table).name)
        return raw.by_ids([RowId.parse(one) for one in ids])

    def _find(self, written: str) -> TableRef:
        layer, _, bare = written.lower().rpartition(".")
        if layer in ("", "silver", "quarantine", "repeats") and bare in self._contracts:
            found = TableRef(Layer.SILVER, bare)
        else:
            found = TableRef(Layer.GOLD, bare if layer in ("", "gold") else written)
        if found not in self.release.versions:
            gold = [one.name for one in self.release.versions if one.layer is Layer.GOLD]
            hint = nearest_name(
                written.removeprefix("gold.").removeprefix("silver."), [*self._contracts, *sorted(gold)]
            )
            raise UsageError(f"release {self.release.id} has no table `{written}`", hint)
        return found

    def _rows_of(self, table: str) -> RawRows:
        if table not in self._raw:
            self._raw[table] = RawRows(self.workspace, self.lineage, self._contracts[table])
        return self._raw[table]

    # From a raw row to gold

    def _from_raw(self, table: TableRef, key: str) -> Trace:
        raw = self._rows_of(table.name)
        is_id = RowId.looks_like(key) and RowId.parse(key).table == table.name
        rows = raw.by_ids([RowId.parse(key)]) if is_id else raw.by_key(key)
        accepted = [row for row in rows if row.verdict is Verdict.ACCEPTED]
        tables = tuple(self._counts_in(table, raw, accepted)) if accepted else ()
        return self._trace(table, key, None, rows, tables)

    def _counts_in(self, table: TableRef, raw: RawRows, rows: Sequence[RawRow]) -> Iterator[Rows]:
        numbers = {file.sha256: number for number, file in raw.files.items()}
        place = " OR ".join(f"(_file = {numbers[row.sha256]} AND _line = {row.line})" for row in rows)
        self.lineage.keep(table, place)
        yield from self.lineage.forward(table)

    # From gold to raw rows

    def _from_gold(self, table: TableRef, key: str) -> Trace:
        start = self.lineage.keep(table, self.condition(table, key))
        if not start.count:
            raise UsageError(
                f"{table} of release {self.release.id} has no row with {self._spoken(table, key)}",
                f"see what there is: dataspark query 'from {table.name}'",
            )
        tables = tuple(self.lineage.backward(table))
        rows = [row for found in tables for row in self._lines(found)]
        return self._trace(table, key, start, rows, tables)

    def _lines(self, found: Rows) -> list[RawRow]:
        return self._rows_of(found.table.name).at(found.positions) if found.table.layer is Layer.SILVER else []

    def condition(self, table: TableRef, key: str) -> str:
        """The condition for the rows of a gold table that a key names. Raises UsageError for one that cannot be read."""
        columns = {column.lower(): (column, kind) for column, kind in self.lineage.columns(table)}
        conditions = []
        for column, value in self._pairs(table, key):
            if column.lower() not in columns:
                raise UsageError(f"{table} has no column `{column}`", nearest_name(column, columns))
            real, kind = columns[column.lower()]
            if value == "":
                conditions.append(f"{name(real)} IS NULL")
                continue
            if self._engine.rows(f"SELECT TRY_CAST({text(value)} AS {kind}) IS NULL")[0][0]:
                raise UsageError(f"`{value}` is no value of {table}.{real}, which is of type {kind}", _GOLD_KEYS)
            conditions.append(f"{name(real)} = CAST({text(value)} AS {kind})")
        return conjunction(conditions)

    def _pairs(self, table: TableRef, key: str) -> list[tuple[str, str]]:
        """Column and value of each part of a key."""
        known = {column.lower(): kind for column, kind in self.lineage.columns(table)}
        parts = key.split(",")
        named, equal, _ = parts[0].partition("=")
        # The value of a text column may have an equal sign itself.
        texts = known[self._key_columns(table)[0].lower()] == "VARCHAR"
        if equal and (named.strip().lower() in known or not texts):
            pairs = [part.partition("=") for part in parts]
            return [(column.strip(), value.strip()) for column, _, value in pairs]
        columns = self._key_columns(table)
        values = [key] if len(columns) == 1 else [part.strip() for part in parts]
        if len(values) != len(columns):
            listed = ",".join(columns)
            raise UsageError(f"the key of {table} has {len(columns)} values: {listed}", _GOLD_KEYS)
        return list(zip(columns, values, strict=True))

    def _key_columns(self, table: TableRef) -> tuple[str, ...]:
        contract = next((one for one in self.workspace.plan.gold_contracts if one.name == table.name), None)
        return contract.primary_key if contract and contract.primary_key else (self.lineage.columns(table)[0][0],)

    def _spoken(self, table: TableRef, key: str) -> str:
        return ", ".join(f"{column} = {value or 'NULL'}" for column, value in self._pairs(table, key))

    def _trace(
        self, table: TableRef, key: str, start: Rows | None, rows: Sequence[RawRow], tables: tuple[Rows, ...]
    ) -> Trace:
        release = self.release
        return Trace(release.id, release.created, release.as_of, str(table), key, start, tuple(rows), tables)


_GOLD_KEYS = "write the key's value, or `column=value`, several separated by commas"


def _rows_json(rows: Rows) -> dict[str, Any]:
    return {
        "table": str(rows.table),
        "count": rows.count,
        "exact": rows.exact,
        "first": [_values(rows, row) for row in rows.first],
        "remarks": rows.remarks,
    }


def _values(rows: Rows, row: Sequence[str | None]) -> Mapping[str, Any]:
    return {column: _plain(value, kind) for column, value, kind in zip(rows.columns, row, rows.types, strict=True)}


def _plain(value: str | None, kind: str) -> Any:
    """A value's text as JSON has it."""
    if value is None or "[" in kind:
        return value
    if kind == "BOOLEAN":
        return value == "true"
    if "INT" in kind:
        return int(value)
    if kind.startswith("DECIMAL"):
        return float(Decimal(value))
    return float(value) if kind in ("DOUBLE", "FLOAT") else value
