"""Raw text → typed value, as SQL expressions.

Each field has two ways to the same value. The short way recognises how nearly every field of a clean file is written,
by comparisons that cost next to nothing; whatever it does not recognise (padding, null tokens, other formats, junk)
goes the exact way. At 10 million rows that is a third of the cost of trimming and matching every field.

A column `x` passes through four names, each made from those before it (see `Casts`):

| name | what it is |
|---|---|
| `r.x` | the field as it came |
| `c.x` | the cheap cast of it, where there is one |
| `p.x` | whether it is plain: the short way gives its value |
| `t.x` | its text without padding and null tokens; NULL where it is plain, for nobody looks |
| `x` | its value; NULL where it is empty or cannot be cast |

That is for an engine that works through whole columns: it evaluates both sides of AND and OR for every row, but only the
branch of a CASE that a row takes, so that each name is a query of its own. An engine that works row by row looks at no
side that it does not need, and pays for every name that it hands on: there everything stands where it is used, and what
makes a field plain is asked in such a way that the engine's own cast is enough (`sql/spark/casting/known.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dataspark.contracts.contract import Column, Contract, LogicalType
from dataspark.sql.dateformats import ISO, read_format
from dataspark.sql.shapes import CLOCK, DATE, INTEGER, MOMENT, NUMBER, PLAIN_NUMBER, ZONE
from dataspark.sql.text import literal, name, text

_PADDING = " \t\n\r\u00a0"
_A_DATE, _A_MOMENT = "2024-02-03", "2024-02-03 04:05:06"

_Typed = Callable[[str, bool], str]
"""(a parsed naive timestamp, whether its text named a zone) → the column's type."""

_SQL_TYPES = {
    LogicalType.STRING: "VARCHAR",
    LogicalType.INTEGER: "BIGINT",
    LogicalType.BOOLEAN: "BOOLEAN",
    LogicalType.DATE: "DATE",
    LogicalType.TIMESTAMP: "TIMESTAMPTZ",
    LogicalType.TIME: "TIME",
}


def sql_type(column: Column) -> str:
    """The type of the column's value while a row is judged."""
    if column.type is LogicalType.NUMBER:
        return "DECIMAL({}, {})".format(*column.decimal) if column.decimal else "DOUBLE"
    return _SQL_TYPES[column.type]


def stored_type(column: Column) -> str:
    """The type of the column in its table, by the name that the engine gives it. A table has no time of day: it is text."""
    names = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE", "TIME": "VARCHAR"}
    return names.get(sql_type(column), sql_type(column).replace(", ", ","))


@dataclass(frozen=True)
class Casts:
    """The expressions of a contract's columns, for one kind of engine."""

    contract: Contract
    by_row: bool = False
    """Whether the engine works row by row."""

    def steps(self, column: Column) -> dict[str, str]:
        """The name of each step that there is (`c.x`, `p.x`, `t.x`, `x`) → its expression over the names before it."""
        field = self._field(column)
        if self.by_row:
            return {column.name: field.in_one()}
        attempt = field.attempt()
        steps = {f"c.{column.name}": attempt} if attempt else {}
        steps[f"p.{column.name}"] = f"CASE WHEN {field.recognised} THEN TRUE ELSE FALSE END"
        steps[f"t.{column.name}"] = f"CASE WHEN {field.plain} THEN NULL ELSE {field.cleaned()} END"
        return {**steps, column.name: field.value()}

    def empty(self, column: Column) -> str:
        """The condition that a field is empty or says NULL, over the names of `steps`."""
        field = self._field(column)
        return f"{field.text} IS NULL" if self.by_row else f"NOT {field.plain} AND {field.text} IS NULL"

    def _field(self, column: Column) -> _Field:
        return _Field(column, self.contract, self.by_row)


class _Field:
    """One column's expressions."""

    def __init__(self, column: Column, contract: Contract, by_row: bool, raw: str = "") -> None:
        self.column, self.contract, self.dialect = column, contract, contract.dialect
        self.raw, self.tried = raw or name(f"r.{column.name}"), name(f"c.{column.name}")
        if by_row:
            self.tried = self.attempt() or "NULL"
        self.text = f"({self.cleaned()})" if by_row else name(f"t.{column.name}")
        plain, self.short, self.exact = self.ways()
        self.recognised = plain + self.not_a_token()
        self.plain = self.recognised if by_row else name(f"p.{column.name}")

    def value(self) -> str:
        """The value by the short or the exact way."""
        return f"CASE WHEN {self.plain} THEN {self.short} ELSE {self.exact} END"

    def in_one(self) -> str:
        """The same for an engine that works row by row.

        Where it is known how nearly all rows are written, that is asked first. For the others the whole question is code of
        its own: it is long, and beside it the first one would be part of a method that Java does not compile.
        """
        seen = self._seen()
        if not seen:
            return self.value()
        other = _Field(self.column, self.contract, True, name("field")).value()
        ways = " ".join(f"WHEN {plain}{self.not_a_token()} THEN {self.short}" for plain in seen)
        return f"CASE {ways} ELSE list_transform([{self.raw}], lambda field: {other})[1] END"

    def _seen(self) -> list[str]:
        """What makes a field plain, each of it so that the engine's own cast is known to be enough; nothing where that is not."""
        same, digits = f"CAST({self.tried} AS VARCHAR) = {self.raw}", self._is(PLAIN_NUMBER)
        match self.column.type:
            case LogicalType.INTEGER:
                return [same]
            case LogicalType.NUMBER if self.dialect.decimal == ".":
                return [same, digits] if self.column.decimal else [digits]
            case LogicalType.DATE if self._first_is(ISO, "yyyy-MM-dd"):
                return self._as_mostly(DATE, _A_DATE)
            case LogicalType.TIMESTAMP if self._first_is(ISO, "yyyy-MM-dd HH:mm:ss"):
                return self._as_mostly(MOMENT, _A_MOMENT)
        return []

    def _as_mostly(self, shape: str, example: str) -> list[str]:
        """That a text has the shape of the first format. Where a later one has it, too, it must have a value by the first."""
        others = (read_format(pattern).shape for pattern in self.column.formats[1:] if pattern != ISO)
        if any(re.fullmatch(other, example) for other in others):
            return [f"{self._is(shape)} AND {self.tried} IS NOT NULL"]
        return [self._is(shape)]

    def _is(self, shape: str) -> str:
        return f"regexp_full_match({self.raw}, {text(shape)})"

    def attempt(self) -> str | None:
        column = self.column
        if column.type in (LogicalType.STRING, LogicalType.BOOLEAN, LogicalType.TIME):
            return None
        target = "TIMESTAMP" if column.type is LogicalType.TIMESTAMP else sql_type(column)
        return f"TRY_CAST({self.raw} AS {target})"

    def ways(self) -> tuple[str, str, str]:
        """(when the field is plain, its value then, its value otherwise)."""
        match self.column.type:
            case LogicalType.STRING:
                return self._string()
            case LogicalType.INTEGER:
                return self._integer()
            case LogicalType.NUMBER:
                return self._number()
            case LogicalType.BOOLEAN:
                return self._boolean()
            case LogicalType.DATE:
                return self._date()
            case LogicalType.TIMESTAMP:
                return self._timestamp()
            case LogicalType.TIME:
                return self._time()

    def cleaned(self) -> str:
        trimmed = f"trim({self.raw}, {text(_PADDING)})" if self.column.trim else self.raw
        tokens = ", ".join(text(token) for token in sorted({"", *self.dialect.null_tokens}))
        return f"CASE WHEN {trimmed} NOT IN ({tokens}) THEN {trimmed} END"

    def not_a_token(self) -> str:
        tokens = ", ".join(text(token) for token in self.dialect.null_tokens if token)
        return f" AND {self.raw} NOT IN ({tokens})" if tokens else ""

    def _string(self) -> tuple[str, str, str]:
        if not self.column.trim:
            return f"{self.raw} <> ''", self.raw, self.text
        # Blanks, tabs and line ends all sort before '!'; chr(160) is the no-break space.
        last = f"{self.raw}[-1]"
        plain = f"{self.raw} >= '!' AND {last} >= '!' AND {last} <> chr(160) AND NOT starts_with({self.raw}, chr(160))"
        return plain, self.raw, self.text

    def _integer(self) -> tuple[str, str, str]:
        exact = f"CASE WHEN regexp_full_match({self.text}, {text(INTEGER)}) THEN TRY_CAST({self.text} AS BIGINT) END"
        return f"CAST({self.tried} AS VARCHAR) = {self.raw}", self.tried, exact

    def _number(self) -> tuple[str, str, str]:
        dotted = self.text
        if self.dialect.decimal != ".":
            # A dot in such a file is a thousands mark or a mistake; both must be seen, so it may not pass for a decimal.
            decimal = text(self.dialect.decimal)
            dotted = f"CASE WHEN NOT contains({dotted}, '.') THEN replace({dotted}, {decimal}, '.') END"
        cast = f"TRY_CAST({dotted} AS {sql_type(self.column)})"
        exact = f"CASE WHEN regexp_full_match({dotted}, {text(NUMBER)}) THEN {cast} END"
        if self.dialect.decimal != ".":
            return "FALSE", self.tried, exact
        # TRY_CAST also takes `1_000`, `5.`, `inf` and `nan`, which no number of a contract is.
        digits = f"{self.tried} IS NOT NULL AND regexp_full_match({self.raw}, {text(PLAIN_NUMBER)})"
        same = f"CAST({self.tried} AS VARCHAR) = {self.raw} {self._finite()}"
        return f"CASE WHEN {same} THEN TRUE ELSE {digits} END", self.tried, exact

    def _finite(self) -> str:
        return "" if self.column.decimal else f"AND isfinite({self.tried})"

    def _boolean(self) -> tuple[str, str, str]:
        yes, no = (
            ", ".join(literal(word.lower()) for word in words)
            for words in (self.column.true_values, self.column.false_values)
        )
        spoken = "CASE WHEN lower({0}) IN ({1}) THEN TRUE WHEN lower({0}) IN ({2}) THEN FALSE END"
        return (
            f"lower({self.raw}) IN ({yes}, {no})",
            spoken.format(self.raw, yes, no),
            spoken.format(self.text, yes, no),
        )

    def _date(self) -> tuple[str, str, str]:
        iso = f"CASE WHEN regexp_full_match({self.text}, {text(DATE)}) THEN TRY_CAST({self.text} AS DATE) END"
        exact = self._formats(iso, lambda parsed, _zone: f"CAST({parsed} AS DATE)")
        plain = f"{self.tried} IS NOT NULL AND {self.raw} >= '0' AND {self.raw} LIKE '____-__-__'"
        return (plain if self._first_is(ISO, "yyyy-MM-dd") else "FALSE"), self.tried, exact

    def _timestamp(self) -> tuple[str, str, str]:
        moment = self.text
        iso = (
            f"CASE WHEN regexp_full_match({moment}, {text(f'{DATE}([ T]{CLOCK})?')}) "
            f"THEN {self._utc(f'TRY_CAST({moment} AS TIMESTAMP)')} "
            f"WHEN regexp_full_match({moment}, {text(f'{DATE}([ T]{CLOCK})?{ZONE}')}) "
            f"THEN TRY_CAST({moment} AS TIMESTAMPTZ) END"
        )
        exact = self._formats(iso, lambda parsed, zone: f"CAST({parsed} AS TIMESTAMPTZ)" if zone else self._utc(parsed))
        plain = f"{self.tried} IS NOT NULL AND {self.raw} >= '0' AND {self.raw} LIKE '____-__-__ __:__:__'"
        return (plain if self._first_is(ISO, "yyyy-MM-dd HH:mm:ss") else "FALSE"), self._utc(self.tried), exact

    def _time(self) -> tuple[str, str, str]:
        iso = f"CASE WHEN regexp_full_match({self.text}, {text(CLOCK)}) THEN TRY_CAST({self.text} AS TIME) END"
        return "FALSE", "NULL", self._formats(iso, lambda parsed, _zone: f"CAST({parsed} AS TIME)")

    def _first_is(self, *plain: str) -> bool:
        return not self.column.formats or self.column.formats[0] in plain

    def _utc(self, naive: str) -> str:
        if self.contract.timezone == "UTC":
            # Reading the microseconds as UTC is free; a cast would ask the time zone library for every row.
            return f"make_timestamptz(epoch_us({naive}))"
        return f"timezone({text(self.contract.timezone)}, {naive})"

    def _formats(self, iso: str, typed: _Typed) -> str:
        """The first accepted format that parses."""
        tries = []
        for pattern in self.column.formats or (ISO,):
            if pattern == ISO:
                tries.append(iso)
                continue
            known = read_format(pattern)
            parsed = typed(f"try_strptime({self.text}, {text(known.directive)})", known.has_zone)
            tries.append(f"CASE WHEN regexp_full_match({self.text}, {text(known.shape)}) THEN {parsed} END")
        return tries[0] if len(tries) == 1 else f"COALESCE({', '.join(tries)})"
