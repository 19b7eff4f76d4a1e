"""The rows of a silver table by their key or their place: where each stands in which raw file, and what became of it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dataspark.answers.lineage import Lineage
from dataspark.answers.rawsearch import Found, Position, RowSearch, Verdict, place
from dataspark.answers.reasons import Reason, explained
from dataspark.contracts.contract import Column, Contract, OnViolation, Severity
from dataspark.errors import UsageError
from dataspark.lake.rawlines import lines_in
from dataspark.pipeline.decisions import Decisions, Fix, Waiver
from dataspark.pipeline.rowid import RowId
from dataspark.sql.rules import condition
from dataspark.sql.text import conjunction, instant, name, text
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace, read_as_of


@dataclass(frozen=True)
class Happening:
    """One line of the journal."""

    event: str
    reasons: tuple[str, ...]
    run: str
    as_of: str


@dataclass(frozen=True)
class RawRow:
    """One row of a raw file, and what became of it."""

    id: str
    """`achats:3f2a9c1b:1042`: table, the first digits of the file's SHA-256, line."""
    table: str
    file: str
    sha256: str
    arrived: str
    line: int
    lines: int
    """How many lines it takes."""
    start: int
    """Its first byte, from 0, in the file's unpacked content."""
    end: int
    """Behind its last byte."""
    raw: str
    """The bytes, as text."""
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    """Of a quarantined row: every rule that it breaks."""
    warnings: tuple[Reason, ...] = ()
    """Of an accepted row: rules that it breaks and that let it pass."""
    values: Mapping[str, str | None] | None = None
    """Of an accepted row: its typed values, as text."""
    instead: str | None = None
    """Of a duplicate or a superseded row: the id of the row of its key that counts."""
    history: tuple[Happening, ...] = ()
    fix: Fix | None = None
    """The mended version that stands in its place."""
    waiver: Waiver | None = None


class RawRows:
    """The rows of one silver table, in one release."""

    def __init__(self, workspace: Workspace, lineage: Lineage, contract: Contract) -> None:
        self.workspace, self.lineage, self.contract = workspace, lineage, contract
        self.release, self.session = lineage.release, lineage.session
        self.search = RowSearch(lineage, contract)
        self.files = {file.number: file for file in workspace.lake.archive(contract.name).files}
        self.decisions: Decisions = workspace.lake.decisions(contract.name)
        self._mended, self._waived = self.decisions.mended(), self.decisions.waived()

    # Find

    def by_key(self, key: str) -> list[RawRow]:
        """Every row with this primary key, in order of arrival. Raises UsageError where there is none."""
        columns = [self.contract.column(column) for column in self.contract.primary_key]
        if not columns:
            raise UsageError(
                f"`{self.contract.name}` has no primary key: a row of it is found by its id",
                f"write {self.contract.name}:<sha256>:<line>, for example {self.contract.name}:{self._example}:2",
            )
        written = next(csv.reader([key], skipinitialspace=True), [""]) if len(columns) > 1 else [key]
        if len(written) != len(columns):
            listed = ",".join(self.contract.primary_key)
            raise UsageError(
                f"the key of `{self.contract.name}` has {len(columns)} values: {listed}", f"write them as {listed}"
            )
        found, unreadable = self.search.with_key(columns, written)
        if found:
            return self._described(found)
        raise self._not_found(key, unreadable)

    def by_ids(self, ids: Sequence[RowId]) -> list[RawRow]:
        """The rows with these names, in their order. Raises UsageError for a place where no row begins."""
        files = [one.file(self.files.values()) for one in ids]
        found = self.at([(file.number, one.line) for file, one in zip(files, ids, strict=True)])
        if len(found) == len(ids):
            return found
        there = {row.id for row in found}
        file, lost = next(
            pair
            for pair in zip(files, ids, strict=True)
            if str(RowId.of(self.contract.name, pair[0], pair[1].line)) not in there
        )
        if lost.line in file.erased:
            raise UsageError(f"line {lost.line:,} of {file.name} was erased", "`dataspark forget` did that, by request")
        beyond = "it is the header, blank, or within a record that begins above; or the release is older than the file"
        if file.lines and lost.line > file.lines:
            beyond = f"{file.name} has {file.lines:,} lines"
        raise UsageError(f"no row of {file.name} begins on line {lost.line:,}", beyond)

    def at(self, positions: Sequence[Position]) -> list[RawRow]:
        """The rows that stand at these places, in this order; places where none begins are left out."""
        return self._described(self.search.at(positions))

    @property
    def _example(self) -> str:
        return next((file.first_sha256[:8] for file in self.files.values()), "3f2a9c1b")

    def _not_found(self, key: str, unreadable: Sequence[Column]) -> UsageError:
        table = self.contract.name
        looked = f"looked in silver, quarantine and repeats of {self.release.id}"
        if unreadable:
            column = unreadable[0]
            return UsageError(
                f"`{key}` is no key of `{table}`: {column.name} is of type {column.type}; {looked} for the text itself too",
                f"a row is also found by its id: {table}:{self._example}:<line>",
            )
        return UsageError(
            f"`{table}` has no row with {', '.join(self.contract.primary_key)} = {key}: {looked}",
            f"a row whose key cannot be read is found by its id: {table}:{self._example}:<line>",
        )

    # Describe

    def _described(self, found: Sequence[Found]) -> list[RawRow]:
        raw = self._read(found)
        counts = self.search.counting([one for one in found if one.key])
        history = self._history([one.position for one in found if one.verdict is not Verdict.DUPLICATE])
        warnings = self._warnings([one for one in found if one.verdict is Verdict.ACCEPTED])
        rows = []
        for one in found:
            row = replace(raw[one.position], history=history.get(one.position, ()))
            accepted = one.verdict is Verdict.ACCEPTED
            fields = one.fields or {}
            rows.append(
                replace(
                    row,
                    reasons=tuple(explained(self.contract, code, fields) for code in one.reasons),
                    warnings=tuple(self._warning(code, fields) for code in warnings.get(one.position, ())),
                    values=one.fields if accepted else None,
                    instead=self._id_at(counts.get(one.key)),
                    fix=self._mended.get(one.position),
                    waiver=self._waived.get(one.position),
                )
            )
        return rows

    def _read(self, found: Iterable[Found]) -> dict[Position, RawRow]:
        """The bytes of rows, from their bronze files."""
        by_file: dict[int, list[Found]] = {}
        for one in found:
            by_file.setdefault(one.position[0], []).append(one)
        read = {}
        for number, ones in by_file.items():
            file = self.files[number]
            # A line that is no record takes the lines of its text; a record as many as its quotes say.
            spans = {o.position[1]: lines_in(o.broken) if o.broken is not None else None for o in ones}
            records = self.workspace.lake.raw_records(file, self.contract.dialect, spans)
            for one in ones:
                line = one.position[1]
                it = records[line]
                read[one.position] = RawRow(
                    str(RowId.of(self.contract.name, file, line)), self.contract.name, file.name, file.sha256, file.arrived,
                    line, it.lines, it.start, it.end, it.text, one.verdict,
                )  # fmt: skip
        return read

    def _id_at(self, position: Position | None) -> str | None:
        return str(RowId.of(self.contract.name, self.files[position[0]], position[1])) if position else None

    def _history(self, positions: Sequence[Position]) -> dict[Position, tuple[Happening, ...]]:
        table = self.search.bound(Layer.JOURNAL)
        if table is None or not positions:
            return {}
        found: dict[Position, tuple[Happening, ...]] = {}
        rows = self.session.rows(
            f"SELECT _file, _line, _event, _reasons, _run, _as_of::VARCHAR FROM {table} WHERE {place(positions)} ORDER BY _run"
        )
        for file, line, event, reasons, run, as_of in rows:
            moment = read_as_of(as_of).isoformat()
            found[file, line] = (*found.get((file, line), ()), Happening(event, tuple(reasons or ()), run, moment))
        return found

    def _warnings(self, accepted: Sequence[Found]) -> dict[Position, list[str]]:
        """Position → the rules with severity `warning` that a row breaks, and the parents that it does not have."""
        conditions = {
            rule.code: f"NOT coalesce(({condition(rule, self.contract.column(rule.column) if rule.column else None)}), TRUE)"
            for rule in self.contract.rules
            if rule.severity is Severity.WARNING and rule.kind.value not in ("required", "type", "unique")
        }
        if not accepted:
            return {}
        as_of, where = instant(read_as_of(self.release.as_of)), place(one.position for one in accepted)
        rows = f"SELECT *, {as_of} AS as_of FROM {self.search.bound(Layer.SILVER)} WHERE {where}"
        found: dict[Position, list[str]] = {}
        if conditions:
            flags = ", ".join(conditions.values())
            for file, line, *broken in self.session.rows(f"SELECT _file, _line, {flags} FROM ({rows})"):
                found[file, line] = [code for code, flag in zip(conditions, broken, strict=True) if flag]
        for code, position in self._orphaned(accepted):
            found.setdefault(position, []).append(code)
        return found

    def _orphaned(self, found: Sequence[Found]) -> Iterator[tuple[str, Position]]:
        """The accepted rows whose parent is not there."""
        for link in self.contract.relationships:
            parent = TableRef(Layer.SILVER, link.parent)
            if link.on_violation is not OnViolation.KEEP or parent not in self.release.versions:
                continue
            kinds = dict(self.lineage.columns(parent))
            for one in found:
                values = [(one.fields or {}).get(column) for column in link.columns]
                same = conjunction(
                    f"{name(column)} = CAST({text(value or '')} AS {kinds[column]})"
                    for column, value in zip(link.parent_columns, values, strict=True)
                )
                query = f"SELECT EXISTS (SELECT 1 FROM {self.lineage.bind(parent)} WHERE {same})"
                if None not in values and not self.session.rows(query)[0][0]:
                    yield link.code, one.position

    def _warning(self, code: str, fields: Mapping[str, str | None]) -> Reason:
        reason = explained(self.contract, code, fields)
        return replace(reason, meaning=reason.meaning.replace(": the row waits for it", ": the row is kept without it"))
