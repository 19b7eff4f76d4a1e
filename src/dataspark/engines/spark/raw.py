"""Raw files → a relation of text columns, with the line that each row comes from.

Spark's workers read the files themselves. What they read is believed only where a file's rows are exactly its lines
(counted apart from it, while the bytes were copied), each of them a whole record that leaves no doubt. Every other
file goes through `lake/splitting.py`, which knows each line and writes the records so that Spark can read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from dataspark.contracts.contract import Contract
from dataspark.engines.spark import lines
from dataspark.engines.spark.lines import Layout
from dataspark.engines.spark.relations import Relations
from dataspark.engines.spark.session import Session
from dataspark.engines.spark.text import address
from dataspark.errors import EngineError
from dataspark.lake.files import FileLake
from dataspark.lake.rawfiles import opened_text
from dataspark.lake.splitting import Split, split_lines
from dataspark.lake.storage import storage_errors
from dataspark.pipeline.ports import BrokenLine, Judge, RawFile, Staged
from dataspark.sql.silver import POSITION
from dataspark.sql.spark.writing import name as identifier
from dataspark.sql.text import names

_RAW_TYPES = [("_file", "INTEGER"), ("_line", "BIGINT"), ("_sure", "BOOLEAN")]


@dataclass(frozen=True)
class Raw:
    """Where raw files are."""

    lake: FileLake
    scratch: str
    """The folder of silver where records may be written that were split here."""

    def address(self, file: RawFile) -> str:
        """A file of bronze, as Spark's file systems call it."""
        return address(self.lake.raw_location(file))


@dataclass
class _Staging:
    session: Session
    relations: Relations
    name: str
    contract: Contract
    judge: Judge
    raw: Raw
    parts: list[str] = field(default_factory=list)
    """The queries whose rows are staged, in the pipeline's SQL."""
    read: dict[int, int] = field(default_factory=dict)
    broken: list[BrokenLine] = field(default_factory=list)

    def relation(self, part: str) -> str:
        return f"{self.name}__{part}"


def stage(
    session: Session,
    relations: Relations,
    name: str,
    files: Sequence[RawFile],
    contract: Contract,
    judge: Judge,
    raw: Raw,
) -> Staged:
    """Keep `judge(raw rows)` as the relation `name`."""
    staging = _Staging(session, relations, name, contract, judge, raw)
    staging.read |= {file.number: 0 for file in files if not file.header}
    full = [file for file in files if file.header]
    direct = [file for file in full if _is_direct(file, contract)]
    doubtful = _stage_directly(staging, direct) if direct else frozenset()
    exact = [file for file in full if file.number in doubtful or file not in direct]
    if exact:
        _stage_split(staging, exact)
    if not staging.parts:
        staging.parts.append(f"SELECT * EXCLUDE (_sure) FROM ({_judged(staging, 'none', _nothing(contract))})")
    relations.show(name, " UNION ALL ".join(staging.parts))
    return Staged(staging.read, tuple(staging.broken))


PARTS = ("direct", "split", "none", "direct__raw", "split__raw", "none__raw")
"""What may be behind a staged relation, besides the views of lines (`lines0`…)."""


def _is_direct(raw: RawFile, contract: Contract) -> bool:
    """Whether Spark may read the file as it is."""
    utf8 = contract.dialect.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    return raw.lines is not None and utf8 and len(raw.header) > 1


def _stage_directly(staging: _Staging, raws: Sequence[RawFile]) -> frozenset[int]:
    """Let Spark read files. Returns the numbers of those that cannot be believed; nothing of them is staged."""
    layout = Layout.of(raws, staging.session.cores)
    with staging.session.having(layout.settings):
        queries, doubtful = [], set()
        ordered = sorted(raws, key=lambda raw: raw.header)
        for number, (header, group) in enumerate(groupby(ordered, key=lambda raw: raw.header)):
            query, wrong = _records(staging, f"lines{number}", header, list(group), layout)
            queries.append(query)
            doubtful |= wrong
        judged = _judged(staging, "direct", " UNION ALL ".join(queries))
        found = {int(row[0]): tuple(map(int, row[1:])) for row in staging.relations.rows(_proof(judged)) if row[0]}
    expected = {raw.number: _expected(raw, staging.contract) for raw in raws}
    doubtful |= {file for file, lines_ in expected.items() if found.get(file, _NOTHING) != lines_}
    staging.read |= {file: count for file, (count, *_rest) in expected.items() if file not in doubtful}
    kept = f" WHERE _file NOT IN ({', '.join(map(str, sorted(doubtful)))})" if doubtful else ""
    if len(doubtful) < len(raws):
        staging.parts.append(f"SELECT * EXCLUDE (_sure) FROM ({judged}){kept}")
    else:
        staging.relations.drop([staging.relation("direct")])
    return frozenset(doubtful)


def _records(
    staging: _Staging, part: str, header: tuple[str, ...], raws: Sequence[RawFile], layout: Layout
) -> tuple[str, set[int]]:
    """The query for the records of files of one header, and the files whose lines do not add up."""
    view = staging.relation(part)
    paths = [staging.raw.address(raw) for raw in raws]
    staging.session.files(view, "text", paths, "value STRING", (*lines.LINES, lines.LINE_NUMBER))
    if not layout.is_counted(raws):
        return lines.records(view, header, staging.contract, lines.whole(raws), layout.packed), set()
    counted = [(str(n), int(s), int(f), int(c)) for n, s, f, c in staging.session.rows(lines.counting(view))]
    blocks, right = lines.numbered(raws, counted, layout.packed)
    query = lines.records(view, header, staging.contract, blocks, layout.packed)
    return query, {raw.number for raw in raws} - right


_NOTHING = (0, 0, 0, 0)


def _proof(judged: str) -> str:
    """The query for (file, rows, sum of their lines, last line, rows in doubt): one line lost or told twice shows."""
    return (
        "SELECT _file, count(*), CAST(sum(_line) AS BIGINT), max(_line), count(*) FILTER (WHERE NOT _sure) "
        f"FROM ({judged}) GROUP BY _file"
    )


def _expected(raw: RawFile, contract: Contract) -> tuple[int, int, int, int]:
    """What the proof says of a file that has a record on every line."""
    first, last = 1 + contract.dialect.header, raw.lines or 0
    gone = [line for line in raw.erased if first <= line <= last]
    while gone and gone[-1] == last:
        gone.pop()
        last -= 1
    if last < first:
        return _NOTHING
    return last - first + 1 - len(gone), (first + last) * (last - first + 1) // 2 - sum(gone), last, 0


def _stage_split(staging: _Staging, files: Sequence[RawFile]) -> None:
    """Split files ourselves and let Spark read the result."""
    contract = staging.contract
    queries: list[str] = []
    expected: dict[int, int] = {}
    for raw in files:
        clean = f"{staging.raw.scratch}/{raw.sha256}.jsonl"
        parts = _split(staging.raw, raw, clean, contract)
        staging.read[raw.number] = parts.read
        staging.broken += parts.broken
        if not parts.records:
            continue
        expected[raw.number] = parts.records
        view = staging.relation(f"split{raw.number}")
        staging.session.files(
            view,
            "text",
            [address(staging.raw.lake.silver.location(clean))],
            "value STRING",
            ("from_json(value, 'ARRAY<STRING>') AS _fields",),
        )
        queries.append(
            f"SELECT {lines.picked(contract, raw.header, 2)}, CAST(_fields[0] AS INT) AS _file, "
            f"CAST(_fields[1] AS BIGINT) AS _line, TRUE AS _sure FROM {identifier(view)}"
        )
    if not queries:
        return
    judged = _judged(staging, "split", " UNION ALL ".join(queries))
    counted = staging.relations.rows(f"SELECT _file, count(*) FROM ({judged}) GROUP BY _file")
    found = {int(file): int(rows) for file, rows in counted}
    if found != expected:
        raise EngineError(f"{staging.name}: Spark read other rows than were written for it: {found}, not {expected}")
    staging.parts.append(f"SELECT * EXCLUDE (_sure) FROM ({judged})")


def _split(where: Raw, raw: RawFile, clean: str, contract: Contract) -> Split:
    """Write the records of a file to the object `clean` of silver."""
    silver = where.lake.silver
    with silver.arriving(where.scratch, ".jsonl") as made:
        with (
            where.lake.raw_path(raw) as path,
            opened_text(path, contract.dialect.encoding) as source,
            storage_errors(f"writing {made}"),
            made.open("wb") as out,
        ):
            parts = split_lines(source, out, contract.dialect, len(raw.header), raw.number)
        silver.put(made, clean)
    return parts


def _judged(staging: _Staging, part: str, raw: str) -> str:
    """Keep the judged rows of a Spark query; returns the query for them in the pipeline's SQL."""
    relations, rows = staging.relations, staging.relation(part)
    columns = [*((column.name, "VARCHAR") for column in staging.contract.columns), *_RAW_TYPES]
    relations.put(f"{rows}__raw", raw, columns)
    relations.keep(rows, staging.judge(names([f"{rows}__raw"]), (*POSITION, "_sure")))
    return f"SELECT * FROM {names([rows])}"


def _nothing(contract: Contract) -> str:
    columns: Iterable[str] = (f"CAST(NULL AS STRING) AS {identifier(column.name)}" for column in contract.columns)
    place = "CAST(NULL AS INT) AS _file, CAST(NULL AS BIGINT) AS _line, TRUE AS _sure"
    return f"SELECT {', '.join(columns)}, {place} WHERE FALSE"
