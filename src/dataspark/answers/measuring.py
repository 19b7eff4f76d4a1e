"""A whole file through the engine, under a contract that is only proposed: what is empty, misfits, comes twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from dataspark.contracts.contract import Column, Contract, LogicalType, Rule, RuleKind, Severity
from dataspark.engines.duckdb.raw import stage
from dataspark.engines.duckdb.session import Session
from dataspark.lake.rawfiles import is_packed, opened
from dataspark.lake.surveying import Survey
from dataspark.pipeline.ports import BrokenLine, RawFile
from dataspark.sql.silver import Judgement
from dataspark.sql.text import name, names, text

_EXAMPLES = 3
_EXPONENTS = 0.05
"""Share of numbers with an exponent up to which a column may still be exact."""
_PLAIN = text(r"[+-]?[0-9]+(\.[0-9]+)?")


@dataclass
class Measured:
    """What a whole file has."""

    read: int
    """Rows, broken lines included."""
    broken: tuple[BrokenLine, ...]
    bad: int
    """Records with a value that is not of its column's type."""
    empty: dict[str, int] = field(default_factory=dict)
    misfits: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    digits: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    """Column of numbers → (digits before, digits behind the decimal mark); None where many have an exponent."""
    distinct: dict[str, int] = field(default_factory=dict)
    """Candidate for a key → different values."""

    @property
    def records(self) -> int:
        """Rows that are records."""
        return self.read - len(self.broken)


@dataclass(frozen=True)
class Repeats:
    """What a primary key would make of a file's rows."""

    no_key: int
    """Rows whose key is empty, and that have no other misfit."""
    duplicates: int
    superseded: int


class There:
    """One local file, wherever it is, as the raw file that is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def raw_near(self, files: Sequence[RawFile]) -> AbstractContextManager[list[str]]:
        """Its path, for the engine."""
        return nullcontext([str(self.path)])

    def raw_path(self, file: RawFile) -> AbstractContextManager[Path]:
        """Its path."""
        return nullcontext(self.path)


class Measuring:
    """One file that was read as a proposed contract would have it read."""

    def __init__(self, session: Session, path: Path, contract: Contract, header: Sequence[str]) -> None:
        self.session = session
        rules = (_rules(column) for column in contract.columns)
        columns = tuple(replace(column, rules=made) for column, made in zip(contract.columns, rules, strict=True))
        self.contract = replace(contract, columns=columns)
        self.numbers = [column.name for column in columns if column.type is LogicalType.NUMBER]
        self.judgement = Judgement(self.contract, datetime.now(UTC), {})
        raw = RawFile(1, path.name, "", "scan", 0, tuple(header), _lines(path, contract), "")
        self.staged, _rows = stage(session, There(path), "scan", [raw], self.contract, self._judge)
        session.run(f"CREATE OR REPLACE TEMP TABLE bad AS {self.judgement.reasons('scan')}")

    def _judge(self, raw: str, passed_through: Collection[str] = ()) -> str:
        extra = [part for column in self.numbers for part in _digits(column, self.contract.dialect.decimal)]
        passed = [f"{mark}.{column}" for column in self.numbers for mark in ("i", "s")]
        source = f"(SELECT *, {', '.join(extra)} FROM {raw})" if extra else raw
        return self.judgement.stage(source, [*passed, *passed_through])

    def measure(self, candidates: Sequence[str]) -> Measured:
        """Count; `candidates` are the columns that may be a key."""
        columns = [column.name for column in self.contract.columns]
        asked = [f"count_if(_w{n})" for n in range(len(columns))]
        asked += [f"count(DISTINCT {name(column)})" for column in candidates]
        for column in self.numbers:
            asked += [f"max({name(f'i.{column}')})", f"max({name(f's.{column}')})"]
            asked.append(f"max(abs({name(column)}))")
            asked.append(f"count_if({name(column)} IS NOT NULL AND {name(f'i.{column}')} IS NULL)")
        bad, *found = self.session.rows(f"SELECT count_if(NOT _ok), {', '.join(asked)} FROM scan")[0]
        result = Measured(self.staged.read[1], self.staged.broken, bad or 0)
        result.empty = {column: int(found.pop(0) or 0) for column in columns}
        result.distinct = {column: int(found.pop(0)) for column in candidates}
        for column in self.numbers:
            before, behind, largest, exponents = (found.pop(0) or 0 for _ in range(4))
            several = exponents > _EXPONENTS * (result.read - result.empty[column])
            # A number such as 1e9 has more digits than are written.
            result.digits[column] = (
                None if several else (max(before, len(str(int(largest))) if largest < 1e300 else 999), behind)
            )
        self._misfits(result, columns)
        return result

    def _misfits(self, result: Measured, columns: Sequence[str]) -> None:
        unpacked = "SELECT unnest(_reasons) AS code FROM bad"
        for code, count in self.session.rows(f"SELECT code, count(*) FROM ({unpacked}) GROUP BY code"):
            column = str(code).removesuffix(".type")
            result.misfits[column] = int(count)
            raw = f"_raw[{columns.index(column) + 1}]"
            rows = self.session.rows(
                f"SELECT {raw} FROM bad WHERE list_contains(_reasons, {text(str(code))}) "
                f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {_EXAMPLES}"
            )
            result.examples[column] = [str(row[0]) for row in rows]

    def repeats(self, key: Sequence[str]) -> Repeats:
        """What becomes of rows with the same key; without a key identical rows are one."""
        columns = [column.name for column in self.contract.columns]
        there = " AND ".join(f"{name(column)} IS NOT NULL" for column in key) or "TRUE"
        counts = (
            f"count_if(NOT ({there})), count_if({there}), "
            f"(SELECT count(*) FROM (SELECT DISTINCT {names(columns)} FROM scan WHERE _ok AND {there})), "
            f"(SELECT count(*) FROM (SELECT DISTINCT {names(key or columns)} FROM scan WHERE _ok AND {there}))"
        )
        found = self.session.rows(f"SELECT {counts} FROM scan WHERE _ok")[0]
        no_key, rows, different, keys = (count or 0 for count in found)  # of no rows it counts NULL
        return Repeats(no_key, rows - different, different - keys)


def _rules(column: Column) -> tuple[Rule, ...]:
    # As a warning, `required` is counted for every row and rejects none.
    empty = Rule(f"{column.name}.required", RuleKind.REQUIRED, column.name, Severity.WARNING)
    return (empty, Rule(f"{column.name}.type", RuleKind.TYPE, column.name))


def _lines(path: Path, contract: Contract) -> int | None:
    if is_packed(path.name):
        return None
    survey = Survey(contract.dialect)
    with opened(path) as binary:
        while chunk := binary.read(1 << 20):
            survey.add(chunk)
    return survey.lines


def _digits(column: str, decimal: str) -> tuple[str, str]:
    """The digits that a plain number has before and behind its decimal mark; NULL for everything else."""
    trimmed = f"trim({name(column)}, ' ' || chr(9) || chr(10) || chr(13) || chr(160))"
    dotted = trimmed if decimal == "." else f"replace({trimmed}, {text(decimal)}, '.')"
    plain = f"CASE WHEN regexp_full_match({dotted}, {_PLAIN}) THEN "
    before = f"{plain}length(ltrim(split_part({dotted}, '.', 1), '+-0')) END"
    behind = f"{plain}length(split_part({dotted}, '.', 2)) END"
    return f"{before} AS {name(f'i.{column}')}", f"{behind} AS {name(f's.{column}')}"
