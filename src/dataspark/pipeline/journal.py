"""The journal: what happened to quarantined rows, run by run. It is added to, never rewritten."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dataspark.pipeline.heads import Head, Task
from dataspark.pipeline.ports import Engine, EngineSource
from dataspark.sql.text import instant, name, text
from dataspark.tables import Layer, TableRef


class Event(StrEnum):
    """What can happen to a row that breaks its contract."""

    QUARANTINED = "quarantined"
    """It was rejected, for the first time or again."""
    JUDGED = "judged"
    """It was rejected for other reasons than before."""
    RELEASED = "released"
    """It was let in as it came: its parent or its day arrived, or the contract changed."""
    FIXED = "fixed"
    """Its mended version was let in."""
    FORGOTTEN = "forgotten"
    """It was erased, in bronze too."""


@dataclass(frozen=True)
class Journaled:
    """A head whose journal is up to date, and what was written."""

    head: Head
    events: Counter[str] = field(default_factory=Counter)
    """Event → rows of this run."""


def keep_journal(engine: EngineSource, task: Task, before: Head, after: Head) -> Journaled:
    """Write down every row that came to the quarantine, left it, or has other reasons than before.

    The quarantine of `before` is what the journal knows: both are recorded together.
    """
    if after.quarantine == before.quarantine:
        return Journaled(after)
    run, relation = engine(), f"{task.contract.name}__events"
    try:
        run.keep(relation, _events(run, task, before, after))
        found: Counter[str] = Counter(dict(run.rows(f"SELECT _event, count(*) FROM {name(relation)} GROUP BY _event")))
        if not found:
            return Journaled(after)
        journal, rows = TableRef(Layer.JOURNAL, task.contract.name), f"SELECT * FROM {name(relation)}"
        base = before.journal
        written = run.overwrite(journal, rows) if base is None else run.append(journal, base, rows)
        return Journaled(replace(after, journal=written.version), found)
    finally:
        run.drop([relation, *(f"{task.contract.name}__{part}" for part in ("before", "let_in", "erased"))])


def _events(run: Engine, task: Task, before: Head, after: Head) -> str:
    table = task.contract.name
    quarantine = TableRef(Layer.QUARANTINE, table)
    rows = f"SELECT _file, _line, list_sort(_reasons) AS _reasons FROM {quarantine}"
    known = name(f"{table}__before")
    columns = [("_file", "INTEGER"), ("_line", "BIGINT"), ("_reasons", "VARCHAR[]")]
    if before.quarantine is None:
        run.values(f"{table}__before", columns, [])
    else:
        run.bind(quarantine, before.quarantine)
        run.keep(f"{table}__before", rows)
    run.bind(quarantine, after.quarantine)
    run.values(f"{table}__let_in", columns[:2], list(task.decisions.mended()))
    gone = [(file.number, line) for file in task.archive.files for line in file.erased]
    run.values(f"{table}__erased", columns[:2], gone)
    event = (
        f"CASE WHEN b._file IS NULL THEN {text(Event.QUARANTINED)} WHEN a._file IS NOT NULL THEN {text(Event.JUDGED)} "
        f"WHEN e._file IS NOT NULL THEN {text(Event.FORGOTTEN)} "
        f"WHEN m._file IS NOT NULL THEN {text(Event.FIXED)} ELSE {text(Event.RELEASED)} END"
    )
    changed = f"({rows}) AS a FULL JOIN {known} AS b ON a._file = b._file AND a._line = b._line"
    mended = f"{name(f'{table}__let_in')} AS m ON b._file = m._file AND b._line = m._line"
    erased = f"{name(f'{table}__erased')} AS e ON b._file = e._file AND b._line = e._line"
    return (
        f"SELECT coalesce(a._file, b._file) AS _file, coalesce(a._line, b._line) AS _line, {event} AS _event, "
        f"coalesce(a._reasons, b._reasons) AS _reasons, {text(task.run)} AS _run, {instant(task.as_of)} AS _as_of "
        f"FROM {changed} LEFT JOIN {mended} LEFT JOIN {erased} WHERE a._reasons IS DISTINCT FROM b._reasons"
    )


def waived_let_in(engine: EngineSource, task: Task, after: Head, events: Counter[str]) -> int:
    """How many rows that a person had waived this run let in."""
    waived = list(task.decisions.waived())
    if not waived or not (events[Event.RELEASED] or events[Event.FIXED]):
        return 0
    run, journal, relation = engine(), TableRef(Layer.JOURNAL, task.contract.name), f"{task.contract.name}__waived"
    run.bind(journal, after.journal)
    run.values(relation, [("_file", "INTEGER"), ("_line", "BIGINT")], waived)
    left = f"_run = {text(task.run)} AND _event IN ({text(Event.RELEASED)}, {text(Event.FIXED)})"
    found = run.rows(
        f"SELECT count(*) FROM {journal} AS j SEMI JOIN {name(relation)} AS w ON j._file = w._file AND j._line = w._line "
        f"WHERE {left}"
    )
    run.drop([relation])
    return int(found[0][0])
