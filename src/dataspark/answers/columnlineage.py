"""What a column is made of, and what uses it: the project's lineage from one column or one table, as plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from dataspark.columns import RAW, ColumnLineage
from dataspark.errors import UsageError
from dataspark.plan import Model, Plan, nearest_name
from dataspark.sql.parsing import Origin
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

_LAYERS = (RAW, Layer.SILVER, Layer.QUARANTINE, Layer.GOLD)


@dataclass(frozen=True, order=True)
class ColumnName:
    """One column of one table."""

    table: str
    """`gold.fact_achats`; raw files are `raw.achats`."""
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, order=True)
class Step:
    """One column's values go into another one's."""

    source: ColumnName
    target: ColumnName
    kind: str
    """`IDENTITY`: the value itself; `TRANSFORMATION`: computed from the row; `AGGREGATION`: computed from many rows."""


@dataclass(frozen=True, order=True)
class Decider:
    """A column that decides what rows a table has. Its values need not be in any column of that table."""

    table: str
    source: ColumnName
    kind: str
    """`FILTER`, `JOIN` or `GROUP`."""


@dataclass(frozen=True)
class Part:
    """A table that takes part."""

    name: str
    layer: str
    path: str
    """The file of the project that makes it: a model or a contract; for raw files the contract that reads them."""
    columns: tuple[str, ...]
    """Those of its columns that take part, in its order."""
    of: int
    """How many columns it has."""
    inputs: tuple[str, ...]
    """The tables that it is made from."""
    followed: bool
    """FALSE: its SQL could not be followed, so which column comes from where is not known."""


@dataclass(frozen=True)
class Lineage:
    """What one column, or every column of one table, is made of (upstream) or used for (downstream)."""

    table: str
    column: str | None
    """None: every column of the table."""
    downstream: bool
    tables: tuple[Part, ...]
    """From the raw files on."""
    steps: tuple[Step, ...]
    deciders: tuple[Decider, ...]
    """Upstream: what decides on the rows of the tables on the way. Downstream: the rows that the columns decide on."""
    links: tuple[tuple[str, str], ...] = ()
    """(table, table made from it) where columns could not be followed."""
    checks: tuple[str, ...] = ()
    """Downstream: the checks that read one of the columns."""

    @property
    def asked(self) -> str:
        """What was asked for, in full."""
        return self.table if self.column is None else f"{self.table}.{self.column}"

    @property
    def unknown(self) -> tuple[str, ...]:
        """The tables whose columns could not be followed."""
        return tuple(part.name for part in self.tables if not part.followed)

    def part(self, table: str) -> Part:
        """A table that takes part, by its name. Raises KeyError."""
        return {part.name: part for part in self.tables}[table]

    def sources(self, target: ColumnName) -> tuple[Step, ...]:
        """The steps that end in a column."""
        return tuple(step for step in self.steps if step.target == target)

    def uses(self, source: ColumnName) -> tuple[Step, ...]:
        """The steps that begin with a column."""
        return tuple(step for step in self.steps if step.source == source)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values; each step says which file makes it."""
        made_by = {part.name: part.path for part in self.tables}
        steps = [{**asdict(step), "made_by": made_by[step.target.table]} for step in self.steps]
        direction = "downstream" if self.downstream else "upstream"
        links = [{"source": source, "target": target} for source, target in self.links]
        return {
            **asdict(self),
            "asked": self.asked,
            "downstream": direction == "downstream",
            "direction": direction,
        } | {
            "steps": steps,
            "links": links,
            "unknown": list(self.unknown),
        }


def lineage(workspace: Workspace, written: str, downstream: bool = False) -> Lineage:
    """The lineage of `gold.kpi.column`, `kpi.column`, `gold.kpi`, `kpi`, `silver.t.column`, `raw.t.column`…

    Raises UsageError, with the nearest name, for what there is not, and ProjectError for a project without a plan.
    """
    return Lineages(workspace).of(written, downstream)


class Lineages:
    """The lineage of any column of a project. What was found once is kept: ask one of these for many columns."""

    def __init__(self, workspace: Workspace, known: ColumnLineage | None = None) -> None:
        self._plan: Plan = workspace.plan
        self._known = known or ColumnLineage(workspace)
        self._models = {str(model.table): model for model in self._plan.models}
        self._paths = {name: model.path for name, model in self._models.items()}
        for contract in self._plan.tables:
            self._paths |= {f"{layer}.{contract.name}": contract.path for layer in _LAYERS[:-1]}
        self._names = {(table, column.lower()): column for table, of in self._known.columns.items() for column in of}

    def of(self, written: str, downstream: bool = False) -> Lineage:
        """The lineage of a column or a table by the name that a person gives it. Raises UsageError."""
        table, column = self.find(written)
        return self.downstream(table, column) if downstream else self.upstream(table, column)

    def find(self, written: str) -> tuple[str, str | None]:
        """The table and the column that a name means; None for a whole table. Raises UsageError."""
        first, *rest = written.strip().split(".")
        layer, rest = (first.lower(), rest) if first.lower() in _LAYERS and rest else (str(Layer.GOLD), [first, *rest])
        table, column = f"{layer}.{rest[0].lower()}", ".".join(rest[1:]) or None
        known = {name.lower(): name for name in self._known.columns}
        if table not in known:
            raise self._no_table(written, table)
        return known[table], column and self._column(known[table], column)

    def spelt(self, table: str, column: str) -> str:
        """A column as lineage spells it: names in SQL are read in small letters."""
        return self._names.get((table, column.lower()), column)

    def upstream(self, table: str, column: str | None = None) -> Lineage:
        """What a column, or every column, of a table that there is is made of."""
        walk = _Walk([table])
        waiting = self._start(table, column)
        while waiting:
            here = waiting.pop()
            if walk.enter(here):
                for one in self._known.origins(here.table).get(here.column, ()):
                    source = ColumnName(one.table, self._real(one))
                    walk.steps.add(Step(source, here, one.kind))
                    waiting.append(source)
        for name in sorted(walk.tables):
            walk.deciders |= {self._decider(name, one) for one in self._known.deciders(name)}
            walk.link(self._lost_above(name))
        return self._lineage(table, column, False, walk)

    def downstream(self, table: str, column: str | None = None) -> Lineage:
        """What uses a column, or any column, of a table that there is."""
        walk = _Walk([table])
        waiting = self._start(table, column)
        while waiting:
            here = waiting.pop()
            if walk.enter(here):
                walk.steps.update(self._uses[here])
                walk.deciders.update(self._decides[here])
                waiting += [step.target for step in self._uses[here]]
        for name in sorted(walk.tables):
            walk.link(self._lost_below(name))
        checks = tuple(name for name, reads in self._checks.items() if reads & walk.columns)
        return self._lineage(table, column, True, walk, checks)

    def _start(self, table: str, column: str | None) -> list[ColumnName]:
        columns = self._known.columns[table] if column is None else (column,)
        return [ColumnName(table, one) for one in columns]

    @cached_property
    def _uses(self) -> dict[ColumnName, list[Step]]:
        """Column → the steps that begin with it."""
        found: dict[ColumnName, list[Step]] = defaultdict(list)
        for table in self._known.columns:
            for column, of in self._known.origins(table).items():
                for one in of:
                    source = ColumnName(one.table, self._real(one))
                    found[source].append(Step(source, ColumnName(table, column), one.kind))
        return found

    @cached_property
    def _decides(self) -> dict[ColumnName, list[Decider]]:
        """Column → the tables on whose rows it decides."""
        found: dict[ColumnName, list[Decider]] = defaultdict(list)
        for table in self._models:
            for one in self._known.deciders(table):
                decider = self._decider(table, one)
                found[decider.source].append(decider)
        return found

    @cached_property
    def _checks(self) -> dict[str, frozenset[ColumnName]]:
        """Check → the columns that it reads."""
        found = {}
        for check in self._plan.checks:
            read = self._known.read_by(check)
            found[check.name] = frozenset(ColumnName(t, self._names.get((t, c.lower()), c)) for t, c in read)
        return found

    def _lost_above(self, table: str) -> Iterator[tuple[str, str]]:
        """The links into a model that cannot be followed, and into those that it is made from."""
        for source in () if self._is_followed(table) else map(str, self._models[table].inputs):
            yield source, table
            yield from self._lost_above(source)

    def _lost_below(self, table: str) -> Iterator[tuple[str, str]]:
        """The links from a table to models that cannot be followed, and from those on to all that is made from them."""
        for model in self._plan.models:
            name = str(model.table)
            reads = table in map(str, model.inputs)
            if reads and not (self._is_followed(name) and self._is_followed(table)):
                yield table, name
                if not self._is_followed(name):
                    yield from self._lost_below(name)

    def _is_followed(self, table: str) -> bool:
        return table not in self._models or self._known.is_followed(self._models[table].table)

    def _decider(self, table: str, one: Origin) -> Decider:
        return Decider(table, ColumnName(one.table, self._real(one)), one.kind)

    def _real(self, one: Origin) -> str:
        """A column as its table spells it: SQL may write it in capitals."""
        return self._names.get((one.table, one.column.lower()), one.column)

    def _lineage(
        self, table: str, column: str | None, downstream: bool, walk: _Walk, checks: tuple[str, ...] = ()
    ) -> Lineage:
        parts = tuple(self._part(name, walk.columns) for name in self._known.columns if name in walk.tables)
        ordered = sorted(parts, key=lambda part: _LAYERS.index(part.layer))
        return Lineage(
            table,
            column,
            downstream,
            tuple(ordered),
            tuple(sorted(walk.steps)),
            tuple(sorted(walk.deciders)),
            tuple(sorted(walk.links)),
            checks,
        )

    def _part(self, table: str, taking_part: Iterable[ColumnName]) -> Part:
        mine = {one.column for one in taking_part if one.table == table}
        known = self._known.columns[table]
        columns = (*(one for one in known if one in mine), *sorted(mine.difference(known)))
        inputs = _inputs(table, self._models.get(table))
        return Part(
            table, table.partition(".")[0], self._paths[table], columns, len(known), inputs, self._is_followed(table)
        )

    def _column(self, table: str, written: str) -> str:
        columns = self._known.columns[table]
        found = {column.lower(): column for column in columns}.get(written.lower())
        if found:
            return found
        if not self._is_followed(table):  # its columns are not known
            return written
        raise UsageError(f"{table} has no column `{written}`", nearest_name(written, columns))

    def _no_table(self, written: str, table: str) -> UsageError:
        layer, _, name = table.partition(".")
        if layer == Layer.QUARANTINE:  # it is part of the lineage where somebody reads it
            return UsageError(f"no model and no check reads `{table}`", f"its rows are as they came: `{RAW}.{name}`")
        names = [one.removeprefix(f"{Layer.GOLD}.") for one in self._known.columns]
        hint = nearest_name(name if layer == Layer.GOLD else table, names)
        return UsageError(f"there is no table `{table}` to follow", hint)


@dataclass
class _Walk:
    """What was reached."""

    start: Sequence[str]
    columns: set[ColumnName] = field(default_factory=set)
    steps: set[Step] = field(default_factory=set)
    deciders: set[Decider] = field(default_factory=set)
    links: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tables = set(self.start)

    def enter(self, column: ColumnName) -> bool:
        """Whether a column is reached for the first time."""
        if column in self.columns:
            return False
        self.columns.add(column)
        self.tables.add(column.table)
        return True

    def link(self, links: Iterable[tuple[str, str]]) -> None:
        """Add tables whose columns are not followed."""
        for source, target in links:
            self.links.add((source, target))
            self.tables |= {source, target}


def _inputs(table: str, model: Model | None) -> tuple[str, ...]:
    layer, _, name = table.partition(".")
    if model:
        return tuple(map(str, model.inputs))
    return () if layer == RAW else (f"{RAW}.{name}",)


@dataclass(frozen=True)
class TableNode:
    """One table of a project."""

    name: str
    layer: str
    path: str
    inputs: tuple[str, ...]
    columns: int
    checks: tuple[str, ...]
    """The checks that read it."""


def tables(workspace: Workspace, known: ColumnLineage | None = None) -> tuple[TableNode, ...]:
    """Every table of a project, from the raw files on, and what each is made from. Raises ProjectError."""
    columns = (known or ColumnLineage(workspace)).columns
    plan = workspace.plan
    models = {str(model.table): model for model in plan.models}
    paths = {f"{layer}.{c.name}": c.path for c in plan.tables for layer in _LAYERS[:-1]}
    paths |= {name: model.path for name, model in models.items()}

    def checks(name: str) -> tuple[str, ...]:
        if name.startswith(f"{RAW}."):
            return ()
        return tuple(check.name for check in plan.checks if TableRef.parse(name) in check.inputs)

    found = [
        TableNode(
            name,
            name.partition(".")[0],
            paths[name],
            _inputs(name, models.get(name)),
            len(of),
            checks(name),
        )
        for name, of in columns.items()
    ]
    return tuple(sorted(found, key=lambda node: _LAYERS.index(node.layer)))
