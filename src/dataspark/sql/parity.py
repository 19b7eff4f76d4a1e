"""Two large tables that should be the same → the SQL that finds the few rows that are not.

Every row of both sides is read once and weighed: rows fall into buckets by their exact values, and of each bucket the
number of rows and the sum of their hashes are compared. Only rows of buckets that differ are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Sequence

from dataspark.sql.difference import DIFFERING, Compared, identity
from dataspark.sql.text import name

FIRST, SECOND = "parity__first", "parity__second"
"""All rows of each side."""
UNEQUAL = "parity__unequal"
"""The buckets that differ."""
ONLY_FIRST, ONLY_SECOND = "parity__only_first", "parity__only_second"
"""The rows that a side has more often than the other."""
_ROWS_OF_A_BUCKET = 1000
_MOST_BUCKETS = 1 << 16
_SPLITTER = f"{(1 << 21) + 1}::DOUBLE"
"""Veltkamp's factor: what remains of a double after it has 32 significant bits, 4.7e-10 relative at most apart."""


def buckets_for(rows: int) -> int:
    """How many buckets so many rows are weighed in."""
    return max(1, min(_MOST_BUCKETS, rows // _ROWS_OF_A_BUCKET))


def unequal(columns: Sequence[Compared], buckets: int) -> str:
    """The buckets that are not the same on both sides, and how many rows they hold."""
    first, second = (_weights(columns, relation, buckets) for relation in (FIRST, SECOND))
    return (
        "SELECT coalesce(x.bucket, y.bucket) AS bucket, greatest(coalesce(x.times, 0), coalesce(y.times, 0)) AS times "
        f"FROM ({first}) AS x FULL JOIN ({second}) AS y "
        "ON x.bucket = y.bucket WHERE x.times IS DISTINCT FROM y.times OR x.weight IS DISTINCT FROM y.weight"
    )


def in_unequal(columns: Sequence[Compared], relation: str, buckets: int, part: str = "TRUE") -> str:
    """The rows of one side that are in a bucket of `UNEQUAL`, or a part of them."""
    return f"SELECT * FROM {relation} WHERE {part} AND {_bucket(columns, buckets)} IN (SELECT bucket FROM {UNEQUAL})"


PARTS = 1000


def part_of(told_by: Sequence[Compared], parts: int) -> str:
    """The condition that picks `parts` of `PARTS` of all rows, the same ones on both sides: a row is known by its key."""
    exact = [column for column in told_by if not column.floats]
    return f"{_hash(exact or told_by)} % {PARTS} < {parts}"


def only(columns: Sequence[Compared], letter: str) -> str:
    """The rows of `DIFFERING` that one side (`a` or `b`) has more often, as often as it has them more, by their names."""
    times = "gone" if letter == "a" else "came"
    kinds = ((n, column, column.before if letter == "a" else column.after) for n, column in enumerate(columns))
    values = ", ".join(f"{letter}{n} AS {name(column.name)}" for n, column, kind in kinds if kind)
    return f"SELECT {values} FROM {DIFFERING}, range({times}) WHERE {times} > 0"


def reasons_in_order(columns: Sequence[str]) -> str:
    """What to select of a quarantine: in which order a row's reasons were found means nothing."""
    return ", ".join(f"list_sort({name(c)}) AS {name(c)}" if c == "_reasons" else name(c) for c in columns)


def _weights(columns: Sequence[Compared], relation: str, buckets: int) -> str:
    return (
        f"SELECT {_bucket(columns, buckets)} AS bucket, count(*) AS times, sum({_hash(columns)}) AS weight "
        f"FROM {relation} GROUP BY bucket"
    )


def _bucket(columns: Sequence[Compared], buckets: int) -> str:
    # Two floats that are the same by tolerance may round apart: what a row is filed under must not depend on them.
    exact = [column for column in columns if column.shared and not column.floats]
    return f"{_hash(exact or columns)} % {buckets}"


def _hash(columns: Sequence[Compared]) -> str:
    return f"hash({', '.join(_weighed(column) for column in columns if column.shared)})"


def _weighed(column: Compared) -> str:
    value = name(column.name)
    if column.retyped or not column.floats:
        return identity(column, value, rounded=True)
    large = f"CAST({value} AS DOUBLE)"
    rounded = f"{large} * {_SPLITTER} - ({large} * {_SPLITTER} - {large})"
    return f"CASE WHEN abs({large}) < 1e300 THEN {rounded} ELSE {large} END"
