"""Headers that do not fit: columns are found by name, and both sides are named where that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from bad_input.shop import HEADER, Shop, lines, plain
from dataspark.errors import HeaderError


def test_a_reordered_header_does_not_swap_values(shop: Shop) -> None:
    shop.reads(lines("10.00,1,Ada", "20.50,2,Bob", header="amount,id,name"))
    assert (shop.counts(), plain(shop.rows())) == ((2, 2, 0, 0, 0), ["2:1,Ada,10.00", "3:2,Bob,20.50"])


def test_files_with_different_headers_in_one_run(shop: Shop) -> None:
    shop.put("sales_1.csv", lines("1,Ada,10"))
    shop.put("sales_2.csv", lines("20,2,Bob", header="amount,id,name"))
    shop.put("sales_3.csv", lines("Cy,x,3,30", 'Di,"y', "Eve,z,5,", header="name,note,id,amount"))
    shop.passes()
    assert [shop.counts(file) for file in (1, 2, 3)] == [(1, 1, 0, 0, 0), (1, 1, 0, 0, 0), (3, 2, 1, 0, 0)]
    assert plain(shop.rows()) == ["2:1,Ada,10.00", "2:2,Bob,20.00", "2:3,Cy,30.00", "4:5,Eve,NULL"]


def test_padding_letter_case_and_quotes_of_titles_do_not_matter(shop: Shop) -> None:
    shop.reads(lines("1,Ada,10.00", header='" ID ",Name, "AMOUNT"'))
    assert plain(shop.rows()) == ["2:1,Ada,10.00"]


@pytest.mark.parametrize("header", ["id,name,name,amount", "id,name,amount,Name", "id,name, name ,amount"])
def test_a_duplicate_header_names_both_sides(shop: Shop, header: str) -> None:
    error = shop.refuses(lines("1,Ada,Bob,10", header=header), "sales.csv has the column `name` 2 times")
    assert "contracts/shop.odcs.yaml" in str(error)


def test_an_unknown_column_may_come_twice(shop: Shop) -> None:
    shop.reads(lines("1,Ada,10,x,y", header="id,name,amount,note,note"))
    assert (shop.counts(), plain(shop.rows())) == ((1, 1, 0, 0, 0), ["2:1,Ada,10.00"])


def test_missing_required_columns_name_both_sides(shop: Shop) -> None:
    error = shop.refuses(lines("10,x", header="amount,nom"), "sales.csv has no column `id`, `name` that")
    assert "contracts/shop.odcs.yaml" in str(error)
    assert "it has `amount`, `nom`" in str(error)


def test_a_missing_optional_column_is_empty_and_reported(shop: Shop) -> None:
    shop.put("sales.csv", lines("1,Ada", "2,Bob", header="id,name"))
    report = shop.passes()
    assert (shop.counts(), plain(shop.rows())) == ((2, 2, 0, 0, 0), ["2:1,Ada,NULL", "3:2,Bob,NULL"])
    assert "sales.csv: column `amount` not in the file, taken as empty" in report.notices


def test_a_column_too_many_is_kept_out_and_reported(shop: Shop) -> None:
    shop.put("sales.csv", lines("1,Ada,x,10,", "2,Bob,y,20,z", header="id,name,note,amount,"))
    report = shop.passes()
    assert (shop.counts(), plain(shop.rows())) == ((2, 2, 0, 0, 0), ["2:1,Ada,10.00", "3:2,Bob,20.00"])
    assert report.notices == [
        "sales.csv: columns `note`, `` not in the contract, kept out; the bytes stay in bronze "
        "(`dataspark drift --kept-out` shows how to take it in)"
    ]


def test_wrong_bytes_in_a_column_that_is_kept_out_break_the_line(shop: Shop) -> None:
    shop.reads(lines("1,Ada,10,caf\xe9", "2,Bob,20,x", header=f"{HEADER},note").encode("latin-1"))
    assert (shop.counts(), shop.broken()) == ((2, 1, 1, 0, 0), [(2, "csv.encoding")])


def test_a_title_over_two_lines(shop: Shop) -> None:
    shop.reads('id,name,amount,"a\nnote"\n1,Ada,10,x\n2,Bob,20\n')
    assert (shop.counts(), plain(shop.rows()), shop.broken()) == (
        (2, 1, 1, 0, 0), ["3:1,Ada,10.00"], [(4, "csv.columns")],
    )  # fmt: skip


def test_without_a_header_columns_come_in_the_contracts_order(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, "{header: false}")
    shop.reads("1,Ada,10.00\n2,Bob\n3,Cy,30.00\n")
    assert (shop.counts(), plain(shop.rows())) == ((3, 2, 1, 0, 0), ["1:1,Ada,10.00", "3:3,Cy,30.00"])
    assert shop.broken() == [(2, "csv.columns")]


def test_without_a_header_the_first_line_must_have_as_many_fields(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, "{header: false}")
    error = shop.refuses("1,Ada\n2,Bob\n", "sales.csv has 2 fields in its first line; .* has 3 columns")
    assert isinstance(error, HeaderError)
