"""bronze → silver and quarantine: every row typed, judged, deduplicated and accounted for.

A batch is refined on its own where that provably ends like refining everything from scratch; where it might not (see
`must_rebuild` and `Overtaken`), the table is rebuilt from bronze. Both write through one commit per table, and
nothing of them counts before the table's state is saved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dataspark.contracts.contract import Contract, OnViolation, RuleKind, Severity
from dataspark.pipeline.batch import Again, Batch
from dataspark.pipeline.chains import Overtaken
from dataspark.pipeline.heads import Head, Task
from dataspark.pipeline.ledger import total
from dataspark.pipeline.ports import EngineSource
from dataspark.sql import silver
from dataspark.sql.silver import STRUCTURAL
from dataspark.sql.text import instant
from dataspark.tables import Layer, TableRef


@dataclass(frozen=True)
class Refined:
    """A table after its turn."""

    head: Head
    changed: bool
    rebuilt: str = ""
    """Why the table was rebuilt from bronze; empty where it was not."""


def refine(engine: EngineSource, task: Task, head: Head) -> Refined:
    """Bring a silver table and its quarantine up to date with the archive.

    Raises RuleStopped when a rule with severity `fail` is broken; LedgerError when the rows do not add up.
    """
    why = must_rebuild(engine, task, head)
    if why is None:
        again = to_judge_again(task, head)
        fresh = [file for file in task.archive.files if file.number not in head.files]
        if not fresh and not again and not _mended(task, head) and head.version is not None:
            return Refined(replace(head, parents=dict(task.parents)), changed=False)
        try:
            return Refined(Batch(engine(), task, head, fresh, again).run(), changed=True)
        except Overtaken:
            why = "a row left the quarantine whose key or unique value had come again since"
    return Refined(Batch(engine(), task, head.emptied(), task.archive.files, Again()).run(), changed=True, rebuilt=why)


def must_rebuild(engine: EngineSource, task: Task, head: Head) -> str | None:
    """Why a table cannot go on from its head; None where it can."""
    if head.version is None:
        return None
    if task.full:
        return "full refresh"
    if head.fingerprint != task.fingerprint:
        return "the contract changed"
    if head.erased != task.archive.erased:
        return "rows were erased from bronze"
    fresh = any(file.number not in head.files for file in task.archive.files)
    arrives = fresh or _mended(task, head) or bool(to_judge_again(task, head))
    if arrives and _forgets_owners(task.contract, head):
        return "an older value of a unique column may own a new one"
    if _expired(engine, task, head):
        return "rows that were let in are not valid any more as of this run's date"
    if _orphaned(engine, task, head):
        return "rows that were let in have lost their parent"
    return None


def _mended(task: Task, head: Head) -> bool:
    """Whether a person mended rows that were not judged yet."""
    return len(task.decisions.fixes) > head.fixes


def _forgets_owners(contract: Contract, head: Head) -> bool:
    """Whether silver no longer shows every value that a unique column ever had."""
    if not any(rule.kind is RuleKind.UNIQUE for rule in contract.rules):
        return False
    ledger = total(head.files.values())
    # A row that waits for its parent owns its value, too, and stands in the quarantine only.
    return bool(ledger.superseded or ledger.held or any(code.endswith(".unique") for code in ledger.reasons))


def _expired(engine: EngineSource, task: Task, head: Head) -> bool:
    """Whether a rule on the run's date rejects a row that it accepted on an earlier (or later) one."""
    now = task.as_of.isoformat()
    if head.as_of == now:
        return False
    later = now > head.as_of
    rules = [
        rule
        for rule in task.contract.row_rules
        if rule.severity is not Severity.WARNING
        and task.conditions[rule.code].uses_as_of
        and not (later and task.conditions[rule.code].turns_true)
    ]
    if not rules:
        return False
    if total(head.files.values()).superseded:
        return True  # what an older version of a row says stands in bronze only
    table = TableRef(Layer.SILVER, task.contract.name)
    engine().bind(table, head.version)
    broken = " OR ".join(f"NOT coalesce({rule.argument}, TRUE)" for rule in rules)
    rows = f"(SELECT *, {instant(task.as_of)} AS as_of FROM {table})"
    return bool(engine().rows(f"SELECT EXISTS (SELECT 1 FROM {rows} WHERE {broken})")[0][0])


def _orphaned(engine: EngineSource, task: Task, head: Head) -> bool:
    """Whether a row that waits for its parent by contract was let in, and the parent is gone since."""
    child = TableRef(Layer.SILVER, task.contract.name)
    for link in task.contract.relationships:
        now = task.parents.get(link.parent)
        if link.on_violation is not OnViolation.HOLD or now is None or head.parents.get(link.parent) in (None, now):
            continue
        run, parent = engine(), TableRef(Layer.SILVER, link.parent)
        run.bind(child, head.version)
        run.bind(parent, now)
        if run.rows(f"SELECT EXISTS ({silver.orphans(link, str(child), str(parent))})")[0][0]:
            return True
    return False


def to_judge_again(task: Task, head: Head) -> Again:
    """The quarantined rows whose verdict or reasons can change without new bytes: the date moved, or a parent did."""
    found = total(head.files.values()).reasons
    records = any(rows and code not in STRUCTURAL for code, rows in found.items())
    if task.replay:
        return Again(everything=records)
    now = task.as_of.isoformat()
    dated = [code for code, condition in task.conditions.items() if head.as_of != now and condition.uses_as_of]
    if records and not all(now > head.as_of and task.conditions[code].turns_true for code in dated):
        # A rule that held may be broken now: also a row with another reason gets this one.
        return Again(everything=True)
    held = [
        link.code
        for link in task.contract.relationships
        if link.on_violation is OnViolation.HOLD and head.parents.get(link.parent) != task.parents.get(link.parent)
    ]
    return Again(tuple(code for code in (*dated, *held) if found[code]))
