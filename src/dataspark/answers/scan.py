"""A raw file → the contract that it seems to keep, with the evidence for each part of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dataspark.answers.measuring import Measured, Measuring, Repeats
from dataspark.contracts.contract import Column, Contract, Dialect, LogicalType
from dataspark.contracts.headers import column_name
from dataspark.engines.duckdb.session import Session
from dataspark.errors import DataError, UsageError
from dataspark.inference.dialects import decimal_mark, has_header, sniff
from dataspark.inference.guessing import SURE_NULL_WORDS, Guess, counted, guess, with_headroom
from dataspark.inference.records import Sample, first_records
from dataspark.inference.titles import column_names, table_name
from dataspark.lake.encodings import detect_encoding
from dataspark.lake.rawfiles import opened_text
from dataspark.project import EngineSettings

SAMPLE_ROWS = 10_000
"""Records that the types are read from."""
_SAMPLE_TEXT = 16 << 20
_SNIFFED = 128 << 10
_CANDIDATES = 6
_NEARLY = 0.95
_KEY_WORDS = frozenset(
    {"id", "key", "code", "num", "numero", "no", "nr", "uuid", "guid", "cle", "ref", "reference", "sku"}
    | {"identifiant", "identifier", "matricule", "siret", "siren"}
)
_FEW_VALUES = 12
_ENUM_ROWS = 30


@dataclass(frozen=True)
class ColumnFinding:
    """One column of the file, as the contract would have it."""

    column: Column
    title: str
    required: bool
    key: bool
    evidence: tuple[str, ...]
    suggestions: tuple[str, ...] = ()
    """What the contract could say too."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        column = self.column
        usual = Column("", LogicalType.BOOLEAN)
        words = {"trueValues": list(column.true_values), "falseValues": list(column.false_values)}
        return {
            "name": column.name,
            "title": self.title,
            "type": column.type.value,
            **({"decimal": list(column.decimal)} if column.decimal else {}),
            **({"formats": list(column.formats)} if column.formats else {}),
            **(words if column.true_values != usual.true_values else {}),
            "required": self.required,
            "primaryKey": self.key,
            "evidence": list(self.evidence),
            "suggestions": list(self.suggestions),
        }


@dataclass(frozen=True)
class Scan:
    """What was found in a file."""

    file: str
    table: str
    pattern: str
    """The glob of its files."""
    dialect: Dialect
    columns: tuple[ColumnFinding, ...]
    evidence: Mapping[str, str]
    """`encoding`, `delimiter`, `header`… → why."""
    notes: tuple[str, ...]
    """What a person should know before the contract is used."""
    sampled: int
    """Records that the types were read from."""
    whole: bool
    """Whether these were all of them."""
    measured: Measured
    repeats: Repeats

    @property
    def quarantined(self) -> int:
        """Rows of this file that would go to the quarantine under the proposed contract."""
        return len(self.measured.broken) + self.measured.bad + self.repeats.no_key

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        dialect = {**vars(self.dialect), "null_tokens": list(self.dialect.null_tokens)}
        return {
            "file": self.file,
            "table": self.table,
            "files": self.pattern,
            "dialect": dialect,
            "evidence": dict(self.evidence),
            "columns": [column.as_json() for column in self.columns],
            "notes": list(self.notes),
            "sampled": self.sampled,
            "whole": self.whole,
            "rows": self.measured.read,
            "would_quarantine": self.quarantined,
            "would_collapse": self.repeats.duplicates,
            "would_supersede": self.repeats.superseded,
        }


@dataclass
class _Draft:
    """What the sample says."""

    dialect: Dialect
    evidence: dict[str, str]
    sample: Sample
    titles: tuple[str, ...]
    names: tuple[str | None, ...]
    values: dict[str, Counter[str]] = field(default_factory=dict)
    guesses: dict[str, Guess] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def scan(path: Path, table: str = "", parents: Sequence[Contract] = (), folder: str = "") -> Scan:
    """Look at a file; `parents` are the contracts whose keys it may refer to, `folder` is where it is below `sources`.

    Raises UsageError when there is no such file, DataError when there is nothing to propose from, StorageError.
    """
    if not path.is_file():
        kind = "is a folder" if path.is_dir() else "is not there"
        raise UsageError(f"{path} {kind}", "name a raw file: dataspark scan data/sources/ventes.csv")
    draft = _draft(path)
    name, pattern = table_name(path.name)
    name = table or name
    place = f"{folder}/" if folder else ""
    columns = tuple(replace(found.column, aliases=_aliases(draft, one)) for one, found in draft.guesses.items())
    contract = Contract(name, columns, dialect=draft.dialect)
    header = draft.titles if draft.dialect.header else tuple(draft.names[n] or "" for n in range(len(draft.names)))
    session = Session(EngineSettings())
    try:
        measuring = Measuring(session, path, contract, header)
        measured = measuring.measure(_candidates(draft))
        key = _key(draft, measured)
        repeats = measuring.repeats([key] if key else [])
    finally:
        session.close()
    findings = tuple(_finding(draft, one, key, measured, repeats, parents, name) for one in draft.guesses)
    notes = (*draft.notes, *_row_notes(measured, repeats, key))
    return Scan(
        f"{place}{path.name}", name, f"{place}{pattern}", draft.dialect, findings, draft.evidence, notes,
        max(0, len(draft.sample.records) - draft.dialect.header), draft.sample.whole, measured, repeats,
    )  # fmt: skip


# What the sample says


def _draft(path: Path) -> _Draft:
    encoding = detect_encoding(path)
    with opened_text(path, encoding.name) as source:
        beginning = source.read(_SNIFFED)
    _check_text(path, beginning)
    sniffed = sniff(beginning if len(beginning) < _SNIFFED else beginning[: beginning.rfind("\n") + 1] or beginning)
    dialect = replace(sniffed.dialect, encoding=encoding.name)
    with opened_text(path, encoding.name) as source:
        sample = first_records(source, dialect, SAMPLE_ROWS + 1, _SAMPLE_TEXT)
    if not sample.records:
        raise DataError(f"the first record of {path.name} has no end", "is a quote not closed, or is it no CSV file?")
    header, why = has_header(sample.records[:1000])
    evidence = {"encoding": encoding.evidence, **sniffed.evidence, "header": why}
    titles = tuple(title.strip() for title in sample.records[0])
    names = column_names(titles) if header else None
    shown = names.names if names else tuple(f"column_{n}" for n in range(1, len(titles) + 1))
    draft = _Draft(replace(dialect, header=header), evidence, sample, titles, shown)
    if names and names.twice:
        listed = ", ".join(f"`{title}`" for title in names.twice)
        draft.notes.append(f"{listed}: a title that comes twice cannot be told apart, so its columns are kept out")
    if names and names.empty:
        draft.notes.append(f"kept out: {names.empty} without a title")
    if not any(shown):
        raise DataError(f"no column of {path.name} has a title of its own", "have it sent with a header")
    _guess(draft)
    return draft


def _check_text(path: Path, beginning: str) -> None:
    start = beginning.strip()
    if not start:
        raise DataError(f"{path.name} is empty: there is nothing to propose from", "have it sent again")
    for marks, kind in (("{[", "JSON"), ("<", "XML or HTML")):
        if start[0] in marks and re.match(r"[\[{]\s*[\[{\"\]}]|<[?!a-zA-Z]", start):
            raise DataError(f"{path.name} is no CSV file: it looks like {kind}", "have it sent as CSV")


def _guess(draft: _Draft) -> None:
    rows = draft.sample.records[draft.dialect.header :]
    width = len(draft.names)
    even = [row for row in rows if len(row) >= width]
    columns = {name: counted(row[n] for row in even) for n, name in enumerate(draft.names) if name}
    mark, why = decimal_mark(list(columns.values()))
    if why:
        draft.evidence["decimal"] = why
    guesses = {name: guess(name, values, mark) for name, values in columns.items()}
    tokens: Counter[str] = Counter()
    for name, found in guesses.items():
        for token in found.null_words:
            tokens[token] += columns[name][token]
    draft.dialect = replace(draft.dialect, decimal=mark, null_tokens=("", *sorted(tokens)))
    if tokens:
        draft.evidence["nullTokens"] = ", ".join(f"{count:,} `{token}`" for token, count in sorted(tokens.items()))
    _note_tokens(draft, tokens, guesses, columns)
    draft.values = {
        name: Counter({text: count for text, count in values.items() if text not in tokens})
        for name, values in columns.items()
    }
    draft.guesses = guesses


def _note_tokens(
    draft: _Draft, tokens: Mapping[str, int], guesses: Mapping[str, Guess], columns: Mapping[str, Counter[str]]
) -> None:
    """A null token holds for the whole table: say so where a text column has it as well."""
    for name, found in guesses.items():
        also = [t for t in tokens if t in columns[name] and found.column.type is LogicalType.STRING]
        for token in also:
            if token not in SURE_NULL_WORDS:
                draft.notes.append(f"`{token}` is read as empty in `{name}` too ({columns[name][token]:,} values)")


# What the whole file says


def _aliases(draft: _Draft, name: str) -> tuple[str, ...]:
    title = draft.titles[draft.names.index(name)] if draft.dialect.header else name
    return (title,) if column_name(title) != column_name(name) else ()


def _candidates(draft: _Draft) -> list[str]:
    """Columns that may be a key: whole numbers and texts that hardly ever come twice in the sample."""
    found = []
    for name, one in draft.guesses.items():
        values = draft.values[name]
        kind = one.column.type in (LogicalType.INTEGER, LogicalType.STRING)
        if kind and values and len(values) >= 0.9 * sum(values.values()):
            found.append(name)
    return sorted(found, key=lambda name: not _like_a_key(name))[:_CANDIDATES]


def _like_a_key(name: str) -> bool:
    words = set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()))
    return bool(words & _KEY_WORDS)


def _key(draft: _Draft, measured: Measured) -> str:
    """The column that is the key, or nearly; none where no name or place speaks for it."""
    first = next(iter(draft.guesses), "")
    for name, distinct in measured.distinct.items():
        strict = distinct == measured.records > 1
        nearly = measured.records > 1 and distinct >= _NEARLY * measured.records
        counted_up = name == first and draft.guesses[name].column.type is LogicalType.INTEGER
        if (strict and (_like_a_key(name) or counted_up)) or (nearly and _like_a_key(name)):
            return name
    return ""


def _finding(
    draft: _Draft, name: str, key: str, measured: Measured, repeats: Repeats, parents: Sequence[Contract], table: str
) -> ColumnFinding:
    found, column = draft.guesses[name], draft.guesses[name].column
    if column.type is LogicalType.NUMBER:
        column = replace(column, decimal=with_headroom(measured.digits.get(name)))
    title = (*column.aliases, *_aliases(draft, name), name)[0]
    empty, misfits = measured.empty[name], measured.misfits.get(name, 0)
    values = measured.records - empty
    evidence = [*_fit(column, values, misfits, measured.examples.get(name, [])), *_sayings(found, column, measured)]
    if name == key:
        evidence.append(_key_words(measured, repeats, measured.distinct[name]))
    elif empty:
        evidence.append(f"{empty:,} of {measured.records:,} {'is' if empty == 1 else 'are'} empty")
    required = not empty and values > 0
    suggestions = tuple(_suggestions(draft, name, key, measured, parents, table))
    return ColumnFinding(column, title, required, name == key, tuple(evidence), suggestions)


def _fit(column: Column, values: int, misfits: int, examples: Sequence[str]) -> list[str]:
    if column.type is LogicalType.STRING or not values:
        return []
    what = f"{column.type}" if not column.formats else " or ".join(column.formats)
    what = "ISO 8601" if column.type in (LogicalType.DATE, LogicalType.TIMESTAMP) and not column.formats else what
    if not misfits:
        return [f"all {values:,} values are {what}" if values > 1 else f"the one value is {what}"]
    shown = ", ".join(f'"{text[:40]}"' for text in examples)
    more = ", …" if misfits > len(examples) else ""
    verb = "is" if misfits == 1 else "are"
    return [f"{values - misfits:,} of {values:,} values are {what}, {misfits:,} {verb} not: {shown}{more}"]


def _sayings(found: Guess, column: Column, measured: Measured) -> list[str]:
    digits = measured.digits.get(column.name)
    if column.type is not LogicalType.NUMBER:
        return list(found.evidence)
    if digits is None:
        return ["many have an exponent: double precision"]
    told = f"at most {digits[0]} digits before the decimal mark and {digits[1]} behind it"
    return [told if column.decimal else f"{told}: double precision"]


def _key_words(measured: Measured, repeats: Repeats, distinct: int) -> str:
    if distinct == measured.records:
        return f"the key: {distinct:,} different values in {measured.records:,} records, none is empty"
    parts = [f"{repeats.duplicates:,} identical rows would be one" if repeats.duplicates else ""]
    parts.append(f"in {repeats.superseded:,} the newest row would win" if repeats.superseded else "")
    parts.append(f"{repeats.no_key:,} without a key would go to the quarantine" if repeats.no_key else "")
    said = ", ".join(part for part in parts if part)
    return f"the key, nearly: {distinct:,} different values in {measured.records:,} records" + (
        f"; {said}" if said else ""
    )


def _suggestions(
    draft: _Draft, name: str, key: str, measured: Measured, parents: Sequence[Contract], table: str
) -> list[str]:
    column, values = draft.guesses[name].column, draft.values[name]
    found = []
    if name != key and measured.distinct.get(name) == measured.records > 1:
        found.append("unique: true  (no value comes twice)")
    few = 1 < len(values) <= _FEW_VALUES and sum(values.values()) >= max(_ENUM_ROWS, 3 * len(values))
    if column.type is LogicalType.STRING and few:
        listed = ", ".join(f"{text[:30]}" for text, _count in values.most_common())
        found.append(f"enum: [{listed}]  (only {len(values)} different values in the sample)")
    for parent in parents:
        if parent.name != table and len(parent.primary_key) == 1:
            theirs = parent.column(parent.primary_key[0])
            if column_name(theirs.name) == column_name(name) and theirs.type is column.type:
                found.append(f"relationships: [{{to: {parent.name}.{theirs.name}}}]  (it has the name of that key)")
    return found


def _row_notes(measured: Measured, repeats: Repeats, key: str) -> list[str]:
    notes = []
    if measured.broken:
        reasons = Counter(line.reason for line in measured.broken)
        listed = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
        notes.append(
            f"{len(measured.broken):,} {'line is' if len(measured.broken) == 1 else 'lines are'} no record ({listed}), "
            f"the first is line {measured.broken[0].line}"
        )
    if not key and repeats.duplicates:
        notes.append(f"no key was found; {repeats.duplicates:,} rows are repeated and would be one: `duplicates: keep`")
    elif not key:
        notes.append("no key was found: identical rows would be one")
    return notes
