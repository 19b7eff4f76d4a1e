"""The SQL that finds raw rows: where a row with a key, or at a place, is kept, and what is known of it there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dataspark.answers.lineage import Lineage
from dataspark.contracts.contract import Column, Contract, LogicalType
from dataspark.sql import silver
from dataspark.sql.casts import Casts, sql_type
from dataspark.sql.text import conjunction, name, names, text
from dataspark.tables import Layer, TableRef

Position = tuple[int, int]
"""The number of a raw file and the line on which a row begins."""
_BATCH = 50
"""Keys that one query looks for."""


class Verdict(StrEnum):
    """What became of a raw row."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Found:
    """One raw row, as one of the tables keeps it."""

    position: Position
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    fields: Mapping[str, str | None] | None = None
    """As it came (quarantine) or typed (silver)."""
    broken: str | None = None
    """The text of a line that is no record."""
    key: tuple[str | None, ...] = ()


class RowSearch:
    """Finds the rows of one silver table, in one release."""

    def __init__(self, lineage: Lineage, contract: Contract) -> None:
        self.lineage, self.contract = lineage, contract
        self.release, self.session = lineage.release, lineage.session
        self.columns = [column.name for column in contract.columns]

    def at(self, positions: Sequence[Position]) -> list[Found]:
        """The rows that stand at these places, in this order; places where none begins are left out."""
        if not positions:
            return []
        where = place(positions)
        found = self.accepted(where)
        if len(found) < len(positions):
            found += [*self.repeated(where), *self.quarantined(where)]
        order = {position: number for number, position in enumerate(positions)}
        return sorted(found, key=lambda one: order[one.position])

    def with_key(self, columns: Sequence[Column], written: Sequence[str]) -> tuple[list[Found], list[Column]]:
        """The rows with this key, in order of arrival, and the columns whose value cannot be read."""
        values = self.typed(columns, written)
        unreadable = [column for column, value in zip(columns, values, strict=True) if value is None]
        same = _equal(columns, values)
        found = [] if unreadable else [*self.accepted(same), *self.repeated(same)]
        found += self.quarantined_key(columns, written, values)
        return sorted(found, key=lambda one: one.position), unreadable

    def typed(self, columns: Sequence[Column], written: Sequence[str]) -> list[str | None]:
        """The key's values as a raw file's would be read, as text; None where they cannot be."""
        given = ", ".join(f"{text(value)} AS {name(c.name)}" for c, value in zip(columns, written, strict=True))
        query = silver.typed(Casts(self.contract), columns, f"(SELECT {given})")
        return list(
            self.session.rows(f"SELECT {', '.join(f'{name(c.name)}::VARCHAR' for c in columns)} FROM ({query})")[0]
        )

    def bound(self, layer: Layer) -> str | None:
        """The name of the table of a layer; None where the release has none."""
        table = TableRef(layer, self.contract.name)
        if table not in self.release.versions:
            return None
        return self.lineage.bind(table)

    def accepted(self, where: str) -> list[Found]:
        """The rows of silver that meet a condition."""
        table = self.bound(Layer.SILVER)
        rows = self.session.rows(
            f"SELECT _file, _line, {_texts(self.columns)} FROM {table} WHERE {where} ORDER BY 1, 2"
        )
        return [Found((f, n), Verdict.ACCEPTED, fields=dict(zip(self.columns, v, strict=True))) for f, n, *v in rows]

    def repeated(self, where: str) -> list[Found]:
        """The duplicates and superseded rows that meet a condition."""
        table = self.bound(Layer.REPEATS)
        if table is None:
            return []
        query = f"SELECT _file, _line, _verdict, {_texts(self.contract.key)} FROM {table} WHERE {where} ORDER BY 1, 2"
        return [Found((f, n), Verdict(verdict), key=tuple(key)) for f, n, verdict, *key in self.session.rows(query)]

    def quarantined(self, where: str) -> list[Found]:
        """The rejected rows that meet a condition."""
        table = self.bound(Layer.QUARANTINE)
        found = self.session.rows(
            f"SELECT _file, _line, _reasons, _text, {names(self.columns)} FROM {table} WHERE {where} ORDER BY 1, 2"
        )
        return [
            Found((f, n), Verdict.QUARANTINED, tuple(reasons), dict(zip(self.columns, fields, strict=True)), broken)
            for f, n, reasons, broken, *fields in found
        ]

    def quarantined_key(
        self, columns: Sequence[Column], written: Sequence[str], values: Sequence[str | None]
    ) -> list[Found]:
        """The rejected rows whose key reads like this one, or is this very text."""
        given = list(zip(columns, written, values, strict=True))
        likely = conjunction(_likely(column, text_, value) for column, text_, value in given)
        same = "FALSE" if None in values else _equal(columns, values)
        literal = conjunction(f"trim({name(f'r.{c.name}')}) = {text(text_.strip())}" for c, text_, _value in given)
        keys = [column.name for column in columns]
        rows = (
            f"(SELECT {names(keys)}, _file, _line FROM {self.bound(Layer.QUARANTINE)} WHERE _text IS NULL AND {likely})"
        )
        query = silver.typed(Casts(self.contract), columns, rows, silver.POSITION)
        places = self.session.rows(f"SELECT _file, _line FROM ({query}) WHERE ({same}) OR ({literal})")
        return self.quarantined(place(places)) if places else []

    def counting(self, repeated: Sequence[Found]) -> dict[tuple[str | None, ...], Position]:
        """Key → where the row of silver with it stands."""
        kinds = [sql_type(self.contract.column(column)) for column in self.contract.key]
        keys = {one.key for one in repeated}
        found: dict[tuple[str | None, ...], Position] = {}
        for some in _batched(sorted(keys, key=repr), _BATCH):
            same = " OR ".join(f"({_matches(self.contract.key, kinds, key)})" for key in some)
            columns = f"_file, _line, {_texts(self.contract.key)}"
            for file, line, *key in self.session.rows(f"SELECT {columns} FROM {self.bound(Layer.SILVER)} WHERE {same}"):
                found[tuple(key)] = (file, line)
        return found


def _matches(columns: Sequence[str], kinds: Sequence[str], key: Sequence[str | None]) -> str:
    """The condition that a row has this key, whose values may be NULL where the whole row is the key."""
    parts = zip(columns, kinds, key, strict=True)
    return conjunction(
        f"{name(c)} IS NULL" if v is None else f"{name(c)} = CAST({text(v)} AS {k})" for c, k, v in parts
    )


def _batched(keys: Sequence[tuple[str | None, ...]], size: int) -> Iterator[Sequence[tuple[str | None, ...]]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _equal(columns: Sequence[Column], values: Sequence[str | None]) -> str:
    """The condition that columns have these values."""
    given = zip(columns, values, strict=True)
    return conjunction(f"{name(c.name)} = CAST({text(value or '')} AS {sql_type(c)})" for c, value in given)


def _likely(column: Column, written: str, value: str | None) -> str:
    """A cheap condition that every field meets that reads as this value or is this text."""
    raw, literal = name(column.name), text(written.strip())
    if value is None:
        return f"contains({raw}, {literal})"
    if column.type not in (LogicalType.INTEGER, LogicalType.STRING):
        return "TRUE"  # a number or a date can be written in many ways
    digits = value.lstrip("-") if column.type is LogicalType.INTEGER else value
    return f"contains({raw}, {text(digits)}) OR contains({raw}, {literal})"


def place(positions: Iterable[Sequence[int]]) -> str:
    """The condition that a row stands at one of these places."""
    by_file: dict[int, list[int]] = {}
    for file, line in positions:
        by_file.setdefault(file, []).append(line)
    return " OR ".join(
        f"(_file = {file} AND _line BETWEEN {min(lines)} AND {max(lines)} AND _line IN ({', '.join(map(str, lines))}))"
        for file, lines in by_file.items()
    )


def _texts(columns: Iterable[str]) -> str:
    return ", ".join(f"{name(column)}::VARCHAR" for column in columns)
