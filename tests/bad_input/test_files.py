"""Whole files: empty, marked, packed, of another encoding or no CSV at all."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from bad_input.shop import HEADER, Shop, lines, plain
from dataspark.errors import DataError, HeaderError

BOM = "\ufeff"
GOOD = ["1,Ada,10.00", "2,Bob,20.50"]
GOOD_ROWS = ["2:1,Ada,10.00", "3:2,Bob,20.50"]


@pytest.mark.parametrize("content", ["", "\n", "\r\n\r\n", BOM, BOM + "\n"])
def test_an_empty_file_is_told_of_and_has_no_rows(shop: Shop, content: str) -> None:
    shop.put("sales.csv", content)
    assert "sales.csv is empty" in shop.passes().notices
    assert (shop.counts(), shop.rows(), shop.broken()) == ((0, 0, 0, 0, 0), [], [])


def test_an_empty_file_among_others(shop: Shop) -> None:
    shop.put("sales_1.csv", "")
    shop.reads(lines(*GOOD), "sales_2.csv")
    assert (shop.counts(1), shop.counts(2)) == ((0, 0, 0, 0, 0), (2, 2, 0, 0, 0))
    assert plain(shop.rows()) == GOOD_ROWS


@pytest.mark.parametrize(
    "content", [HEADER, HEADER + "\n", BOM + HEADER + "\r\n", HEADER + "\r", "\n" + HEADER + "\n\n"]
)
def test_a_header_only(shop: Shop, content: str) -> None:
    shop.reads(content)
    assert (shop.counts(), shop.rows(), shop.broken()) == ((0, 0, 0, 0, 0), [], [])


@pytest.mark.parametrize("header", [HEADER, '"id","name","amount"'])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", BOM])
def test_byte_order_marks_and_line_ends(shop: Shop, mark: str, end: str, header: str) -> None:
    shop.reads(mark + lines(*GOOD, header=header, end=end))
    assert (shop.counts(), plain(shop.rows())) == ((2, 2, 0, 0, 0), GOOD_ROWS)


@pytest.mark.parametrize("mark", ["", BOM])
@pytest.mark.parametrize("first", ["1,Ada,10.00", '"1",Ada,10.00'])
def test_a_byte_order_mark_before_data(tmp_path: Path, mark: str, first: str) -> None:
    shop = Shop.open(tmp_path, "{header: false}")
    shop.reads(f"{mark}{first}\n2,Bob,20.50\n")
    assert (shop.counts(), plain(shop.rows())) == ((2, 2, 0, 0, 0), ["1:1,Ada,10.00", "2:2,Bob,20.50"])


@pytest.mark.parametrize("body", ["1,Ada,10.00\r\n2,Bob,20.50\n3,Cy,3\r\n", "1,Ada,10.00\n2,Bob,20.50\r3,Cy,3\r\n"])
def test_line_ends_of_several_kinds(shop: Shop, body: str) -> None:
    shop.reads(f"{HEADER}\n{body}")
    assert (shop.counts(), plain(shop.rows())) == ((3, 3, 0, 0, 0), [*GOOD_ROWS, "4:3,Cy,3.00"])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_last_line_may_be_open(shop: Shop, end: str) -> None:
    shop.reads(lines(*GOOD, end=end).removesuffix(end))
    assert (shop.counts(), plain(shop.rows())) == ((2, 2, 0, 0, 0), GOOD_ROWS)


@pytest.mark.parametrize("blank", ["\n", "\r\n"])
def test_blank_lines_are_no_rows_and_count_as_lines(shop: Shop, blank: str) -> None:
    shop.reads(f"{blank}{HEADER}{blank}{blank}1,Ada,10.00{blank}{blank}{blank}2,Bob,20.50{blank}{blank}")
    assert (shop.counts(), plain(shop.rows())) == ((2, 2, 0, 0, 0), ["4:1,Ada,10.00", "7:2,Bob,20.50"])


def test_blank_lines_in_a_file_of_one_column(tmp_path: Path) -> None:
    properties = (
        "      - {name: amount, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}\n"
    )
    shop = Shop.open(tmp_path, properties=properties)
    shop.reads('amount\n1\n\n2\n""\n\n3\n')
    assert shop.counts() == (4, 3, 1, 0, 0)
    assert shop.rows("amount") == [(2, "1"), (4, "2"), (7, "3")]
    assert shop.broken() == [(5, "amount.required")]


@pytest.mark.parametrize(
    ("encoding", "dialect"),
    [("latin-1", "latin-1"), ("cp1252", "cp1252"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-8", "UTF8")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_other_encodings(tmp_path: Path, encoding: str, dialect: str, end: str) -> None:
    shop = Shop.open(tmp_path, f"{{encoding: {dialect}}}")
    shop.reads(lines("1,Zoé,10", '2,"Ça, là",20', end=end).encode(encoding))
    assert (shop.counts(), plain(shop.rows())) == ((2, 2, 0, 0, 0), ["2:1,Zoé,10.00", "3:2,Ça, là,20.00"])


def test_utf_16_that_ends_within_a_character(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, "{encoding: utf-16}")
    shop.reads(lines("1,Ada,10", "2,Bob,20").encode("utf-16") + b"3")
    assert (shop.counts(), plain(shop.rows())) == ((3, 2, 1, 0, 0), ["2:1,Ada,10.00", "3:2,Bob,20.00"])
    assert shop.broken() == [(4, "csv.encoding")]


@pytest.mark.parametrize("name", ["sales.csv.gz", "sales.csv.zst"])
def test_packed_files_are_read_as_they_are(shop: Shop, name: str) -> None:
    shop.reads(_packed(name, lines(*GOOD, "3,x", '4,"a\nb",4').encode()), name)
    assert (shop.counts(), plain(shop.rows())) == ((4, 3, 1, 0, 0), [*GOOD_ROWS, "5:4,a\nb,4.00"])
    assert shop.broken() == [(4, "csv.columns")]


@pytest.mark.parametrize("name", ["sales.csv.gz", "sales.csv.zst"])
def test_a_packed_empty_file(shop: Shop, name: str) -> None:
    shop.reads(_packed(name, b""), name)
    assert (shop.counts(), shop.rows()) == ((0, 0, 0, 0, 0), [])


def _packed(name: str, content: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(content)
    zstd = pytest.importorskip("backports.zstd" if _has("backports.zstd") else "compression.zstd")
    return bytes(zstd.compress(content))


def _has(module: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("name", ["sales.csv.gz", "sales.csv.zst"])
@pytest.mark.parametrize("damage", ["cut", "changed", "other"])
def test_a_damaged_packed_file_is_refused_before_it_is_archived(shop: Shop, name: str, damage: str) -> None:
    rows = [f"{number},Name {number * 7919 % 10007},{number % 977}" for number in range(1, 40_000)]
    whole = bytearray(_packed(name, lines(*rows).encode()))
    if damage == "cut":
        del whole[-2000:]
    elif damage == "changed":
        whole[len(whole) // 2 : len(whole) // 2 + 40] = bytes(40)
    else:
        whole = bytearray(lines(*rows).encode())
    error = shop.refuses(bytes(whole), "sales.csv.* is damaged", DataError, name)
    assert "have it sent again" in error.hint
    shop.put(name, _packed(name, lines(*rows).encode()))
    shop.passes()
    assert shop.counts() == (39_999, 39_999, 0, 0, 0)


def test_a_gzip_file_called_csv(shop: Shop) -> None:
    error = shop.refuses(gzip.compress(lines(*GOOD).encode()), "sales.csv is no CSV file: it begins like a gzip file")
    assert ".csv.gz" in error.hint


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


def _zip() -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("sales.csv", lines(*GOOD))
    return into.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (PNG, "begins like a PNG picture"),
        (_zip(), "begins like a ZIP archive"),
        (b"%PDF-1.7\n%\xe2\xe3\n", "a PDF document"),
        (b"PAR1\x15\x04\x15", "a Parquet file"),
        (lines(*GOOD).encode("utf-16"), "begins like text in UTF-16"),
        (lines(*GOOD).encode("utf-16-le"), "does not begin with a header in utf-8"),
        (json.dumps([{"id": 1, "name": "Ada"}]).encode(), "has none of the columns"),
        (json.dumps({"rows": [1, 2]}, indent=1).encode(), "has none of the columns"),
        (b"\x00\x01\x02\x03\x04" * 400, "does not begin with a header in utf-8"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "does not begin with a header"),
        (b"<html><body>Not found</body></html>\n", "has none of the columns"),
        ("id,pr\xe9nom,name\n1,a,b\n".encode("latin-1"), "does not begin with a header in utf-8"),
        (b"id;name;amount\n1;Ada;10\n", "has none of the columns"),
        (b"x" * 3_000_000, "has none of the columns"),
        (b'"id,name,amount\n1,Ada,10\n', "has no column `id`"),
    ],
)
@pytest.mark.parametrize("optional", [False, True])
def test_a_file_that_is_no_csv_is_refused_and_not_archived(
    tmp_path: Path, content: bytes, words: str, optional: bool
) -> None:
    properties = "\n".join(f"      - {{name: {name}, logicalType: string}}" for name in ("id", "name", "amount"))
    shop = Shop.open(tmp_path, properties=properties) if optional else Shop.open(tmp_path)
    if optional and "no column `id`" in words:
        return
    error = shop.refuses(content, words)
    assert len(str(error)) < 1500
    assert error.hint


@pytest.mark.parametrize("content", [PNG, _zip(), lines(*GOOD).encode("utf-16"), b"\x00\x01\x02\x03\n" * 10, b"{}\n"])
def test_a_file_that_is_no_csv_where_there_is_no_header(tmp_path: Path, content: bytes) -> None:
    Shop.open(tmp_path, "{header: false}").refuses(content, "sales.csv")


def test_each_file_that_is_refused_is_named(shop: Shop) -> None:
    shop.put("sales_1.csv", PNG)
    shop.put("sales_2.csv", "id,amount\n1,2\n")
    shop.put("sales_3.csv", lines(*GOOD))
    error = shop.stops(HeaderError, "sales_1.csv is no CSV file")
    assert "sales_2.csv has no column `name`" in str(error)
    assert shop.archived() == []
    (shop.sources / "sales_1.csv").unlink()
    shop.put("sales_2.csv", "id,name,amount\n3,Cy,2\n")
    shop.passes()
    assert plain(shop.rows()) == ["2:3,Cy,2.00", *GOOD_ROWS]


def test_a_copy_of_a_file_is_the_same_file(shop: Shop) -> None:
    shop.put("sales_1.csv", lines(*GOOD))
    shop.reads(lines(*GOOD), "sales_2.csv")
    assert list(shop.ledgers("sales")) == [1]
    assert plain(shop.rows()) == GOOD_ROWS
