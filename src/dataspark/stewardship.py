"""What people decide about quarantined rows: mended versions are taken back, and rows are waived.

Nothing is judged here. A decision joins the archive, and the next run (or `dataspark quarantine replay`) meets it there.
Every call looks at all that it is given first: where anything is wrong, nothing is changed.
"""

from __future__ import annotations

import csv
import getpass
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from dataspark.answers.queue import Queue, open_queue
from dataspark.answers.queued import WAITING, Status
from dataspark.contracts.changes import meaning
from dataspark.errors import Mistake, UsageError
from dataspark.lake.storage import storage_errors
from dataspark.pipeline.decisions import Decisions, Fix, Position, Waiver
from dataspark.pipeline.rowid import RowId
from dataspark.project import did_you_mean
from dataspark.sql.text import names
from dataspark.wiring import Workspace

_ROW, _CONTRACT = "_row", "_contract"
_DELIMITERS = (",", ";", "\t")
"""What spreadsheets write between cells, by the country of the machine."""
_AGAIN = "export the rows again and mend them there: `dataspark quarantine export TABLE FILE`"


@dataclass(frozen=True)
class Mended:
    """What became of a mended file."""

    table: str
    rows: int
    """Rows that differ from what the quarantine has: the next run judges them."""
    unchanged: int
    source: str
    """Where the file is kept, below bronze; empty where no row differs."""
    by: str

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Waived:
    """Rows that were waived, or whose waivers were taken back."""

    table: str
    rows: int
    reason: str
    by: str
    at: str
    withdrawn: bool

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def person(given: str | None) -> str:
    """Who decides: the name that was given, else that of the user. Raises UsageError for an empty one."""
    if given is not None:
        if not given.strip():
            raise UsageError("a decision needs a name", "say who decides: `--by NAME`")
        return given.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def fix(workspace: Workspace, path: Path, by: str | None = None) -> Mended:
    """Take back a file that `dataspark quarantine export` wrote and a person mended.

    Rows that were not touched are left as they are. Raises UsageError with every mistake of the file: rows that are not
    in the quarantine, one row in two versions, a contract that has changed since the export; LakeBusy.
    """
    who, sheet = person(by), _Sheet(path)
    with workspace.lake.hold("fix"), open_queue(workspace, sheet.table()) as queue:
        _same_contract(workspace, queue, sheet)
        positions = sheet.positions(queue)
        columns = sheet.data(queue)
        waiting = _texts(queue, positions)
        mended = {position: dict(one.values) for position, one in queue.decisions.mended().items()}
        given = {position: sheet.values(index, columns) for position, index in positions.items()}
        # A row may have been mended before: what counts is whether this file says something else.
        known = {position: mended.get(position, waiting.get(position)) for position in positions}
        changed = {position: values for position, values in given.items() if values != known[position]}
        sheet.refuse_unless_waiting(queue, {p: positions[p] for p in changed}, waiting)
        source = _keep(workspace, queue, sheet, changed, who) if changed else ""
        return Mended(queue.table, len(changed), len(positions) - len(changed), source, who)


def waive(
    workspace: Workspace,
    rows: Sequence[str],
    table: str | None,
    code: str | None,
    reason: str,
    by: str | None = None,
    withdraw: bool = False,
) -> Waived:
    """Decide that rows stay out for good, or take that back: `rows` by name, or those of a table that break `code`.

    Raises UsageError without a reason, or when a row that is meant does not wait in the quarantine; LakeBusy.
    """
    if not reason.strip():
        raise UsageError("a waiver needs a reason", "say why: `--reason 'test of the tills on 3 March'`")
    if bool(rows) == bool(table) or bool(table) != bool(code):
        raise UsageError("which rows?", "name rows, or `--table TABLE --because CODE`")
    who, at = person(by), _now()
    with workspace.lake.hold("waive"), open_queue(workspace, table or _table_of(rows)) as queue:
        statuses = (Status.WAIVED,) if withdraw else (Status.OPEN, Status.HELD)
        meant = _named(queue, rows, statuses) if rows else queue.positions(queue.chosen(statuses, code))
        if not meant:
            raise UsageError(f"no row of `{queue.table}` that breaks `{code}` is {' or '.join(statuses)}")
        made = tuple(Waiver(*position, reason.strip(), who, at, withdraw) for position in meant)
        decisions = queue.decisions
        workspace.lake.save_decisions(queue.table, replace(decisions, waivers=(*decisions.waivers, *made)))
        return Waived(queue.table, len(meant), reason.strip(), who, at, withdraw)


def _table_of(rows: Sequence[str]) -> str:
    tables = sorted({RowId.parse(row).table for row in rows})
    if len(tables) > 1:
        raise UsageError(f"the rows are of several tables: {', '.join(tables)}", "decide about one table at a time")
    return tables[0]


def _named(queue: Queue, rows: Sequence[str], statuses: Sequence[Status]) -> list[Position]:
    found = []
    for identity in map(RowId.parse, rows):
        file = identity.file(queue.files.values())
        where = f"_file = {file.number} AND _line = {identity.line} AND {queue.chosen(statuses)}"
        if not queue.count(where):
            raise UsageError(
                f"row {identity} is not {' or '.join(statuses)}: nothing was changed",
                f"`dataspark quarantine {queue.table}` lists the rows",
            )
        found.append((file.number, identity.line))
    return found


def _same_contract(workspace: Workspace, queue: Queue, sheet: _Sheet) -> None:
    today = meaning(queue.contract, workspace.plan.tables)
    if today != queue.head.fingerprint:
        raise UsageError(
            f"the contract of `{queue.table}` has changed since the last run, which judged these rows by the old one",
            f"`dataspark run` first, then {_AGAIN}",
        )
    other = sorted({row.get(_CONTRACT) or "nothing" for row in sheet.rows} - {queue.stamp})
    if other:
        raise UsageError(
            f"{sheet.path.name} was mended for another contract of `{queue.table}` ({other[0]}, it is {queue.stamp} now)",
            _AGAIN,
        )


def _texts(queue: Queue, positions: Mapping[Position, int]) -> dict[Position, dict[str, str]]:
    """The fields of rows that wait in the quarantine, by their places."""
    place = [("_file", "INTEGER"), ("_line", "BIGINT")]
    queue.engine.values("meant_rows", place, list(positions))
    where = f"(_file, _line) IN (SELECT (_file, _line) FROM meant_rows) AND {queue.chosen(WAITING)}"
    query = f"SELECT _file, _line, {names(queue.columns)} FROM {queue.relation} WHERE {where}"
    return {
        (file, line): {column: value or "" for column, value in zip(queue.columns, values, strict=True)}
        for file, line, *values in queue.engine.rows(query)
    }


def _keep(
    workspace: Workspace, queue: Queue, sheet: _Sheet, changed: Mapping[Position, dict[str, str]], by: str
) -> str:
    source, at = f"{queue.table}/_fixes/{sha256(sheet.content).hexdigest()}.csv", _now()
    workspace.lake.bronze.write(source, sheet.content)
    made = tuple(Fix(*position, values, by, at, source) for position, values in sorted(changed.items()))
    decisions: Decisions = queue.decisions
    workspace.lake.save_decisions(queue.table, replace(decisions, fixes=(*decisions.fixes, *made)))
    return source


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class _Sheet:
    """A mended file: exported rows, as a spreadsheet saved them again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with storage_errors(f"reading {path}"):
            self.content = path.read_bytes()
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.content.count(b"\n", 0, error.start) + 1
            raise self._wrong([(line, "is not UTF-8")], "save it as CSV in UTF-8") from error
        delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="_surplus")
        self.columns = [title.strip() for title in reader.fieldnames or ()]
        reader.fieldnames = self.columns
        missing = [title for title in (_ROW, _CONTRACT) if title not in self.columns]
        if missing:
            raise self._wrong([(1, f"has no column `{title}`") for title in missing], _AGAIN)
        self.rows: list[dict[str, Any]] = []
        self.lines: list[int] = []
        for row in reader:
            if any(value for value in row.values()):  # spreadsheets leave rows of nothing behind
                self.rows.append(row)
                self.lines.append(reader.line_num)
        if not self.rows:
            raise UsageError(f"{path.name} has no row", _AGAIN)

    def table(self) -> str:
        """The table of all rows. Raises UsageError for names that are none, and for rows of several tables."""
        identities = self._identities()
        first = identities[0].table
        others = [
            (line, f"row {one} is not of `{first}`, as the first one is")
            for line, one in zip(self.lines, identities, strict=True)
            if one.table != first
        ]
        if others:
            raise self._wrong(others, "mend one table a file")
        return first

    def _identities(self) -> list[RowId]:
        found, wrong = [], []
        for line, row in zip(self.lines, self.rows, strict=True):
            written = row[_ROW] or ""
            if RowId.looks_like(written):
                found.append(RowId.parse(written))
            else:
                wrong.append((line, f"`{written}` names no row"))
        if wrong:
            raise self._wrong(wrong, "leave the column `_row` as it was exported")
        return found

    def positions(self, queue: Queue) -> dict[Position, int]:
        """Place of each row → its index here. Raises UsageError for unknown rows and for two versions of one."""
        found: dict[Position, int] = {}
        wrong = []
        for index, identity in enumerate(self._identities()):
            try:
                file = identity.file(queue.files.values())
            except UsageError as error:
                wrong.append((self.lines[index], error.message))
                continue
            position = (file.number, identity.line)
            first = found.setdefault(position, index)
            if first != index and self.rows[first] != self.rows[index]:
                message = f"row {identity} is in line {self.lines[first]} too, in another version"
                wrong.append((self.lines[index], message))
        if wrong:
            raise self._wrong(wrong, "keep one version of each row, and only rows that were exported")
        return found

    def data(self, queue: Queue) -> list[str]:
        """The columns that hold data. Raises UsageError when one is missing, unknown, or there are surplus cells."""
        given = [column for column in self.columns if not column.startswith("_")]
        wrong = [
            (1, f"has a column `{column}` that `{queue.table}` has not{did_you_mean(column, queue.columns)}")
            for column in given
            if column not in queue.columns
        ]
        wrong += [(1, f"has no column `{column}`") for column in queue.columns if column not in given]
        wrong += [
            (line, "has more cells than the first line")
            for line, row in zip(self.lines, self.rows, strict=True)
            if row.get("_surplus")
        ]
        if wrong:
            raise self._wrong(wrong, _AGAIN)
        return list(queue.columns)

    def values(self, index: int, columns: Sequence[str]) -> dict[str, str]:
        """The fields of a row."""
        return {column: self.rows[index].get(column) or "" for column in columns}

    def refuse_unless_waiting(
        self, queue: Queue, positions: Mapping[Position, int], known: Mapping[Position, object]
    ) -> None:
        """Raise UsageError for rows that are not in the quarantine (any more)."""
        wrong = list(self._gone(queue, positions, known))
        if wrong:
            raise self._wrong(wrong, "mend only rows that are in the quarantine: `dataspark quarantine` lists them")

    def _gone(
        self, queue: Queue, positions: Mapping[Position, int], known: Mapping[Position, object]
    ) -> Iterator[tuple[int, str]]:
        for (file, line), index in positions.items():
            if (file, line) in known:
                continue
            left = queue.rows(f"_file = {file} AND _line = {line}")
            identity = self.rows[index][_ROW]
            became = f"left the quarantine: it was {left[0].status}" if left else "was never in the quarantine"
            yield self.lines[index], f"row {identity} {became}"

    def _wrong(self, found: Sequence[tuple[int, str]], hint: str) -> UsageError:
        mistakes = [Mistake(self.path.name, line, message) for line, message in found]
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        return UsageError(f"{self.path.name} has {count}: nothing was changed", hint, mistakes)
