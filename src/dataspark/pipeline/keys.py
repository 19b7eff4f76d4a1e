"""A key as people write it, `1042` or `FR,12`, and the rows that it means: typed ones, and rows as they came."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dataspark.contracts.contract import Column, Contract
from dataspark.errors import UsageError
from dataspark.pipeline.ports import Engine
from dataspark.sql import silver
from dataspark.sql.casts import Casts, sql_type
from dataspark.sql.text import conjunction, name, names, text


@dataclass(frozen=True)
class Key:
    """The values of a primary key, as text. A raw field means the same when it is read as the same value."""

    contract: Contract
    written: tuple[str, ...]
    engine: Engine

    @classmethod
    def parse(cls, contract: Contract, written: str, engine: Engine) -> Key:
        """Read `1042`, or `FR,12` for a key of two columns (quoted as in CSV where one has a comma). Raises UsageError."""
        columns = contract.primary_key
        if not columns:
            raise UsageError(f"`{contract.name}` has no primary key", f"give {contract.path} one")
        values: Sequence[str] = [written] if len(columns) == 1 else next(csv.reader([written]), [])
        if len(values) != len(columns) or not all(value.strip() for value in values):
            meant = ",".join(column.upper() for column in columns)
            raise UsageError(
                f"`{written}` is no key of `{contract.name}`: it has {', '.join(columns)}", f"write {meant}"
            )
        return cls(contract, tuple(value.strip() for value in values), engine)

    @property
    def columns(self) -> list[Column]:
        """The key's columns."""
        return [self.contract.column(column) for column in self.contract.primary_key]

    @cached_property
    def typed(self) -> str:
        """The condition on a typed row; FALSE where the text is no value of a column's type."""
        given = ", ".join(
            f"{text(value)} AS {name(c.name)}" for c, value in zip(self.columns, self.written, strict=True)
        )
        read = silver.typed(Casts(self.contract), self.columns, f"(SELECT {given})")
        shown = ", ".join(f"CAST({name(column.name)} AS VARCHAR)" for column in self.columns)
        values = self.engine.rows(f"SELECT {shown} FROM ({read})")[0]
        if None in values:
            return "FALSE"
        pairs = zip(self.columns, values, strict=True)
        return conjunction(f"{name(c.name)} = CAST({text(value)} AS {sql_type(c)})" for c, value in pairs)

    def among(self, rows: str, keep: Sequence[str]) -> str:
        """The query for the columns `keep` of those rows of `rows`, whose key is text as it came, that say this key."""
        relation = f"(SELECT {names([*self.contract.primary_key, *keep])} FROM {rows})"
        read = silver.typed(Casts(self.contract), self.columns, relation, keep)
        pairs = zip(self.columns, self.written, strict=True)
        same = conjunction(f"trim({name(f'r.{c.name}')}) = {text(value)}" for c, value in pairs)
        return f"SELECT {names(keep)} FROM ({read}) WHERE ({self.typed}) OR ({same})"
