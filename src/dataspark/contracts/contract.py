"""What a table promises, as frozen values: the result of reading an ODCS file.

Nothing here knows YAML or SQL. `reading.py` makes these values, `sql/` turns them into statements.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from dataspark.tables import Layer


class Severity(StrEnum):
    """What happens to a row that breaks a rule."""

    ERROR = "error"
    """The row goes to the quarantine (a table rule: the release does not move)."""
    WARNING = "warning"
    """The row passes and is counted."""
    FAIL = "fail"
    """The run stops."""


class LogicalType(StrEnum):
    """The ODCS logical types that a column of a raw file can have."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIME = "time"


class RuleKind(StrEnum):
    """The row rules, in the order in which a row's reasons are listed."""

    REQUIRED = "required"
    TYPE = "type"
    """The text could not be cast to the column's type or accepted formats."""
    FORMAT = "format"
    """A string that is no e-mail, UUID, URI…; `argument` is the format's name."""
    PATTERN = "pattern"
    MIN_LENGTH = "minLength"
    MAX_LENGTH = "maxLength"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    EXCLUSIVE_MINIMUM = "exclusiveMinimum"
    EXCLUSIVE_MAXIMUM = "exclusiveMaximum"
    MULTIPLE_OF = "multipleOf"
    ENUM = "enum"
    CUSTOM = "custom"
    """`argument` is a SQL condition over the row; only FALSE breaks it (NULL passes, as in SQL's CHECK)."""
    UNIQUE = "unique"


@dataclass(frozen=True)
class Rule:
    """One promise about a row."""

    code: str
    """The reason code, unique in its table: `montant.minimum`, `row.montant_positif`."""
    kind: RuleKind
    column: str | None
    """None for a row rule."""
    severity: Severity = Severity.ERROR
    argument: object = None
    """By kind: a bound (Decimal, int or ISO text), a regular expression, a length, a tuple of values, a SQL condition."""
    description: str = ""
    line: int = 0


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: LogicalType
    decimal: tuple[int, int] | None = None
    """(precision, scale) of a `number` that is exact; None means double precision."""
    formats: tuple[str, ...] = ()
    """Accepted date, timestamp or time formats in ODCS (JDK) notation; empty means ISO 8601."""
    rules: tuple[Rule, ...] = ()
    trim: bool = True
    true_values: tuple[str, ...] = ("true", "t", "yes", "y", "1")
    false_values: tuple[str, ...] = ("false", "f", "no", "n", "0")
    """Compared without regard to case."""
    aliases: tuple[str, ...] = ()
    """Other titles that a file's header may use for this column."""
    may_be_absent: bool = False
    """A file may lack this column although earlier files of its table had it."""
    description: str = ""
    classification: str = ""

    @property
    def required(self) -> bool:
        """Whether an empty value breaks an error rule."""
        return any(rule.kind is RuleKind.REQUIRED and rule.severity is not Severity.WARNING for rule in self.rules)

    @property
    def classified(self) -> bool:
        """Whether its values are not for everybody: ODCS's `classification` says anything but `public`."""
        return self.classification.strip().lower() not in ("", "public")


class OnViolation(StrEnum):
    """What happens to a row whose parent is not there."""

    KEEP = "keep"
    """Let it through; it is counted, and gold points it to the unknown member."""
    HOLD = "hold"
    """Keep it in the quarantine until its parent arrives."""
    FAIL = "fail"
    """Stop the run."""


@dataclass(frozen=True)
class Relationship:
    """A foreign key to another silver table of the project."""

    columns: tuple[str, ...]
    parent: str
    """The parent table's name."""
    parent_columns: tuple[str, ...]
    on_violation: OnViolation = OnViolation.KEEP
    hold_for: int = 0
    """Seconds after which a row that waits is reported; 0: it waits for ever."""
    line: int = 0

    @property
    def code(self) -> str:
        """The reason code: `id_client.relationship`, or `a+b.relationship`."""
        return "+".join(self.columns) + ".relationship"


class Metric(StrEnum):
    """What a table rule counts."""

    ROW_COUNT = "rowCount"
    NULL_VALUES = "nullValues"
    MISSING_VALUES = "missingValues"
    INVALID_VALUES = "invalidValues"
    DUPLICATE_VALUES = "duplicateValues"
    SQL = "sql"


class Operator(StrEnum):
    """The ODCS comparison operators."""

    MUST_BE = "mustBe"
    MUST_NOT_BE = "mustNotBe"
    MUST_BE_GREATER_THAN = "mustBeGreaterThan"
    MUST_BE_GREATER_OR_EQUAL_TO = "mustBeGreaterOrEqualTo"
    MUST_BE_LESS_THAN = "mustBeLessThan"
    MUST_BE_LESS_OR_EQUAL_TO = "mustBeLessOrEqualTo"
    MUST_BE_BETWEEN = "mustBeBetween"
    """Inclusive on both sides."""
    MUST_NOT_BE_BETWEEN = "mustNotBeBetween"


@dataclass(frozen=True)
class TableRule:
    """One promise about a whole table, judged by audit."""

    code: str
    """`table.rowCount`, `email.nullValues`, `table.<name>` for a SQL rule."""
    metric: Metric
    operator: Operator
    bounds: tuple[float, ...]
    """One number; two for between."""
    columns: tuple[str, ...] = ()
    percent: bool = False
    severity: Severity = Severity.ERROR
    valid_values: tuple[object, ...] | None = None
    pattern: str | None = None
    missing_values: tuple[str | None, ...] = (None, "")
    query: str = ""
    """For `sql`: a query that gives one number; `{table}` and `{column}` already replaced."""
    description: str = ""
    line: int = 0


class HistoryMetric(StrEnum):
    """What a history rule looks at."""

    ROW_COUNT = "rowCount"
    """The rows that came with the newest files, beside those of earlier runs."""
    FRESHNESS = "freshness"
    """How long ago the newest file came, or how old the newest value of a column is."""


@dataclass(frozen=True)
class HistoryRule:
    """One promise about a table in time, judged by audit in every run."""

    code: str
    """`table.volume`, `table.freshness`, or `table.<name>`."""
    metric: HistoryMetric
    severity: Severity = Severity.ERROR
    deviations: float = 3.0
    """Row counts: how many standard deviations away from the mean of earlier runs is still usual."""
    runs: int = 10
    """Row counts: how many earlier runs with new files make the mean."""
    max_age: int = 0
    """Freshness: seconds."""
    column: str | None = None
    """Freshness: the date or timestamp whose newest value counts; None means the arrival of files."""
    description: str = ""
    line: int = 0


@dataclass(frozen=True)
class Dialect:
    """How a table's raw files are written."""

    delimiter: str = ","
    quote: str = '"'
    """Empty: nothing is quoted."""
    escape: str = '"'
    encoding: str = "utf-8"
    """A Python codec name."""
    decimal: str = "."
    null_tokens: tuple[str, ...] = ("",)
    """Texts that mean NULL, compared after trimming; the empty text always does."""
    header: bool = True
    """False: the columns come in the contract's order."""


@dataclass(frozen=True)
class Contract:
    """One table's contract."""

    name: str
    columns: tuple[Column, ...]
    path: str = ""
    """The file it was read from, relative to the project."""
    line: int = 0
    layer: Layer = Layer.SILVER
    """`gold`: it promises something about a model's result, and audit judges it."""
    primary_key: tuple[str, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    row_rules: tuple[Rule, ...] = ()
    """The `custom` rules over several columns."""
    table_rules: tuple[TableRule, ...] = ()
    history_rules: tuple[HistoryRule, ...] = ()
    dialect: Dialect = field(default_factory=Dialect)
    files: tuple[str, ...] = ()
    """Glob patterns below `sources`; matched against the path relative to it."""
    timezone: str = "UTC"
    """The zone of timestamps that name none (an IANA name)."""
    keep_duplicates: bool = False
    """Only without a primary key: identical rows are separate events and all stay."""
    description: str = ""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every row rule, column by column in the contract's order, then the row rules."""
        return tuple(rule for column in self.columns for rule in column.rules) + self.row_rules

    @property
    def files_by_name(self) -> bool:
        """Whether it takes the files that are called like the table, for it names none itself."""
        return self.files == files_called(self.name)

    @property
    def key(self) -> tuple[str, ...]:
        """What makes a row itself: the primary key, or without one all of its columns."""
        return self.primary_key or tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called `name`. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def files_called(table: str) -> tuple[str, ...]:
    """The patterns of the files that belong to a table whose contract names none."""
    return f"{table}.csv*", f"{table}[-_]*.csv*", f"{table}/*.csv*"
