"""Every row of a key, wherever it ended up: in silver, in the quarantine, among repeats, behind a person's mend."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataspark.contracts.contract import Contract
from dataspark.contracts.headers import positions
from dataspark.lake.rawlines import RawText, Span, lines_in
from dataspark.lake.splitting import fields_of
from dataspark.pipeline.decisions import Position
from dataspark.pipeline.heads import Head
from dataspark.pipeline.keys import Key
from dataspark.sql import silver as judging
from dataspark.sql.casts import Casts
from dataspark.sql.text import name
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

if TYPE_CHECKING:
    from dataspark.engines.duckdb.engine import DuckDBEngine

_PLACE = (("_file", "INTEGER"), ("_line", "BIGINT"))


@dataclass(frozen=True)
class Selection:
    """Rows by their places."""

    places: Mapping[Position, str]
    """Place → where the row is: `silver`, `quarantine`, `duplicate`, `superseded`, `mended`, or `interrupted`."""
    texts: Mapping[Position, RawText]
    """Those whose bytes are there still."""


class KeyedRows:
    """Finds rows of one table, as the last run left it."""

    def __init__(self, workspace: Workspace, contract: Contract, head: Head, engine: DuckDBEngine) -> None:
        self.workspace, self.contract, self.head, self.engine = workspace, contract, head, engine
        self.files = {file.number: file for file in workspace.lake.archive(contract.name).files}

    def of(self, key: Key, also: Iterable[Position]) -> Selection:
        """Every row of a key, and the rows at the places `also`."""
        spans: dict[Position, Span] = {}
        places: dict[Position, str] = {}
        begun = ((position, "interrupted", None) for position in also)
        for position, where, kept in [*self._found(key), *begun]:
            places.setdefault(position, where)
            spans.setdefault(position, None if kept is None else lines_in(kept))
        return Selection(places, self._texts(spans))

    def values(self, rows: Selection) -> set[str]:
        """What the fields of rows say: as they came, as they are read, and as people mended them."""
        fixes = self.workspace.lake.decisions(self.contract.name).fixes
        found = {value for fix in fixes if fix.position in rows.places for value in fix.values.values()}
        columns = [column.name for column in self.contract.columns]
        fields = [self._fields(place, record.text) for place, record in rows.texts.items()]
        mended = [dict(fix.values) for fix in fixes if fix.position in rows.places]
        for record in rows.texts.values():
            found |= set(fields_of(record.text, self.contract.dialect))
        given = [tuple(one.get(column) for column in columns) for one in [*fields, *mended]]
        self.engine.values("their_fields", [(column, "VARCHAR") for column in columns], given)
        read = judging.typed(Casts(self.contract), self.contract.columns, "their_fields")
        shown = ", ".join(f"CAST({name(column)} AS VARCHAR)" for column in columns)
        found |= {value for row in self.engine.rows(f"SELECT {shown} FROM ({read})") for value in row if value}
        return {value.strip() for value in found} - {""}

    def _found(self, key: Key) -> Iterator[tuple[Position, str, str | None]]:
        yield from self._in_tables(key)
        quarantine = TableRef(Layer.QUARANTINE, self.contract.name)
        self.engine.bind(quarantine, self.head.quarantine)
        records = f"(SELECT * FROM {quarantine} WHERE _text IS NULL)"
        for file, line in self.engine.rows(key.among(records, ("_file", "_line"))):
            yield (file, line), "quarantine", None
        rows = self.engine.rows(f"SELECT _file, _line, _text FROM {quarantine} WHERE _text IS NOT NULL")
        broken = {(file, line): kept for file, line, kept in rows}
        for place in self._saying(key, broken):
            yield place, "quarantine", broken[place]
        mended = self._texts(dict.fromkeys(self.workspace.lake.decisions(self.contract.name).mended(), None))
        for place in self._saying(key, {one: record.text for one, record in mended.items()}):
            yield place, "mended", None

    def _in_tables(self, key: Key) -> Iterator[tuple[Position, str, None]]:
        silver, repeats = (TableRef(layer, self.contract.name) for layer in (Layer.SILVER, Layer.REPEATS))
        self.engine.bind(silver, self.head.version)
        for file, line in self.engine.rows(f"SELECT _file, _line FROM {silver} WHERE {key.typed}"):
            yield (file, line), "silver", None
        if self.head.repeats is not None:
            self.engine.bind(repeats, self.head.repeats)
            rows = self.engine.rows(f"SELECT _file, _line, _verdict FROM {repeats} WHERE {key.typed}")
            yield from (((file, line), verdict, None) for file, line, verdict in rows)

    def _saying(self, key: Key, lines: Mapping[Position, str]) -> list[Position]:
        """Which of these lines, that may be no records, have the key in its fields."""
        columns = self.contract.primary_key
        given = []
        for place, line in lines.items():
            fields = self._fields(place, line)
            given.append((*place, *(fields.get(column) for column in columns)))
        self.engine.values("key_fields", [*_PLACE, *((column, "VARCHAR") for column in columns)], given)
        found = self.engine.rows(key.among("key_fields", ("_file", "_line")))
        return [(file, line) for file, line in found]

    def _fields(self, place: Position, record: str) -> dict[str, str]:
        fields = fields_of(record, self.contract.dialect)
        at = positions(self.contract, self.files[place[0]].header)
        return {column: fields[index] for column, index in at.items() if index < len(fields)}

    def _texts(self, spans: Mapping[Position, Span]) -> dict[Position, RawText]:
        by_file: dict[int, dict[int, Span]] = defaultdict(dict)
        for (number, line), span in spans.items():
            if line not in self.files[number].erased:
                by_file[number][line] = span
        found: dict[Position, RawText] = {}
        for number, wanted in by_file.items():
            read = self.workspace.lake.raw_records(self.files[number], self.contract.dialect, wanted)
            found |= {(number, line): record for line, record in read.items()}
        return found


def others(workspace: Workspace, engine: DuckDBEngine, own: Contract, rows: Selection) -> tuple[str, str]:
    """The texts that other rows say, as two queries with a column `value`: those of the rows' own table, those of all."""
    engine.values("their_rows", list(_PLACE), sorted(rows.places))
    gone = "(_file, _line) IN (SELECT (_file, _line) FROM their_rows)"
    mine, all_ = [], []
    for contract in workspace.plan.tables:
        head = Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, contract.name)))
        for layer, version in ((Layer.SILVER, head.version), (Layer.QUARANTINE, head.quarantine)):
            if version is None:
                continue
            table = TableRef(layer, contract.name)
            engine.bind(table, version)
            kept = f"(SELECT * FROM {table}{f' WHERE NOT ({gone})' if contract == own else ''})"
            texts = [f"SELECT trim(CAST({name(c.name)} AS VARCHAR)) AS value FROM {kept}" for c in contract.columns]
            all_ += texts
            mine += texts if contract == own else []
    return " UNION ".join(mine), " UNION ".join(all_)
