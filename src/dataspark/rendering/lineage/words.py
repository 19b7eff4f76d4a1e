"""What the parts of a lineage are called, for every way of showing it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from dataspark.answers.columnlineage import Decider, Lineage, Step
from dataspark.columns import RAW
from dataspark.rendering.text import plural

_VALUES = {"IDENTITY": "as it is", "TRANSFORMATION": "computed", "AGGREGATION": "aggregated"}
DECIDES = {"JOIN": "joined on", "FILTER": "filtered by", "GROUP": "grouped by"}
"""How a column decides on rows."""
STRENGTH = ("IDENTITY", "TRANSFORMATION", "AGGREGATION")


def value(step: Step) -> str:
    """What is done to a value on one step."""
    return "typed" if step.source.table.startswith(f"{RAW}.") else _VALUES[step.kind]


def headline(found: Lineage) -> str:
    """What a lineage is about, in a few words."""
    return f"What {'uses' if found.downstream else 'makes'} {found.asked}"


def summary(found: Lineage) -> str:
    """A lineage in a sentence or two, for who cannot see the picture."""
    steps = f"{plural(len(found.tables), 'table')} and {plural(len(found.steps), 'step')} between their columns"
    told = [f"{headline(found)}: {steps}."]
    ends = sorted({str(step.source) for step in found.steps} - {str(step.target) for step in found.steps})
    if found.downstream:
        ends = sorted({str(step.target) for step in found.steps} - {str(step.source) for step in found.steps})
    if ends:
        few = ", ".join(ends[:12]) + (f" and {len(ends) - 12} more" if len(ends) > 12 else "")
        told.append(f"It {'ends in' if found.downstream else 'begins with'} {few}.")
    told += [f"The columns of {name} could not be followed." for name in found.unknown]
    return " ".join(told)


def by_kind(deciders: Iterable[Decider]) -> list[tuple[str, str, str]]:
    """(table, `grouped by`, `silver.achats: jour, pays`) of what decides on rows, in the order in which SQL does it.

    The table is said once, with the first of its lines.
    """
    found: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    order = list(DECIDES)
    for one in deciders:
        found[one.table, order.index(one.kind), one.source.table].append(one.source.column)
    lines, before = [], ("", -1)
    for (table, kind, source), columns in sorted(found.items()):
        how = "" if before == (table, kind) else DECIDES[order[kind]]
        lines.append(("" if table == before[0] else table, how, f"{source}: {', '.join(sorted(columns))}"))
        before = table, kind
    return lines
