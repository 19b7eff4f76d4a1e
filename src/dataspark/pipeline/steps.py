"""The steps of a run, and which of them must be done before each: the same for whoever carries them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dataspark.plan import Plan
from dataspark.tables import Layer, TableRef

Key = tuple[str, str]
"""What a step is known by: (`refine`, `achats`)."""
INGEST: Key = ("ingest", "sources")
RECORD: Key = ("record", "history")
AUDIT: Key = ("audit", "checks")
PUBLISH: Key = ("publish", "release")


@dataclass(frozen=True)
class Step:
    """One thing that a run does. Done once more after it failed half-way, it ends as if it had been done once."""

    kind: str
    """`ingest`, `refine`, `model`, `record`, `audit` or `publish`."""
    name: str
    after: tuple[Key, ...] = ()
    """The steps that must be done before."""

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.kind, self.name


Do = Callable[[Step], None]
"""Carries out one step."""
Carry = Callable[[Sequence[Step], Do], None]
"""Carries out steps, each after those that it comes after, and raises the error of one that failed.

Steps that do not come after one another may be carried out at the same time, in threads.
"""


def steps_of(plan: Plan) -> tuple[Step, ...]:
    """Every step of a run, in an order in which they can be carried out one by one."""
    return (Step(*INGEST), *_refines(plan), *_models(plan), *_last(plan))


def in_order(steps: Sequence[Step], do: Do) -> None:
    """Carry out steps one by one."""
    for step in steps:
        do(step)


def _refines(plan: Plan) -> tuple[Step, ...]:
    """Parents before children. Where relationships form a circle, a parent that has its turn later is not waited for."""
    seen: set[str] = set()
    found = []
    for contract in plan.tables:
        parents = dict.fromkeys(link.parent for link in contract.relationships if link.parent in seen)
        found.append(Step("refine", contract.name, (INGEST, *(("refine", parent) for parent in parents))))
        seen.add(contract.name)
    return tuple(found)


def _models(plan: Plan) -> tuple[Step, ...]:
    return tuple(
        Step("model", built.name, (INGEST, *dict.fromkeys(_maker(table) for table in built.inputs)))
        for built in plan.models
    )


def _maker(table: TableRef) -> Key:
    return ("model" if table.layer is Layer.GOLD else "refine"), table.name


def _last(plan: Plan) -> tuple[Step, ...]:
    made = (*(("refine", contract.name) for contract in plan.tables), *(("model", built.name) for built in plan.models))
    return (Step(*RECORD, (INGEST, *made)), Step(*AUDIT, (RECORD,)), Step(*PUBLISH, (AUDIT,)))
