"""Raw text → typed value, as SQL expressions.

Each cast has two ways to the same value. The short way recognises how nearly every field of a clean file is
written, by comparisons that cost next to nothing; whatever it does not recognise (padding, null tokens, other
formats, junk) goes the exact way. At 10 million rows the short way is a third of the cost of trimming and matching
every field.
"""

from __future__ import annotations

from collections.abc import Callable

from dataspark.contracts.contract import Column, Contract, Dialect, LogicalType
from dataspark.sql.dateformats import ISO, read_format
from dataspark.sql.text import literal, text

_BLANKS = ("' '", "chr(9)", "chr(10)", "chr(13)", "chr(160)")
_PADDING = " || ".join(_BLANKS)
_INTEGER = "[+-]?[0-9]+"
_NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
_ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"

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


def cleaned(raw: str, column: Column, dialect: Dialect) -> str:
    """The text of a field without padding, or NULL where it means NULL."""
    trimmed = f"trim({raw}, {_PADDING})" if column.trim else raw
    tokens = ", ".join(text(token) for token in sorted({"", *dialect.null_tokens}))
    exact = f"CASE WHEN {trimmed} NOT IN ({tokens}) THEN {trimmed} END"
    if not column.trim:
        return exact
    return f"CASE WHEN {_plain_text(raw, dialect)} THEN {raw} ELSE {exact} END"


def _plain_text(raw: str, dialect: Dialect) -> str:
    ends = " AND ".join(f"NOT ends_with({raw}, {blank})" for blank in _BLANKS)
    # Blanks, tabs, line ends and the empty text all sort before '!'.
    plain = f"{raw} >= '!' AND NOT starts_with({raw}, chr(160)) AND {ends}"
    return plain + _not_a_token(raw, dialect)


def _not_a_token(raw: str, dialect: Dialect) -> str:
    tokens = ", ".join(text(token) for token in dialect.null_tokens if token)
    return f" AND {raw} NOT IN ({tokens})" if tokens else ""


def attempt(raw: str, column: Column) -> str | None:
    """The cheap cast that `value` compares with the raw text; None where there is none."""
    if column.type in (LogicalType.STRING, LogicalType.BOOLEAN, LogicalType.TIME):
        return None
    target = "TIMESTAMP" if column.type is LogicalType.TIMESTAMP else sql_type(column)
    return f"TRY_CAST({raw} AS {target})"


def value(raw: str, attempted: str, column: Column, contract: Contract) -> str:
    """The typed value of a field; NULL where it is empty or cannot be cast.

    `attempted` is the name of the column that holds `attempt(raw)`.
    """
    dialect = contract.dialect
    cast = _Cast(raw, attempted, cleaned(raw, column, dialect), column, contract)
    match column.type:
        case LogicalType.STRING:
            return cast.cleaned
        case LogicalType.INTEGER:
            return cast.integer()
        case LogicalType.NUMBER:
            return cast.number()
        case LogicalType.BOOLEAN:
            return cast.boolean()
        case LogicalType.DATE:
            return cast.date()
        case LogicalType.TIMESTAMP:
            return cast.timestamp()
        case LogicalType.TIME:
            return cast.time()


class _Cast:
    """The casts of one field: `raw` as it came, `cleaned` without padding, `tried` the cheap attempt."""

    def __init__(self, raw: str, tried: str, clean: str, column: Column, contract: Contract) -> None:
        self.raw, self.tried, self.cleaned, self.column, self.contract = raw, tried, clean, column, contract
        self.dialect = contract.dialect

    def integer(self) -> str:
        exact = f"CASE WHEN regexp_full_match({self.cleaned}, {text(_INTEGER)}) THEN TRY_CAST({self.cleaned} AS BIGINT) END"
        return self._short(f"CAST({self.tried} AS VARCHAR) = {self.raw}", self.tried, exact)

    def number(self) -> str:
        dotted = self.cleaned
        if self.dialect.decimal != ".":
            # A dot in such a file is a thousands mark or a mistake; both must be seen, so it may not pass for a decimal.
            dotted = f"CASE WHEN NOT contains({dotted}, '.') THEN replace({dotted}, {text(self.dialect.decimal)}, '.') END"
        exact = f"CASE WHEN regexp_full_match({dotted}, {text(_NUMBER)}) THEN TRY_CAST({dotted} AS {sql_type(self.column)}) END"
        if self.dialect.decimal != ".":
            return exact
        # TRY_CAST also takes `1_000`, `5.`, `inf` and `nan`, which no number of a contract is.
        plain = (
            f"{self.tried} IS NOT NULL AND {self._starts_with_digit()} "
            f"AND NOT contains({self.raw}, '_') AND NOT ends_with({self.raw}, '.') "
            f"AND NOT contains({self.raw}, '.e') AND NOT contains({self.raw}, '.E')"
        )
        return self._short(plain, self.tried, exact)

    def boolean(self) -> str:
        clean = f"lower({self.cleaned})"
        yes = ", ".join(literal(word.lower()) for word in self.column.true_values)
        no = ", ".join(literal(word.lower()) for word in self.column.false_values)
        return f"CASE WHEN {clean} IN ({yes}) THEN TRUE WHEN {clean} IN ({no}) THEN FALSE END"

    def date(self) -> str:
        iso = f"CASE WHEN regexp_full_match({self.cleaned}, {text(_DATE)}) THEN TRY_CAST({self.cleaned} AS DATE) END"
        exact = self._formats(iso, lambda parsed, _zone: f"CAST({parsed} AS DATE)")
        plain = f"{self.tried} IS NOT NULL AND {self._starts_with_digit()} AND {self.raw} LIKE '____-__-__'"
        return self._short(plain, self.tried, exact) if self._first_is(ISO, "yyyy-MM-dd") else exact

    def timestamp(self) -> str:
        clean = self.cleaned
        with_zone = f"TRY_CAST({clean} AS TIMESTAMPTZ)"
        iso = (
            f"CASE WHEN regexp_full_match({clean}, {text(f'{_DATE}([ T]{_CLOCK})?')}) "
            f"THEN {self._utc(f'TRY_CAST({clean} AS TIMESTAMP)')} "
            f"WHEN regexp_full_match({clean}, {text(f'{_DATE}([ T]{_CLOCK})?{_ZONE}')}) THEN {with_zone} END"
        )
        exact = self._formats(iso, lambda parsed, zone: f"CAST({parsed} AS TIMESTAMPTZ)" if zone else self._utc(parsed))
        plain = f"{self.tried} IS NOT NULL AND {self._starts_with_digit()} AND {self.raw} LIKE '____-__-__ __:__:__'"
        return self._short(plain, self._utc(self.tried), exact) if self._first_is(ISO, "yyyy-MM-dd HH:mm:ss") else exact

    def time(self) -> str:
        iso = f"CASE WHEN regexp_full_match({self.cleaned}, {text(_CLOCK)}) THEN TRY_CAST({self.cleaned} AS TIME) END"
        return self._formats(iso, lambda parsed, _zone: f"CAST({parsed} AS TIME)")

    def _short(self, plain: str, short: str, exact: str) -> str:
        return f"CASE WHEN {plain}{_not_a_token(self.raw, self.dialect)} THEN {short} ELSE {exact} END"

    def _starts_with_digit(self) -> str:
        return f"{self.raw} >= '0' AND {self.raw} < ':'"

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
            parsed = f"try_strptime({self.cleaned}, {text(known.directive)})"
            tries.append(
                f"CASE WHEN regexp_full_match({self.cleaned}, {text(known.shape)}) THEN {typed(parsed, known.has_zone)} END"
            )
        return tries[0] if len(tries) == 1 else f"COALESCE({', '.join(tries)})"
