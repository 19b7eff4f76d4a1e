"""The quarantine as a work queue: which rows wait, and what became of those that left it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dataspark.answers.quality import silver_name
from dataspark.answers.queued import WAITING, Moment, QueuedRow, Status, Summary
from dataspark.contracts.contract import Contract
from dataspark.contracts.headers import positions
from dataspark.errors import UsageError
from dataspark.lake.rawlines import RawText, lines_in
from dataspark.lake.splitting import fields_of
from dataspark.pipeline.decisions import Decisions, Position
from dataspark.pipeline.heads import Head
from dataspark.pipeline.journal import Event
from dataspark.pipeline.ports import RawFile
from dataspark.pipeline.rowid import RowId
from dataspark.plan import nearest_name
from dataspark.sql.silver import only_held
from dataspark.sql.text import name, names, text
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

if TYPE_CHECKING:
    from dataspark.engines.duckdb.engine import DuckDBEngine


class Queue:
    """The queue of one table as the last run left it."""

    def __init__(self, workspace: Workspace, table: str, engine: DuckDBEngine) -> None:
        self.workspace, self.engine = workspace, engine
        self.table = silver_name(workspace, table)
        self.contract: Contract = next(c for c in workspace.plan.tables if c.name == self.table)
        self.head = Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, self.table)))
        if self.head.quarantine is None:
            raise UsageError(f"`{self.table}` was never refined", "`dataspark run` does that")
        self.files = {file.number: file for file in workspace.lake.archive(self.table).files}
        self.decisions: Decisions = workspace.lake.decisions(self.table)
        self._mended, self._waived = self.decisions.mended(), self.decisions.waived()
        self._pending = self.decisions.mended(since=self.head.fixes)
        self.columns = self._columns()
        self._by_sha: dict[str, RawFile] = {}
        self._made = False

    @property
    def stamp(self) -> str:
        """A short mark of the contract that the rows were judged by; it stands in every exported row."""
        return f"c-{sha256(self.head.fingerprint.encode()).hexdigest()[:8]}"

    def file_of(self, identity: RowId) -> RawFile:
        """The raw file that a row is in. Raises UsageError when bronze has none such, or several."""
        if identity.sha not in self._by_sha:
            self._by_sha[identity.sha] = identity.file(self.files.values())
        return self._by_sha[identity.sha]

    def summary(self) -> Summary:
        """The queue in numbers."""
        rows = self._rows()
        statuses: dict[str, int] = dict(self.engine.rows(f"SELECT _status, count(*) FROM {rows} GROUP BY _status"))
        waiting = f"(SELECT * FROM {rows} WHERE _status IN ('open', 'held'))"
        reasons = f"SELECT code, count(*) FROM (SELECT unnest(_reasons) AS code FROM {waiting}) GROUP BY code"
        files = f"SELECT _name, count(*) FROM {waiting} GROUP BY _name ORDER BY _name"
        return Summary(
            self.table,
            self.head.as_of,
            {status: statuses.get(status, 0) for status in Status},
            dict(self.engine.rows(reasons)),
            dict(self.engine.rows(files)),
        )

    def count(self, where: str = "TRUE") -> int:
        """How many rows meet a condition (see `chosen`)."""
        return int(self.engine.rows(f"SELECT count(*) FROM {self._rows()} WHERE {where}")[0][0])

    def chosen(self, statuses: Sequence[Status] = WAITING, reason: str | None = None, file: str | None = None) -> str:
        """The condition of rows by status, reason (a code or a pattern) and file name (a pattern).

        Raises UsageError for a reason or a file that no row has.
        """
        conditions = [f"_status IN ({', '.join(map(text, statuses))})"] if statuses else []
        if reason:
            conditions.append(f"list_has_any(_reasons, [{', '.join(map(text, self._codes(reason)))}])")
        if file:
            known = {one.name for one in self.files.values()}
            found = sorted(one for one in known if fnmatchcase(one, file))
            if not found:
                raise UsageError(f"`{self.table}` has no raw file `{file}`", nearest_name(file, sorted(known)))
            conditions.append(f"_name IN ({', '.join(map(text, found))})")
        return " AND ".join(conditions) or "TRUE"

    def rows(self, where: str = "TRUE", limit: int | None = None) -> list[QueuedRow]:
        """The rows that meet a condition, by file and line, with their bytes."""
        columns = f"_file, _line, _status, _reasons, _first, _last, _text, {names(self.columns)}"
        most = "" if limit is None else f" LIMIT {limit}"
        query = f"SELECT {columns} FROM {self._rows()} WHERE {where} ORDER BY _file, _line{most}"
        found = self.engine.rows(query)
        texts = self._texts({(row[0], row[1]): row[6] for row in found})
        return [self._row(row, texts) for row in found if (row[0], row[1]) in texts]

    def positions(self, where: str) -> list[Position]:
        """The places of the rows that meet a condition."""
        return self.engine.rows(f"SELECT _file, _line FROM {self._rows()} WHERE {where} ORDER BY _file, _line")

    @property
    def relation(self) -> str:
        """The relation of all rows that are or were in the queue: `_file`, `_line`, `_status`, `_reasons`, fields as text."""
        return self._rows()

    def row(self, written: str) -> QueuedRow:
        """One row by its name, with its history. Raises UsageError when the queue never had it."""
        identity = RowId.parse(written)
        file = self.file_of(identity)
        if identity.line in file.erased:
            raise UsageError(f"row {identity} was forgotten: nothing of it is kept")
        found = self.rows(f"_file = {file.number} AND _line = {identity.line}")
        if not found:
            way = f"`dataspark trace {identity.table} {identity}` tells what became of it"
            raise UsageError(f"row {identity} was never in the quarantine", way)
        moments = self._history(file.number, identity.line)
        return replace(found[0], history=moments)

    def export(self, where: str) -> str:
        """The query of the rows that meet a condition, as a person mends them in a spreadsheet."""
        reasons = "array_to_string(_reasons, '; ') AS _reasons"
        head = f"_row, {text(self.stamp)} AS _contract, _status, {reasons}, _name AS _file, _line"
        order = f"{self._rows()}._file, {self._rows()}._line"
        return f"SELECT {head}, {names(self.columns)}, _text FROM {self._rows()} WHERE {where} ORDER BY {order}"

    def _columns(self) -> list[str]:
        stored = self.workspace.tables.fields(TableRef(Layer.QUARANTINE, self.table), self.head.quarantine or 0)
        return [f.name for f in stored if f.name not in ("_file", "_line", "_reasons", "_text")]

    def _codes(self, reason: str) -> list[str]:
        found = self.engine.rows(f"SELECT DISTINCT unnest(_reasons) AS code FROM {self._rows()} ORDER BY code")
        known = [code for (code,) in found]
        matching = [code for code in known if fnmatchcase(code, reason)]
        if not matching:
            raise UsageError(
                f"no row of `{self.table}` is quarantined because of `{reason}`", nearest_name(reason, known)
            )
        return matching

    def _rows(self) -> str:
        """The relation of all rows that are or were in the queue."""
        relation = f"{self.table}__queue"
        if not self._made:
            self._bind()
            self.engine.keep(relation, self._query())
            self._made = True
        return name(relation)

    def _bind(self) -> None:
        run = self.engine
        run.bind(TableRef(Layer.QUARANTINE, self.table), self.head.quarantine)
        events = [("_file", "INTEGER"), ("_line", "BIGINT"), ("_event", "VARCHAR"), ("_reasons", "VARCHAR[]")]
        run.bind(
            TableRef(Layer.JOURNAL, self.table),
            self.head.journal,
            [*events, ("_run", "VARCHAR"), ("_as_of", "TIMESTAMPTZ")],
        )
        kinds = [("number", "INTEGER"), ("name", "VARCHAR"), ("sha", "VARCHAR")]
        run.values(
            "raw_files", kinds, [(f.number, f.name, RowId.of(self.table, f, 1).sha) for f in self.files.values()]
        )
        place = [("_file", "INTEGER"), ("_line", "BIGINT")]
        run.values("waived_rows", place, list(self._waived))
        erased = [(file.number, line) for file in self.files.values() for line in file.erased]
        run.values("erased_rows", place, erased)
        judged = [(code, run_id) for code, run_id in self.head.judged.items()]
        run.values("judged_rows", [("code", "VARCHAR"), ("run", "VARCHAR")], judged)

    def _query(self) -> str:
        journal = (
            "SELECT _file, _line, min(_run) AS _first, max(_run) AS _latest, arg_max(_event, _run) AS _event, "
            f"arg_max(_reasons, _run) AS _broke FROM {TableRef(Layer.JOURNAL, self.table)} GROUP BY _file, _line"
        )
        quarantine = TableRef(Layer.QUARANTINE, self.table)
        everything = self.head.judged.get("*", "")
        # A line that is no record is judged once: only its file's bytes could make it another.
        whole = f"CASE WHEN q._text IS NULL THEN {text(everything)} ELSE '' END"
        named = "(SELECT max(run) FROM judged_rows WHERE list_contains(q._reasons, code))"
        last = f"greatest(j._latest, {whole}, coalesce({named}, ''))"
        status = (
            f"CASE WHEN q._file IS NULL THEN j._event WHEN w._file IS NOT NULL THEN {text(Status.WAIVED)} "
            f"WHEN {only_held(self.contract, 'q._reasons')} THEN {text(Status.HELD)} "
            f"ELSE {text(Status.OPEN)} END"
        )
        same = "q._file = j._file AND q._line = j._line"
        place = "coalesce(q._file, j._file) AS _file, coalesce(q._line, j._line) AS _line"
        columns = ", ".join(f"q.{name(column)}" for column in self.columns)
        rows = (
            f"SELECT {place}, {status} AS _status, coalesce(q._reasons, j._broke) AS _reasons, j._first AS _first, "
            f"CASE WHEN q._file IS NULL THEN j._latest ELSE {last} END AS _last, q._text, {columns} "
            f"FROM {quarantine} AS q FULL JOIN ({journal}) AS j ON {same} "
            "LEFT JOIN waived_rows AS w ON q._file = w._file AND q._line = w._line"
        )
        identity = f"{text(self.table)} || ':' || f.sha || ':' || r._line AS _row, f.name AS _name"
        kept = f"({rows}) AS r JOIN raw_files AS f ON f.number = r._file"
        return (
            f"SELECT r.*, {identity} FROM {kept} ANTI JOIN erased_rows AS e ON r._file = e._file AND r._line = e._line"
        )

    def _texts(self, wanted: Mapping[tuple[int, int], str | None]) -> dict[tuple[int, int], RawText]:
        """The bytes of rows; of a line that is no record the kept text says how many lines it takes."""
        found: dict[tuple[int, int], RawText] = {}
        for number in {file for file, _line in wanted}:
            spans = {
                line: None if kept is None else lines_in(kept)
                for (file, line), kept in wanted.items()
                if file == number
            }
            read = self.workspace.lake.raw_records(self.files[number], self.contract.dialect, spans)
            found |= {(number, line): one for line, one in read.items()}
        return found

    def _row(self, row: tuple[Any, ...], texts: Mapping[tuple[int, int], RawText]) -> QueuedRow:
        file, line, status, reasons, first, last, kept, *values = row
        raw: RawFile = self.files[file]
        fields = dict(zip(self.columns, values, strict=True))
        if Status(status) not in WAITING:  # the quarantine has it no more, the archive has
            fields = self._as_it_came(raw, texts[file, line])
        return QueuedRow(
            RowId.of(self.table, raw, line),
            self._key(fields),
            Status(status),
            tuple(reasons or ()),
            raw.name,
            raw.sha256,
            line,
            fields if kept is None else {},
            first or "",
            last or "",
            texts[file, line],
            self._mended.get((file, line)),
            (file, line) in self._pending,
            self._waived.get((file, line)),
        )

    def _as_it_came(self, file: RawFile, found: RawText) -> dict[str, str | None]:
        """The fields of a record, by the columns of the contract."""
        fields, places = fields_of(found.text, self.contract.dialect), positions(self.contract, file.header)
        return {c: fields[places[c]] if places.get(c, len(fields)) < len(fields) else None for c in self.columns}

    def _key(self, fields: Mapping[str, str | None]) -> str | None:
        parts = [(fields.get(column) or "").strip() for column in self.contract.primary_key]
        return ",".join(parts) if parts and all(parts) else None

    def _history(self, file: int, line: int) -> tuple[Moment, ...]:
        query = (
            f"SELECT _event, _run, CAST(timezone('UTC', _as_of) AS VARCHAR), _reasons FROM {TableRef(Layer.JOURNAL, self.table)} "
            f"WHERE _file = {file} AND _line = {line} ORDER BY _run"
        )
        return tuple(
            Moment(Event(event), run, as_of, tuple(reasons)) for event, run, as_of, reasons in self.engine.rows(query)
        )


@contextmanager
def open_queue(workspace: Workspace, table: str) -> Iterator[Queue]:
    """The queue of a table. Raises UsageError for an unknown table or one without a run."""
    with workspace.engine() as engine:
        yield Queue(workspace, table, engine())


def summaries(workspace: Workspace) -> list[Summary]:
    """The queues of all tables that were refined."""
    names_ = [contract.name for contract in workspace.plan.tables]
    refined = [one for one in names_ if "quarantine" in workspace.lake.state(TableRef(Layer.SILVER, one))]
    with workspace.engine() as engine:
        return [Queue(workspace, one, engine()).summary() for one in refined]
