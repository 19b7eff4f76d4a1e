"""Rows that wait for their parent longer than their contract allows: they go on waiting, and are reported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dataspark.contracts.contract import Contract, Relationship
from dataspark.pipeline.audit import failures
from dataspark.pipeline.heads import Head, Task
from dataspark.pipeline.journal import Event
from dataspark.pipeline.ledger import total
from dataspark.pipeline.ports import EngineSource
from dataspark.pipeline.report import CheckReport
from dataspark.project import age_text
from dataspark.sql.text import instant, name, text
from dataspark.tables import Layer, TableRef


def audit_held(engine: EngineSource, task: Task, head: Head) -> Iterator[CheckReport]:
    """A report for each relationship with a time limit; its failures are the rows that wait too long.

    Rows that a person waived wait for nothing any more.
    """
    contract = task.contract
    waiting = total(head.files.values()).reasons
    for link in contract.relationships:
        if not link.hold_for:
            continue
        code = f"{TableRef(Layer.SILVER, contract.name)}.{link.code}.overdue"
        if not waiting[link.code]:
            yield CheckReport(code, 0, blocks=False)
            continue
        run = engine()
        run.bind(TableRef(Layer.QUARANTINE, contract.name), head.quarantine)
        run.bind(TableRef(Layer.JOURNAL, contract.name), head.journal)
        places = [("_file", "INTEGER"), ("_line", "BIGINT")]
        run.values(_waived(contract), places, list(task.decisions.waived()))
        found = failures(run, code, False, _overdue(contract, link, task.as_of))
        rows = "1 row waits" if found.failures == 1 else f"{found.failures:,} rows wait"
        message = f"{rows} for `{link.parent}` longer than {age_text(link.hold_for)}" if found.failed else ""
        yield CheckReport(code, found.failures, False, message, found.columns, found.sample)


def _overdue(contract: Contract, link: Relationship, as_of: datetime) -> str:
    """The rows that have waited for this parent so long, by the dates of the runs; oldest first."""
    journal, quarantine = TableRef(Layer.JOURNAL, contract.name), TableRef(Layer.QUARANTINE, contract.name)
    rejected = f"_event IN ({text(Event.QUARANTINED)}, {text(Event.JUDGED)})"
    waits = f"({rejected} AND list_contains(_reasons, {text(link.code)}))"
    otherwise = f"max(CASE WHEN {waits} THEN '' ELSE _run END) OVER (PARTITION BY _file, _line)"
    since = (
        f"SELECT _file, _line, min(_as_of) FILTER (WHERE waits AND _run > otherwise) AS since FROM "
        f"(SELECT *, {waits} AS waits, {otherwise} AS otherwise FROM {journal}) GROUP BY _file, _line"
    )
    columns = dict.fromkeys((*contract.primary_key, *link.columns))
    shown = ", ".join(f"q.{name(column)}" for column in columns)
    limit = f"{instant(as_of)} - INTERVAL {link.hold_for} SECOND"
    return (
        f"SELECT {shown}, q._line, j.since FROM {quarantine} AS q JOIN ({since}) AS j "
        f"ON q._file = j._file AND q._line = j._line "
        f"ANTI JOIN {name(_waived(contract))} AS w ON q._file = w._file AND q._line = w._line "
        f"WHERE list_contains(q._reasons, {text(link.code)}) AND j.since <= {limit} ORDER BY j.since, q._file, q._line"
    )


def _waived(contract: Contract) -> str:
    return f"{contract.name}__waived"
