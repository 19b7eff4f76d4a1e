"""How a table comes about: what it reads, what reads it, and its SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dataspark.contracts.contract import Contract
from dataspark.errors import UsageError
from dataspark.plan import Model, Plan, nearest_name
from dataspark.sql import silver
from dataspark.sql.parsing import pretty
from dataspark.sql.silver import Judgement
from dataspark.sql.text import name
from dataspark.tables import Layer, TableRef


@dataclass(frozen=True)
class Step:
    """One statement of a table's way."""

    title: str
    sql: str


@dataclass(frozen=True)
class Explanation:
    """How one table comes about."""

    table: str
    path: str
    """The model or the contract, relative to the project's folder."""
    position: int
    """When it is made, among those of its kind, from 1."""
    of: int
    reads: tuple[str, ...]
    read_by: tuple[str, ...]
    """Models and checks."""
    rules: tuple[tuple[str, str, str], ...]
    """Of a silver table: (reason code, severity, description)."""
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def explain(plan: Plan, written: str, as_of: datetime) -> Explanation:
    """How the table `written` (`dim_client`, `silver.achats`, `achats`) comes about. Raises UsageError."""
    models = {model.name: model for model in plan.models}
    contracts = {contract.name: contract for contract in plan.tables}
    layer, _, bare = written.rpartition(".")
    if layer in ("", "gold") and bare in models:
        return _model(plan, models[bare])
    if layer in ("", "silver", "quarantine") and bare in contracts:
        return _contract(plan, contracts[bare], as_of)
    known = [*models, *(f"silver.{one}" for one in contracts), *contracts]
    raise UsageError(f"there is no model and no table `{written}`", nearest_name(written, known))


def _model(plan: Plan, model: Model) -> Explanation:
    return Explanation(
        str(model.table),
        model.path,
        plan.models.index(model) + 1,
        len(plan.models),
        tuple(map(str, model.inputs)),
        _readers(plan, model.table),
        (),
        tuple(_model_steps(plan, model)),
    )


def _model_steps(plan: Plan, model: Model) -> Iterator[Step]:
    yield Step("the model", model.sql.rstrip())
    if translated := plan.translated.get(model.path):
        yield Step("as the engine gets it", translated)


def _contract(plan: Plan, contract: Contract, as_of: datetime) -> Explanation:
    return Explanation(
        f"silver.{contract.name}",
        contract.path,
        plan.tables.index(contract) + 1,
        len(plan.tables),
        contract.files,
        _readers(plan, TableRef(Layer.SILVER, contract.name)),
        tuple((rule.code, rule.severity.value, rule.description) for rule in contract.rules),
        tuple(_refine_steps(plan, contract, as_of)),
    )


def _readers(plan: Plan, table: TableRef) -> tuple[str, ...]:
    models = [str(model.table) for model in plan.models if table in model.inputs]
    return (*models, *(check.path for check in plan.checks if table in check.inputs))


def _refine_steps(plan: Plan, contract: Contract, as_of: datetime) -> Iterator[Step]:
    """The statements that `pipeline/refine.py` runs, with the relations called as `sql/silver.py` calls them."""
    columns_of = {code: frozenset(found.columns) for code, found in plan.conditions[contract.name].items()}
    judgement = Judgement(contract, as_of, columns_of)
    staged = name(f"{contract.name}__staged")
    good = f"(SELECT * FROM {staged} WHERE _ok)"
    yield Step("type and judge every row, in one pass over the raw files", pretty(judgement.stage("raw_rows")))
    yield Step("list the reasons of the rows that fail", pretty(judgement.reasons(staged)))
    if unique := silver.unique_violations(contract, good):
        yield Step("refuse values that belong to another key", pretty(unique))
    for link in contract.relationships:
        found = silver.orphans(link, good, f"silver.{link.parent}")
        yield Step(f"find rows without their {link.parent} (onViolation: {link.on_violation.value})", pretty(found))
    if contract.primary_key or not contract.keep_duplicates:
        yield Step("find keys that come more than once", pretty(silver.repeated_keys(contract, good)))
        rows = name(f"{contract.name}__repeated")
        yield Step(
            "of those, the newest counts", pretty(silver.chain(contract, f"(SELECT *, FALSE AS _old FROM {rows})"))
        )
