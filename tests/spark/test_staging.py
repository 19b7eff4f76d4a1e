"""Raw files are read alike by both engines: every record, its text, its line, and what is no record."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bad_input.shop import Shop
from dataspark.engines.spark import raw
from dataspark.pipeline.ports import Engine, RawFile
from dataspark.wiring import Workspace, open_engine
from spark.conftest import SETTINGS

PROPERTIES = """
      - {name: a, logicalType: string}
      - {name: b, logicalType: string}
      - {name: c, logicalType: string}
"""
HEADER = "a,b,c\n"
PLAIN = {
    "simple": "1,2,3\n4,5,6\n",
    "no_last_end": "1,2,3\n4,5,6",
    "empty_fields": "1,,3\n,,\n,5,\n",
    "blanks": " 1 , 2,3 \n\t,4 ,  \n",
    "quoted": '"1","2","3"\n"4",5,"6"\n',
    "quoted_delimiter": '"1,2",3,"4,5"\n',
    "doubled": '"say ""hello""",2,""""\n"""",,""""""\n',
    "quoted_empty": '"","",""\n1,"",3\n',
    "unicode": "é,日本語,😀\n\u00a0,\u2028,\u0085\n",
    "backslash": '1\\,2,3\n"a\\",b,c\n',
    "literals": "NULL,\\N,null\nNaN,true,1e3\n",
    "header_alone": "",
    "long": f"{'x' * 100_000},2,3\n",
}
"""Files that Spark reads itself."""
NASTY = {
    "blank_lines": "1,2,3\n\n\n4,5,6\n\n",
    "too_few": "1,2\n1,2,3\n",
    "too_many": "1,2,3,4\n1,2,3\n",
    "empty_surplus": "1,2,3,\n1,2,3,,\n",
    "over_lines": '1,"2\n2",3\n4,5,6\n',
    "unclosed": '1,"2,3\n4,5,6\n7,8,9\n',
    "inner_quote": '1,a"b,3\n4,5,6\n',
    "behind_quote": '"1"x,2,3\n4,5,6\n',
    "blank_before_quote": '1, "2",3\n"4" ,5,6\n',
    "lone_returns": "1,2,3\r4,5,6\r",
    "mixed_ends": "1,2,3\r\n4,5,6\n",
    "return_within": '1,"2\r2",3\n',
    "blank_text": " \n1,2,3\n",
}
BYTES = {
    "crlf": b"a,b,c\r\n1,2,3\r\n4,5,6\r\n",
    "bom": b"\xef\xbb\xbf" + (HEADER + "1,2,3\n").encode(),
    "not_utf8": HEADER.encode() + b"1,\xff,3\n4,5,6\n",
    "nul": HEADER.encode() + b"1,2\0,3\n4,5,6\n",
    "overlong": HEADER.encode() + b"1,\xc0\xaf,3\n4,5,6\n",
    "blank_first": b"\n" + (HEADER + "1,2,3\n").encode(),
    "other_header": b"c,b,a,d\n1,2,3,4\n",
    "lacks_a_column": b"c,a\n1,2\n",
    "quoted_header": b'"a","b","c"\n1,2,3\n',
    "header_over_lines": b'a,b,c,"d\ne"\n1,2,3,4\n',
}


def judged(columns: Iterable[str]) -> Any:
    def judge(relation: str, passed_through: Collection[str] = ()) -> str:
        return f"SELECT {', '.join([*columns, *passed_through])} FROM {relation}"

    return judge


@contextmanager
def engines(workspace: Workspace) -> Iterator[tuple[Engine, Engine]]:
    """Both of them over one lake."""
    opened = [open_engine(each, workspace.lake, workspace.tables) for each in (workspace.project.engine, SETTINGS)]
    try:
        yield opened[0], opened[1]
    finally:
        for engine in opened:
            engine.close()


def archived(root: Path, files: dict[str, bytes], dialect: str = "{}") -> tuple[Workspace, list[RawFile]]:
    """The files in bronze, whatever a run would say of them before it took them in."""
    shop = Shop.open(root, dialect, PROPERTIES)
    for name, content in files.items():
        shop.put(f"sales_{name}", content)
    workspace, lake, written = shop.workspace, shop.workspace.lake, shop.workspace.contracts[0].dialect
    sources = lake.source_files()
    found = []
    for number, (source, copied) in enumerate(zip(sources, lake.copy_in(sources, "sales", written), strict=True), 1):
        header = lake.source_header(source.name, written)
        stamp = (copied.object, copied.sha256, copied.size, header, copied.lines, "")
        found.append(RawFile(number, source.name, *stamp))
    return workspace, found


def read(engine: Engine, workspace: Workspace, files: list[RawFile]) -> dict[str, Any]:
    """What an engine says of each file, by the file's name."""
    names = {file.number: file.name for file in files}
    staged = engine.stage("sales__new", files, workspace.contracts[0], judged("abc"))
    rows = engine.rows('SELECT _file, _line, a, b, c FROM "sales__new" ORDER BY _file, _line')
    told: dict[str, Any] = {name: {"read": staged.read[number]} for number, name in names.items()}
    for number, name in names.items():
        told[name]["rows"] = [row[1:] for row in rows if row[0] == number]
        told[name]["broken"] = sorted((b.line, b.reason, b.text) for b in staged.broken if b.file == number)
    engine.drop(["sales__new"])
    return told


def same(root: Path, files: dict[str, bytes], dialect: str = "{}") -> dict[str, Any]:
    """Let both engines read the files; they must say the same. Returns what they say."""
    workspace, found = archived(root, files, dialect)
    with engines(workspace) as (duckdb, spark):
        told = read(spark, workspace, found)
        assert told == read(duckdb, workspace, found)
    return told


def test_good_and_nasty_files_say_the_same_to_both_engines(tmp_path: Path) -> None:
    files = {f"{name}.csv": (HEADER + text).encode() for name, text in (PLAIN | NASTY).items()}
    told = same(tmp_path, files | {f"{name}.csv": content for name, content in BYTES.items()})
    assert told["sales_doubled.csv"]["rows"] == [(2, 'say "hello"', "2", '"'), (3, '"', None, '""')]
    assert told["sales_empty_fields.csv"]["rows"][1] == (3, None, None, None)
    assert told["sales_bom.csv"]["rows"] == [(2, "1", "2", "3")]
    assert told["sales_blank_first.csv"]["rows"] == [(3, "1", "2", "3")]
    assert told["sales_other_header.csv"]["rows"] == [(2, "3", "2", "1")]


def test_files_without_a_doubt_are_read_by_spark_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split: list[str] = []
    splitting = raw._split
    monkeypatch.setattr(
        raw, "_split", lambda where, file, *rest: (split.append(file.name), splitting(where, file, *rest))[1]
    )
    files = {f"{name}.csv": (HEADER + text).encode() for name, text in (PLAIN | NASTY).items()}
    workspace, found = archived(tmp_path, files)
    with engines(workspace) as (_duckdb, spark):
        read(spark, workspace, found)
    assert sorted(split) == sorted(f"sales_{name}.csv" for name in NASTY)


@pytest.mark.parametrize(
    ("dialect", "files"),
    [
        ("{delimiter: ';', quote: \"'\"}", {"a.csv": b"a;b;c\n1;'2;2';'it''s'\n4;\"5;6\n"}),
        ("{escape: '\\'}", {"a.csv": b'a,b,c\n"a\\"b",2,"\\\\"\n1,\\,3\n"x""y",2,3\n'}),
        ("{quote: ''}", {"a.csv": b'a,b,c\n"1,2",3\n"1","2","3"\n'}),
        ("{header: false}", {"a.csv": b"1,2,3\n4,5,6\n", "bom.csv": b"\xef\xbb\xbf7,8,9\n"}),
        ("{encoding: cp1252}", {"a.csv": "a,b,c\n1,é,€\n".encode("cp1252")}),
        ("{encoding: utf-16}", {"a.csv": "a,b,c\n1,é,😀\n".encode("utf-16")}),
        ("{delimiter: '|'}", {"a.csv": b'a|b|c\n1|"2|2"|3\n', "b.csv.gz": gzip.compress(b"a|b|c\n4|5|6\n")}),
        ("{delimiter: '\t'}", {"a.csv": b"a\tb\tc\n1\t\t3\n"}),
    ],
)
def test_dialects(tmp_path: Path, dialect: str, files: dict[str, bytes]) -> None:
    told = same(tmp_path, files, dialect)
    assert sum(len(file["rows"]) for file in told.values())


def test_lines_of_files_in_several_blocks_are_numbered(tmp_path: Path) -> None:
    """Two large files, a small one, and one of the large ones is in doubt near its end."""
    rows = b"".join(b"%d,%s,%d\n" % (n, b"x" * (n % 90), n) for n in range(150_000))
    files = {"a.csv": HEADER.encode() + rows, "b.csv": HEADER.encode() + rows + b'1,"\n', "c.csv": b"a,b,c\n1,2,3\n"}
    assert len(rows) > 8 << 20
    told = same(tmp_path, files)
    assert told["sales_a.csv"]["rows"][-1][:2] == (150_001, "149999")
    assert told["sales_b.csv"]["broken"] == [(150_002, "csv.quote", '1,"')]


def test_many_small_files_share_tasks(tmp_path: Path) -> None:
    files = {f"{n:04d}.csv": HEADER.encode() + b"".join(b"%d,%d,\n" % (n, m) for m in range(n % 5)) for n in range(300)}
    told = same(tmp_path, files)
    assert [row[0] for row in told["sales_0004.csv"]["rows"]] == [2, 3, 4, 5]


def test_erased_lines_are_passed_over(tmp_path: Path) -> None:
    workspace, (file,) = archived(tmp_path, {"a.csv": b"a,b,c\n1,2,3\n4,5,6\n7,8,9\n"})
    (record,) = workspace.lake.raw_records(file, workspace.contracts[0].dialect, {3: 1}).values()
    erased = workspace.lake.erase(file, "sales", [record])
    with engines(workspace) as (duckdb, spark):
        told = read(spark, workspace, [erased])
        assert told == read(duckdb, workspace, [erased])
    assert told["sales_a.csv"]["rows"] == [(2, "1", "2", "3"), (4, "7", "8", "9")]


letters = st.text("ab ,\"'\n\r\\é€0", max_size=8)


@settings(max_examples=4, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # to shrink would take minutes
@given(contents=st.lists(st.lists(letters, max_size=12).map(",".join), min_size=20, max_size=40))
def test_whatever_is_in_a_file(contents: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        same(Path(folder), {f"{n}.csv": (HEADER + text + "\n").encode() for n, text in enumerate(contents)})
