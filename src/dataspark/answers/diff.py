"""What two releases differ in, table by table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dataspark.answers.comparing import Version, compare
from dataspark.answers.differences import Diff, Side, State, TableDiff
from dataspark.errors import UsageError
from dataspark.plan import nearest_name
from dataspark.reader import Release, find_release, require_files
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace, open_workspace

if TYPE_CHECKING:
    from dataspark.engines.duckdb.engine import DuckDBEngine

ALL = "all"
"""The name for every layer."""
SAMPLE = 3
"""Rows of each kind that are shown where nobody says how many."""


def diff(
    folder: Path | str,
    before: str | None = None,
    after: str | None = None,
    tables: Sequence[str] = (),
    layer: str = Layer.GOLD.value,
    sample: int = SAMPLE,
    profile: str | None = None,
) -> Diff:
    """Compare two releases of the project in `folder`.

    Without releases these are the last two; `before` alone is compared with the newest. `tables` are names
    (`fact_achats`, `silver.achats`), all of `layer` when there is none. `sample` is how many added, removed and changed
    rows are given of each table.

    Raises UsageError for a release, a table or a layer that is not there, and where files of a release were vacuumed.
    """
    return compare_releases(open_workspace(folder, profile), before, after, tables, layer, sample)


def compare_releases(
    workspace: Workspace,
    before: str | None,
    after: str | None,
    tables: Sequence[str] = (),
    layer: str = Layer.GOLD.value,
    sample: int = SAMPLE,
) -> Diff:
    """`diff` for an open project."""
    new = find_release(workspace, after)
    old = find_release(workspace, before or _predecessor(workspace, new))
    chosen = _chosen(old, new, tables, layer)
    with workspace.engine() as start:
        found = tuple(_table(workspace, start, table, old, new, sample) for table in chosen)
    return Diff(_side(old), _side(new), found)


def _predecessor(workspace: Workspace, newest: Release) -> str:
    known = workspace.lake.release_ids()
    older = [identifier for identifier in known if identifier < newest.id]
    if not older:
        raise UsageError(
            f"{workspace.project.name} has no release before {newest.id}: there is nothing to compare it with",
            "`dataspark run` makes another one when something has changed",
        )
    return str(older[-1])


def _side(release: Release) -> Side:
    return Side(release.id, release.created, release.as_of)


def _chosen(old: Release, new: Release, names: Sequence[str], layer: str) -> list[TableRef]:
    """The tables of either release that are asked for, by layer and name."""
    layers = _layers(layer)
    known = sorted({*old.versions, *new.versions}, key=lambda table: (list(Layer).index(table.layer), table.name))
    if not names:
        return [table for table in known if table.layer in layers]
    wanted: set[TableRef] = set()
    for name in names:
        found = _named(name.lower(), known, layers)
        if not found:
            raise UsageError(f"neither {old.id} nor {new.id} has a table `{name}`", _hint(name.lower(), known))
        wanted |= found
    return [table for table in known if table in wanted]


def _layers(name: str) -> tuple[Layer, ...]:
    if name == ALL:
        return tuple(Layer)
    if name not in [layer.value for layer in Layer]:
        raise UsageError(f"there is no layer `{name}`", nearest_name(name, [*(layer.value for layer in Layer), ALL]))
    return (Layer(name),)


def _named(name: str, known: Sequence[TableRef], layers: Sequence[Layer]) -> set[TableRef]:
    if "." in name:
        return {table for table in known if str(table) == name}
    return {table for table in known if table.name == name and table.layer in layers}


def _hint(name: str, known: Sequence[TableRef]) -> str:
    if elsewhere := [table for table in known if table.name == name.rpartition(".")[2]]:
        return f"did you mean `{elsewhere[0]}`?"
    return nearest_name(name, [table.name if table.layer is Layer.GOLD else str(table) for table in known])


def _table(
    workspace: Workspace,
    start: Callable[[], DuckDBEngine],
    table: TableRef,
    old: Release,
    new: Release,
    sample: int,
) -> TableDiff:
    before, after = old.versions.get(table), new.versions.get(table)
    if before is None or after is None:
        return _one_sided(workspace, table, before, after)
    if before == after:
        rows = _rows(workspace, table, after)
        return TableDiff(str(table), State.UNCHANGED, rows, rows)
    for release in (old, new):
        require_files(workspace, release, table)
    earlier = Version.of(workspace.tables, table, before, old.id)
    later = Version.of(workspace.tables, table, after, new.id)
    return compare(start, table, earlier, later, _promised_key(workspace, table), sample)


def _one_sided(workspace: Workspace, table: TableRef, before: int | None, after: int | None) -> TableDiff:
    first, second = (None if version is None else _rows(workspace, table, version) for version in (before, after))
    return TableDiff(str(table), State.ADDED if before is None else State.REMOVED, first, second)


def _rows(workspace: Workspace, table: TableRef, version: int) -> int:
    """How many rows a version has, as the log says: no file is read."""
    return sum(file.rows for file in workspace.tables.files(table, version))


def _promised_key(workspace: Workspace, table: TableRef) -> tuple[str, ...]:
    """What a row of a table is told by, where something promises it."""
    if table.layer in (Layer.QUARANTINE, Layer.REPEATS):
        return "_file", "_line"  # a row of a raw file, and its place there never moves
    for contract in workspace.contracts:
        if TableRef(contract.layer, contract.name) == table:
            return contract.primary_key
    return ()
