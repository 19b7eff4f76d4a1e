"""A key as people write it, `1042` or `FR,12`, and the rows that it means: typed ones, and rows as they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dataspark.contracts.contract import Contract
from dataspark.errors import UsageError
from dataspark.sql.casts import sql_type
from dataspark.sql.text import conjunction, name, text


@dataclass(frozen=True)
class Key:
    """The values of a primary key, as text."""

    contract: Contract
    values: tuple[str, ...]

    @classmethod
    def parse(cls, contract: Contract, written: str) -> Key:
        """Read `1042`, or `FR,12` for a key of two columns. Raises UsageError."""
        columns = contract.primary_key
        if not columns:
            raise UsageError(f"`{contract.name}` has no primary key", f"give {contract.path} one")
        values: Sequence[str] = [written] if len(columns) == 1 else written.split(",")
        if len(values) != len(columns) or not all(value.strip() for value in values):
            meant = ",".join(column.upper() for column in columns)
            raise UsageError(
                f"`{written}` is no key of `{contract.name}`: it has {', '.join(columns)}", f"write {meant}"
            )
        return cls(contract, tuple(value.strip() for value in values))

    @property
    def typed(self) -> str:
        """The condition on a typed row: FALSE for every row where a value is none of its column's type."""
        columns = [self.contract.column(column) for column in self.contract.primary_key]
        return conjunction(
            f"{name(column.name)} = TRY_CAST({text(value)} AS {sql_type(column)})"
            for column, value in zip(columns, self.values, strict=True)
        )

    @property
    def raw(self) -> str:
        """The condition on a row as it came: the same text, or a text that means the same value."""
        columns = [self.contract.column(column) for column in self.contract.primary_key]
        return conjunction(
            f"trim({name(c.name)}) = {text(value)} OR "
            f"TRY_CAST(trim({name(c.name)}) AS {sql_type(c)}) = TRY_CAST({text(value)} AS {sql_type(c)})"
            for c, value in zip(columns, self.values, strict=True)
        )
