"""Whether a contract means something else than it did: a changed table is rebuilt from bronze."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataspark.contracts.contract import Contract

_NO_MEANING = frozenset({"path", "line", "description", "hold_for"})
_FORM = "dataspark-contract-1"
"""Raise it when the same contract is to be judged in another way: every table is then rebuilt."""


def fingerprint(contract: Contract) -> str:
    """A SHA-256 over what the contract means: everything but where it stands in its file and its descriptions."""
    text = json.dumps([_FORM, _meaning(contract)], ensure_ascii=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()


def meaning(contract: Contract, tables: Sequence[Contract]) -> str:
    """The contract's fingerprint, with those of the parents that decide which of its rows are accepted."""
    by_name = {table.name: table for table in tables}
    deciding = sorted(link.parent for link in contract.relationships if link.on_violation.value != "keep")
    return "+".join([fingerprint(contract), *(meaning(by_name[parent], tables) for parent in deciding)])


def _meaning(value: object) -> object:
    """Values as JSON, with the types that JSON does not tell apart spelt out."""
    if is_dataclass(value):
        named = [field.name for field in fields(value) if field.name not in _NO_MEANING]
        return {name: _meaning(getattr(value, name)) for name in named}
    if isinstance(value, tuple):
        return [_meaning(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return {"decimal": str(value.normalize())}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"{type(value).__name__} has no stable meaning")
