"""Whatever is in a file: every record comes back once, from the line it stands on, and the ledger balances."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bad_input.shop import HEADER, Shop
from dataspark.answers.measuring import There
from dataspark.contracts.contract import Column, Contract, Dialect, LogicalType
from dataspark.engines.duckdb.raw import forget, stage
from dataspark.engines.duckdb.session import Session
from dataspark.lake.rawfiles import opened_text
from dataspark.lake.splitting import Split, split
from dataspark.lake.surveying import Survey
from dataspark.pipeline.ports import RawFile
from dataspark.project import EngineSettings

LETTERS = "ab ,;\t|\"'\n\r\\é€0"
texts = st.text(LETTERS, max_size=8)
dialects = st.builds(
    lambda delimiter, quote, escape, header: Dialect(delimiter, quote, escape or quote, header=header),
    st.sampled_from(",;\t|"),
    st.sampled_from("\"'"),
    st.sampled_from(["", "\\"]),
    st.booleans(),
)


def written(records: list[list[str]], dialect: Dialect, end: str, quoting: int = csv.QUOTE_MINIMAL) -> list[str]:
    """Each record as `csv.writer` writes it."""
    doubled = dialect.escape == dialect.quote
    pieces = []
    for record in records:
        into = io.StringIO()
        csv.writer(
            into,
            delimiter=dialect.delimiter,
            quotechar=dialect.quote,
            doublequote=doubled,
            escapechar=None if doubled else dialect.escape,
            quoting=quoting,  # type: ignore[arg-type]
            lineterminator=end,
        ).writerow(record)
        pieces.append(into.getvalue())
    return pieces


def line_count(text: str) -> int:
    return len(io.StringIO(text, newline="").readlines())


def read_back(content: bytes, dialect: Dialect, width: int) -> tuple[list[list[str]], list[int], Split]:
    """The records that the splitter found, their lines, and the rest."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.csv")
        path.write_bytes(content)
        out = io.BytesIO()
        with opened_text(path, dialect.encoding) as source:
            parts = split(source, out, dialect, width, 1)
    text = io.StringIO(out.getvalue().decode(), newline="")
    records = list(csv.reader(text, delimiter=dialect.delimiter))
    starts = dict(parts.shifts)
    lines, shift = [], 0
    for index in range(parts.records):
        shift = starts.get(index, shift)
        lines.append(index + shift)
    return records, lines, parts


def doubtful(piece: str, dialect: Dialect, width: int) -> bool:
    """Whether the lines of a record look like records themselves: such a record goes to the quarantine line by line."""
    lines = io.StringIO(piece, newline="").readlines()
    alike = [line.count(dialect.delimiter) == width - 1 for line in lines]
    return len(lines) > 2 and any(alike[1:-1])


@settings(max_examples=200)
@given(
    st.data(),
    dialects,
    st.integers(1, 4),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_a_csv_writer_writes_comes_back(
    data: st.DataObject, dialect: Dialect, width: int, end: str, quoting: int
) -> None:
    records = data.draw(st.lists(st.lists(texts, min_size=width, max_size=width), max_size=8))
    # Python's writer leaves some fields without quotes that need them: line ends other than its own, escapes.
    if dialect.escape != dialect.quote or any("\r" in field for record in records for field in record):
        quoting = csv.QUOTE_ALL
    pieces = written(records, dialect, end, quoting)
    assume(not any(doubtful(piece, dialect, width) for piece in pieces))
    header = written([["x"] * width], dialect, end)[0] if dialect.header else ""
    found, lines, parts = read_back((header + "".join(pieces)).encode(), dialect, width)
    assert not parts.broken
    assert found == records
    expected, at = [], 1 + dialect.header
    for piece in pieces:
        expected.append(at)
        at += line_count(piece)
    assert lines == expected


BROKEN = {
    b"9": "csv.columns",
    b"9,x,y,z": "csv.columns",
    b'9,"x"y,z': "csv.quote",
    b'9,"x,z': "csv.quote",
    b'"': "csv.quote",
    b'9,x,"': "csv.quote",
    b"9,\0,z": "csv.nul",
    b"9,\xff,z": "csv.encoding",
    b'9,"\xff,z': "csv.encoding",
}
tame = st.text("ab 'é", max_size=6) | st.sampled_from(['"', 'a"b"', "a,b", "", "a\nb"])


@settings(max_examples=200)
@given(st.lists(st.tuples(tame, tame, tame).map(list), max_size=8), st.data(), st.sampled_from(["\n", "\r\n"]))
def test_a_broken_line_costs_no_other_record(records: list[list[str]], data: st.DataObject, end: str) -> None:
    at = data.draw(st.integers(0, len(records)))
    line = data.draw(st.sampled_from(sorted(BROKEN)))
    pieces = written(records, Dialect(), end)
    content = "".join(pieces[:at]).encode() + line + end.encode() + "".join(pieces[at:]).encode()
    found, _lines, parts = read_back(content, Dialect(header=False), 3)
    assert found == records
    assert [(broken.line, broken.reason) for broken in parts.broken] == [
        (1 + line_count("".join(pieces[:at])), BROKEN[line])
    ]


@settings(max_examples=300)
@given(st.lists(st.text("a\"',\n\r\0 é", max_size=12), max_size=12), st.integers(1, 3))
@example(['a,b,"c', "d,e,f", 'g,h"'], 3)
def test_no_line_vanishes(rows: list[str], width: int) -> None:
    """Of any text at all: every line that is not blank is in a record, or listed as broken."""
    text = "\n".join(rows)
    _records, lines, parts = read_back(text.encode(), Dialect(header=False), width)
    assert parts.records == len(lines)
    starts = sorted([*lines, *(broken.line for broken in parts.broken)])
    assert len(starts) == len(set(starts)) == parts.read
    physical = io.StringIO(text, newline="").readlines()
    first = next((number for number, line in enumerate(physical, 1) if line.rstrip("\r\n")), None)
    assert (starts[0] if starts else None) == first


CONTRACT = Contract("t", (Column("a", LogicalType.STRING), Column("b", LogicalType.STRING)))
nasty = st.text("ab\", \t\\é\r\0'", max_size=10) | st.sampled_from(
    ["x,y", '"x" "y",z', "x,y,,", ' "x",y', '  "x",y', '"x"  ,y']
)


@settings(max_examples=300)
@given(st.lists(nasty, min_size=1, max_size=4), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "x,y"]))
def test_a_file_means_the_same_whichever_way_it_is_read(session: Session, rows: list[str], end: str, last: str) -> None:
    """By the engine's own reader where it is believed, or by our splitter."""
    content = end.join(["a,b", *rows, last]).encode()
    survey = Survey(CONTRACT.dialect)
    survey.add(content)
    path = session.scratch / "t.csv"
    path.write_bytes(content)
    raw = RawFile(1, "t.csv", "t.csv", "0", len(content), ("a", "b"), survey.lines, "")
    seen = []
    for file in (raw, replace(raw, lines=None)):
        staged, _rows = stage(
            session, There(path), "staged", [file], CONTRACT, lambda rows, _more=(): f"SELECT * FROM {rows}"
        )
        seen.append((staged, session.rows("SELECT * FROM staged ORDER BY _line")))
        forget(session, "staged")
    assert seen[0] == seen[1]


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    started = Session(EngineSettings())
    yield started
    started.close()


values = st.sampled_from(
    ["1", "2", " 3 ", "-4", "", "x", "1.5", "\ta", 'a"b', "a, b", "a\nb", "é", "  ", '"', "''", "00"]
)


@settings(max_examples=25)
@given(st.lists(st.tuples(values, values, values), max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_well_formed_files_are_read_as_pythons_reader_reads_them(
    rows: list[tuple[str, str, str]], end: str, ragged: bool
) -> None:
    pieces = written([list(row) for row in rows], Dialect(), end)
    content = HEADER + end + "".join(pieces) + ("9" + end if ragged else "")
    assume(not any(doubtful(piece, Dialect(), 3) for piece in pieces))
    reader = csv.reader(io.StringIO(content, newline=""))
    records = [record for record in reader if record][1:]
    with tempfile.TemporaryDirectory() as folder:
        properties = "\n".join(
            f"      - {{name: {name}, logicalType: string, trim: false}}" for name in HEADER.split(",")
        )
        rule = "\n    quality:\n      - {type: custom, engine: dataspark, name: odd, implementation: \"id <> 'x'\"}\n"
        model = "SELECT count(*) AS rows FROM silver.sales"
        properties = properties.replace("trim: false", _UNTRIMMED) + rule
        shop = Shop.open(Path(folder), properties=properties, **{"models/totals.sql": model})
        shop.reads(content)
        ledger = shop.ledgers("sales")[1]
        whole = [record for record in records if len(record) == 3]
        assert ledger.read == len(records)
        assert ledger.quarantined == sum(record[0] == "x" for record in whole) + len(records) - len(whole)
        kept = {tuple(value or None for value in record) for record in whole if record[0] != "x"}
        assert {row[1:] for row in shop.rows()} == kept
        assert len(shop.rows()) == ledger.accepted == len(kept)


_UNTRIMMED = "customProperties: [{property: trim, value: false}]"
