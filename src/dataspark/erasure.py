"""Forgetting a row for good: out of bronze, silver, quarantine and gold, out of every older version, and the proof of it.

The order matters. Bronze comes first, because everything else is made from it: a `forget` that is killed anywhere is
finished by giving the command again, or, save for old versions and the proof, by the next run.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from dataspark.answers.quality import silver_name
from dataspark.contracts.contract import Contract
from dataspark.errors import DataError, UsageError
from dataspark.keyed import KeyedRows, Selection, others
from dataspark.lake.rawlines import RawText
from dataspark.pipeline.decisions import Decisions
from dataspark.pipeline.heads import Head
from dataspark.pipeline.keys import Key
from dataspark.pipeline.ports import Archive
from dataspark.pipeline.rowid import RowId
from dataspark.reader import find_release
from dataspark.remains import TELLING, Searched, Traces, mark_of, scrub, search
from dataspark.tables import Layer, TableRef
from dataspark.upkeep import vacuum
from dataspark.wiring import Workspace, run_project

if TYPE_CHECKING:
    from dataspark.engines.duckdb.engine import DuckDBEngine


_RUNS = 20
"""Runs that are looked through for one that came to its end."""


@dataclass(frozen=True)
class Found:
    """A row that is to be forgotten."""

    row: str
    """Its name: `clients:2f41ae75:53`."""
    where: str
    """`silver`, `quarantine`, `duplicate` or `superseded`."""
    file: str
    line: int
    lines: int


@dataclass(frozen=True)
class Forgotten:
    """What was forgotten, or would be."""

    table: str
    rows: tuple[Found, ...]
    done: bool
    release: str | None = None
    """The release that readers see now; older ones cannot be read any more."""
    searched: Searched | None = None
    """The proof."""
    sources: tuple[str, ...] = ()
    """Files in `sources` that still have the rows: they are not ours to change, and are not read again."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def forget(workspace: Workspace, table: str, key: str, really: bool) -> Forgotten:
    """Forget every row of a key; without `really` only tell which ones.

    Raises UsageError for a key that no row has; DataError when a check holds the new release back, or when something
    of the rows is left; LakeBusy.
    """
    bare = silver_name(workspace, table)
    contract = next(one for one in workspace.plan.tables if one.name == bare)
    if _head(workspace, contract).version is None:
        raise UsageError(f"`{bare}` was never refined", "`dataspark run` does that")
    if really:
        return _forget(workspace, contract, key)
    with workspace.engine() as engine:
        rows = _rows(workspace, contract, engine(), Key.parse(contract, key, engine()))
    return Forgotten(bare, tuple(_told(workspace, contract, rows)), done=False)


def _forget(workspace: Workspace, contract: Contract, written: str) -> Forgotten:
    lake, as_of = workspace.lake, _as_of(workspace)
    if _waits(workspace, contract):  # what was archived or mended and not judged yet would come in afterwards
        run_project(workspace, as_of, ingest=False)
    with lake.hold("forget"), workspace.engine() as engine:
        key = Key.parse(contract, written, engine())
        rows = _rows(workspace, contract, engine(), key)
        told, sources = tuple(_told(workspace, contract, rows)), _sources(workspace, contract, rows)
        traces = _traces(workspace, contract, engine(), rows)
        lake.bronze.write_json(mark_of(contract.name), {"rows": sorted(rows.places), **traces.as_json()})
        _erase(workspace, contract, rows)
        scrub(workspace, engine(), contract, traces)
    report = run_project(workspace, as_of, ingest=False)
    if not report.ok:
        raise DataError(
            f"the rows of {contract.name} are gone from bronze and silver, but a check holds the release back: readers "
            f"still see {report.release}",
            "mend it and give the command again",
        )
    vacuum(workspace, keep=1)
    with lake.hold("forget"), workspace.engine() as engine:
        _drop_past(workspace, contract)
        searched = search(workspace, engine(), contract, Key.parse(contract, written, engine()), traces)
        if searched.left:
            raise DataError(
                f"something of the rows of {contract.name} is left in {', '.join(searched.left[:5])}",
                "look at these files; the command can be given again",
            )
        lake.bronze.delete([mark_of(contract.name)])
    return Forgotten(contract.name, told, True, find_release(workspace, None).id, searched, sources)


def _head(workspace: Workspace, contract: Contract) -> Head:
    return Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, contract.name)))


def _as_of(workspace: Workspace) -> str:
    """The date of the newest run that came to its end: forgetting is no reason to judge anything by another one.

    It may be earlier than that of a run before it, whose tables had nothing new since.
    """
    ended = [str(record["as_of"]) for record in workspace.lake.runs(_RUNS) if not record["error"]]
    heads = [head.as_of for contract in workspace.plan.tables if (head := _head(workspace, contract)).as_of]
    return ended[-1] if ended else max(heads)


def _waits(workspace: Workspace, contract: Contract) -> bool:
    head, lake = _head(workspace, contract), workspace.lake
    unread = any(file.number not in head.files for file in lake.archive(contract.name).files)
    return unread or len(lake.decisions(contract.name).fixes) > head.fixes


def _rows(workspace: Workspace, contract: Contract, engine: DuckDBEngine, key: Key) -> Selection:
    """The rows of a key, and those of a `forget` that was interrupted. Raises UsageError where there is none."""
    mark = workspace.lake.bronze.read_json(mark_of(contract.name)) or {"rows": []}
    begun = [(file, line) for file, line in mark["rows"]]
    rows = KeyedRows(workspace, contract, _head(workspace, contract), engine).of(key, begun)
    if not rows.places:
        raise UsageError(
            f"no row of `{contract.name}` has the key {','.join(key.written)}",
            "looked for in silver, in the quarantine and among duplicates and superseded rows",
        )
    return rows


def _traces(workspace: Workspace, contract: Contract, engine: DuckDBEngine, rows: Selection) -> Traces:
    """What must not be found anywhere; of a `forget` that was interrupted, what that one knew too."""
    found = KeyedRows(workspace, contract, _head(workspace, contract), engine).values(rows)
    engine.values("their_values", [("value", "VARCHAR")], [(value,) for value in sorted(found)])
    own, all_ = others(workspace, engine, contract, rows)
    unknown = f"SELECT t.value FROM their_values AS t ANTI JOIN ({own}) AS o ON o.value = t.value ORDER BY t.value"
    whole = [value for (value,) in engine.rows(unknown)]
    # Numbers and dates stand in many a place by chance; names, addresses and sentences do not.
    long = f"SELECT value FROM their_values WHERE length(value) >= {TELLING} AND regexp_matches(value, '\\p{{L}}')"
    inside = f"SELECT t.value FROM ({long}) AS t ANTI JOIN ({all_}) AS o ON contains(o.value, t.value)"
    telling = [value for (value,) in engine.rows(inside)]
    records = [record.raw for record in rows.texts.values()]
    mark = workspace.lake.bronze.read_json(mark_of(contract.name))
    return Traces(tuple(whole), tuple(telling), tuple(records)).joined(Traces.from_json(mark or {}))


def _told(workspace: Workspace, contract: Contract, rows: Selection) -> Iterator[Found]:
    files = {file.number: file for file in workspace.lake.archive(contract.name).files}
    for (number, line), where in sorted(rows.places.items()):
        record = rows.texts.get((number, line))
        identity = RowId.of(contract.name, files[number], line)
        yield Found(str(identity), where, files[number].name, line, record.lines if record else 1)


def _sources(workspace: Workspace, contract: Contract, rows: Selection) -> tuple[str, ...]:
    """The files in `sources` that have the rows."""
    archive = workspace.lake.archive(contract.name)
    numbers = {number for number, _line in rows.places}
    touched = {file.first_sha256 for file in archive.files if file.number in numbers}
    there = {file.name for file in workspace.lake.source_files()}
    return tuple(sorted(one for one, stamp in archive.seen.items() if stamp[3] in touched and one in there))


def _erase(workspace: Workspace, contract: Contract, rows: Selection) -> None:
    """Take the rows out of bronze. Until the archive's list is replaced the old objects are the ones that count."""
    lake, archive = workspace.lake, workspace.lake.archive(contract.name)
    by_file: dict[int, list[RawText]] = defaultdict(list)
    for (number, _line), record in rows.texts.items():
        by_file[number].append(record)
    files = [
        lake.erase(file, contract.name, by_file[file.number]) if file.number in by_file else file
        for file in archive.files
    ]
    lake.save_archive(contract.name, Archive(files, archive.seen))
    _forget_decisions(workspace, contract, rows)
    listed = {file.object for file in files}
    there = [(one.name, one.name.removeprefix(f"{contract.name}/")) for one in lake.bronze.listing(contract.name)]
    # An old object, or what a process left that was killed while it copied.
    lake.bronze.delete(
        [name for name, bare in there if "/" not in bare and name not in listed and not bare.startswith("_")]
    )


def _forget_decisions(workspace: Workspace, contract: Contract, rows: Selection) -> None:
    """Take mended versions and waivers of the rows out, and every mended file that names such a row.

    Of a mended file with other rows, too, nothing is kept but what it said of these: the decisions.
    """
    lake, decisions = workspace.lake, workspace.lake.decisions(contract.name)
    files = {file.number: file for file in lake.archive(contract.name).files}
    ids = [str(RowId.of(contract.name, files[number], line)).encode() for number, line in rows.places]
    known = {fix.source for fix in decisions.fixes if fix.position not in rows.places}
    gone = {
        source
        for source in lake.bronze.names(f"{contract.name}/_fixes")
        if source not in known or _names_row(lake.bronze.read(source) or b"", ids)
    }
    fixes = [replace(fix, source="") if fix.source in gone else fix for fix in decisions.fixes]
    kept = Decisions(
        tuple(fix for fix in fixes if fix.position not in rows.places),
        tuple(waiver for waiver in decisions.waivers if waiver.position not in rows.places),
    )
    if kept.as_json() != decisions.as_json():
        lake.save_decisions(contract.name, kept)
    lake.bronze.delete(gone)


def _names_row(content: bytes, ids: Sequence[bytes]) -> bool:
    return any(re.search(re.escape(one) + rb"(?!\d)", content) for one in ids)


def _drop_past(workspace: Workspace, contract: Contract) -> None:
    """Delete what no release names, and let the logs begin at the newest one: older entries tell bounds of older files."""
    tables, versions = workspace.tables, find_release(workspace, None).versions
    own = [TableRef(layer, contract.name) for layer in (Layer.REPEATS, Layer.JOURNAL)]
    unmade = [table for table in own if table not in versions]
    removed = [table for table in tables.gold_tables() if table not in versions]
    for table in (*unmade, *removed):
        tables.drop(table)
    workspace.lake.gold.delete([f"_state/{table.name}.json" for table in removed])
    for table, version in versions.items():
        tables.begin_at(table, version)
