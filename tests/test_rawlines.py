"""Records by line: the bytes that are found are the bytes that lie there, whatever the encoding, line ends and packing."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataspark.contracts.contract import Dialect
from dataspark.lake.rawfiles import opened_text
from dataspark.lake.rawlines import read_records

ENCODINGS = ("utf-8", "cp1252", "utf-16", "utf-16-be", "utf-32")
fields = st.text("ab é;,", max_size=6)
lines = st.lists(
    st.tuples(st.lists(fields, min_size=1, max_size=3).map("|".join), st.sampled_from(["\n", "\r\n", "\r"]))
)


@given(content=lines, encoding=st.sampled_from(ENCODINGS), packed=st.booleans(), data=st.data())
def test_every_line_is_where_the_text_layer_says(
    content: list[tuple[str, str]],
    encoding: str,
    packed: bool,
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    text = "".join(line + end for line, end in content) + "last"
    raw = text.encode(encoding)
    path = tmp_path_factory.mktemp("raw") / ("file.csv.gz" if packed else "file.csv")
    path.write_bytes(gzip.compress(raw) if packed else raw)
    expected = list(io.StringIO(text, newline=""))
    asked = data.draw(st.sets(st.integers(1, len(expected) + 3), min_size=1))
    found = read_records(path, Dialect(delimiter="|", quote="", encoding=encoding), dict.fromkeys(asked, 1))
    assert sorted(found) == sorted(line for line in asked if line <= len(expected))
    for line, record in found.items():
        assert record.raw == raw[record.start : record.end]
        assert record.text.removeprefix("\ufeff") == expected[line - 1].rstrip("\r\n")


def test_a_record_of_several_lines_is_taken_whole(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(b'id,note\r\n1,"one\r\ntwo, ""three"""\r\n2,plain\r\n3,"open\r\n')
    found = read_records(path, Dialect(), {2: None, 4: None, 5: None})
    assert {line: (one.raw, one.lines) for line, one in found.items()} == {
        2: (b'1,"one\r\ntwo, ""three"""', 2),
        4: (b"2,plain", 1),
        5: (b'3,"open', 1),
    }
    assert (found[2].start, found[2].end) == (9, 32)


def test_lines_far_apart_in_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    rows = [f"{number},{'x' * (number % 90)}" for number in range(1, 120_001)]  # several chunks
    path.write_text("\n".join(rows) + "\n")
    asked = [1, 2, 59_999, 119_999, 120_000, 120_001]
    found = read_records(path, Dialect(), dict.fromkeys(asked))
    assert {line: one.text for line, one in found.items()} == {line: rows[line - 1] for line in asked[:-1]}


def test_bytes_that_are_not_of_the_encoding_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes("id,nom\n1,Café\n".encode("cp1252"))
    (record,) = read_records(path, Dialect(), {2: None}).values()
    assert (record.raw, record.text) == (b"1,Caf\xe9", "1,Caf\\xe9")
    with opened_text(path, "utf-8") as text:
        assert list(text)[1] == "1,Caf\udce9\n"
