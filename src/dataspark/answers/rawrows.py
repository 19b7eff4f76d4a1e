"""The rows of a silver table by their key or their place: where each stands in which raw file, and what became of it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dataspark.answers.lineage import Lineage
from dataspark.answers.reasons import Reason, explained
from dataspark.contracts.contract import Column, Contract, LogicalType, OnViolation, Severity
from dataspark.errors import UsageError
from dataspark.pipeline.decisions import Decisions, Fix, Waiver
from dataspark.pipeline.ports import RawFile
from dataspark.sql.casts import sql_type
from dataspark.sql.rules import condition
from dataspark.sql.silver import POSITION, typed
from dataspark.sql.text import conjunction, instant, name, names, text
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace, read_as_of

Position = tuple[int, int]
_BATCH = 50
"""Keys that one query looks for."""


class Verdict(StrEnum):
    """What became of a raw row."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"


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


@dataclass(frozen=True)
class _Found:
    position: Position
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    fields: Mapping[str, str | None] | None = None
    """As it came (quarantine) or typed (silver)."""
    broken: str | None = None
    """The text of a line that is no record."""
    key: tuple[str | None, ...] = ()


class RawRows:
    """The rows of one silver table, in one release."""

    def __init__(self, workspace: Workspace, lineage: Lineage, contract: Contract) -> None:
        self.workspace, self.lineage, self.contract = workspace, lineage, contract
        self.release, self.session = lineage.release, lineage.session
        self.columns = [column.name for column in contract.columns]
        self.files = {file.number: file for file in workspace.lake.archive(contract.name).files}
        self.decisions: Decisions = workspace.lake.decisions(contract.name)

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
        values = self._typed(columns, written)
        unreadable = [c for c, value in zip(columns, values, strict=True) if value is None]
        same = "FALSE" if unreadable else _equal(columns, values)
        found = [] if unreadable else [*self._accepted(same), *self._repeated(same)]
        found += self._quarantined_key(columns, written, values)
        if found:
            return self._described(sorted(found, key=lambda one: one.position))
        raise self._not_found(key, unreadable)

    def by_ids(self, ids: Sequence[tuple[str, ...]]) -> list[RawRow]:
        """The rows that stand at places: (first digits of a file's SHA-256, line).

        Raises UsageError for a place where no row begins.
        """
        places = [self._file_of(*one) for one in ids]
        found = self.at([(file.number, line) for file, line in places])
        if len(found) == len(places):
            return found
        there = {(row.sha256, row.line) for row in found}
        file, line = next(one for one in places if (one[0].sha256, one[1]) not in there)
        beyond = (
            "it is the header, blank, or within a record that begins above it; or the release is older than the file"
        )
        if file.lines and line > file.lines:
            beyond = f"{file.name} has {file.lines:,} lines"
        raise UsageError(f"no row of {file.name} begins on line {line:,}", beyond)

    def _file_of(self, sha256: str, line: str) -> tuple[RawFile, int]:
        files = [file for file in self.files.values() if file.sha256.startswith(sha256.lower())]
        if len(files) == 1 and line.isdigit():
            return files[0], int(line)
        known = ", ".join(f"{file.sha256[:8]} ({file.name})" for file in list(self.files.values())[-5:])
        what = "several raw files that begin with" if len(files) > 1 else "no raw file"
        raise UsageError(f"`{self.contract.name}` has {what} {sha256}, line {line}", f"its files: {known}")

    def at(self, positions: Sequence[Position]) -> list[RawRow]:
        """The rows that stand at these places, in this order; places where none begins are left out."""
        if not positions:
            return []
        place = _place(positions)
        found = self._accepted(place)
        if len(found) < len(positions):
            found += [*self._repeated(place), *self._quarantined(place)]
        order = {position: number for number, position in enumerate(positions)}
        return self._described(sorted(found, key=lambda one: order[one.position]))

    @property
    def _example(self) -> str:
        return next((file.sha256[:8] for file in self.files.values()), "3f2a9c1b")

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

    def _typed(self, columns: Sequence[Column], written: Sequence[str]) -> list[str | None]:
        """The key's values as a raw file's would be read, as text; None where they cannot be."""
        given = ", ".join(f"{text(value)} AS {name(c.name)}" for c, value in zip(columns, written, strict=True))
        query = typed(self.contract, columns, f"(SELECT {given})")
        return list(
            self.session.rows(f"SELECT {', '.join(f'{name(c.name)}::VARCHAR' for c in columns)} FROM ({query})")[0]
        )

    def _bound(self, layer: Layer) -> str | None:
        table = TableRef(layer, self.contract.name)
        if table not in self.release.versions:
            return None
        return self.lineage.bind(table)

    def _accepted(self, where: str) -> list[_Found]:
        table = self._bound(Layer.SILVER)
        rows = self.session.rows(
            f"SELECT _file, _line, {_texts(self.columns)} FROM {table} WHERE {where} ORDER BY 1, 2"
        )
        return [_Found((f, n), Verdict.ACCEPTED, fields=dict(zip(self.columns, v, strict=True))) for f, n, *v in rows]

    def _repeated(self, where: str) -> list[_Found]:
        table = self._bound(Layer.REPEATS)
        if table is None:
            return []
        query = f"SELECT _file, _line, _verdict, {_texts(self.contract.key)} FROM {table} WHERE {where} ORDER BY 1, 2"
        return [_Found((f, n), Verdict(verdict), key=tuple(key)) for f, n, verdict, *key in self.session.rows(query)]

    def _quarantined(self, where: str, rows: str | None = None) -> list[_Found]:
        table = rows or self._bound(Layer.QUARANTINE)
        found = self.session.rows(
            f"SELECT _file, _line, _reasons, _text, {names(self.columns)} FROM {table} WHERE {where} ORDER BY 1, 2"
        )
        return [
            _Found((f, n), Verdict.QUARANTINED, tuple(reasons), dict(zip(self.columns, fields, strict=True)), broken)
            for f, n, reasons, broken, *fields in found
        ]

    def _quarantined_key(
        self, columns: Sequence[Column], written: Sequence[str], values: Sequence[str | None]
    ) -> list[_Found]:
        """The rejected rows whose key reads like this one, or is this very text."""
        given = list(zip(columns, written, values, strict=True))
        likely = conjunction(_likely(column, text_, value) for column, text_, value in given)
        same = "FALSE" if None in values else _equal(columns, values)
        literal = conjunction(f"trim({name(f'r.{c.name}')}) = {text(text_.strip())}" for c, text_, _value in given)
        keys = [column.name for column in columns]
        rows = f"(SELECT {names(keys)}, _file, _line FROM {self._bound(Layer.QUARANTINE)} WHERE _text IS NULL AND {likely})"
        query = typed(self.contract, columns, rows, POSITION)
        places = self.session.rows(f"SELECT _file, _line FROM ({query}) WHERE ({same}) OR ({literal})")
        return self._quarantined(_place(places)) if places else []

    # Describe

    def _described(self, found: Sequence[_Found]) -> list[RawRow]:
        raw = self._read(found)
        counts = self._counting([one for one in found if one.key])
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
                    instead=counts.get(one.key),
                    fix=self.decisions.mended().get(one.position),
                    waiver=self.decisions.waived().get(one.position),
                )
            )
        return rows

    def _read(self, found: Iterable[_Found]) -> dict[Position, RawRow]:
        """The bytes of rows, from their bronze files."""
        by_file: dict[int, list[_Found]] = {}
        for one in found:
            by_file.setdefault(one.position[0], []).append(one)
        read = {}
        for number, ones in by_file.items():
            file = self.files[number]
            # A line that is no record takes the lines of its text; a record as many as its quotes say.
            spans = {o.position[1]: len(o.broken.splitlines()) or 1 if o.broken is not None else None for o in ones}
            records = self.workspace.lake.raw_records(file, self.contract.dialect, spans)
            for one in ones:
                line = one.position[1]
                it = records[line]
                read[one.position] = RawRow(
                    self.row_id(file, line), self.contract.name, file.name, file.sha256, file.arrived,
                    line, it.lines, it.start, it.end, it.text, one.verdict,
                )  # fmt: skip
        return read

    def row_id(self, file: RawFile, line: int) -> str:
        """A row's name for people."""
        return f"{self.contract.name}:{file.sha256[:8]}:{line}"

    def _counting(self, repeated: Sequence[_Found]) -> dict[tuple[str | None, ...], str]:
        """Key → the id of its row in silver."""
        kinds = [sql_type(self.contract.column(column)) for column in self.contract.key]
        keys = {one.key for one in repeated}
        found = {}
        for some in _batched(sorted(keys, key=repr), _BATCH):
            same = " OR ".join(f"({_matches(self.contract.key, kinds, key)})" for key in some)
            columns = f"_file, _line, {_texts(self.contract.key)}"
            for file, line, *key in self.session.rows(
                f"SELECT {columns} FROM {self._bound(Layer.SILVER)} WHERE {same}"
            ):
                found[tuple(key)] = self.row_id(self.files[file], line)
        return found

    def _history(self, positions: Sequence[Position]) -> dict[Position, tuple[Happening, ...]]:
        table = self._bound(Layer.JOURNAL)
        if table is None or not positions:
            return {}
        place = _place(positions)
        found: dict[Position, tuple[Happening, ...]] = {}
        rows = self.session.rows(
            f"SELECT _file, _line, _event, _reasons, _run, _as_of::VARCHAR FROM {table} WHERE {place} ORDER BY _run"
        )
        for file, line, event, reasons, run, as_of in rows:
            moment = read_as_of(as_of).isoformat()
            found[file, line] = (*found.get((file, line), ()), Happening(event, tuple(reasons or ()), run, moment))
        return found

    def _warnings(self, accepted: Sequence[_Found]) -> dict[Position, list[str]]:
        """Position → the rules with severity `warning` that a row breaks, and the parents that it does not have."""
        conditions = {
            rule.code: f"NOT coalesce(({condition(rule, self.contract.column(rule.column) if rule.column else None)}), TRUE)"
            for rule in self.contract.rules
            if rule.severity is Severity.WARNING and rule.kind.value not in ("required", "type", "unique")
        }
        if not accepted:
            return {}
        place = _place(one.position for one in accepted)
        rows = f"SELECT *, {instant(read_as_of(self.release.as_of))} AS as_of FROM {self._bound(Layer.SILVER)} WHERE {place}"
        found: dict[Position, list[str]] = {}
        if conditions:
            flags = ", ".join(conditions.values())
            for file, line, *broken in self.session.rows(f"SELECT _file, _line, {flags} FROM ({rows})"):
                found[file, line] = [code for code, flag in zip(conditions, broken, strict=True) if flag]
        for code, position in self._orphaned(accepted):
            found.setdefault(position, []).append(code)
        return found

    def _orphaned(self, found: Sequence[_Found]) -> Iterator[tuple[str, Position]]:
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


def _matches(columns: Sequence[str], kinds: Sequence[str], key: Sequence[str | None]) -> str:
    """The condition that a row has this key, whose values may be NULL where the whole row is the key."""
    parts = zip(columns, kinds, key, strict=True)
    return conjunction(
        f"{name(c)} IS NULL" if v is None else f"{name(c)} = CAST({text(v)} AS {k})" for c, k, v in parts
    )


def _batched(keys: Sequence[tuple[str | None, ...]], size: int) -> Iterator[Sequence[tuple[str | None, ...]]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _equal(columns: Sequence[Column], values: Sequence[str | None]) -> str:
    """The condition that columns have these values."""
    given = zip(columns, values, strict=True)
    return conjunction(f"{name(c.name)} = CAST({text(value or '')} AS {sql_type(c)})" for c, value in given)


def _likely(column: Column, written: str, value: str | None) -> str:
    """A cheap condition that every field meets that reads as this value or is this text."""
    raw, literal = name(column.name), text(written.strip())
    if value is None:
        return f"contains({raw}, {literal})"
    if column.type not in (LogicalType.INTEGER, LogicalType.STRING):
        return "TRUE"  # a number or a date can be written in many ways
    digits = value.lstrip("-") if column.type is LogicalType.INTEGER else value
    return f"contains({raw}, {text(digits)}) OR contains({raw}, {literal})"


def _place(positions: Iterable[Sequence[int]]) -> str:
    """The condition that a row stands at one of these places."""
    by_file: dict[int, list[int]] = {}
    for file, line in positions:
        by_file.setdefault(file, []).append(line)
    return " OR ".join(
        f"(_file = {file} AND _line BETWEEN {min(lines)} AND {max(lines)} AND _line IN ({', '.join(map(str, lines))}))"
        for file, lines in by_file.items()
    )


def _texts(columns: Iterable[str]) -> str:
    return ", ".join(f"{name(column)}::VARCHAR" for column in columns)
