"""New files against their table's earlier files and its contract: what changed, and whether it could lose data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from dataspark.contracts.contract import Column, Contract, LogicalType, RuleKind, Severity
from dataspark.contracts.editing import AddColumn, AddTo, Change, Say
from dataspark.contracts.headers import HeaderMatch, check_required, column_name, match_header, positions, titles_of
from dataspark.errors import HeaderError
from dataspark.inference.guessing import Guess, counted, guess
from dataspark.inference.likeness import Moved, find_renamed
from dataspark.inference.titles import column_names
from dataspark.inference.values import PADDING, Fits, fits
from dataspark.pipeline.heads import Head
from dataspark.pipeline.ports import Archive, Lake, RawFile, SourceFile
from dataspark.pipeline.retyping import Retyped, retyped
from dataspark.tables import Layer, TableRef

_FIRST_LOOK = 64
"""Values, spread over the sample, that decide whether a column is looked at any closer."""
_FEWEST = 3
"""Different values that must not fit before a column is said to have another type, where none fits…"""
_SAME = 10
"""…and values in all where some fit, or where they are all alike: a few dirty rows are for the quarantine."""
_ANYTHING = 20
"""Wrong values, nine in ten of all, before a column is said to hold texts: a few dirty rows are for the quarantine."""


class DriftKind(StrEnum):
    """What changed."""

    REORDERED = "reordered"
    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    RETYPED = "retyped"


@dataclass(frozen=True)
class Drift:
    """One difference of one file."""

    kind: DriftKind
    table: str
    file: str
    columns: tuple[str, ...]
    """Columns of the contract, or the titles that it does not name."""
    stops: bool
    """Whether a run stops for it, because it could lose data."""
    message: str
    """What is different and how it is read, or would be."""
    accept: tuple[Change, ...] = ()
    """What the contract would have to say."""
    instead: str = ""
    """What to do where no change of the contract can accept it."""

    def as_json(self) -> dict[str, object]:
        """The same as plain values."""
        shown = {"kind": self.kind.value, "table": self.table, "file": self.file, "columns": list(self.columns)}
        return {**shown, "stops": self.stops, "message": self.message, "instead": self.instead}


@dataclass
class Looked:
    """What new files look like."""

    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """File → its header as it is archived."""
    drifts: list[Drift] = field(default_factory=list)
    errors: list[HeaderError] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    """Files without a header."""


def look(lake: Lake, contract: Contract, fresh: Sequence[SourceFile], archive: Archive) -> Looked:
    """Compare the new files of a table with each other and with its earlier ones, in their order of arrival."""
    found = Looked()
    earlier: _Earlier = {}
    for archived in archive.files:
        _remember(earlier, archived.name, archived.header)
    with lake.looking_at(fresh):
        for file in fresh:
            _look_at(lake, contract, file, archive, earlier, found)
    return found


_Earlier = dict[tuple[str, ...], str]
"""Header → the latest file that has it, in the order in which these files came: thousands of files have few headers."""


def _remember(earlier: _Earlier, name: str, header: tuple[str, ...]) -> None:
    if header:
        earlier.pop(header, None)
        earlier[header] = name


def _look_at(
    lake: Lake,
    contract: Contract,
    file: SourceFile,
    archive: Archive,
    earlier: _Earlier,
    found: Looked,
) -> None:
    try:
        header = lake.source_header(file.name, contract.dialect)
        one = _File(lake, contract, file.name, header, [(name, its) for its, name in earlier.items()])
        if not header:
            found.empty.append(file.name)
        found.headers[file.name] = one.named()
        drifts = one.drifts()
    except HeaderError as error:
        found.errors.append(error)
        return
    if any(drift.stops for drift in drifts) and _is_known(lake, file, archive):
        return  # an old file that was copied anew: nothing of it will be read again
    found.drifts += drifts
    _remember(earlier, file.name, found.headers[file.name] if header else ())


def kept_out(
    lake: Lake, contract: Contract, archive: Archive, rows: Callable[[RawFile], Sequence[tuple[str, ...]]]
) -> list[Drift]:
    """Columns of archived files that the contract does not name, as they are in the newest file that has them."""
    found: dict[str, Drift] = {}
    if not contract.dialect.header:
        return []
    known = {title for column in contract.columns for title in titles_of(column)}
    for file in reversed(archive.files):
        one = _File(lake, contract, file.name, file.header, [])
        new = [title for title in file.header if column_name(title) not in known]
        if new:
            one.sampled(rows(file))
        for title in new:
            known.add(column_name(title))
            message = f"column `{title}` was kept out"
            accept = tuple(one.addition(title))
            found[title] = Drift(DriftKind.ADDED, contract.name, file.name, (title,), False, message, accept)
    return list(found.values())


def _is_known(lake: Lake, file: SourceFile, archive: Archive) -> bool:
    sizes = {known.size for known in archive.files}
    if file.stamp[0] not in sizes:
        return False
    digest = lake.source_sha256(file.name)
    return any(digest in (known.sha256, known.origin) for known in archive.files)


class _File:
    """One new file."""

    def __init__(
        self,
        lake: Lake,
        contract: Contract,
        name: str,
        header: tuple[str, ...],
        earlier: list[tuple[str, tuple[str, ...]]],
    ) -> None:
        self.lake, self.contract, self.name, self.header, self.earlier = lake, contract, name, header, earlier

    def named(self) -> tuple[str, ...]:
        """The header that is archived. Raises HeaderError."""
        names = tuple(column.name for column in self.contract.columns)
        if self.contract.dialect.header or not self.header:
            return self.header
        if len(self.header) != len(names):
            raise HeaderError(
                f"{self.name} has {len(self.header)} fields in its first line; "
                f"`{self.contract.path}` has {len(names)} columns",
                "say `header: true` in the contract's dialect if the first line names the columns",
            )
        return names

    def drifts(self) -> list[Drift]:
        """Every difference. Raises HeaderError where the header does not fit at all."""
        if not self.header:
            return []
        if not self.contract.dialect.header:
            return self._retyped({column.name: n for n, column in enumerate(self.contract.columns)})
        match = match_header(self.contract, self.name, self.header)
        renamed, found = self._renamed(match)
        gone = [name for name in match.missing if name not in renamed]
        check_required(self.contract, self.name, self.header, gone)
        titles = [title for title in match.unknown if title not in renamed.values()]
        found += [*self._removed(gone), *self._added(titles), *self._reordered(match)]
        places = {name: self.header.index(title) for name, title in renamed.items()}
        return [*found, *self._retyped({**positions(self.contract, self.header), **places})]

    def _drift(self, kind: DriftKind, columns: Sequence[str], stops: bool, message: str, *accept: Change) -> Drift:
        return Drift(kind, self.contract.name, self.name, tuple(columns), stops, message, accept)

    # Titles

    def _renamed(self, match: HeaderMatch) -> tuple[dict[str, str], list[Drift]]:
        """Missing column → the title that it seems to have now."""
        quote = self.contract.dialect.quote or "\0"  # a title with one in it is half of a broken header
        once = [title for title in match.unknown if title and match.unknown.count(title) == 1]
        unknown = [title for title in once if quote not in title]
        missing = [(c, self._known_as(c)) for c in map(self.contract.column, match.missing) if not c.may_be_absent]
        if not unknown or not missing or (self.earlier and self._same_titles(self.earlier[-1][1])):
            return {}, []
        moved = Moved(self.header, self.earlier[-1][1] if self.earlier else [c.name for c in self.contract.columns])
        missing = [pair for pair in missing if column_name(pair[1]) in map(column_name, moved.reference)]
        found = find_renamed(missing, unknown, moved, self._values, self.contract.dialect)
        drifts = [
            self._drift(
                DriftKind.RENAMED,
                (one.column,),
                True,
                f"no column `{one.column}`, but `{one.title}` looks like it: {one.evidence}",
                AddTo(self.contract.name, one.column, "aliases", (one.title,)),
            )
            for one in found
        ]
        return {one.column: one.title for one in found}, drifts

    def _known_as(self, column: Column) -> str:
        """The title by which the latest earlier file called a column; its name where none did."""
        known = titles_of(column)
        for _name, header in reversed(self.earlier):
            if title := next((title for title in header if column_name(title) in known), None):
                return title
        return column.name

    def _same_titles(self, header: Sequence[str]) -> bool:
        return set(map(column_name, header)) == set(map(column_name, self.header))

    def _removed(self, gone: Sequence[str]) -> list[Drift]:
        had = {name: file for file, header in self.earlier for name in positions(self.contract, header)}
        lost = [name for name in gone if name in had and not self.contract.column(name).may_be_absent]
        key = self.contract.primary_key
        why = "newer rows would overwrite known values by nothing" if key else "its rows would have no value there"
        drifts = [
            self._drift(
                DriftKind.REMOVED,
                (name,),
                True,
                f"no column `{name}`, which {had[name]} had: {why}",
                Say(self.contract.name, name, "absent", "allowed"),
            )
            for name in lost
        ]
        latest = self.earlier[-1][1] if self.earlier else None
        new = [
            name for name in gone if name not in lost and (latest is None or name in positions(self.contract, latest))
        ]
        if new:
            message = f"{_listed(new)} not in the file, taken as empty"
            drifts.append(self._drift(DriftKind.REMOVED, new, False, message))
        return drifts

    def _added(self, titles: Sequence[str]) -> list[Drift]:
        latest = set(map(column_name, self.earlier[-1][1])) if self.earlier else set()
        new = [title for title in titles if column_name(title) not in latest]
        if not new:
            return []
        accept = tuple(change for title in dict.fromkeys(new) for change in self.addition(title))
        message = f"{_listed(new)} not in the contract, kept out; the bytes stay in bronze"
        return [self._drift(DriftKind.ADDED, new, False, message, *accept)]

    def addition(self, title: str) -> list[AddColumn]:
        """The property for a title that the contract does not name; none for one that cannot be named."""
        taken = [column.name for column in self.contract.columns]
        name = column_names([*taken, *(one for one in self.header if one not in taken)]).names
        found = dict(zip([*taken, *(one for one in self.header if one not in taken)], name, strict=True)).get(title)
        if found is None:
            return []
        return [
            property_of(self.contract.name, guess(found, self._values(title), self.contract.dialect.decimal), title)
        ]

    def _reordered(self, match: HeaderMatch) -> list[Drift]:
        if match.missing and not self.earlier:
            return []
        before, reference = self.earlier[-1] if self.earlier else (self.contract.path, self._contract_titles())
        now, then = (list(positions(self.contract, titles)) for titles in (self.header, reference))
        common = set(now) & set(then)
        if [name for name in now if name in common] == [name for name in then if name in common]:
            return []
        moved = [name for name in now if name in common]
        message = f"columns in another order than in {before}, found by name"
        return [self._drift(DriftKind.REORDERED, moved, False, message)]

    def _contract_titles(self) -> list[str]:
        return [column.name for column in self.contract.columns]

    # Values

    def sampled(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Take these records, the header included, in place of those of a waiting file."""
        self._rows = [row for row in rows[1:] if len(row) >= len(self.header)]

    @cached_property
    def _rows(self) -> list[tuple[str, ...]]:
        records = self.lake.source_sample(self.name, self.contract.dialect)
        rows = records[1:] if self.contract.dialect.header else records
        return [row for row in rows if len(row) >= len(self.header)]

    def _values(self, title: str) -> Counter[str]:
        return self._column(self.header.index(title))

    def _column(self, index: int) -> Counter[str]:
        values = counted(row[index] for row in self._rows)
        for token in self.contract.dialect.null_tokens:
            values.pop(token, None)
        return values

    def _retyped(self, places: Mapping[str, int]) -> list[Drift]:
        found = []
        for column, fit in _typed(self.contract):
            if column.name in places and self._misfits(places[column.name], fit):
                values = self._column(places[column.name])
                wrong = [count for text, count in values.items() if not fit(text)]
                if _many(wrong, values.total()) and self._read_before(column):
                    looks = retyped(self.contract, column, values, bool(self.earlier))
                    if not looks.anything or (sum(wrong) >= _ANYTHING and 10 * sum(wrong) > 9 * values.total()):
                        found.append(self._told(column, values, sum(wrong), fit, looks))
        return found

    def _misfits(self, index: int, fit: Fits) -> bool:
        """Whether a few values, spread over the sample, give reason to look at all of them."""
        rows = self._rows
        some = (row[index].strip(PADDING) for row in rows[:: max(1, len(rows) // _FIRST_LOOK)])
        values = [text for text in some if text not in self.contract.dialect.null_tokens]
        return 4 * sum(not fit(text) for text in values) > len(values)

    def _read_before(self, column: Column) -> bool:
        """Whether most values of earlier files were of the column's type; also where there are no earlier files."""
        head = Head.from_json(self.lake.state(TableRef(Layer.SILVER, self.contract.name)))
        read = sum(one.read for one in head.files.values())
        return 2 * sum(one.reasons[f"{column.name}.type"] for one in head.files.values()) <= read

    def _told(self, column: Column, values: Counter[str], wrong: int, fit: Fits, found: Retyped) -> Drift:
        misfits = {text: count for text, count in values.items() if not fit(text)}
        examples = ", ".join(f'"{text[:40]}"' for text in list(misfits)[:2])
        share = f"{wrong:,} of {sum(values.values()):,}"
        message = f"{share} values of `{column.name}` looked at are no {_noun(column)} ({examples}): {found.looks}"
        return Drift(
            DriftKind.RETYPED, self.contract.name, self.name, (column.name,), True, message, found.accept, found.instead
        )


def _many(wrong: Sequence[int], total: int) -> bool:
    """Whether so many values do not fit that the column seems to have another type; `wrong` counts each of them."""
    several = len(wrong) >= _FEWEST or sum(wrong) >= _SAME
    return several and (sum(wrong) == total or (sum(wrong) >= _SAME and 2 * sum(wrong) > total))


def property_of(table: str, found: Guess, title: str) -> AddColumn:
    """The optional property for a column that looks like this."""
    column = found.column
    keys = [("logicalType", column.type.value)]
    if column.decimal:
        keys.append(("physicalType", "decimal({},{})".format(*column.decimal)))
    settings = {
        "aliases": (title,) if column_name(title) != column_name(column.name) else (),
        "formats": column.formats,
    }
    usual = Column("", LogicalType.BOOLEAN)
    if column.true_values != usual.true_values:
        settings |= {"trueValues": column.true_values, "falseValues": column.false_values}
    return AddColumn(table, column.name, tuple(keys), tuple((name, words) for name, words in settings.items() if words))


def _typed(contract: Contract) -> list[tuple[Column, Fits]]:
    """The columns whose type can be broken, and what fits them."""
    return [
        (column, fits(column, contract.dialect))
        for column in contract.columns
        if any(rule.kind is RuleKind.TYPE and rule.severity is not Severity.WARNING for rule in column.rules)
    ]


def _noun(column: Column) -> str:
    if column.formats:
        return f"{column.type} as {' or '.join(column.formats[:3])}"
    return column.type.value


def _listed(columns: Sequence[str]) -> str:
    verb = "column" if len(columns) == 1 else "columns"
    return f"{verb} {', '.join(f'`{column}`' for column in columns)}"
