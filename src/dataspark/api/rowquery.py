"""Filter, sort and cursor → SQL over one table. Every value travels as a quoted text that is cast to its column's type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dataspark.api.cursors import Place
from dataspark.api.problems import Kind, Problem
from dataspark.plan import nearest_name
from dataspark.reader import Reader
from dataspark.sql.text import name, text

FILE, ROW = "__dataspark_file", "__dataspark_row"
"""Where a row stands in its version of the table: what tells rows apart that are the same otherwise."""
_COMPARED = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_TEXTS = {"contains": "contains", "starts": "starts_with", "ends": "ends_with"}
OPERATORS = (*_COMPARED, "in", *_TEXTS, "null")
_MOST_FILTERS = 20


@dataclass(frozen=True)
class Asked:
    """Which rows of a table, in which order."""

    table: str
    columns: tuple[str, ...] = ()
    """Empty: all of them."""
    filters: tuple[str, ...] = ()
    """`pays:eq:France`."""
    sort: str = ""
    """`-ca_total,pays`."""


@dataclass
class RowQuery:
    """The SQL of one question about one table. Raises Problem for what the table does not have."""

    reader: Reader
    asked: Asked
    types: Mapping[str, str] = field(init=False)
    shown: tuple[str, ...] = field(init=False)
    sort: tuple[tuple[str, bool], ...] = field(init=False)
    """Column, and whether it goes down."""

    def __post_init__(self) -> None:
        self.types = dict(self.reader.columns(self.asked.table))
        self.shown = tuple(dict.fromkeys(map(self._column, self.asked.columns))) or tuple(self.types)
        self.sort = self._sort()
        self._where = [self._filter(one) for one in self._filters()]

    def sql(self, after: Place | None) -> str:
        """The rows behind a place, in order. Behind the columns that are shown: those of the sort as text, file and row."""
        relation = self.reader.numbered(self.asked.table, FILE, ROW)
        columns = [name(column) for column in self.shown]
        keys = [
            f"CAST({name(column)} AS VARCHAR) AS {name(f'__dataspark_{number}')}"
            for number, (column, _down) in enumerate(self.sort)
        ]
        where = [*self._where, *([self._behind(after)] if after else [])]
        order = [f"{name(column)} {'DESC' if down else 'ASC'} NULLS LAST" for column, down in self.sort]
        return (
            f"SELECT {', '.join([*columns, *keys, FILE, ROW])} FROM {relation} "
            + (f"WHERE {' AND '.join(where)} " if where else "")
            + f"ORDER BY {', '.join([*order, FILE, ROW])}"
        )

    @property
    def hidden(self) -> int:
        """How many columns stand behind those that are shown."""
        return len(self.sort) + 2

    def _column(self, written: str) -> str:
        found = {column.lower(): column for column in self.types}.get(written.strip().lower())
        if found is None:
            raise Problem(
                Kind.UNKNOWN_COLUMN,
                f"{self.asked.table} has no column `{written.strip()[:80]}`",
                nearest_name(written.strip().lower(), self.types),
            )
        return found

    def _sort(self) -> tuple[tuple[str, bool], ...]:
        found: dict[str, bool] = {}
        for word in filter(None, (part.strip() for part in self.asked.sort.split(","))):
            column = self._column(word.lstrip("+-"))
            if any(mark in self.types[column] for mark in ("[", "STRUCT", "MAP", "BLOB", "UNION")):
                raise Problem(
                    Kind.WRONG_SORT, f"rows cannot be sorted by `{column}`, which is of type {self.types[column]}"
                )
            found.setdefault(column, word.startswith("-"))
        return tuple(found.items())

    def _filters(self) -> Sequence[str]:
        if len(self.asked.filters) > _MOST_FILTERS:
            raise Problem(Kind.WRONG_FILTER, f"there are more than {_MOST_FILTERS} filters")
        return self.asked.filters

    def _filter(self, written: str) -> str:
        parts = written.split(":", 2)
        if len(parts) != 3:
            raise Problem(
                Kind.WRONG_FILTER,
                f"`{written[:80]}` is no filter",
                "write COLUMN:OPERATOR:VALUE, for example pays:eq:France",
            )
        column, operator, value = self._column(parts[0]), parts[1].strip().lower(), parts[2]
        if operator in _COMPARED:
            return f"{name(column)} {_COMPARED[operator]} {self._value(column, value)}"
        if operator == "in":
            return f"{name(column)} IN ({', '.join(self._value(column, one) for one in value.split('|'))})"
        if operator in _TEXTS:
            self._require_text(column, operator)
            return f"{_TEXTS[operator]}({name(column)}, {text(value)})"
        if operator == "null" and value.strip().lower() in ("true", "false"):
            return f"{name(column)} IS {'' if value.strip().lower() == 'true' else 'NOT '}NULL"
        if operator == "null":
            raise Problem(Kind.WRONG_FILTER, f"`{column}:null:` takes true or false, not `{value[:40]}`")
        raise Problem(
            Kind.WRONG_FILTER, f"there is no operator `{operator[:40]}`", f"there are: {', '.join(OPERATORS)}"
        )

    def _require_text(self, column: str, operator: str) -> None:
        if self.types[column] != "VARCHAR":
            raise Problem(
                Kind.WRONG_FILTER, f"`{operator}` is for texts, and `{column}` is of type {self.types[column]}"
            )

    def _value(self, column: str, value: str) -> str:
        kind = self.types[column]
        if "\0" in value or self.reader.own(f"SELECT TRY_CAST({text(value)} AS {kind}) IS NULL").rows()[0][0]:
            raise Problem(Kind.WRONG_FILTER, f"`{value[:80]}` is no value of `{column}`, which is of type {kind}")
        return f"CAST({text(value)} AS {kind})"

    def _behind(self, place: Place) -> str:
        """The condition of rows that stand behind a place: behind it in one column, and beside it in all before that."""
        if len(place.values) != len(self.sort):
            raise Problem(Kind.WRONG_CURSOR, "the cursor belongs to another question")
        ways: list[str] = []
        same: list[str] = []
        for (column, down), value in zip(self.sort, place.values, strict=True):
            its = name(column)
            if value is None:  # NULL is last
                same.append(f"{its} IS NULL")
                continue
            there = f"CAST({text(value)} AS {self.types[column]})"
            ways.append(" AND ".join([*same, f"({its} {'<' if down else '>'} {there} OR {its} IS NULL)"]))
            same.append(f"{its} = {there}")
        ways.append(
            " AND ".join([*same, f"({FILE} > {place.file} OR ({FILE} = {place.file} AND {ROW} > {place.row}))"])
        )
        return "(" + " OR ".join(f"({way})" for way in ways) + ")"
