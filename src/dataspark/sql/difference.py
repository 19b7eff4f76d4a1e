"""Two versions of a table → the SQL that compares them.

The relations are called `BEFORE` and `AFTER`; what differs is kept as `DIFFERING`. There, columns go by number: `a3` and
`b3` hold column 3 as it was and as it is, so that no name of a column can get in the way. `gone` and `came` say how many
rows of this kind were removed and added; where both are 0 the row of one key changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dataspark.sql.text import conjunction, name

BEFORE, AFTER, DIFFERING, CLOSER = "diff__before", "diff__after", "diff__differing", "diff__closer"
TOLERANCE = "1e-9"
"""How far apart two floats may be, relative to the larger one, and still be the same."""

_WHOLE = ("byte", "short", "integer", "long")
_FLOATS = ("float", "double")
_SQL_TYPES = {"boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP WITH TIME ZONE", "binary": "BLOB"}
_IDENTIFIER = re.compile(r"^id(_|[A-Z]|$)|_id$|[a-z]I[dD]$", re.ASCII)
_MOST_DIGITS = 38
_ROOM = 10
"""Digits that a sum of decimals is given beyond those of its terms before it is computed in double precision."""


@dataclass(frozen=True)
class Compared:
    """A column of either version, with its Delta types; None where a version does not have it."""

    name: str
    before: str | None
    after: str | None

    @property
    def shared(self) -> bool:
        """Whether both versions have it."""
        return self.before is not None and self.after is not None

    @property
    def retyped(self) -> bool:
        """Whether both versions have it, with different types."""
        return self.shared and self.before != self.after

    @property
    def types(self) -> tuple[str, ...]:
        """The types that it has."""
        return tuple(kind for kind in (self.before, self.after) if kind is not None)

    @property
    def number(self) -> bool:
        """Whether it counts or measures in every version that has it."""
        return all(is_number(kind) for kind in self.types)

    @property
    def identifier(self) -> bool:
        """Whether it is called like the number of something: `id_client`, `client_id`, `idClient`."""
        return bool(_IDENTIFIER.search(self.name))

    @property
    def summed(self) -> bool:
        """Whether a sum of its values means something."""
        return self.number and not self.identifier

    @property
    def floats(self) -> bool:
        """Whether its values are compared as floats: close ones are the same."""
        kinds = set(self.types)
        return bool(kinds & {*_FLOATS}) and all(is_number(kind) or kind == "string" for kind in kinds)


def is_number(kind: str) -> bool:
    """Whether a Delta type is a number."""
    return kind in _WHOLE or kind in _FLOATS or kind.startswith("decimal")


def is_measure(kind: str) -> bool:
    """Whether a Delta type is one that amounts have and keys do not: a decimal or a float."""
    return kind in _FLOATS or kind.startswith("decimal")


def repeated(key: Sequence[Compared], relation: str) -> str:
    """A row where a key comes more than once in a relation. NULLs are one value."""
    grouped = ", ".join(identity(column, name(column.name)) for column in key)
    return f"SELECT 1 FROM {relation} GROUP BY {grouped} HAVING count(*) > 1 LIMIT 1"


def by_key(columns: Sequence[Compared], key: Sequence[Compared]) -> str:
    """The rows that one version does not have, and those whose values differ, where no key repeats.

    Without a column in the key the one row of each version is the same row.
    """
    numbered = list(enumerate(columns))
    joined = conjunction(
        f"{identity(column, f'x.a{n}')} IS NOT DISTINCT FROM {identity(column, f'y.b{n}')}"
        for n, column in numbered
        if column in key
    )
    values = [(n, column) for n, column in numbered if column.shared and column not in key]
    changed = "".join(f" OR ({differs(column, f'x.a{n}', f'y.b{n}')})" for n, column in values)
    return (
        "SELECT CASE WHEN y.here IS NULL THEN 1 ELSE 0 END AS gone, CASE WHEN x.here IS NULL THEN 1 ELSE 0 END AS came, "
        f"{_both(columns)} FROM (SELECT {_numbered(columns, 'a')}, TRUE AS here FROM {BEFORE}) AS x "
        f"FULL JOIN (SELECT {_numbered(columns, 'b')}, TRUE AS here FROM {AFTER}) AS y "
        f"ON {joined} WHERE x.here IS NULL OR y.here IS NULL{changed}"
    )


def by_whole_rows(columns: Sequence[Compared]) -> str:
    """The rows that come more often in one version than in the other, each kind once."""
    shared = [n for n, column in enumerate(columns) if column.shared]
    joined = conjunction(f"x.k{n} IS NOT DISTINCT FROM y.k{n}" for n in shared)
    return (
        "SELECT greatest(coalesce(x.times, 0) - coalesce(y.times, 0), 0) AS gone, "
        f"greatest(coalesce(y.times, 0) - coalesce(x.times, 0), 0) AS came, {_both(columns)} "
        f"FROM ({_kinds(columns, BEFORE, 'a')}) AS x FULL JOIN ({_kinds(columns, AFTER, 'b')}) AS y "
        f"ON {joined} WHERE x.times IS DISTINCT FROM y.times"
    )


def without_close_rows(columns: Sequence[Compared]) -> str:
    """What stays of `DIFFERING`, made by whole rows, when rows that differ by a breath in their floats are one row.

    Whole rows are compared by rounded floats, and two close values may round apart. Those few are put in order here and
    paired one by one.
    """
    exact = [(n, column) for n, column in enumerate(columns) if column.shared and not column.floats]
    floats = [(n, column) for n, column in enumerate(columns) if column.shared and column.floats]

    def side(letter: str, times: str) -> str:
        keys = ", ".join(f"{identity(column, f'{letter}{n}')} AS k{n}" for n, column in exact)
        within = f"PARTITION BY {', '.join(f'k{n}' for n, _ in exact)} " if exact else ""
        order = ", ".join(f"{_as_double(f'{letter}{n}')}" for n, _ in floats)
        rows = f"SELECT *{', ' + keys if keys else ''} FROM {DIFFERING}, range({times}) WHERE {times} > 0"
        return f"SELECT *, row_number() OVER ({within}ORDER BY {order}) AS place FROM ({rows})"

    joined = conjunction(["x.place = y.place", *(f"x.k{n} IS NOT DISTINCT FROM y.k{n}" for n, _ in exact)])
    apart = " OR ".join(f"({differs(column, f'x.a{n}', f'y.b{n}')})" for n, column in floats)
    return (
        "SELECT CASE WHEN x.place IS NULL THEN 0 ELSE 1 END AS gone, "
        f"CASE WHEN y.place IS NULL THEN 0 ELSE 1 END AS came, {_both(columns)} "
        f"FROM ({side('a', 'gone')}) AS x FULL JOIN ({side('b', 'came')}) AS y ON {joined} "
        f"WHERE x.place IS NULL OR y.place IS NULL OR {apart}"
    )


def totals(columns: Sequence[Compared], key: Sequence[Compared]) -> str:
    """One row: rows added, removed, changed; then for each column that both versions have and is no key its `moves`."""
    moved = [(n, column) for n, column in enumerate(columns) if column.shared and column not in key]
    flags = "".join(f", ({differs(column, f'a{n}', f'b{n}')}) AS d{n}" for n, column in moved)
    key_values = ", ".join(f"CAST(b{n} AS VARCHAR)" for n, column in enumerate(columns) if column in key)
    counted = ["coalesce(sum(came), 0)", "coalesce(sum(gone), 0)", "count(*) FILTER (gone = 0 AND came = 0)"]
    for n, column in moved:
        counted += _moves(n, column, key_values)
    return f"SELECT {', '.join(counted)} FROM (SELECT *{flags} FROM {DIFFERING})"


MOVES = 5
"""Values that `totals` gives for each column: rows, sum before, sum after, largest move, the key where that is."""


def commonest(number: int, column: Compared) -> str:
    """The change of a column that most rows made: before, after, rows."""
    where = f"gone = 0 AND came = 0 AND ({differs(column, f'a{number}', f'b{number}')})"
    return (
        f"SELECT a{number} AS before, b{number} AS after, count(*) AS number FROM {DIFFERING} WHERE {where} "
        f"GROUP BY a{number}, b{number} ORDER BY number DESC, before NULLS FIRST, after NULLS FIRST LIMIT 1"
    )


def sample(columns: Sequence[Compared], first: Sequence[Compared], kind: str, limit: int) -> str:
    """The first rows that were added (`came`) or removed (`gone`), in the order of the columns `first`.

    Columns that their version does not have are NULL. A kind of rows that comes several times is shown once.
    """
    letter = "b" if kind == "came" else "a"
    values = ", ".join(f"{letter}{n}" for n in range(len(columns)))
    return f"SELECT {values} FROM {DIFFERING} WHERE {kind} > 0 {_ordered(columns, first, letter)} LIMIT {limit}"


def sample_of_changed(columns: Sequence[Compared], key: Sequence[Compared], limit: int) -> str:
    """The first rows that changed, by key: each column before, then each after, then whether each differs."""
    values = [f"{letter}{n}" for letter in "ab" for n in range(len(columns))]
    differ = (
        differs(column, f"a{n}", f"b{n}") if column.shared and column not in key else "FALSE"
        for n, column in enumerate(columns)
    )
    flags = (f"({one}) AS d{n}" for n, one in enumerate(differ))
    return (
        f"SELECT {', '.join([*values, *flags])} FROM {DIFFERING} WHERE gone = 0 AND came = 0 "
        f"{_ordered(columns, key, 'b')} LIMIT {limit}"
    )


def differs(column: Compared, before: str, after: str) -> str:
    """Whether two values of a column that both versions have are different ones. NULL is equal to NULL."""
    if not column.retyped and not column.floats:
        return f"{before} IS DISTINCT FROM {after}"
    kind = _common(*column.types)
    x, y = (f"TRY_CAST({value} AS {kind})" for value in (before, after))
    same = f"coalesce({x} = {y}, FALSE)"
    if kind == "DOUBLE":
        close = f"abs({x} - {y}) <= {TOLERANCE} * greatest(abs({x}), abs({y}))"
        same = f"({same} OR coalesce(isfinite({x}) AND isfinite({y}) AND {close}, FALSE))"
    return f"({before} IS NOT NULL OR {after} IS NOT NULL) AND NOT {same}"


def _moves(n: int, column: Compared, key_values: str) -> list[str]:
    count = f"count(*) FILTER (gone = 0 AND came = 0 AND d{n})"
    if not column.summed:
        return [count, *["NULL"] * (MOVES - 1)]
    kind = _summed(*column.types)
    before, after = (f"CAST({letter}{n} AS {kind})" for letter in "ab")
    only = f"FILTER (gone = 0 AND came = 0 AND d{n})"
    move = f"{after} - {before}"
    return [
        count,
        f"sum({before}) {only}",
        f"sum({after}) {only}",
        f"arg_max({move}, abs({move})) {only}",
        f"arg_max([{key_values}], abs({move})) {only}",
    ]


def _kinds(columns: Sequence[Compared], relation: str, letter: str) -> str:
    """The different rows of a relation and how often each comes: `a0`… are values, `k0`… what rows are told by."""
    keys = {n: identity(c, f"{letter}{n}", rounded=True) for n, c in enumerate(columns) if c.shared}
    values = ", ".join(f"any_value({letter}{n}) AS {letter}{n}" for n in range(len(columns)))
    told = ", ".join(f"{key} AS k{n}" for n, key in keys.items())
    return (
        f"SELECT {told}, count(*) AS times, {values} FROM (SELECT {_numbered(columns, letter)} FROM {relation}) "
        f"GROUP BY {', '.join(f'k{n}' for n in keys)}"
    )


def identity(column: Compared, value: str, rounded: bool = False) -> str:
    """What a value is told by, the same for both versions, whatever their types."""
    if rounded and column.floats:
        # Ten digits: values further apart than the tolerance stay apart. -0.0 + 0.0 is 0.0.
        return f"coalesce(format('{{:.9e}}', {_as_double(value)} + 0.0), CAST({value} AS VARCHAR))"
    if not column.retyped:
        return value
    return f"coalesce(CAST(TRY_CAST({value} AS {_common(*column.types)}) AS VARCHAR), CAST({value} AS VARCHAR))"


def _common(before: str, after: str | None = None) -> str:
    """The SQL type in which values of two Delta types are compared."""
    kinds = {before, after or before}
    if kinds <= {"string"} or any(kind.startswith("array") for kind in kinds):
        return "VARCHAR"
    others = kinds - {"string"}
    if all(is_number(kind) for kind in others):
        return _common_number(others, written="string" in kinds)
    if others == {"date", "timestamp"}:
        return _SQL_TYPES["timestamp"]
    return _SQL_TYPES.get(min(others), "VARCHAR") if len(others) == 1 else "VARCHAR"


def _common_number(kinds: set[str], written: bool) -> str:
    if kinds & {*_FLOATS}:
        return "DOUBLE"
    # As text a whole number may have a fraction, which a cast to an integer would round away.
    scale = max(9 if written else 0, *(_digits(kind)[1] for kind in kinds), 0)
    return f"DECIMAL({_MOST_DIGITS},{scale})"


def _summed(before: str, after: str | None = None) -> str:
    """The SQL type in which numbers are subtracted and added up."""
    kinds = {before, after or before}
    if kinds <= {*_WHOLE}:
        return "HUGEINT"
    if kinds & {*_FLOATS}:
        return "DOUBLE"
    scale = max(_digits(kind)[1] for kind in kinds)
    whole = max(_digits(kind)[0] - _digits(kind)[1] for kind in kinds)
    return f"DECIMAL({_MOST_DIGITS},{scale})" if whole + scale + _ROOM <= _MOST_DIGITS else "DOUBLE"


def _digits(kind: str) -> tuple[int, int]:
    """Precision and scale of an exact number."""
    found = re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind)
    return (int(found[1]), int(found[2])) if found else (19, 0)


def _numbered(columns: Sequence[Compared], letter: str) -> str:
    """The columns of one version by number; those that it does not have are NULL."""
    types = [column.before if letter == "a" else column.after for column in columns]
    return ", ".join(
        f"{name(column.name) if kind else 'NULL'} AS {letter}{n}"
        for n, (column, kind) in enumerate(zip(columns, types, strict=True))
    )


def _both(columns: Sequence[Compared]) -> str:
    return ", ".join(f"x.a{n}, y.b{n}" for n in range(len(columns)))


def _ordered(columns: Sequence[Compared], first: Sequence[Compared], letter: str) -> str:
    places = [f"{letter}{columns.index(column)}" for column in first]
    return f"ORDER BY {', '.join(places)}" if places else ""


def _as_double(value: str) -> str:
    return f"TRY_CAST({value} AS DOUBLE)"
