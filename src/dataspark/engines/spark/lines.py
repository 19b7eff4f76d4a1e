"""Raw lines → fields and physical line numbers, in Spark SQL, for the lines that leave no doubt.

A line is sure when it is UTF-8, is not blank, and has as many fields as the header: no quote in it, or quotes that
are closed with nothing around them. What such a line says is what `lake/splitting.py` reads in it, too. Any other
line makes its whole file unsure.

Spark numbers rows within a task and not within a file. A task reads blocks of files, of which each row knows the
beginning; so the line is the number within the block, and the lines of the blocks before it, which are counted first
where a file has several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dataspark.contracts.contract import Contract, Dialect
from dataspark.contracts.headers import positions
from dataspark.pipeline.ports import RawFile
from dataspark.sql.spark.writing import name as identifier
from dataspark.sql.spark.writing import text as literal

LINES = ("value", "_metadata.file_name AS _name", "_metadata.file_block_start AS _start")
LINE_NUMBER = "monotonically_increasing_id() AS _id"
"""The number of a row: that of its task times 2^33, and its number within the task."""
_WITHIN = (1 << 33) - 1
_CASES = 32
"""Blocks up to which a CASE finds the shift of a line number."""
_SMALLEST, _LARGEST = 4 << 20, 128 << 20
_ONE_BY_ONE = 256
"""Files up to which each has a task of its own."""


@dataclass(frozen=True)
class Layout:
    """How files are cut into blocks and blocks are given to tasks."""

    block: int
    """Bytes of the largest block."""
    packed: bool
    """Whether a task may read several blocks."""
    tasks: int

    @classmethod
    def of(cls, files: Sequence[RawFile], cores: int) -> Layout:
        """A layout that keeps all cores at work."""
        size = sum(file.size for file in files)
        return cls(min(_LARGEST, max(_SMALLEST, size // (3 * cores) + 1)), len(files) > _ONE_BY_ONE, 3 * cores)

    @property
    def settings(self) -> dict[str, str]:
        """The settings that make Spark do so, whatever executors there are."""
        return {
            "spark.sql.files.maxPartitionBytes": str(self.block),
            "spark.sql.files.openCostInBytes": str(self.block // 64 if self.packed else self.block),
            "spark.sql.files.minPartitionNum": str(self.tasks),
        }

    def is_counted(self, files: Sequence[RawFile]) -> bool:
        """Whether the blocks must be looked at before lines can be numbered."""
        return self.packed or any(file.size > self.block for file in files)


@dataclass(frozen=True)
class Block:
    """A block of a file."""

    name: str
    """Of the file, without its folder."""
    start: int
    """Its first byte."""
    file: int
    """The number of the file."""
    shift: int
    """What is added to a row's number to get its line."""


def whole(files: Sequence[RawFile]) -> list[Block]:
    """The blocks of files that have one each."""
    return [Block(base_name(file), 0, file.number, 1) for file in files]


def numbered(
    files: Sequence[RawFile], counted: Iterable[tuple[str, int, int, int]], packed: bool
) -> tuple[list[Block], frozenset[int]]:
    """The blocks that were found, as (file's name, start, smallest number, lines), and the files whose lines add up."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for name, start, first, lines in counted:
        found.setdefault(name, []).append((start, first, lines))
    blocks, right = [], set()
    for file in files:
        before = 0
        for start, first, lines in sorted(found.get(base_name(file), [])):
            shift = before + 1 - (first if packed else 0)
            blocks.append(Block(base_name(file), start, file.number, shift))
            before += lines
        if before == file.lines:
            right.add(file.number)
    return blocks, frozenset(right)


def counting(lines: str) -> str:
    """The query for the blocks of a view of lines."""
    return f"SELECT _name, _start, min(_id), count(*) FROM {identifier(lines)} GROUP BY _name, _start"


def records(lines: str, header: Sequence[str], contract: Contract, blocks: Sequence[Block], packed: bool) -> str:
    """The rows of a view of lines: the contract's columns as text, `_file`, `_line` and `_sure`. Headers are left out."""
    dialect, width = contract.dialect, len(header)
    number = "_id" if packed else f"(_id & {_WITHIN}L)"
    if len(blocks) <= _CASES:
        placed = f"SELECT *, {_case(blocks, 'file')} AS _file, {number} + {_case(blocks, 'shift')} AS _line"
        placed += f" FROM {identifier(lines)}"
    else:
        rows = ", ".join(f"({literal(b.name)}, {b.start}L, {b.file}, {b.shift}L)" for b in blocks)
        placed = (
            f"SELECT /*+ BROADCAST(b) */ l.*, b.file AS _file, {number} + b.shift AS _line FROM {identifier(lines)} AS l "
            f"JOIN (VALUES {rows}) AS b(name, start, file, shift) ON l._name = b.name AND l._start = b.start"
        )
    sure = f"is_valid_utf8(value) AND coalesce(size(_fields) = {width}, FALSE)"
    # Lines that were erased are blank. On the first one a blank means that the header stands further down.
    filled = "WHERE value <> '' OR _line = 1"
    split = f"SELECT _file, _line, value, {_fields(dialect, width)} AS _fields FROM ({placed}) {filled}"
    checked = f"SELECT _file, _line, _fields, {sure} AS _sure FROM ({split})"
    kept = " WHERE _line > 1 OR NOT _sure" if dialect.header else ""
    return f"SELECT {picked(contract, header)}, CAST(_file AS INT) AS _file, _line, _sure FROM ({checked}){kept}"


def picked(contract: Contract, header: Sequence[str], first: int = 0) -> str:
    """The contract's columns out of the list `_fields`, where those of the header begin at `first`; empty ones are NULL."""
    place = positions(contract, header)
    return ", ".join(
        (f"nullif(get(_fields, {first + place[column.name]}), '')" if column.name in place else "CAST(NULL AS STRING)")
        + f" AS {identifier(column.name)}"
        for column in contract.columns
    )


def base_name(file: RawFile) -> str:
    """The name of a raw file without its folder."""
    return file.object.rpartition("/")[2]


def _case(blocks: Sequence[Block], what: str) -> str:
    values: Mapping[Block, int] = {block: getattr(block, what) for block in blocks}
    suffix = "" if what == "file" else "L"
    if len(set(values.values())) == 1:
        return f"{values[blocks[0]]}{suffix}"
    # Beginnings are compared first: names have 64 characters, and most are alike.
    cases = (f"WHEN _start = {b.start}L AND _name = {literal(b.name)} THEN {v}{suffix}" for b, v in values.items())
    return f"CASE {' '.join(cases)} END"


def _fields(dialect: Dialect, width: int) -> str:
    """The list of a line's fields; NULL where its quotes leave a doubt."""
    delimiter, quote, escape = dialect.delimiter, dialect.quote, dialect.escape or dialect.quote
    plain = f"split(value, {literal(_exactly(delimiter))}, -1)"
    if not quote:
        return plain
    q, e = _in_class(quote), _in_class(escape)
    escaped = _exactly(quote) if escape == quote else "."
    text = f"[^{q}{e}]*+(?:{_exactly(escape)}{escaped}[^{q}{e}]*+)*+"
    one = f"(?:{_exactly(quote)}{text}{_exactly(quote)}|[^{q}{_in_class(delimiter)}]*+)"
    clean = f"(?s)\\A{one}(?:{_exactly(delimiter)}{one}){{{width - 1}}}\\z"
    each = f"(?s)({one})(?:{_exactly(delimiter)}|\\z)"
    inner = "substring(f, 2, length(f) - 2)"
    inner = (
        f"replace({inner}, {literal(quote * 2)}, {literal(quote)})"
        if escape == quote
        else f"regexp_replace({inner}, {literal(f'(?s){_exactly(escape)}(.)')}, '$1')"
    )
    quoted = (
        f"slice(transform(regexp_extract_all(value, {literal(each)}, 1), "
        f"f -> CASE WHEN startswith(f, {literal(quote)}) THEN {inner} ELSE f END), 1, {width})"
    )
    return f"CASE WHEN NOT contains(value, {literal(quote)}) THEN {plain} WHEN value RLIKE {literal(clean)} THEN {quoted} END"


def _exactly(character: str) -> str:
    """A regular expression for one character."""
    return re.escape(character)


def _in_class(character: str) -> str:
    """The same within brackets."""
    return f"\\{character}" if not character.isalnum() and character.isascii() and character != " " else character
