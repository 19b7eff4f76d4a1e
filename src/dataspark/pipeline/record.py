"""ledgers and tables → history: what became of rows and what columns look like, run by run, kept for ever.

`quality.counts` gets the whole ledger of each file whose ledger changed since it was recorded last; `quality.profiles`
the columns of each table that has a new version. A run that changed nothing writes nothing. Nothing of a write counts
before the state is saved: a run that was killed in between writes the same rows once more, in place of the first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataspark.pipeline.ledger import FileLedger
from dataspark.pipeline.ports import Archive, Engine, EngineSource, Lake, Row
from dataspark.pipeline.profiles import ColumnProfile, Subject, profile
from dataspark.tables import Layer, TableRef

COUNTS = TableRef(Layer.QUALITY, "counts")
PROFILES = TableRef(Layer.QUALITY, "profiles")
STATE = TableRef(Layer.QUALITY, "_quality")
_JOINED_AFTER = 50
"""Appends after which a history is written into one file again: a question to it should open few."""
_RUN = (("run", "VARCHAR"), ("started", "TIMESTAMPTZ"), ("as_of", "TIMESTAMPTZ"), ("table_name", "VARCHAR"))
_COUNTS = (
    *_RUN,
    *(("file", "VARCHAR"), ("sha256", "VARCHAR"), ("kind", "VARCHAR"), ("code", "VARCHAR"), ("rows", "BIGINT")),
)
_PROFILES = (
    *_RUN,
    *(("version", "BIGINT"), ("column_name", "VARCHAR"), ("type", "VARCHAR"), ("rows", "BIGINT")),
    *(("nulls", "BIGINT"), ("distinct_values", "BIGINT"), ("exact", "BOOLEAN")),
    *(("minimum", "VARCHAR"), ("maximum", "VARCHAR"), ("mean", "DOUBLE"), ("bins", "VARCHAR[]")),
    ("bin_rows", "BIGINT[]"),
)
_OUTCOMES = ("read", "accepted", "quarantined", "duplicates", "superseded")
_STATUSES = ("held", "fixed")
_NEW = "quality__new"


@dataclass(frozen=True)
class Moment:
    """Which run records."""

    run: str
    started: str
    as_of: str

    def stamp(self, table: str) -> Row:
        """What every row of it begins with."""
        return (self.run, self.started, self.as_of, table)


@dataclass(frozen=True)
class Judged:
    """A silver table: its raw files and what became of their rows."""

    table: str
    archive: Archive
    ledgers: Mapping[int, FileLedger]


def record(
    engine: EngineSource, lake: Lake, moment: Moment, judged: Sequence[Judged], subjects: Sequence[Subject]
) -> dict[TableRef, int]:
    """Add what is new to the history. Returns the versions of its tables, those that did not change included."""
    state = lake.state(STATE)
    before = repr(state)
    _record_counts(engine, state, moment, judged)
    _record_profiles(engine, state, moment, subjects)
    if repr(state) != before:
        lake.save_state(STATE, state)
    return versions(state)


def versions(state: Mapping[str, Any]) -> dict[TableRef, int]:
    """The versions of the history's tables that count."""
    return {table: state[table.name]["version"] for table in (COUNTS, PROFILES) if table.name in state}


def _record_counts(engine: EngineSource, state: dict[str, Any], moment: Moment, judged: Sequence[Judged]) -> None:
    known = {table: dict(files) for table, files in state.get("ledgers", {}).items()}
    rows: list[Row] = []
    for one in judged:
        recorded = known.setdefault(one.table, {})
        for file in one.archive.files:
            ledger = one.ledgers.get(file.number)
            if ledger is None or recorded.get(file.first_sha256) == (print_ := _print(ledger)):
                continue
            recorded[file.first_sha256] = print_
            start = (*moment.stamp(one.table), file.name, file.first_sha256)
            rows += [(*start, *count) for count in counts(ledger)]
    if rows:
        _append(engine(), state, COUNTS, _COUNTS, rows)
        state["ledgers"] = known


def counts(ledger: FileLedger) -> Iterable[tuple[str, str, int]]:
    """A ledger as (kind, code, rows). Outcomes are there even when no row has them."""
    yield from (("outcome", outcome, getattr(ledger, outcome)) for outcome in _OUTCOMES)
    yield from (("status", status, rows) for status in _STATUSES if (rows := getattr(ledger, status)))
    for kind, counted in (("reason", ledger.reasons), ("warning", ledger.warnings), ("orphan", ledger.orphans)):
        yield from ((kind, code, rows) for code, rows in sorted(counted.items()) if rows)


def _print(ledger: FileLedger) -> str:
    return hashlib.sha256(json.dumps(sorted(counts(ledger))).encode()).hexdigest()[:16]


def _record_profiles(engine: EngineSource, state: dict[str, Any], moment: Moment, subjects: Sequence[Subject]) -> None:
    known = dict(state.get("profiled", {}))
    fresh = [one for one in subjects if known.get(str(one.table)) != one.version]
    rows: list[Row] = []
    for one in fresh:
        rows += [_profile_row(moment, one, column) for column in profile(engine(), one)]
        known[str(one.table)] = one.version
    if rows:
        _append(engine(), state, PROFILES, _PROFILES, rows)
        state["profiled"] = known


def _profile_row(moment: Moment, subject: Subject, found: ColumnProfile) -> Row:
    start = (*moment.stamp(str(subject.table)), subject.version, found.column, found.type, found.rows, found.nulls)
    values = (found.distinct, found.exact, found.minimum, found.maximum, found.mean)
    return (*start, *values, json.dumps(found.bins, ensure_ascii=False), json.dumps(found.bin_rows))


def _append(
    engine: Engine, state: dict[str, Any], table: TableRef, columns: Sequence[tuple[str, str]], rows: Sequence[Row]
) -> None:
    """Add rows to a table of the history and note the version that counts now in `state`."""
    head = state.get(table.name)
    # Lists travel as JSON texts.
    engine.values(_NEW, [(column, kind if "[" not in kind else "VARCHAR") for column, kind in columns], rows)
    lists = [f"from_json({column}, '[\"{kind[:-2]}\"]') AS {column}" for column, kind in columns if "[" in kind]
    query = f"SELECT * REPLACE ({', '.join(lists)}) FROM {_NEW}" if lists else f"SELECT * FROM {_NEW}"
    if head is None:
        written, appends = engine.overwrite(table, query), 0
    elif head["appends"] < _JOINED_AFTER:
        written, appends = engine.append(table, head["version"], query), head["appends"] + 1
    else:
        engine.bind(table, head["version"])
        written, appends = engine.overwrite(table, f"SELECT * FROM {table} UNION ALL {query}"), 0
    engine.drop([_NEW])
    state[table.name] = {"version": written.version, "appends": appends}
