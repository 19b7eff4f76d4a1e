"""Files that are not what earlier ones were: what a run says, when it stops, and what accepts it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bad_input.shop import Shop, lines, plain
from cli.calling import dataspark
from dataspark.errors import DriftError

PROPERTIES = """
      # the till's number
      - {name: id, logicalType: integer, primaryKey: true}   # never changes
      - name: name
        logicalType: string
      - name: amount
        logicalType: number
        physicalType: decimal(10,2)
      - name: day
        logicalType: date
"""
FIRST = lines("1,Ada,10.00,2025-01-01", "2,Bob,20.00,2025-01-02", "3,Cy,30.00,2025-01-03", header="id,name,amount,day")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A table with one file that was read."""
    shop = Shop.open(tmp_path, properties=PROPERTIES)
    shop.reads(FIRST, "sales_1.csv")
    return shop


def drift_of(shop: Shop, content: str, words: str, name: str = "sales_2.csv") -> DriftError:
    """Let a file arrive; the run must stop with these words, nothing may move."""
    before = (shop.archived(), shop.workspace.lake.release(), shop.rows())
    error = shop.stops(DriftError, words, content, name)
    assert isinstance(error, DriftError)
    assert error.exit_code == 1
    assert (shop.archived(), shop.workspace.lake.release(), shop.rows()) == before
    return error


def accepts(shop: Shop) -> list[str]:
    """Accept what there is; the run must go through. Returns the lines that changed in the contract."""
    contract = shop.root / "contracts/shop.odcs.yaml"
    before = contract.read_text().splitlines()
    answer = dataspark("drift", "--accept", project=shop.root)
    assert answer.code == 0, answer
    after = contract.read_text().splitlines()
    assert len(set(before) - set(after)) <= 2, "a patch changes no more than it must"
    shop.passes()
    return [line.strip() for line in after if line not in before]


def test_a_renamed_column_stops_and_becomes_an_alias(shop: Shop) -> None:
    renamed = lines("4,Di,40.00,2025-01-04", header="id,full_name,amount,day").replace("full_name", "Name of")
    error = drift_of(
        shop, renamed, "sales_2.csv: no column `name`, but `Name of` looks like it: the names are 80% alike"
    )
    assert '+          value: ["Name of"]' in error.patch or "value: [Name of]" in error.patch
    assert accepts(shop) == ["customProperties:", "- property: aliases", "value: [Name of]"]
    assert plain(shop.rows("id, name, amount"))[-1] == "2:4,Di,40.00"


def test_a_renamed_column_is_known_by_its_place(shop: Shop) -> None:
    drift_of(
        shop, lines("4,Di,40.00,2025-01-04", header="id,name,total,day"), "`total` looks like it: it stands in the same"
    )
    drift_of(
        shop, lines("4,Di,40.00,2025-01-04", header="id,client,amount,day"), "`client` looks like it: it stands in the"
    )


def test_a_column_in_another_place_with_another_name_is_not_the_same(shop: Shop) -> None:
    error = drift_of(
        shop, lines("x,4,40.00,2025-01-04", header="colour,id,amount,day"), "no column `name`, which sales_1.csv had"
    )
    assert "looks like" not in str(error)


def test_a_removed_column_stops_until_it_may_be_absent(shop: Shop) -> None:
    error = drift_of(
        shop, lines("1,Ada,2025-01-01", header="id,name,day"), "no column `amount`, which sales_1.csv had: newer rows"
    )
    assert "value: allowed" in error.patch
    assert accepts(shop) == ["customProperties:", "- property: absent", "value: allowed"]
    assert plain(shop.rows("id, name, amount")) == ["3:2,Bob,20.00", "4:3,Cy,30.00", "2:1,Ada,NULL"]


def test_the_first_file_may_lack_an_optional_column(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, properties=PROPERTIES)
    shop.put("sales_1.csv", lines("1,Ada,2025-01-01", header="id,name,day"))
    shop.put("sales_2.csv", lines("2,Bob,2025-01-01", header="id,name,day"))
    report = shop.passes()
    assert report.notices == ["sales_1.csv: column `amount` not in the file, taken as empty"]
    assert [(one["kind"], one["stops"]) for one in report.drift] == [("removed", False)]


def test_a_file_of_the_same_run_counts_as_earlier(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, properties=PROPERTIES)
    shop.put("sales_1.csv", FIRST)
    shop.stops(
        DriftError,
        "no column `amount`, which sales_1.csv had",
        lines("1,Ada,2025-01-01", header="id,name,day"),
        "sales_2.csv",
    )


def test_reordered_columns_are_told(shop: Shop) -> None:
    shop.put("sales_2.csv", lines("2025-01-04,40.00,4,Di", header="day,amount,id,name"))
    report = shop.passes()
    assert report.notices == ["sales_2.csv: columns in another order than in sales_1.csv, found by name"]
    assert report.drift[0]["kind"] == "reordered"
    shop.put("sales_3.csv", lines("2025-01-05,50.00,5,Ed", header="day,amount,id,name"))
    assert shop.passes().drift == []


def test_an_added_column_is_told_once_and_taken_in_later_from_old_files(shop: Shop) -> None:
    for number in (2, 3):
        shop.put(
            f"sales_{number}.csv",
            lines(f"{number},Di,40.00,2025-01-04,1{number}", header="id,name,amount,day,Stock (kg)"),
        )
    report = shop.passes()
    assert report.notices == [
        "sales_2.csv: column `Stock (kg)` not in the contract, kept out; the bytes stay in bronze "
        "(`dataspark drift --kept-out` shows how to take it in)"
    ]
    assert dataspark("drift", project=shop.root).out == "bad: 0 new files looked at, no drift\n".replace(
        "bad", shop.root.name
    )
    answer = dataspark("drift", "--kept-out", "--accept", project=shop.root)
    assert (answer.code, "- name: stock_kg" in answer.out) == (0, True)
    shop.passes()
    assert shop.silver("sales", "id, stock_kg") == [("1", None), ("2", "12"), ("3", "13")]


@pytest.mark.parametrize(
    ("days", "looks", "value"),
    [
        (("04/01/2025", "13/01/2025", "14/01/2025"), "they look like dd/MM/yyyy", "value: [iso, dd/MM/yyyy]"),
        (("20250104", "20250113", "20250114"), "they look like yyyyMMdd", "value: [iso, yyyyMMdd]"),
        (("2025-01-04 10:00",) * 10, "they look like yyyy-MM-dd HH:mm", 'value: [iso, "yyyy-MM-dd HH:mm"]'),
    ],
)
def test_another_date_format_stops_and_is_added(shop: Shop, days: tuple[str, ...], looks: str, value: str) -> None:
    rows = [f"{number},Di,40.00,{day}" for number, day in enumerate(days, 4)]
    drift_of(shop, lines(*rows, header="id,name,amount,day"), f"{len(days)} of {len(days)} values of `day` .*{looks}")
    assert value in accepts(shop)
    assert shop.counts(2) == (len(days), len(days), 0, 0, 0)


def test_month_first_after_day_first_has_no_patch(tmp_path: Path) -> None:
    custom = "day\n        logicalType: date\n        customProperties: [{property: formats, value: [dd/MM/yyyy]}]"
    shop = Shop.open(tmp_path, properties=PROPERTIES.replace("day\n        logicalType: date", custom))
    shop.reads(lines("1,Ada,1,13/01/2025", header="id,name,amount,day"), "sales_1.csv")
    rows = lines("2,Bo,1,01/13/2025", "3,Bo,1,01/14/2025", "4,Bo,1,01/15/2025", header="id,name,amount,day")
    error = drift_of(shop, rows, "they look like MM/dd/yyyy")
    assert (error.patch, "cannot be told apart" in error.hint) == ("", True)
    assert dataspark("drift", "--accept", project=shop.root).code == 1


def test_a_decimal_comma_in_one_file_has_no_patch(shop: Shop) -> None:
    rows = lines(
        '4,Di,"4,50",2025-01-01', '5,Di,"5,50",2025-01-01', '6,Di,"6,50",2025-01-01', header="id,name,amount,day"
    )
    error = drift_of(shop, rows, "3 of 3 values of `amount` .* decimal comma, and a table has one decimal mark")
    assert error.patch == ""
    assert 'a table of its own with `decimal: ","`' in error.hint


def test_longer_numbers_and_text_change_the_type(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, properties=PROPERTIES, **{"models/totals.sql": "SELECT count(*) AS n FROM silver.sales"})
    shop.reads(FIRST, "sales_1.csv")
    big = lines(*(f"{n},Di,{n}23456789012.5,2025-01-01" for n in (4, 5, 6)), header="id,name,amount,day")
    drift_of(shop, big, "3 of 3 values of `amount` .* numbers with decimals")
    assert accepts(shop) == ["physicalType: decimal(17,1)"]
    assert shop.counts(2) == (3, 3, 0, 0, 0)
    words = lines(*(f"{n},Di,word {n},2025-01-01" for n in range(30, 50)), header="id,name,amount,day")
    drift_of(shop, words, "20 of 20 values of `amount` .* they look like text", "sales_3.csv")
    accepts(shop)
    contract = (shop.root / "contracts/shop.odcs.yaml").read_text()
    assert "- name: amount\n        logicalType: string\n      - name: day" in contract


def test_nineteen_texts_may_be_dirt(shop: Shop) -> None:
    shop.put("sales_2.csv", lines(*(f"{n},Di,word {n},2025-01-01" for n in range(7, 26)), header="id,name,amount,day"))
    shop.passes()
    assert shop.counts(2) == (19, 0, 19, 0, 0)


def test_a_few_bad_values_are_for_the_quarantine(shop: Shop) -> None:
    rows = [
        "4,Di,x,2025-01-01",
        "5,Di,y,2025-01-01",
        "6,Di,6,2025-01-01",
        "7,Di,7,2025-01-01",
        "9,Di,9,2025-01-01",
        "11,Di,1,2025-01-01",
    ]
    shop.put("sales_2.csv", lines(*rows, *(f"{n},Di,soon,2025-01-01" for n in (8, 10)), header="id,name,amount,day"))
    shop.passes()
    assert shop.counts(2) == (8, 4, 4, 0, 0)


def test_what_never_fitted_is_no_drift(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, properties=PROPERTIES)
    row = "{},Di,{},2025-01-01"
    letters = "abcdefghijklmnopqrstuvwxyz"
    shop.stops(
        DriftError,
        "26 of 26 values of `amount`",
        lines(*(row.format(n, w) for n, w in enumerate(letters)), header="id,name,amount,day"),
    )
    (shop.sources / "sales.csv").write_text(lines(row.format(1, "x"), row.format(2, "y"), header="id,name,amount,day"))
    shop.passes()
    shop.put("sales_2.csv", lines(*(row.format(n, w) for n, w in enumerate(letters, 3)), header="id,name,amount,day"))
    assert shop.passes().drift == []


def test_all_files_are_looked_at_and_all_is_told(shop: Shop) -> None:
    shop.put("sales_2.csv", lines("4,Di,2025-01-04", header="id,name,day"))
    shop.put("sales_3.csv", lines("4,Di,4,2025-01-04", header="id,Names,amount,day"))
    error = drift_of(shop, "nom\nx\n", "2 new files are not what", "sales_4.csv")
    for words in (
        "sales_2.csv: no column `amount`",
        "sales_3.csv: no column `name`, but `Names`",
        "sales_4.csv has none of",
    ):
        assert words in error.message
    answer = dataspark("run", "--json", "--as-of", "2025-12-31", project=shop.root)
    told = json.loads(answer.out)["error"]
    assert [one["kind"] for one in told["drift"] if one["stops"]] == ["removed", "renamed"]
    assert "@@" in told["patch"]
    assert shop.workspace.lake.runs(1)[0]["drift"] == told["drift"]
    shown = dataspark("drift", "--json", project=shop.root)
    assert (shown.code, shown.json["stops"], shown.json["patch"]) == (1, True, told["patch"])


def test_an_alias_and_its_column_in_one_file_are_refused(tmp_path: Path) -> None:
    properties = PROPERTIES.replace(
        "name: name\n", "name: name\n        customProperties: [{property: aliases, value: Nom}]\n"
    )
    shop = Shop.open(tmp_path, properties=properties)
    shop.refuses(
        lines("1,a,b,1,2025-01-01", header="id,name,NOM,amount,day"),
        "`name`, `NOM`, which .* takes for one column, `name`",
    )
    shop.reads(lines("1,Ada,1,2025-01-01", header="id,nom,amount,day"))
    assert shop.silver("sales", "name") == [("Ada",)]


def test_without_a_header_values_are_looked_at_too(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, "{header: false}", properties=PROPERTIES)
    shop.stops(DriftError, "3 of 3 values of `day`", "1,a,1,01/02/2025\n2,b,2,02/02/2025\n3,c,3,03/02/2025\n")


def test_an_old_file_that_was_copied_anew_is_no_drift(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, properties=PROPERTIES)
    partial = lines("1,Ada,2025-01-01", header="id,name,day")
    shop.reads(partial, "sales_1.csv")
    shop.reads(FIRST, "sales_2.csv")
    shop.put("sales_1.csv", partial)
    shop.put("sales_0.csv", partial)
    assert shop.passes().drift == []
    drift_of(shop, partial.replace("Ada", "Bob"), "sales_3.csv: no column `amount`", "sales_3.csv")


def test_a_renamed_column_among_reordered_ones_is_known_by_what_its_rules_say(tmp_path: Path) -> None:
    properties = (
        "      - {name: id, logicalType: integer, primaryKey: true}\n      - {name: name, logicalType: string}\n"
        "      - {name: email, logicalType: string, logicalTypeOptions: {format: email}}\n"
    )
    shop = Shop.open(tmp_path, properties=properties, **{"models/totals.sql": "SELECT count(*) AS n FROM silver.sales"})
    shop.reads(lines("1,Ada,ada@x.fr", "2,Bob,bob@x.fr", header="id,name,email"), "sales_1.csv")
    rows = [f"n{n},{n},c{n}@x.fr,0{n}" for n in (3, 4, 5)]
    words = "`courriel` looks like it: .*the rules of the column"
    shop.stops(DriftError, words, lines(*rows, header="name,id,courriel,tel"), "sales_2.csv")
    assert any("aliases" in line for line in accepts(shop))
    assert [row[0] for row in shop.silver("sales", "email")][-3:] == ["c3@x.fr", "c4@x.fr", "c5@x.fr"]
