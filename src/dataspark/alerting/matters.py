"""A run → what is wrong with the project now, matter by matter, and what is not.

What a run could not judge (one that was stopped never came to its checks) is neither: it stays as it was told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dataspark.contracts.contract import HistoryMetric, Metric
from dataspark.pipeline.heads import Head
from dataspark.pipeline.ledger import FileLedger, total
from dataspark.project import About, AlertSettings, age_text
from dataspark.tables import Layer, TableRef

if TYPE_CHECKING:
    from dataspark.contracts.contract import Contract
    from dataspark.pipeline.report import RunReport
    from dataspark.wiring import Workspace

_REASONS = 3
"""Reasons of a quarantine that a message lists."""


@dataclass(frozen=True)
class Matter:
    """One thing that is wrong."""

    about: About
    subject: str
    """A table, a check; empty for the run itself."""
    text: str
    """One line: what it is, with its figures. It holds no value of a classified column."""
    details: tuple[str, ...] = ()
    mark: str = ""
    """With another mark it is another matter, and told again: a run that stops at another place."""
    command: str = ""
    """What shows more of it: `quarantine achats`."""

    @property
    def key(self) -> str:
        """What it is remembered by."""
        return f"{self.about}:{self.subject}"

    @property
    def kept(self) -> str:
        """The text as the lake remembers it: without the words of an error, which may quote a row that is forgotten later."""
        return self.text.partition(": ")[0] if self.about is About.FAILED else self.text


Verdicts = dict[str, Matter | None]
"""Key → what is wrong; None: nothing is. A key that is not there was not judged."""
Newest = dict[str, list[int]]
"""Table → the numbers of the files that came with the last run that had any."""


def judge(workspace: Workspace, run: RunReport, newest: Newest, known: Iterable[str] = ()) -> Verdicts:
    """What is wrong after a run that went through; `newest` is brought up to date.

    Of the `known` keys, those of checks, tables and promises that the project has no more are over.
    """
    settings, names = workspace.project.alerts, _Names(workspace)
    found = {f"{About.FAILED}:": None, **_checks(run, names)}
    for table in run.tables:
        head = Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, table.name)))
        if table.new_files:
            newest[table.name] = sorted(head.files)[-table.new_files :]
        files = [head.files[number] for number in newest.get(table.name, ()) if number in head.files]
        key = f"{About.QUARANTINE}:{table.name}"
        found[key] = _quarantine(table.name, table.ledger, files, settings.share_of(table.name))
    as_of = datetime.fromisoformat(run.as_of)
    for name, seconds in settings.overdue:
        if name in names.tables:
            found[f"{About.OVERDUE}:{name}"] = _late(workspace, name, seconds, as_of)
    unjudged = {f"{About.CHECKS}:{check.name}" for check in workspace.plan.checks}  # left out, for want of a table
    return {**{key: None for key in known if key not in unjudged}, **found}


def unknown_tables(settings: AlertSettings, tables: Sequence[str]) -> Iterator[str]:
    """What to say of tables in the settings that the project does not have."""
    for section, named in (("quarantine", settings.quarantine), ("overdue", settings.overdue)):
        for name, _limit in named:
            if name not in tables:
                yield f"alerts: [alerts.{section}] names `{name}`, and the project has no such table"


class _Names:
    """What of a project must be known to tell a check's subject, and what of it."""

    def __init__(self, workspace: Workspace) -> None:
        contracts = workspace.contracts
        self.tables = [contract.name for contract in contracts if contract.layer is Layer.SILVER]
        self.freshness: set[str] = set()
        self.hidden: set[str] = set()
        """Checks whose message would show a value, or a figure, of a classified column."""
        for contract in contracts:
            table = TableRef(contract.layer, contract.name)
            named = {column for rule in contract.table_rules for column in rule.columns}
            named |= {rule.column for rule in contract.history_rules if rule.column}
            own = [column.name for column in contract.columns]
            self._learn(contract, str(table), workspace.classified(table, named.union(own)))

    def _learn(self, contract: Contract, table: str, classified: frozenset[str]) -> None:
        for rule in contract.history_rules:
            if rule.metric is HistoryMetric.FRESHNESS:
                self.freshness.add(f"{table}.{rule.code}")
                if rule.column in classified:
                    self.hidden.add(f"{table}.{rule.code}")
        for promise in contract.table_rules:
            if classified and (promise.metric is Metric.SQL or classified & set(promise.columns)):
                self.hidden.add(f"{table}.{promise.code}")


def _checks(run: RunReport, names: _Names) -> Verdicts:
    found: Verdicts = {}
    for check in run.checks:
        said = "" if check.name in names.hidden else check.message
        if check.name in names.freshness:
            matter = _overdue(check.name, said)
        elif check.blocks:
            text = f"{check.name}: {said or _rows(check.failures)}"
            matter = Matter(About.CHECKS, check.name, text, command="report")
        else:
            continue
        found[matter.key] = matter if check.failed else None
    return found


def _overdue(check: str, said: str) -> Matter:
    """A promise of freshness is told as overdue whether it blocks or warns."""
    layer, name = check.split(".")[:2]
    command = f"quality {name}" if layer == Layer.SILVER else "report"
    return Matter(About.OVERDUE, check, f"{layer}.{name}: {said or 'overdue'}", command=command)


def _late(workspace: Workspace, table: str, seconds: int, as_of: datetime) -> Matter | None:
    """A table whose newest file came too long ago, by the settings."""
    newest = max((file.arrived for file in workspace.lake.archive(table).files), default="")
    if newest and as_of - datetime.fromisoformat(newest) <= timedelta(seconds=seconds):
        return None
    came = f"came {newest[:16].replace('T', ' ')} UTC" if newest else "never came"
    text = f"silver.{table}: overdue: the newest file {came}, one is expected every {age_text(seconds)}"
    return Matter(About.OVERDUE, table, text, command=f"quality {table}")


def _quarantine(table: str, whole: FileLedger, files: Sequence[FileLedger], limit: float) -> Matter | None:
    """The quarantine of a table's newest files, or of all its files, where it is above the limit."""
    judged = {
        "its newest file" if len(files) == 1 else f"its {len(files)} newest files": total(files),
        "all files": whole,
    }
    for words, ledger in judged.items():
        if ledger.read and ledger.quarantined / ledger.read > limit:
            text = (
                f"{table}: {ledger.quarantined:,} of {ledger.read:,} rows ({ledger.quarantined / ledger.read:.1%}) of "
                f"{words} are quarantined, {limit:.1%} are allowed"
            )
            reasons = tuple(f"{code}: {_rows(rows)}" for code, rows in _most_common(ledger.reasons))
            return Matter(About.QUARANTINE, table, text, reasons, command=f"quarantine {table}")
    return None


def _most_common(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:_REASONS]


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
