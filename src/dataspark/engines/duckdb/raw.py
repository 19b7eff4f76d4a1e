"""Raw files → a relation of text columns, with the line that each row comes from.

The engine's own reader does the work, with the dialect fixed and the columns named after the file's own header. It is
believed only where it found exactly as many records as the file has lines (counted apart from it, while the bytes
were copied). Every other file goes through `lake/splitting.py`, which knows each line.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Protocol

from dataspark.contracts.contract import Contract, Dialect
from dataspark.contracts.headers import positions
from dataspark.engines.duckdb.session import Session
from dataspark.errors import DataSparkError, EngineError, StatementRejected
from dataspark.lake.rawfiles import opened_text
from dataspark.lake.splitting import Split, split
from dataspark.lake.storage import storage_errors
from dataspark.pipeline.ports import BrokenLine, Judge, RawFile, Staged
from dataspark.sql.text import name, text

_CASES = 64
"""Segments up to which a CASE finds a row's file and line; more are joined."""
_LINE_LIMIT = 2 << 20
"""The reader's own limit on a line, bytes."""


class Raw(Protocol):
    """Where raw files are."""

    def raw_near(self, files: Sequence[RawFile]) -> AbstractContextManager[list[str]]:
        """Paths or `s3://…` that the engine can read."""

    def raw_path(self, file: RawFile) -> AbstractContextManager[Path]:
        """The file as a local one."""


@dataclass(frozen=True)
class _Segment:
    """A run of staged rows whose line number is their row number plus a constant."""

    start: int
    file: int
    shift: int


@dataclass(frozen=True)
class Rows:
    """The rows behind a staged relation."""

    rows: int
    body: str
    """The query that gives them `_file` and `_line`; `rowid` is their number in order of arrival."""

    def between(self, first: int, end: int) -> str:
        """Those whose number is from `first` up to, not including, `end`."""
        return f"({self.body} WHERE rowid >= {first} AND rowid < {end})"


@dataclass
class _Staging:
    session: Session
    lake: Raw
    name: str
    contract: Contract
    judge: Judge
    begun: bool = False
    """Whether the table exists: the first rows that are believed make it."""
    rows: int = 0
    segments: list[_Segment] = field(default_factory=list)
    read: dict[int, int] = field(default_factory=dict)
    broken: list[BrokenLine] = field(default_factory=list)


def stage(
    session: Session, lake: Raw, name_: str, files: Sequence[RawFile], contract: Contract, judge: Judge
) -> tuple[Staged, Rows]:
    """Keep `judge(raw rows)` as the relation `name_`. Returns what was read, and what was kept."""
    staging = _Staging(session, lake, name_, contract, judge)
    full = [raw for raw in files if raw.header]
    staging.read |= {raw.number: 0 for raw in files if not raw.header}
    for (_header, direct), group in groupby(full, key=lambda raw: (raw.header, _direct(raw, contract.dialect))):
        members = list(group)
        if direct and _stage_directly(staging, members):
            continue
        for raw in members:
            if not (direct and len(members) > 1 and _stage_directly(staging, [raw])):
                _stage_split(staging, raw)
    if not staging.begun:
        _insert(staging, _nothing(contract), 0)
    body = _positioned(staging)
    session.run(f"CREATE OR REPLACE TEMP VIEW {name(name_)} AS {body}")
    return Staged(staging.read, tuple(staging.broken)), Rows(staging.rows, body)


def forget(session: Session, name_: str) -> None:
    """Drop a staged relation and what is behind it."""
    session.run(f"DROP VIEW {name(name_)}")
    session.run(f"DROP TABLE {_table(name_)}")
    session.run(f"DROP TABLE IF EXISTS {name(f'{name_}__segments')}")


def _table(name_: str) -> str:
    return name(f"{name_}__rows")


def _direct(raw: RawFile, dialect: Dialect) -> bool:
    """Whether the engine's reader may try the file as it is."""
    utf8 = dialect.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    # In a file of one column the reader takes blank lines for rows.
    return raw.lines is not None and utf8 and len(raw.header) > 1


def _stage_directly(staging: _Staging, members: list[RawFile]) -> bool:
    """Let the engine read files of one header; FALSE, with nothing kept, where it cannot be believed."""
    dialect = staging.contract.dialect
    expected = [max(0, (raw.lines or 0) - dialect.header - len(raw.erased)) for raw in members]
    try:
        with staging.lake.raw_near(members) as paths:
            source = _reader(paths, members[0].header, staging.contract, dialect)
            if not _insert(staging, source, sum(expected)):
                return False
    except StatementRejected:
        # The reader names one line at most; the splitter will say what is wrong with each.
        return False
    for raw, count in zip(members, expected, strict=True):
        staging.segments += _segments(raw, 1 + dialect.header, staging.rows)
        staging.read[raw.number] = count
        staging.rows += count
    return True


def _segments(raw: RawFile, first: int, row: int) -> list[_Segment]:
    """Where the rows of a file are that begin on line `first` with row number `row`: erased lines have none."""
    segments = []
    for gap in (*raw.erased, None):
        if gap is None or gap > first:
            segments.append(_Segment(row, raw.number, first - row))
            row += (gap or first) - first
        first = (gap or first) + 1
    return segments


def _insert(staging: _Staging, source: str, expected: int) -> bool:
    """Add the judged rows of `source` if there are exactly `expected`; rolled back, so that row numbers have no gap."""
    session, table = staging.session, _table(staging.name)
    session.run("BEGIN")
    try:
        into = f"INSERT INTO {table}" if staging.begun else f"CREATE TEMP TABLE {table} AS"
        found = session.rows(f"{into} {staging.judge(source)}")[0][0]
    except DataSparkError:
        session.run("ROLLBACK")
        raise
    believed = bool(found == expected)
    session.run("COMMIT" if believed else "ROLLBACK")
    staging.begun |= believed
    return believed


def _stage_split(staging: _Staging, raw: RawFile) -> None:
    """Split a file ourselves and let the engine read the result."""
    clean = staging.session.scratch / f"{raw.sha256}.csv"
    contract = staging.contract
    with (
        staging.lake.raw_path(raw) as path,
        opened_text(path, contract.dialect.encoding) as source,
        storage_errors(f"writing {clean}"),
        clean.open("wb") as out,
    ):
        parts = split(source, out, contract.dialect, len(raw.header), raw.number)
    try:
        plain = Dialect(contract.dialect.delimiter, '"', '"', header=False)
        if not _insert(staging, _reader([str(clean)], raw.header, contract, plain, parts.longest), parts.records):
            raise EngineError(f"{raw.name}: the engine does not read {parts.records} records where there are as many")
    finally:
        clean.unlink(missing_ok=True)
    _add_split(staging, raw.number, parts)


def _add_split(staging: _Staging, file: int, parts: Split) -> None:
    staging.segments += [_Segment(staging.rows + index, file, shift - staging.rows) for index, shift in parts.shifts]
    staging.broken += parts.broken
    staging.read[file] = parts.read
    staging.rows += parts.records


def _reader(paths: Sequence[str], header: Sequence[str], contract: Contract, dialect: Dialect, longest: int = 0) -> str:
    """The engine's reader over files of one header, with the contract's columns found by name."""
    limit = max(_LINE_LIMIT, 2 * longest)
    options = {
        "auto_detect": "false",
        "header": str(dialect.header).lower(),
        "delim": text(dialect.delimiter),
        "quote": text(dialect.quote),
        "escape": text(dialect.escape if dialect.quote else ""),
        "columns": "{" + ", ".join(f"h{index}: 'VARCHAR'" for index in range(len(header))) + "}",
        "max_line_size": str(limit),
        "buffer_size": str(max(32 << 20, 2 * limit)),
    }
    if longest:  # the reader guesses the line end from the first one that it sees, were it within a field
        options["new_line"] = r"'\n'"
    files = "[" + ", ".join(text(path) for path in paths) + "]"
    call = f"read_csv({files}, {', '.join(f'{key}={value}' for key, value in options.items())})"
    place = {column: f"h{index}" for column, index in positions(contract, header).items()}
    columns = (f"{place.get(c.name, 'NULL::VARCHAR')} AS {name(c.name)}" for c in contract.columns)
    return f"(SELECT {', '.join(columns)} FROM {call}{_looked_at(header, contract)})"


def _looked_at(header: Sequence[str], contract: Contract) -> str:
    """A condition that always holds and names the columns that are kept out.

    The reader does not decode columns that nobody asks for, and would let bytes pass that are not of the encoding.
    """
    known = set(positions(contract, header).values())
    others = [index for index in range(len(header)) if index not in known]
    return " WHERE " + " AND ".join(f"h{index} IS DISTINCT FROM chr(0)" for index in others) if others else ""


def _nothing(contract: Contract) -> str:
    columns = ", ".join(f"NULL::VARCHAR AS {name(column.name)}" for column in contract.columns)
    return f"(SELECT {columns} LIMIT 0)"


def _positioned(staging: _Staging) -> str:
    """The kept rows with `_file` and `_line`."""
    rows, segments = _table(staging.name), staging.segments
    if len(segments) > _CASES:
        marks = f"{staging.name}__segments"
        staging.session.run(f"CREATE TEMP TABLE {name(marks)} (start BIGINT, file INTEGER, shift BIGINT)")
        staging.session.insert(name(marks), [(s.start, s.file, s.shift) for s in segments])
        return (
            f"SELECT r.*, s.file AS _file, r.rowid + s.shift AS _line FROM {rows} AS r "
            f"ASOF JOIN {name(marks)} AS s ON r.rowid >= s.start"
        )
    file = _by_segment([(s.start, str(s.file)) for s in segments])
    shift = _by_segment([(s.start, str(s.shift)) for s in segments])
    return f"SELECT *, CAST({file} AS INTEGER) AS _file, rowid + CAST({shift} AS BIGINT) AS _line FROM {rows}"


def _by_segment(values: list[tuple[int, str]]) -> str:
    if len({value for _start, value in values}) <= 1:
        return values[0][1] if values else "0"
    cases = " ".join(f"WHEN rowid >= {start} THEN {value}" for start, value in reversed(values))
    return f"CASE {cases} END"
