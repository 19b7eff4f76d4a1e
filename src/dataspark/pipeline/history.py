"""history → verdict: what a contract promises about a table in time, judged in every run.

"Now" is the run's date, so that a run for a day of the past says what it would have said on that day.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dataspark.contracts.contract import Contract, HistoryMetric, HistoryRule, Severity
from dataspark.contracts.history import FEWEST
from dataspark.pipeline.ports import Archive, EngineSource
from dataspark.pipeline.record import COUNTS
from dataspark.pipeline.report import CheckReport
from dataspark.sql import history as sql
from dataspark.sql.text import name
from dataspark.tables import TableRef


@dataclass(frozen=True)
class Past:
    """What a table's rules are judged by."""

    version: int
    """Of the table."""
    counts: int | None
    """The version of `quality.counts`."""
    archive: Archive | None
    """Its raw files; None for a gold table."""
    as_of: datetime


def audit_history(
    engine: EngineSource, contract: Contract, past: Past, remembered: dict[str, Any]
) -> Iterator[CheckReport]:
    """Judge a table in time. Only what cannot change is remembered: an age never is."""
    table = TableRef(contract.layer, contract.name)
    for rule in contract.history_rules:
        known = remembered.setdefault(rule.code, {})
        if rule.metric is HistoryMetric.ROW_COUNT:
            failed, message = _volume(_arrivals(engine, contract.name, rule, past, known), rule)
        else:
            failed, message = _freshness(_newest(engine, table, rule, past, known), rule, past.as_of)
        yield CheckReport(f"{table}.{rule.code}", int(failed), rule.severity is not Severity.WARNING, message)


def _arrivals(engine: EngineSource, table: str, rule: HistoryRule, past: Past, known: dict[str, Any]) -> list[int]:
    """The rows of new files by run, newest first: as many runs as the rule looks at, and the one that is judged."""
    stamp = [past.counts, rule.runs]
    if past.counts is not None and known.get("stamp") != stamp:
        engine().bind(COUNTS, past.counts)
        known["arrivals"] = [int(rows) for _run, rows in engine().rows(sql.arrivals(table, rule.runs + 2))]
        known["stamp"] = stamp
    return list(known.get("arrivals", []))


def _volume(arrivals: list[int], rule: HistoryRule) -> tuple[bool, str]:
    """The newest batch beside the batches before it. It stays judged until another one comes."""
    if len(arrivals) <= FEWEST:
        earlier = max(0, len(arrivals) - 1)
        return (
            False,
            f"not judged yet: {earlier} earlier {'run' if earlier == 1 else 'runs'} had new files, {FEWEST} are needed",
        )
    newest, *before = arrivals[: rule.runs + 1]
    if len(before) > FEWEST and len(arrivals) == len(before) + 1:
        before = before[:-1]  # the first load of a table is no measure of what usually comes
    mean, deviation = statistics.mean(before), statistics.stdev(before)
    low, high = mean - rule.deviations * deviation, mean + rule.deviations * deviation
    if low <= newest <= high:
        return False, ""
    usual = f"{max(0, low):,.0f} to {high:,.0f} is usual (the {len(before)} runs before had {mean:,.0f} on average)"
    return True, f"{newest:,} rows came with the newest files, {usual}"


def _newest(
    engine: EngineSource, table: TableRef, rule: HistoryRule, past: Past, known: dict[str, Any]
) -> tuple[str, datetime | None]:
    """What is the newest, in words, and when that was."""
    if rule.column is None:
        files = past.archive.files if past.archive else []
        newest = max(files, key=lambda file: file.arrived, default=None)
        return (f"the newest file, {newest.name},", datetime.fromisoformat(newest.arrived)) if newest else ("", None)
    stamp = [past.version, rule.column]
    if known.get("stamp") != stamp:
        engine().bind(table, past.version)
        known["newest"] = engine().rows(f"SELECT epoch_us(max({name(rule.column)})) FROM {table}")[0][0]
        known["stamp"] = stamp
    value = known["newest"]
    moment = None if value is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
    return f"the newest {rule.column}", moment


def _freshness(newest: tuple[str, datetime | None], rule: HistoryRule, now: datetime) -> tuple[bool, str]:
    words, moment = newest
    if moment is None:
        return True, "overdue: there is no value yet" if rule.column else "overdue: no file came yet"
    age = now - moment
    if age <= timedelta(seconds=rule.max_age):
        return False, ""
    came = "is of" if rule.column else "came"
    return True, (
        f"overdue: {words} {came} {moment:%Y-%m-%d %H:%M}, {_span(age)} before the run's date; "
        f"{_span(timedelta(seconds=rule.max_age))} are allowed"
    )


def _span(age: timedelta) -> str:
    """`45 min`, `36 h`, `12 days`."""
    seconds = age.total_seconds()
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 3 * 86_400 else f"{seconds / 86_400:.0f} days"
