"""What a piece of SQL says: the tables of a model, the columns of a condition, the way from a row to the results.

Read from the syntax tree by sqlglot, which has its one owner here.

Importing sqlglot and parsing cost several tenths of a second, as much as a whole small run, so the answers are
remembered by the text's hash in the project's `.dataspark/` folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataspark.errors import ModelError
from dataspark.sql.text import instant

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_FORMAT = 4
"""Raised when what is remembered changes its meaning."""


UNNAMED = "_col_"
"""What a column is called that its query gives no name, with a number behind."""


class SqlMistake(ModelError):
    """SQL that cannot be parsed; `line` is its line in the text, from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Query:
    """What a model or a check reads."""

    tables: tuple[str, ...]
    """As written: `silver.achats`, `dim_client`; common table expressions are left out."""
    uses_as_of: bool


@dataclass(frozen=True)
class Condition:
    """What a row rule reads."""

    columns: tuple[str, ...]
    uses_as_of: bool
    turns_true: bool
    """`x <= as_of`: once it holds it holds for ever, so rows that were accepted need not be judged again."""


TRACED = "_traced"
"""The relation that stands for the input in a way's SQL: the columns of the input, and `TRACE_ID`."""
TRACE_ID = "_trace_id"
"""What makes a row of the input itself: any value that no other row of it has."""


@dataclass(frozen=True)
class Way:
    """One way on which the rows of an input come into a query's result: pairs of an input row and a result row."""

    sql: str
    """A SELECT from `TRACED` and other tables; its columns are `keys` and `TRACE_ID`, a pair may come several times."""
    keys: tuple[str, ...]
    """Columns of the result that have the same value there as here; together they tell which result rows it is."""
    needs_all: bool
    """Whether `TRACED` must hold the whole input: a window or a QUALIFY weighs its rows against each other."""
    once: bool
    """Whether each row of the input comes at most once, for nothing is joined to it."""
    merged: bool
    """Whether the result row only says that there is such a row: a DISTINCT, or a GROUP BY that computes nothing."""


@dataclass(frozen=True)
class Provenance:
    """How one input of a query comes into its result."""

    ways: tuple[Way, ...]
    """None: no row of the input belongs to a row of the result."""
    as_a_whole: bool
    """Whether the query also looks at the input as a whole, in a subquery or to leave rows out."""
    windows: bool
    """Whether a column comes from a window function, by which a row may weigh in other rows than its own."""
    trouble: str = ""
    """Why the ways are not known, where they are not."""


@dataclass(frozen=True, order=True)
class Origin:
    """A column of an input that values of a result's column come from, or that decides on its rows."""

    table: str
    """`layer.name`."""
    column: str
    kind: str
    """`IDENTITY`: the value itself; `TRANSFORMATION`: computed from the row; `AGGREGATION`: computed from many rows.
    Of one that decides on rows: `FILTER`, `JOIN`, `GROUP`."""


class Parser:
    """Parses SQL, remembering every answer in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "parsed.json"
        self._known: dict[str, Any] | None = None
        self._new = False

    def query(self, text: str) -> Query:
        """What a SELECT reads. Raises SqlMistake."""
        found = self._remembered("query", text) or self._learn("query", text, asdict(_query(text)))
        return Query(tuple(found["tables"]), found["uses_as_of"])

    def condition(self, text: str) -> Condition:
        """What a condition reads. Raises SqlMistake."""
        found = self._remembered("condition", text) or self._learn("condition", text, asdict(_condition(text)))
        return Condition(tuple(found["columns"]), found["uses_as_of"], found["turns_true"])

    def provenance(self, text: str, table: str, columns: Mapping[str, Sequence[str]]) -> Provenance:
        """How the rows of `table` come into the result of a SELECT; `columns` are those of each table it reads.

        Tables are called `layer.name`. Raises SqlMistake for SQL that does not parse.
        """
        asked = json.dumps([text, table, {name: list(of) for name, of in sorted(columns.items())}])
        found = self._remembered("provenance", asked)
        if found is None:
            from dataspark.sql.parsing.provenance import provenance

            found = self._learn("provenance", asked, asdict(provenance(parse(text), table, columns)))
        ways = tuple(Way(**{**way, "keys": tuple(way["keys"])}) for way in found["ways"])
        return Provenance(ways, found["as_a_whole"], found["windows"], found["trouble"])

    def origins(self, text: str, columns: Mapping[str, Sequence[str]]) -> dict[str, tuple[Origin, ...]]:
        """Column of a SELECT's result → where its values come from; `columns` are those of each table it reads.

        They are in their order; one without a name, or with the name of another one, is called as `is_unnamed` knows.
        Of a query that cannot be followed none is there. Raises SqlMistake for SQL that does not parse.
        """
        asked = json.dumps([text, {name: list(of) for name, of in sorted(columns.items())}])
        found = self._remembered("origins", asked)
        if found is None:
            from dataspark.sql.parsing.columns import origins

            known = origins(parse(text), columns)
            found = self._learn("origins", asked, {column: [asdict(o) for o in of] for column, of in known.items()})
        return {column: tuple(Origin(**one) for one in of) for column, of in found.items()}

    def deciders(self, text: str, columns: Mapping[str, Sequence[str]]) -> tuple[Origin, ...]:
        """The columns that decide what rows a SELECT has; `columns` are those of each table it reads.

        None of a query that cannot be followed. Raises SqlMistake for SQL that does not parse.
        """
        asked = json.dumps([text, {name: list(of) for name, of in sorted(columns.items())}])
        found = self._remembered("deciders", asked)
        if found is None:
            from dataspark.sql.parsing.deciders import deciders

            found = self._learn("deciders", asked, {"of": [asdict(one) for one in deciders(parse(text), columns)]})
        return tuple(Origin(**one) for one in found["of"])

    def save(self) -> None:
        """Keep what was learned. A folder that cannot be written costs the next run some time, nothing else."""
        if not self._new:
            return
        partial = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(self._known))
            partial.replace(self._file)
        except OSError:
            return
        self._new = False

    def _remembered(self, kind: str, text: str) -> Any | None:
        if self._known is None:
            try:
                self._known = json.loads(self._file.read_text())
            except (OSError, ValueError):
                self._known = {}
        return self._known.get(_key(kind, text))

    def _learn(self, kind: str, text: str, found: dict[str, Any]) -> dict[str, Any]:
        known = self._known if self._known is not None else {}
        known[_key(kind, text)] = found
        self._known, self._new = known, True
        return found


def is_unnamed(column: str) -> bool:
    """Whether the engine calls a column of a result otherwise than `Parser.origins` does: its query gives it no name."""
    return re.fullmatch(rf"{UNNAMED}\d+", column) is not None


def _key(kind: str, text: str) -> str:
    return hashlib.sha256(f"{_FORMAT}\0{kind}\0{text}".encode()).hexdigest()


def parse(text: str) -> Expr:
    """The syntax tree of one statement. Raises SqlMistake."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        statements = [statement for statement in sqlglot.parse(text, read="duckdb") if statement]
    except SqlglotError as error:
        details = getattr(error, "errors", None) or [{}]
        first = details[0]
        raise SqlMistake(f"SQL error: {first.get('description', error)}", int(first.get("line") or 1)) from error
    if len(statements) != 1:
        raise SqlMistake(f"{len(statements)} statements where there must be one SELECT", 1)
    return statements[0]


def _query(text: str) -> Query:
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    tree = parse(text)
    if not isinstance(tree, exp.Query):
        raise SqlMistake(f"{type(tree).__name__.upper()} where there must be one SELECT", 1)
    found = {
        ".".join(part.name for part in source.parts)
        for scope in traverse_scope(tree)
        for source in scope.sources.values()
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)
    }
    # Below a PIVOT in a FROM there are no scopes.
    named = {cte.alias for cte in tree.find_all(exp.CTE)}
    below = (table for pivot in tree.find_all(exp.Pivot) for table in pivot.find_all(exp.Table))
    found |= {".".join(part.name for part in table.parts) for table in below if table.db or table.name not in named}
    return Query(tuple(sorted(found)), _names_as_of(tree))


def _condition(text: str) -> Condition:
    from sqlglot import exp

    tree = parse(f"SELECT ({text}\n)").expressions[0].unnest()
    if tree.find(exp.Query, exp.AggFunc, exp.Window):
        raise SqlMistake("a row rule looks at its own row only; a check can look at other rows", 1)
    columns = {column.name for column in tree.find_all(exp.Column)} - {"as_of"}
    later = isinstance(tree, exp.LTE | exp.LT) and _is_as_of(tree.right) and not _names_as_of(tree.left)
    earlier = isinstance(tree, exp.GTE | exp.GT) and _is_as_of(tree.left) and not _names_as_of(tree.right)
    return Condition(tuple(sorted(columns)), _names_as_of(tree), later or earlier)


def _is_as_of(tree: Expr) -> bool:
    from sqlglot import exp

    return isinstance(tree, exp.Column) and tree.name == "as_of"


def _names_as_of(tree: Expr) -> bool:
    from sqlglot import exp

    return any(_is_as_of(column) for column in tree.find_all(exp.Column))


def pretty(text: str) -> str:
    """A statement over several lines, for a person to read."""
    return str(parse(text).sql(dialect="duckdb", pretty=True))


def with_as_of(text: str, moment: datetime) -> str:
    """A query with the run's date in place of `as_of`; the rest stays as written, so that errors name its lines."""
    from sqlglot import exp

    found = [column for column in parse(text).find_all(exp.Column) if _is_as_of(column)]
    places = sorted((column.parts[0].meta["start"], column.parts[-1].meta["end"] + 1) for column in found)
    for start, end in reversed(places):
        text = text[:start] + instant(moment) + text[end:]
    return text
