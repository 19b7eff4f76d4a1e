"""What a gold table is in PostgreSQL: its columns, keys and comments, from the table and from its contract."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dataspark.contracts.contract import Contract, RuleKind, Severity
from dataspark.errors import Mistake, UsageError
from dataspark.publishing.types import column_type, copied
from dataspark.sql.text import name, names, text

LONGEST = 63
"""Bytes of a name; PostgreSQL cuts off what is longer."""
_SYSTEM = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
"""Names that every table there has for itself."""


@dataclass(frozen=True)
class Field:
    """One column."""

    name: str
    kind: str
    """Its SQL type in the lake."""
    type: str
    """Its type in PostgreSQL."""
    required: bool = False
    masked: bool = False
    """Every value is NULL."""
    comment: str = ""


@dataclass(frozen=True)
class ForeignKey:
    """A reference to another published table."""

    name: str
    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]

    def added(self, schema: str) -> str:
        """The statement that adds it. Rows that are there already are looked at later, without keeping readers waiting."""
        return (
            f"ALTER TABLE {name(schema)}.{name(self.table)} ADD CONSTRAINT {name(self.name)} "
            f"FOREIGN KEY ({names(self.columns)}) REFERENCES {name(schema)}.{name(self.parent)} "
            f"({names(self.parent_columns)}) NOT VALID"
        )


@dataclass(frozen=True)
class Shape:
    """One table."""

    table: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    comment: str = ""

    @property
    def masked(self) -> tuple[str, ...]:
        """The columns whose values are left out."""
        return tuple(field.name for field in self.fields if field.masked)

    def created(self, schema: str) -> str:
        """The statement that makes it, without its keys: those come when the rows are there."""
        columns = ", ".join(
            f"{name(field.name)} {field.type}{' NOT NULL' if field.required else ''}" for field in self.fields
        )
        return f"CREATE TABLE {name(schema)}.{name(self.table)} ({columns})"

    def keyed(self, schema: str) -> Iterator[str]:
        """The statements that add its own keys."""
        table = f"{name(schema)}.{name(self.table)}"
        if self.primary_key:
            key = short(f"{self.table}_pkey")
            yield f"ALTER TABLE {table} ADD CONSTRAINT {name(key)} PRIMARY KEY ({names(self.primary_key)})"
        for columns in self.uniques:
            key = short(f"{self.table}_{'_'.join(columns)}_key")
            yield f"ALTER TABLE {table} ADD CONSTRAINT {name(key)} UNIQUE ({names(columns)})"

    def described(self, schema: str) -> Iterator[str]:
        """The statements that add its comments."""
        table = f"{name(schema)}.{name(self.table)}"
        yield f"COMMENT ON TABLE {table} IS {_comment(self.comment)}"
        for field in self.fields:
            told = "; ".join(part for part in (field.comment, "masked: every value is NULL" * field.masked) if part)
            yield f"COMMENT ON COLUMN {table}.{name(field.name)} IS {_comment(told)}"

    def line(self) -> str:
        """The SQL for a row as a line of COPY."""
        fields = ("'\\N'" if field.masked else copied(field.name, field.kind) for field in self.fields)
        return f"concat_ws(chr(9), {', '.join(fields)})"

    def fingerprint(self, files: Sequence[str]) -> str:
        """What tells whether the table is already there as it is to be: the names of its files, which no other version
        has, and everything that needs its rows to be loaded again."""
        columns = [(field.name, field.type, field.required, field.masked) for field in self.fields]
        said = json.dumps([sorted(files), columns, self.primary_key, self.uniques])
        return hashlib.sha256(said.encode()).hexdigest()


def _comment(said: str) -> str:
    return text(said) if said else "NULL"


def short(identifier: str) -> str:
    """A name that PostgreSQL takes whole: what is too long ends in a digest of itself."""
    if len(identifier.encode()) <= LONGEST:
        return identifier
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:8]
    return f"{identifier.encode()[: LONGEST - 9].decode(errors='ignore')}_{digest}"


def make_shapes(
    tables: Mapping[str, Sequence[tuple[str, str]]],
    contracts: Sequence[Contract],
    masked: Mapping[str, Collection[str]],
) -> tuple[Shape, ...]:
    """The shapes of tables (name → (column, SQL type)), by their gold contracts where they have one.

    Raises UsageError with everything that PostgreSQL cannot hold.
    """
    mistakes: list[Mistake] = []
    promised = {contract.name: contract for contract in contracts}
    shapes = [
        _shape(table, columns, promised.get(table), frozenset(masked.get(table, ())), mistakes)
        for table, columns in tables.items()
    ]
    if mistakes:
        raise UsageError("there are tables that PostgreSQL cannot hold", "change the model", mistakes)
    known = {shape.table: shape for shape in shapes}
    return tuple(replace(shape, foreign_keys=_links(shape, promised.get(shape.table), known)) for shape in shapes)


def _shape(
    table: str,
    columns: Sequence[tuple[str, str]],
    contract: Contract | None,
    hidden: frozenset[str],
    mistakes: list[Mistake],
) -> Shape:
    mistakes += _mistakes(table, columns)
    described = {column.name: column for column in contract.columns} if contract else {}
    key = contract.primary_key if contract else ()
    fields = []
    for column, kind in columns:
        known, masked = described.get(column), column in hidden
        required = bool(known and known.required) or column in key
        comment = known.description if known else ""
        fields.append(Field(column, kind, column_type(kind) or "", required and not masked, masked, comment))
    there = {field.name for field in fields if not field.masked}
    uniques = [
        (column.name,)
        for column in described.values()
        if any(rule.kind is RuleKind.UNIQUE and rule.severity is not Severity.WARNING for rule in column.rules)
    ]
    return Shape(
        table,
        tuple(fields),
        key if there.issuperset(key) else (),
        tuple(unique for unique in uniques if there.issuperset(unique)),
        comment=contract.description if contract else "",
    )


def _mistakes(table: str, columns: Sequence[tuple[str, str]]) -> Iterator[Mistake]:
    if len(table.encode()) > LONGEST:
        yield Mistake(f"gold.{table}", 0, f"the name has more than {LONGEST} bytes")
    for column, kind in columns:
        place = f"gold.{table}.{column}"
        if len(column.encode()) > LONGEST:
            yield Mistake(place, 0, f"the name has more than {LONGEST} bytes")
        if column in _SYSTEM:
            yield Mistake(place, 0, "every table there has a column of this name for itself")
        if column_type(kind) is None:
            yield Mistake(place, 0, f"there is no type for {kind}: cast it in the model")


def _links(shape: Shape, contract: Contract | None, known: Mapping[str, Shape]) -> tuple[ForeignKey, ...]:
    """The references to tables that are published too, by a key that they have there."""
    found = []
    own = {field.name for field in shape.fields if not field.masked}
    for link in contract.relationships if contract else ():
        parent = known.get(link.parent)
        if parent is None or not own.issuperset(link.columns):
            continue
        pairs = dict(zip(link.parent_columns, link.columns, strict=True))
        key = next((key for key in (parent.primary_key, *parent.uniques) if key and set(key) == set(pairs)), None)
        if key:
            called = short(f"{shape.table}_{'_'.join(link.columns)}_fkey")
            found.append(ForeignKey(called, shape.table, tuple(pairs[column] for column in key), parent.table, key))
    return tuple(found)
