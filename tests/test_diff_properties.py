"""Any two versions of a table, compared by the engine and by plain Python."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataspark.answers.differences import State, TableDiff
from releasing import Releases, contract

NUMBERS = ("BIGINT", "DECIMAL(12,2)", "DOUBLE")
WRITTEN = {
    "BIGINT": ["NULL", "0", "1", "2", "-3"],
    "DECIMAL(12,2)": ["NULL", "0", "1", "2", "0.25", "-3.50"],
    "DOUBLE": ["NULL", "0", "1", "2", "0.25", "0.250000000000001", "-3.5"],
    "VARCHAR": ["NULL", "", "a", "b", "1", "2.0", "-3.50"],
}


@dataclass(frozen=True)
class Version:
    """A table as Hypothesis made it: values as they are written."""

    types: dict[str, str]
    rows: list[tuple[str, ...]]

    @property
    def query(self) -> str:
        lines = (
            ", ".join(
                f"CAST({'NULL' if value == 'NULL' else repr(value)} AS {kind}) AS {name}"
                for value, (name, kind) in zip(row, self.types.items(), strict=True)
            )
            for row in [*self.rows, ("NULL",) * len(self.types)]
        )
        return f"SELECT * FROM ({' UNION ALL '.join(f'(SELECT {line})' for line in lines)}) LIMIT {len(self.rows)}"

    def column(self, name: str, other: Version) -> list[Any]:
        """The values of a column, in a form in which equal ones are equal in both versions."""
        place = list(self.types).index(name)
        return [plain(row[place], {self.types[name], other.types[name]}) for row in self.rows]


def plain(written: str, kinds: set[str]) -> Any:
    if written == "NULL":
        return None
    if kinds == {"VARCHAR"}:
        return written
    try:
        return round(Decimal(written), 6).normalize() + 0
    except InvalidOperation:
        return written


@st.composite
def versions(draw: st.DrawFn) -> Version:
    names = draw(st.lists(st.sampled_from(["id", "n", "x", "t"]), min_size=1, max_size=4, unique=True))
    types = {name: draw(st.sampled_from(["BIGINT", "VARCHAR"] if name == "id" else [*WRITTEN])) for name in names}
    row = st.tuples(*(st.sampled_from(WRITTEN[kind]) for kind in types.values()))
    return Version(types, draw(st.lists(row, max_size=6)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Version, Version]:
    """Two versions: often of the same columns, with some of the same rows, as in life."""
    before = draw(versions())
    if draw(st.booleans()):
        return before, draw(versions())
    row = st.tuples(*(st.sampled_from(WRITTEN[kind]) for kind in before.types.values()))
    kept = draw(st.lists(st.sampled_from(before.rows), max_size=6, unique=True)) if before.rows else []
    return before, Version(before.types, [*kept, *draw(st.lists(row, max_size=3))])


@pytest.fixture(scope="module", params=["promised", "found"])
def lake(request: pytest.FixtureRequest) -> Iterator[Releases]:
    root = Path(tempfile.mkdtemp())
    contracts = {"t": contract("t", "gold", "id")} if request.param == "promised" else {}
    yield Releases(root, **contracts)
    shutil.rmtree(root)


@settings(max_examples=35)
@given(pairs())
def test_the_engine_counts_what_python_counts(lake: Releases, pair: tuple[Version, Version]) -> None:
    before, after = pair
    found = lake.of(before.query, after.query, sample=100)
    shared = [name for name in after.types if name in before.types]
    assert (found.rows_before, found.rows_after) == (len(before.rows), len(after.rows))
    assert {name for name, _kind in found.columns_added} == after.types.keys() - before.types.keys()
    assert {name for name, _kind in found.columns_removed} == before.types.keys() - after.types.keys()
    assert {one.name for one in found.retyped} == {name for name in shared if before.types[name] != after.types[name]}
    old, new = (table(one, other, shared) for one, other in ((before, after), (after, before)))
    if found.key or (not found.note and len(old) == len(new) == 1):
        by_key(found, old, new, shared)
    else:
        whole_rows(found, old, new)
    if lake.workspace.contracts and "id" in shared:
        ids = [[row[shared.index("id")] for row in rows] for rows in (old, new)]
        assert (found.key == ("id",)) == all(len(set(one)) == len(one) for one in ids)


def table(version: Version, other: Version, shared: list[str]) -> list[tuple[Any, ...]]:
    if not shared:
        return [(version is other, n) for n in range(len(version.rows))]
    return list(zip(*(version.column(name, other) for name in shared), strict=True))


def by_key(found: TableDiff, old: list[tuple[Any, ...]], new: list[tuple[Any, ...]], shared: list[str]) -> None:
    places = [shared.index(name) for name in found.key]
    was, now = ({tuple(row[p] for p in places): row for row in rows} for rows in (old, new))
    assert (len(was), len(now)) == (len(old), len(new)), "a key is unique"
    both = [(was[key], now[key]) for key in was.keys() & now.keys()]
    assert found.added == len(now.keys() - was.keys()) == len(found.sample.added)
    assert found.removed == len(was.keys() - now.keys()) == len(found.sample.removed)
    assert found.changed == sum(x != y for x, y in both) == len(found.sample.changed)
    moved = {name: sum(x[p] != y[p] for x, y in both) for p, name in enumerate(shared)}
    assert {move.column: move.rows for move in found.moves} == {name: rows for name, rows in moved.items() if rows}
    for move in found.moves:
        place = shared.index(move.column)
        changes = [(x[place], y[place]) for x, y in both if x[place] != y[place]]
        texts(move, changes) if move.commonest else numbers(move, changes)


def numbers(move: Any, changes: list[tuple[Any, Any]]) -> None:
    for told, values in ((move.sum_before, [x for x, _ in changes]), (move.sum_after, [y for _, y in changes])):
        known = [value for value in values if value is not None]
        assert (told is None) == (not known)
        assert float(told or 0) == pytest.approx(float(sum(known)))
    moves = [abs(y - x) for x, y in changes if x is not None and y is not None]
    assert (move.largest is None) == (not moves)
    assert abs(float(move.largest or 0)) == pytest.approx(float(max(moves, default=0)))


def texts(move: Any, changes: list[tuple[Any, Any]]) -> None:
    most = max(Counter(changes).values())
    assert 1 <= move.commonest.rows <= most, "retyped texts that are one number may be written in several ways"


def whole_rows(found: TableDiff, old: list[tuple[Any, ...]], new: list[tuple[Any, ...]]) -> None:
    was, now = Counter(old), Counter(new)
    if "no column" in found.note:
        assert (found.added, found.removed) == (len(new), len(old))
        return
    assert (found.added, found.removed, found.changed) == ((now - was).total(), (was - now).total(), 0)
    assert found.note or (was == now and found.state in (State.UNCHANGED, State.CHANGED))
