"""What people decide about quarantined rows: mended versions are taken back, and rows are waived.

Nothing is judged here. A decision joins the archive, and the next run (or `dataspark quarantine replay`) meets it there.
Every call looks at all that it is given first: where anything is wrong, nothing is changed.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from dataspark.answers.queue import Queue, open_queue
from dataspark.answers.queued import WAITING, Status
from dataspark.contracts.changes import meaning
from dataspark.errors import UsageError
from dataspark.pipeline.decisions import Decisions, Fix, Position, Waiver
from dataspark.pipeline.rowid import RowId
from dataspark.spreadsheet import AGAIN, CONTRACT, Sheet
from dataspark.sql.text import names
from dataspark.wiring import Workspace


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
    who, sheet = person(by), Sheet(path)
    with workspace.lake.hold("fix"), open_queue(workspace, sheet.table()) as queue:
        _same_contract(workspace, queue, sheet)
        positions = sheet.positions(queue)
        columns = sheet.data(queue)
        waiting = _texts(queue, positions)
        mended = {position: dict(one.values) for position, one in queue.decisions.mended().items()}
        given = {position: sheet.values(index, columns) for position, index in positions.items()}
        # Two people may mend different rows of one export: what is still as it was exported was not touched.
        known = {position: (waiting.get(position), mended.get(position)) for position in positions}
        changed = {position: values for position, values in given.items() if values not in known[position]}
        sheet.refuse_conflicts(changed, positions, queue.decisions.mended(since=queue.head.fixes))
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
    """Decide that nobody has to work on rows any more, or take that back: `rows` by name, or those of a table that break `code`.

    Raises UsageError without a reason, or when a row that is meant does not wait in the quarantine; LakeBusy.
    """
    if not reason.strip() and withdraw:
        reason = "withdrawn"
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
        file = queue.file_of(identity)
        where = f"_file = {file.number} AND _line = {identity.line} AND {queue.chosen(statuses)}"
        if not queue.count(where):
            raise UsageError(
                f"row {identity} is not {' or '.join(statuses)}: nothing was changed",
                f"`dataspark quarantine {queue.table}` lists the rows",
            )
        found.append((file.number, identity.line))
    return found


def _same_contract(workspace: Workspace, queue: Queue, sheet: Sheet) -> None:
    today = meaning(queue.contract, workspace.plan.tables)
    if today != queue.head.fingerprint:
        raise UsageError(
            f"the contract of `{queue.table}` has changed since the last run, which judged these rows by the old one",
            f"`dataspark run` first, then {AGAIN}",
        )
    other = sorted({row.get(CONTRACT) or "nothing" for row in sheet.rows} - {queue.stamp})
    if other:
        raise UsageError(
            f"{sheet.path.name} was mended for another contract of `{queue.table}` ({other[0]}, it is {queue.stamp} now)",
            AGAIN,
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


def _keep(workspace: Workspace, queue: Queue, sheet: Sheet, changed: Mapping[Position, dict[str, str]], by: str) -> str:
    source, at = f"{queue.table}/_fixes/{sha256(sheet.content).hexdigest()}.csv", _now()
    workspace.lake.bronze.write(source, sheet.content)
    made = tuple(Fix(*position, values, by, at, source) for position, values in sorted(changed.items()))
    decisions: Decisions = queue.decisions
    workspace.lake.save_decisions(queue.table, replace(decisions, fixes=(*decisions.fixes, *made)))
    return source


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
