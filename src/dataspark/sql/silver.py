"""A contract as the statements that refine its table: type and judge rows, give reasons, find duplicates.

The relations that the statements speak of, in the order in which a run makes them (`T` is the table's name):

| relation | a row is | columns |
|---|---|---|
| raw rows | a record of a raw file, or of the quarantine | the contract's columns as text |
| staged rows | a record, typed and judged | typed columns, `_ok`, `_raw` (NULL for good rows), `_w0`… (warnings), position |
| `T__bad` | a record that broke an error rule | `_file`, `_line`, `_reasons`, `_raw` |
| `T__refused` | a good record that its neighbours refuse (unique, held for its parent) | `_file`, `_line`, `_reasons` |
| `T__chain` | a record whose key comes more than once | key, `_file`, `_line`, `_old`, `_verdict` |

Every row rule is judged in the one pass over the raw files; only rows that fail are kept as text and looked at
again, to list all of their reasons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from dataspark.contracts.contract import (
    Column,
    Contract,
    LogicalType,
    OnViolation,
    Relationship,
    Rule,
    RuleKind,
    Severity,
)
from dataspark.sql.casts import Casts
from dataspark.sql.rules import condition
from dataspark.sql.text import conjunction, instant, name, names, text

POSITION = ("_file", "_line")
"""Where a row comes from: the number of its file in order of arrival, and the physical line it starts on."""

STRUCTURAL = ("csv.columns", "csv.quote", "csv.encoding", "csv.nul")
"""Reasons of lines that are no record at all."""


@dataclass(frozen=True)
class Judgement:
    """How the rows of one contract are judged on one day."""

    contract: Contract
    as_of: datetime
    columns_of: dict[str, frozenset[str]]
    """Code of a row rule → the columns that its condition names."""
    by_row: bool = False
    """Whether the engine works row by row."""

    @cached_property
    def casts(self) -> Casts:
        """How texts become values."""
        return Casts(self.contract, self.by_row)

    @property
    def keeps_raw(self) -> bool:
        """Whether a good row may still be refused later, so that its text is needed too."""
        contract = self.contract
        return any(rule.kind is RuleKind.UNIQUE for rule in contract.rules) or any(
            link.on_violation is OnViolation.HOLD for link in contract.relationships
        )

    @property
    def warnings(self) -> tuple[Rule, ...]:
        """The rules that are only counted, in the order of the columns `_w0`, `_w1`…."""
        return tuple(rule for rule in self.contract.rules if rule.severity is Severity.WARNING and _in_row(rule))

    def stage(self, raw: str, passed_through: Collection[str] = ()) -> str:
        """The query that types and judges the raw rows of relation `raw`."""
        kept = [name(column.name) for column in self.contract.columns]
        ok = conjunction(self._kept())
        warned = [f"{self._broken(rule)} AS {name(f'_w{number}')}" for number, rule in enumerate(self.warnings)]
        texts = f"[{', '.join(_raw(column) for column in self.contract.columns)}]"
        raw_text = texts if self.keeps_raw else f"CASE WHEN NOT _ok THEN {texts} END"
        # A CASE looks at the next condition only for rows that kept those before it; AND would look for every row.
        judged = f"SELECT *, CASE WHEN {ok} THEN TRUE ELSE FALSE END AS _ok FROM ({self._typed(raw, passed_through)})"
        outputs = [*kept, "_ok", f"{raw_text} AS _raw", *warned, *map(name, passed_through)]
        return f"SELECT {', '.join(outputs)} FROM ({judged})"

    def reasons(self, staged: str) -> str:
        """The query for every row of `staged` that is not ok, with all of its reasons and its text."""
        found = ", ".join(
            f"CASE WHEN {self._broken(rule)} THEN {text(rule.code)} END"
            for rule in self._judged()
            if rule.severity is not Severity.WARNING
        )
        listed = f"list_filter([{found}], lambda reason: reason IS NOT NULL)" if found else "CAST([] AS VARCHAR[])"
        return f"SELECT _file, _line, {listed} AS _reasons, _raw FROM ({self._rejected(staged)})"

    def _rejected(self, staged: str) -> str:
        """The rows of `staged` that are not ok, with their values beside their text."""
        columns = self.contract.columns
        place, values = ("_raw", *POSITION), names(column.name for column in columns)
        if (
            self.by_row
        ):  # what is asked of a text needs no step between text and value: the values that it has are enough
            texts = ", ".join(f"_raw[{number}] AS {_raw(column)}" for number, column in enumerate(columns, 1))
            return self._dated(f"SELECT {texts}, {values}, {names(place)} FROM {staged} WHERE NOT _ok")
        texts = ", ".join(f"_raw[{number}] AS {name(column.name)}" for number, column in enumerate(columns, 1))
        return self._typed(f"(SELECT {texts}, {names(place)} FROM {staged} WHERE NOT _ok)", place)

    def _typed(self, raw: str, passed_through: Collection[str]) -> str:
        """The rows of `raw` with their values beside their text, and the run's date as `as_of`."""
        return self._dated(typed(self.casts, self.contract.columns, raw, passed_through))

    def _dated(self, query: str) -> str:
        """The rows of a query, and the run's date as `as_of`."""
        return f"SELECT *, {instant(self.as_of)} AS as_of FROM ({query})"

    def _judged(self) -> Iterable[Rule]:
        return (rule for rule in self.contract.rules if _in_row(rule))

    def _kept(self) -> Iterator[str]:
        """The conditions that a row keeps all error rules, as cheap as they can be for rows that do."""
        rules = [rule for rule in self._judged() if rule.severity is not Severity.WARNING]
        kinds = {(rule.column, rule.kind) for rule in rules}
        for column in self.contract.columns:
            required, typed = ((column.name, kind) in kinds for kind in (RuleKind.REQUIRED, RuleKind.TYPE))
            if required and (typed or column.type is LogicalType.STRING):
                yield f"{name(column.name)} IS NOT NULL"
            elif required:
                yield f"NOT ({self.casts.empty(column)})"
            elif typed:
                yield f"{name(column.name)} IS NOT NULL OR {self.casts.empty(column)}"
        for rule in rules:
            if rule.kind not in (RuleKind.REQUIRED, RuleKind.TYPE):
                yield f"coalesce({condition(rule, self._column(rule))}, TRUE)"

    def _broken(self, rule: Rule) -> str:
        column = self._column(rule)
        if rule.kind is RuleKind.REQUIRED and column:
            return self.casts.empty(column)
        if rule.kind is RuleKind.TYPE and column:
            return self._not_cast(column)
        broken = f"NOT coalesce({condition(rule, column)}, TRUE)"
        if rule.kind is not RuleKind.CUSTOM:
            return broken
        # A condition on a value that could not be cast says nothing: its column's own reason does.
        needed = self.columns_of.get(rule.code, frozenset())
        uncast = [f"NOT ({self._not_cast(c)})" for c in self.contract.columns if c.name in needed]
        return conjunction([broken, *uncast])

    def _not_cast(self, column: Column) -> str:
        return f"{name(column.name)} IS NULL AND NOT ({self.casts.empty(column)})"

    def _column(self, rule: Rule) -> Column | None:
        return self.contract.column(rule.column) if rule.column else None


def typed(casts: Casts, columns: Sequence[Column], raw: str, passed_through: Collection[str] = ()) -> str:
    """The rows of `raw` with the values of some columns, under their names, beside their text, called `r.NAME`."""
    steps = [(column.name, casts.steps(column)) for column in columns]
    rest = "".join(f", {name(column)}" for column in passed_through)
    query = f"SELECT {', '.join(f'{name(c.name)} AS {_raw(c)}' for c in columns)}{rest} FROM {raw}"
    for prefix in ("c.", "p.", "t.", ""):
        named = [(made[prefix + column], prefix + column) for column, made in steps if prefix + column in made]
        if named:
            query = f"SELECT *, {', '.join(f'{made} AS {name(called)}' for made, called in named)} FROM ({query})"
    return query


def _in_row(rule: Rule) -> bool:
    return rule.kind is not RuleKind.UNIQUE


def _raw(column: Column) -> str:
    return name(f"r.{column.name}")


def unique_violations(contract: Contract, rows: str) -> str | None:
    """Rows whose unique value belongs to another key: the first row in order of arrival owns it.

    None when the contract has no unique column.
    """
    key = names(contract.key)
    queries = [
        f"SELECT _file, _line, {text(rule.code)} AS code FROM (SELECT _file, _line, {_struct(contract.key)} AS this, "
        f"first_value({_struct(contract.key)}) OVER (PARTITION BY {name(rule.column)} ORDER BY _file, _line) AS owner "
        f"FROM (SELECT {key}, {name(rule.column)}, _file, _line FROM {rows}) "
        f"WHERE {name(rule.column)} IS NOT NULL) WHERE this IS DISTINCT FROM owner"
        for rule in contract.rules
        if rule.kind is RuleKind.UNIQUE and rule.column
    ]
    if not queries:
        return None
    return f"SELECT _file, _line, list(code ORDER BY code) AS _reasons FROM ({' UNION ALL '.join(queries)}) GROUP BY _file, _line"


def only_held(contract: Contract, reasons: str = "_reasons") -> str:
    """The condition that a quarantined row breaks nothing: it waits for a parent."""
    codes = [text(link.code) for link in contract.relationships if link.on_violation is OnViolation.HOLD]
    return f"len({reasons}) > 0 AND list_has_all([{', '.join(codes)}], {reasons})" if codes else "FALSE"


def orphans(link: Relationship, rows: str, parent: str) -> str:
    """Rows of `rows` whose foreign key names no row of relation `parent`. A NULL in the key names nothing."""
    given = conjunction(f"child.{name(column)} IS NOT NULL" for column in link.columns)
    pairs = zip(link.columns, link.parent_columns, strict=True)
    same = conjunction(f"parent.{name(theirs)} = child.{name(ours)}" for ours, theirs in pairs)
    return f"SELECT child._file, child._line FROM {rows} AS child ANTI JOIN {parent} AS parent ON {same} WHERE {given}"


def within(rows: str, others: str, same: str) -> str:
    """The rows of `rows` (called `a`) that have a match in `others` (called `b`).

    SEMI and ANTI JOIN, not EXISTS: over a view, DuckDB makes a correlated join of an EXISTS, ten times slower.
    """
    return f"SELECT a.* FROM {rows} AS a SEMI JOIN {others} AS b ON {same}"


def without(rows: str, others: str, same: str) -> str:
    """The rows of `rows` (called `a`) that have no match in `others` (called `b`)."""
    return f"SELECT a.* FROM {rows} AS a ANTI JOIN {others} AS b ON {same}"


SAME_POSITION = conjunction(f"a.{column} = b.{column}" for column in POSITION)
"""The condition that rows `a` and `b` are one row of one file."""


def rising(contract: Contract, rows: str) -> str | None:
    """A query that is TRUE when each row's key is larger than the one before it, so that no key comes twice.

    Whatever the order of the scan: a sequence that rises all the way has no equal members. Exported tables mostly
    come in the order of their key, and this costs a fifth of counting distinct keys. None for composite keys.
    """
    if len(contract.primary_key) != 1:
        return None
    key = name(contract.primary_key[0])
    return f"SELECT coalesce(bool_and(k > before), TRUE) FROM (SELECT {key} AS k, lag({key}) OVER () AS before FROM {rows})"


def late_keys(contract: Contract, rows: str) -> str:
    """The keys that are not larger than every key before them: among these is each key that comes again."""
    key = name(contract.primary_key[0])
    largest = f"max({key}) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    return f"SELECT {key} FROM (SELECT {key}, {largest} AS largest FROM {rows}) WHERE {key} <= largest"


def repeated_keys(contract: Contract, rows: str, among: str | None = None) -> str:
    """The keys that come more than once; looked for only `among` the keys of a relation, where one is given."""
    keys = names(contract.key)
    looked_at = f"({within(rows, among, key_match(contract, 'a', 'b'))})" if among else rows
    return f"SELECT {keys} FROM {looked_at} GROUP BY {keys} HAVING count(*) > 1"


def key_match(contract: Contract, left: str, right: str) -> str:
    """The condition that two rows have the same key; NULLs are equal to each other (keys of whole rows have them)."""
    if contract.primary_key:
        return conjunction(f"{left}.{name(c)} = {right}.{name(c)}" for c in contract.key)
    return conjunction(f"{left}.{name(c)} IS NOT DISTINCT FROM {right}.{name(c)}" for c in contract.key)


def chain(contract: Contract, rows: str) -> str:
    """The verdict on each of several rows with one key, in order of arrival.

    A row equal to its predecessor is a `duplicate`. The first row of the last run of equal rows is the one that
    counts (`accepted`); those of earlier runs are `superseded`. The verdict does not depend on how the rows were
    split into batches: the accepted row of the past stands first in the chain.
    """
    data = [column.name for column in contract.columns]
    parts = f"PARTITION BY {names(contract.key)}"
    order = f"{parts} ORDER BY _file, _line"
    from_end = f"{parts} ORDER BY _file DESC, _line DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    whole = _struct(data)
    marked = (
        f"SELECT *, {whole} IS NOT DISTINCT FROM lag({whole}) OVER ({order}) "
        f"AND lag(_line) OVER ({order}) IS NOT NULL AS _same FROM {rows}"
    )
    runs = f"SELECT *, count(*) FILTER (WHERE NOT _same) OVER ({from_end}) AS _from_end FROM ({marked})"
    verdict = "CASE WHEN _same THEN 'duplicate' WHEN _from_end = 1 THEN 'accepted' ELSE 'superseded' END"
    return f"SELECT * EXCLUDE (_same, _from_end), {verdict} AS _verdict FROM ({runs})"


def _struct(columns: Sequence[str]) -> str:
    if len(columns) == 1:
        return name(columns[0])
    return f"row({names(columns)})"
