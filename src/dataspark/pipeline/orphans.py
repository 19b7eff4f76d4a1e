"""Rows that `onViolation: keep` let through without their parent, counted anew when either side has changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from dataspark.contracts.contract import OnViolation
from dataspark.pipeline.heads import Head, Task
from dataspark.pipeline.ledger import FileLedger
from dataspark.pipeline.ports import EngineSource
from dataspark.sql import silver
from dataspark.tables import Layer, TableRef


def count_orphans(engine: EngineSource, task: Task, before: Head, after: Head) -> Head:
    """The head with its orphans counted: over the whole table, because a parent may arrive after its child."""
    kept = [link for link in task.contract.relationships if link.on_violation is OnViolation.KEEP]
    if not kept or (before.version == after.version and before.parents == task.parents):
        return after
    run = engine()
    child = TableRef(Layer.SILVER, task.contract.name)
    run.bind(child, after.version)
    files = {number: FileLedger.from_json(one.as_json()) for number, one in after.files.items()}
    for ledger in files.values():
        ledger.orphans = Counter()
    for link in kept:
        parent = TableRef(Layer.SILVER, link.parent)
        if parent != child:
            if task.parents[link.parent] is None:
                continue
            run.bind(parent, task.parents[link.parent])
        query = silver.orphans(link, str(child), str(parent))
        for file, rows in run.rows(f"SELECT _file, count(*) FROM ({query}) GROUP BY _file"):
            files[file].orphans[link.code] += rows
    return replace(after, files=files, parents=dict(task.parents))


def parents_found(before: Head, after: Head) -> int:
    """How many rows that were kept without their parent have it now, of the files that were there before."""
    lost = (one.orphans - after.files[file].orphans for file, one in before.files.items() if file in after.files)
    return sum(counter.total() for counter in lost)
