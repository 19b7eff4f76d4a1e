"""silver → gold: build each model whose SQL or inputs changed, and leave the others as they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dataspark.errors import Mistake, ModelError, StatementRejected
from dataspark.pipeline.ports import EngineSource
from dataspark.pipeline.report import ModelReport
from dataspark.plan import Check, Model
from dataspark.sql.parsing import with_as_of
from dataspark.tables import TableRef

Versions = Mapping[TableRef, int]


def fingerprint(query: Model | Check, versions: Versions, as_of: datetime) -> str:
    """What a result depends on: the SQL, the version of each input, and the run's date where the SQL names it."""
    inputs = [[str(table), versions[table]] for table in query.inputs]
    date = as_of.isoformat() if query.uses_as_of else None
    return hashlib.sha256(json.dumps([query.sql, inputs, date]).encode()).hexdigest()


def build(
    engine: EngineSource, model: Model, versions: Versions, as_of: datetime, state: dict[str, Any]
) -> ModelReport:
    """Build a model unless its `state` says that it is current; `state` is brought up to date.

    Raises ModelError with the line when the engine refuses the SQL.
    """
    print_ = fingerprint(model, versions, as_of)
    if state.get("fingerprint") == print_:
        return ModelReport(model.name, state["rows"], state["version"], changed=False)
    run = engine()
    for table in model.inputs:
        run.bind(table, versions[table])
    try:
        written = run.overwrite(model.table, statement(model, as_of))
    except StatementRejected as error:
        raise ModelError(
            f"the model `{model.name}` cannot be built", mistakes=[Mistake(model.path, error.line, error.message)]
        ) from error
    state.update(fingerprint=print_, version=written.version, rows=written.rows)
    return ModelReport(model.name, written.rows, written.version, changed=True)


def statement(query: Model | Check, as_of: datetime) -> str:
    """The SQL as the engine gets it: one SELECT, with the run's date in place of `as_of`."""
    plain = query.sql.rstrip().rstrip(";")
    # A comment on the last line must not swallow the bracket that an engine puts behind the query.
    return (with_as_of(plain, as_of) if query.uses_as_of else plain) + "\n"
