"""Forgetting a row for good: out of bronze, silver, quarantine and gold, out of every older version, and the proof of it.

The order matters. Bronze comes first, because everything else is made from it: a `forget` that is killed anywhere is
finished by giving the command again, or, save for old versions and the proof, by the next run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from dataspark.answers.quality import silver_name
from dataspark.contracts.contract import Contract
from dataspark.contracts.headers import column_name
from dataspark.errors import DataError, UsageError
from dataspark.lake.rawlines import RawText, Span
from dataspark.lake.splitting import fields_of
from dataspark.pipeline.decisions import Decisions, Position
from dataspark.pipeline.heads import Head
from dataspark.pipeline.keys import Key
from dataspark.pipeline.ports import Archive, RawFile
from dataspark.pipeline.rowid import RowId
from dataspark.reader import find_release
from dataspark.remains import Searched, is_telling, scrub, search
from dataspark.sql.text import name
from dataspark.tables import Layer, TableRef
from dataspark.upkeep import vacuum
from dataspark.wiring import Workspace, run_project

if TYPE_CHECKING:
    from dataspark.engines.duckdb.engine import DuckDBEngine

_MARK = "_forgetting.json"
"""In bronze while rows are being forgotten: their places, nothing of what they say."""


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
    wanted = Key.parse(contract, key)
    head = Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, bare)))
    if head.version is None:
        raise UsageError(f"`{bare}` was never refined", "`dataspark run` does that")
    if not really:
        with workspace.engine() as engine:
            rows = _Rows(workspace, contract, head, engine()).of(wanted)
        return Forgotten(bare, tuple(_told(workspace, contract, rows)), done=False)
    return _forget(workspace, contract, head, wanted)


def _forget(workspace: Workspace, contract: Contract, head: Head, wanted: Key) -> Forgotten:
    lake = workspace.lake
    with lake.hold("forget"), workspace.engine() as engine:
        rows = _Rows(workspace, contract, head, engine()).of(wanted)
        told = tuple(_told(workspace, contract, rows))
        values = _values(workspace, contract, rows)
        lake.bronze.write_json(f"{contract.name}/{_MARK}", {"rows": sorted(rows.places)})
        sources = _sources(workspace, contract, rows)
        _erase(workspace, contract, rows)
    report = run_project(workspace, head.as_of, ingest=False)
    if not report.ok:
        raise DataError(
            f"the rows of {contract.name} are gone from bronze and silver, but a check holds the release back: readers "
            f"still see {report.release}",
            "mend it and give the command again",
        )
    vacuum(workspace, keep=1)
    with lake.hold("forget"), workspace.engine() as engine:
        theirs = _only_theirs(engine(), workspace, contract, values)
        scrub(workspace, engine(), theirs)
        _drop_history(workspace)
        raws = [record.raw for record in rows.texts.values()]
        searched = search(workspace, engine(), contract, wanted, theirs, raws)
        if searched.left:
            raise DataError(
                f"something of the rows of {contract.name} is left in {', '.join(searched.left[:5])}",
                "look at these files; the command can be given again",
            )
        lake.bronze.path(f"{contract.name}/{_MARK}").unlink(missing_ok=True)
    return Forgotten(contract.name, told, True, find_release(workspace, None).id, searched, sources)


@dataclass(frozen=True)
class _Selection:
    """Rows by their places."""

    places: Mapping[Position, str]
    """Place → where the row is."""
    texts: Mapping[Position, RawText]


class _Rows:
    """The rows of one table, wherever they ended up."""

    def __init__(self, workspace: Workspace, contract: Contract, head: Head, engine: DuckDBEngine) -> None:
        self.workspace, self.contract, self.head, self.engine = workspace, contract, head, engine
        self.files = {file.number: file for file in workspace.lake.archive(contract.name).files}

    def of(self, key: Key) -> _Selection:
        """Every row of a key. Raises UsageError where there is none, and none is being forgotten."""
        spans: dict[Position, Span] = {}
        places: dict[Position, str] = {}
        for position, where, kept in [*self._found(key), *self._begun()]:
            places.setdefault(position, where)
            spans.setdefault(position, None if kept is None else len(kept.splitlines()))
        if not places:
            raise UsageError(
                f"no row of `{self.contract.name}` has the key {','.join(key.values)}",
                "looked for in silver, in the quarantine and among duplicates and superseded rows",
            )
        return _Selection(places, self._texts(spans))

    def _found(self, key: Key) -> Iterator[tuple[Position, str, str | None]]:
        for (file, line), where in self._typed(key):
            yield (file, line), where, None
        quarantine = TableRef(Layer.QUARANTINE, self.contract.name)
        self.engine.bind(quarantine, self.head.quarantine)
        rows = self.engine.rows(f"SELECT _file, _line FROM {quarantine} WHERE _text IS NULL AND {key.raw}")
        yield from (((file, line), "quarantine", None) for file, line in rows)
        for file, line, kept in self.engine.rows(
            f"SELECT _file, _line, _text FROM {quarantine} WHERE _text IS NOT NULL"
        ):
            if self._means(self.files[file], kept, key):
                yield (file, line), "quarantine", kept
        yield from self._mended_from(key)

    def _typed(self, key: Key) -> Iterator[tuple[Position, str]]:
        silver, repeats = (TableRef(layer, self.contract.name) for layer in (Layer.SILVER, Layer.REPEATS))
        self.engine.bind(silver, self.head.version)
        found = self.engine.rows(f"SELECT _file, _line FROM {silver} WHERE {key.typed}")
        yield from (((file, line), "silver") for file, line in found)
        if self.head.repeats is not None:
            self.engine.bind(repeats, self.head.repeats)
            again = self.engine.rows(f"SELECT _file, _line, _verdict FROM {repeats} WHERE {key.typed}")
            yield from (((file, line), verdict) for file, line, verdict in again)

    def _mended_from(self, key: Key) -> Iterator[tuple[Position, str, str | None]]:
        """Rows that had the key before a person mended them."""
        mended = self.workspace.lake.decisions(self.contract.name).mended()
        texts = self._texts(dict.fromkeys(mended, None))
        for position, record in texts.items():
            if self._means(self.files[position[0]], record.text, key):
                yield position, "mended", None

    def _begun(self) -> Iterator[tuple[Position, str, str | None]]:
        """The rows of a `forget` that was interrupted."""
        mark = self.workspace.lake.bronze.read_json(f"{self.contract.name}/{_MARK}") or {"rows": []}
        yield from (((file, line), "interrupted", None) for file, line in mark["rows"])

    def _means(self, file: RawFile, record: str, key: Key) -> bool:
        """Whether the fields of a line, which may be no record, say the key."""
        titles = [column_name(title) for title in file.header]
        fields = dict(zip(titles, fields_of(record, self.contract.dialect), strict=False))
        return all(
            fields.get(column_name(column), "").strip() == value
            for column, value in zip(self.contract.primary_key, key.values, strict=True)
        )

    def _texts(self, spans: Mapping[Position, Span]) -> dict[Position, RawText]:
        by_file: dict[int, dict[int, Span]] = defaultdict(dict)
        for (number, line), span in spans.items():
            if line not in self.files[number].erased:
                by_file[number][line] = span
        return {
            (number, line): record
            for number, wanted in by_file.items()
            for line, record in self.workspace.lake.raw_records(
                self.files[number], self.contract.dialect, wanted
            ).items()
        }


def _told(workspace: Workspace, contract: Contract, rows: _Selection) -> Iterator[Found]:
    files = {file.number: file for file in workspace.lake.archive(contract.name).files}
    for (number, line), where in sorted(rows.places.items()):
        record = rows.texts.get((number, line))
        identity = RowId.of(contract.name, files[number], line)
        yield Found(str(identity), where, files[number].name, line, record.lines if record else 1)


def _sources(workspace: Workspace, contract: Contract, rows: _Selection) -> tuple[str, ...]:
    """The files in `sources` that have the rows."""
    archive = workspace.lake.archive(contract.name)
    touched = {file.first_sha256 for file in archive.files if any(number == file.number for number, _ in rows.places)}
    there = {file.name for file in workspace.lake.source_files()}
    return tuple(sorted(one for one, stamp in archive.seen.items() if stamp[3] in touched and one in there))


def _erase(workspace: Workspace, contract: Contract, rows: _Selection) -> None:
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
    for there in lake.bronze.names(contract.name):
        if there not in listed and not there.rpartition("/")[2].startswith("_"):
            lake.drop_raw(there)


def _forget_decisions(workspace: Workspace, contract: Contract, rows: _Selection) -> None:
    """Take mended versions and waivers of the rows out, and the mended files that hold such a row.

    Of a mended file with other rows, too, nothing is kept but what it said of these: the decisions.
    """
    lake, decisions = workspace.lake, workspace.lake.decisions(contract.name)
    gone = {fix.source for fix in decisions.fixes if fix.position in rows.places}
    fixes = [replace(fix, source="") if fix.source in gone else fix for fix in decisions.fixes]
    kept = Decisions(
        tuple(fix for fix in fixes if fix.position not in rows.places),
        tuple(waiver for waiver in decisions.waivers if waiver.position not in rows.places),
    )
    if kept.as_json() != decisions.as_json():
        lake.save_decisions(contract.name, kept)
    for source in gone - {""}:
        lake.drop_raw(source)


def _values(workspace: Workspace, contract: Contract, rows: _Selection) -> set[str]:
    """What the fields of the rows say, as they came and as people mended them."""
    files = {file.number: file for file in workspace.lake.archive(contract.name).files}
    found = {
        value
        for fix in workspace.lake.decisions(contract.name).fixes
        if fix.position in rows.places
        for value in fix.values.values()
    }
    for (number, _line), record in rows.texts.items():
        fields = zip(files[number].header, fields_of(record.text, contract.dialect), strict=False)
        found |= {value for _title, value in fields}
    return {value.strip() for value in found} - {""}


def _only_theirs(engine: DuckDBEngine, workspace: Workspace, contract: Contract, values: set[str]) -> list[str]:
    """The values that no other row of the table has, nor holds inside of one: what must not be found anywhere."""
    head = Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, contract.name)))
    columns = [("value", "VARCHAR"), ("telling", "BOOLEAN")]
    engine.values("their_values", columns, [(value, is_telling(value)) for value in sorted(values)])
    others = []
    for layer, version in ((Layer.SILVER, head.version), (Layer.QUARANTINE, head.quarantine)):
        table = TableRef(layer, contract.name)
        engine.bind(table, version)
        others += [f"SELECT trim(CAST({name(c.name)} AS VARCHAR)) AS value FROM {table}" for c in contract.columns]
    texts = f"SELECT DISTINCT value FROM ({' UNION ALL '.join(others)}) WHERE value IS NOT NULL"
    same = "o.value = t.value OR (t.telling AND contains(o.value, t.value))"
    query = f"SELECT t.value FROM their_values AS t ANTI JOIN ({texts}) AS o ON {same} ORDER BY t.value"
    return [value for (value,) in engine.rows(query)]


def _drop_history(workspace: Workspace) -> None:
    """Let the logs of all tables begin at the newest release: older entries tell bounds of what older files held."""
    for table, version in find_release(workspace, None).versions.items():
        workspace.tables.begin_at(table, version)
