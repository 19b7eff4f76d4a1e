"""Which tables, models and checks a run goes through, and in which order. Pure: nothing is read or run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter

from dataspark.contracts.contract import Contract
from dataspark.errors import Mistake, ModelError, StatementRejected, UsageError
from dataspark.project import Project, SqlFile, nearest
from dataspark.sql.casts import stored_type
from dataspark.sql.parsing import Condition, Parser, Query, SqlMistake, with_as_of
from dataspark.tables import Layer, TableRef

Columns = tuple[tuple[str, str], ...]
"""(name, SQL type) of each column."""
Translate = Callable[[str, Mapping[str, Columns]], tuple[str, Columns]]
"""What an engine with another SQL makes of a SELECT over relations with these columns: its own SELECT, and the columns of
the table that keeps its result. Raises StatementRejected, with the line, for what it cannot run with the same meaning."""

_SEVERITY = re.compile(r"^\s*--\s*severity:\s*(\w+)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Model:
    """One gold table and what it is made from."""

    name: str
    path: str
    sql: str
    inputs: tuple[TableRef, ...]
    uses_as_of: bool

    @property
    def table(self) -> TableRef:
        """The table that it makes."""
        return TableRef(Layer.GOLD, self.name)


@dataclass(frozen=True)
class Check:
    """A query whose rows are the failures."""

    name: str
    path: str
    sql: str
    inputs: tuple[TableRef, ...]
    blocks: bool
    """Whether a failure keeps the release where it is (`-- severity: error`)."""
    uses_as_of: bool


@dataclass(frozen=True)
class Plan:
    """Everything a run does, in order."""

    tables: tuple[Contract, ...]
    """Silver tables, parents before children."""
    models: tuple[Model, ...]
    """Gold tables, inputs before what is made from them."""
    checks: tuple[Check, ...]
    gold_contracts: tuple[Contract, ...]
    conditions: Mapping[str, Mapping[str, Condition]]
    """Table → code of a row rule → what its condition reads."""
    translated: Mapping[str, str] = field(default_factory=dict)
    """Path of a model or check → its SELECT as the engine gets it, for an engine with another SQL than DuckDB's."""

    def model(self, name: str) -> Model:
        """The model called `name`. Raises UsageError, with the nearest name."""
        for model in self.models:
            if model.name == name:
                return model
        raise UsageError(f"there is no model `{name}`", nearest_name(name, [model.name for model in self.models]))

    def select(self, patterns: Sequence[str]) -> frozenset[str]:
        """The models that patterns name: `kpi_*`; `+kpi_*` also takes what they are made from.

        Raises UsageError for a pattern that names none.
        """
        chosen: set[str] = set()
        for pattern in patterns:
            found = {model.name for model in self.models if fnmatchcase(model.name, pattern.lstrip("+"))}
            if not found:
                raise UsageError(
                    f"no model is called `{pattern}`", nearest_name(pattern, [m.name for m in self.models])
                )
            chosen |= self._with_inputs(found) if pattern.startswith("+") else found
        return frozenset(chosen)

    def _with_inputs(self, names: set[str]) -> set[str]:
        wanted = set(names)
        for model in reversed(self.models):
            if model.name in wanted:
                wanted |= {table.name for table in model.inputs if table.layer is Layer.GOLD}
        return wanted


def make_plan(
    project: Project, contracts: Sequence[Contract], parser: Parser, translate: Translate | None = None
) -> Plan:
    """Put a project's tables, models and checks in order.

    Raises ModelError with every mistake: SQL that does not parse, tables that do not exist, models that need each
    other, conditions that name no column; with `translate` also what the engine cannot run.
    """
    mistakes: list[Mistake] = []
    silver = tuple(c for c in contracts if c.layer is Layer.SILVER)
    gold = tuple(c for c in contracts if c.layer is Layer.GOLD)
    known = _Known(frozenset(c.name for c in silver), frozenset(model.name for model in project.models))
    models, checks = [], []
    for file in project.models:
        query = _parsed(file, parser, mistakes)
        inputs = _resolved(file, query, known, mistakes, exclude=file.name)
        models.append(Model(file.name, file.path, file.text, inputs, query.uses_as_of))
    for file in project.checks:
        query = _parsed(file, parser, mistakes)
        inputs = _resolved(file, query, known, mistakes)
        checks.append(Check(file.name, file.path, file.text, inputs, _blocks(file, mistakes), query.uses_as_of))
    conditions = {contract.name: _conditions(contract, parser, mistakes) for contract in contracts}
    mistakes += _contracts_without_model(gold, known)
    ordered = _ordered(models, mistakes)
    parser.save()
    translation = _Translation(translate)
    if not mistakes:
        mistakes += translation.mistakes(silver, ordered, checks)
    if mistakes:
        raise ModelError(f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''} in the project", mistakes=mistakes)
    return Plan(_parents_first(silver), ordered, tuple(checks), gold, conditions, translation.found)


class _Translation:
    """What an engine cannot run. Types of columns are followed from table to table; where they are lost, nothing is said."""

    def __init__(self, translate: Translate | None) -> None:
        self._translate = translate
        self.found: dict[str, str] = {}
        """Path of a model or check → the engine's SQL."""
        self._known: dict[TableRef, Columns] = {}
        self._mistakes: list[Mistake] = []

    def mistakes(
        self, silver: Sequence[Contract], models: Sequence[Model], checks: Sequence[Check]
    ) -> Sequence[Mistake]:
        """All of them, of rules, models and checks; none where there is nothing to translate. Models come in their order."""
        if self._translate is None:
            return ()
        for contract in silver:
            columns = tuple((column.name, stored_type(column)) for column in contract.columns)
            self._known |= _tables_of(contract.name, columns)
            for rule in contract.row_rules:
                judged = {contract.name: (*columns, ("as_of", "TIMESTAMP WITH TIME ZONE"))}
                query = f"SELECT ({rule.argument}\n) AS ok FROM {contract.name}"
                self._try(contract.path, query, judged, rule.line)
        for model in models:
            if found := self._query(model):
                self._known[model.table] = found
                self._mistakes += _unstorable(model, found)
        for check in checks:
            self._query(check)
        return self._mistakes

    def _query(self, query: Model | Check) -> Columns | None:
        if not all(table in self._known for table in query.inputs):
            return None
        relations = {called: self._known[table] for table in query.inputs for called in _called(table)}
        text = with_as_of(query.sql, _SOME_DAY) if query.uses_as_of else query.sql
        found = self._try(query.path, text.rstrip().rstrip(";"), relations)
        if found is None:
            return None
        self.found[query.path], columns = found
        return columns

    def _try(
        self, path: str, query: str, relations: Mapping[str, Columns], line: int = 0
    ) -> tuple[str, Columns] | None:
        assert self._translate is not None
        try:
            return self._translate(query, relations)
        except StatementRejected as error:
            self._mistakes.append(Mistake(path, line or error.line, error.message))
            return None


_NEVER_IN_NAMES = frozenset(" ,;{}()=\n\t")
"""Delta's list for tables whose columns are stored under their own names: Spark holds to it, and could not read others."""


def _unstorable(model: Model, columns: Columns) -> Iterator[Mistake]:
    for column, _kind in columns:
        if bad := sorted(_NEVER_IN_NAMES & {*column}):
            signs = ", ".join("a blank" if sign == " " else repr(sign) for sign in bad)
            yield Mistake(model.path, 0, f"the column `{column}` cannot be stored by this engine: its name has {signs}")


_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_PLACE = (("_file", "INTEGER"), ("_line", "BIGINT"))


def _tables_of(name: str, columns: Columns) -> dict[TableRef, Columns]:
    """The tables of a contract that models read, and their columns."""
    as_it_came = tuple((column, "VARCHAR") for column, _kind in columns)
    return {
        TableRef(Layer.SILVER, name): (*columns, *_PLACE),
        TableRef(Layer.QUARANTINE, name): (*_PLACE, ("_reasons", "VARCHAR[]"), ("_text", "VARCHAR"), *as_it_came),
    }


def _called(table: TableRef) -> tuple[str, ...]:
    """The names by which SQL can call a table."""
    return (str(table), table.name) if table.layer is Layer.GOLD else (str(table),)


@dataclass(frozen=True)
class _Known:
    silver: frozenset[str]
    gold: frozenset[str]

    def find(self, written: str) -> TableRef | None:
        try:
            table = TableRef.parse(written)
        except ValueError:
            return None
        if table.layer is Layer.QUALITY:  # written after the models
            return None
        return table if table.name in (self.gold if table.layer is Layer.GOLD else self.silver) else None

    @property
    def names(self) -> list[str]:
        return [*(f"silver.{name}" for name in sorted(self.silver)), *sorted(self.gold)]


def _parsed(file: SqlFile, parser: Parser, mistakes: list[Mistake]) -> Query:
    try:
        return parser.query(file.text)
    except SqlMistake as mistake:
        mistakes.append(Mistake(file.path, mistake.line, mistake.message))
        return Query((), False)


def _resolved(
    file: SqlFile, query: Query, known: _Known, mistakes: list[Mistake], exclude: str = ""
) -> tuple[TableRef, ...]:
    found = []
    for written in query.tables:
        table = known.find(written)
        if table is None:
            hint = nearest_name(written, known.names)
            mistakes.append(Mistake(file.path, _line_of(written, file.text), f"there is no table `{written}`; {hint}"))
        elif table == TableRef(Layer.GOLD, exclude):
            mistakes.append(Mistake(file.path, _line_of(written, file.text), f"`{exclude}` reads itself"))
        else:
            found.append(table)
    return tuple(dict.fromkeys(found))


def _line_of(word: str, text: str) -> int:
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    lines = (number for number, line in enumerate(text.splitlines(), 1) if pattern.search(line.split("--")[0]))
    return next(lines, 0)


def _blocks(file: SqlFile, mistakes: list[Mistake]) -> bool:
    found = _SEVERITY.search(file.text)
    severity = found[1].lower() if found else "error"
    if severity not in ("error", "warn", "warning"):
        mistakes.append(Mistake(file.path, 1, f"severity `{severity}` is none of: error, warn"))
    return severity == "error"


def _conditions(contract: Contract, parser: Parser, mistakes: list[Mistake]) -> dict[str, Condition]:
    conditions = {}
    names = {column.name for column in contract.columns}
    for rule in contract.row_rules:
        try:
            condition = parser.condition(str(rule.argument))
        except SqlMistake as mistake:
            mistakes.append(Mistake(contract.path, rule.line, f"`{rule.code}`: {mistake.message}"))
            continue
        for column in sorted(set(condition.columns) - names):
            hint = nearest_name(column, sorted(names))
            mistakes.append(Mistake(contract.path, rule.line, f"`{rule.code}` names no column: `{column}`; {hint}"))
        conditions[rule.code] = condition
    return conditions


def _contracts_without_model(gold: Sequence[Contract], known: _Known) -> list[Mistake]:
    return [
        Mistake(
            c.path,
            c.line,
            f"there is no model `{c.name}` for this contract; {nearest_name(c.name, sorted(known.gold))}",
        )
        for c in gold
        if c.name not in known.gold
    ]


def _ordered(models: Sequence[Model], mistakes: list[Mistake]) -> tuple[Model, ...]:
    by_name = {model.name: model for model in models}
    needs = {m.name: sorted(t.name for t in m.inputs if t.layer is Layer.GOLD) for m in models}
    try:
        return tuple(by_name[name] for name in TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        first = by_name[circle[0]]
        line = _line_of(circle[1], first.sql)
        mistakes.append(Mistake(first.path, line, f"models need each other: {' → '.join(circle)}"))
        return tuple(models)


def _parents_first(contracts: Sequence[Contract]) -> tuple[Contract, ...]:
    """Parents before children; where `keep` relationships form a circle, the order of the files."""
    by_name = {contract.name: contract for contract in contracts}
    done: dict[str, Contract] = {}

    def visit(contract: Contract, path: frozenset[str]) -> None:
        if contract.name in done or contract.name in path:
            return
        for link in contract.relationships:
            if link.parent in by_name:
                visit(by_name[link.parent], path | {contract.name})
        done[contract.name] = contract

    for contract in contracts:
        visit(contract, frozenset())
    return tuple(done.values())


def nearest_name(word: str, known: Iterable[str]) -> str:
    """What to try instead of an unknown name, as a hint of its own: the nearest one, or all that there are."""
    names = list(known)
    if close := nearest(word, names):
        return f"did you mean `{close}`?"
    return f"there are: {', '.join(names[:20])}" if names else "there is none yet"
