"""Choices between values."""

from __future__ import annotations

from dataspark.sql.spark.expr import Expr
from dataspark.sql.spark.functions.call import Call, Functions
from dataspark.sql.spark.ordering import is_nested

FUNCTIONS = Functions()


@FUNCTIONS.called("greatest", "least")
def _extreme(call: Call) -> Expr:
    listed = ", ".join(call.arg(place, call.type) for place in range(len(call.args)))
    if is_nested(call.type):
        raise call.refuse(f"`{call.name}` of {call.type}")
    return call.gives(f"{call.name}({listed})" if len(call.args) > 1 else call.arg(0, call.type))


@FUNCTIONS.called("nullif")
def _nullif(call: Call) -> Expr:
    a, b = call.expressions.alike(call.args, call.node)
    return call.gives(f"CASE WHEN {a.sql} = {b.sql} THEN NULL ELSE {call.arg(0, call.type)} END")


@FUNCTIONS.called("ifnull", "coalesce")
def _coalesce(call: Call) -> Expr:
    return call.gives(f"coalesce({', '.join(call.arg(place, call.type) for place in range(len(call.args)))})")


@FUNCTIONS.called("if", "iif")
def _if(call: Call) -> Expr:
    return call.gives(
        f"CASE WHEN {call.arg(0, 'BOOLEAN')} THEN {call.arg(1, call.type)} ELSE {call.arg(2, call.type)} END"
    )


@FUNCTIONS.called("error")
def _error(call: Call) -> Expr:
    return call.gives(f"raise_error({call.arg(0, 'VARCHAR')})")
