"""Forgetting a row: nothing of it is left anywhere, and everything else is as if it had never come."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dataspark.answers.queue import open_queue
from dataspark.erasure import Forgotten, forget
from dataspark.errors import DataError, UsageError
from dataspark.reader import open_reader
from dataspark.stewardship import fix, waive
from test_incremental import HEADERS, Rows, arrive, batch, lab
from test_queue import balanced, queue, sheet
from workbench import Bench, csv

AS_OF = "2025-06-15"
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: shop
version: 1.0.0
status: active
schema:
  - name: people
    customProperties: [{property: dialect, value: {encoding: ENCODING, delimiter: ";"}}, {property: files, value: ["people*"]}]
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: name, logicalType: string, required: true}
      - {name: note, logicalType: string}
      - {name: age, logicalType: integer}
"""
MODEL = "SELECT id, name, note, age FROM silver.people"
CHECK = "-- severity: warn\nSELECT name, age FROM silver.people WHERE age > 100"
HEADER = "id;name;note;age"
WHO = "Zoé Quatrepommes"
GOOD = [f"{number};Nobody {number};;" for number in range(20, 25)]
"""Enough good rows that the file does not look like one of another type."""


def shop(root: Path, encoding: str = "utf-8") -> Bench:
    files = {"contracts/shop.odcs.yaml": CONTRACT.replace("ENCODING", encoding)}
    return Bench.of_files(root, {**files, "models/everybody.sql": MODEL, "checks/old.sql": CHECK})


def left_of(bench: Bench, *words: str) -> list[str]:
    """The files of the lake in which a word can be read, by other means than those of the code."""
    found = []
    for path in sorted((bench.root / "lake").rglob("*")):
        if not path.is_file():
            continue
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if path.suffix == ".parquet":
            content = pd.read_parquet(path).to_csv().encode()
        spelled = {word.encode(encoding) for word in words for encoding in ("utf-8", "cp1252", "utf-16-le")}
        if any(word in content for word in spelled):
            found.append(path.relative_to(bench.root).as_posix())
    return found


def forgotten(bench: Bench, key: str, table: str = "people") -> Forgotten:
    return forget(bench.workspace, table, key, really=True)


def test_every_trace_of_a_person_goes(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    rows = ["1;Ada;;120", f'7;{WHO};"writes\nlines; and ""more""";130', "2;Bob;x;40", f"7;{WHO};;130", "3;;nobody;1"]
    bench.put("people.csv", csv(HEADER, *rows))
    bench.run()
    bench.put(
        "people_2.csv", csv(HEADER, f"7;{WHO};again;131", f"7;{WHO};again;131", "9;Eve;;", f"7;{WHO};;old", "4;Dan")
    )
    bench.run()
    bench.put("people_3.csv", csv(HEADER, "5;Fay;late;22"))
    bench.run()
    assert len(left_of(bench, WHO)) > 5, "it is in files, tables, old versions, logs and records"
    listed = forget(bench.workspace, "people", "7", really=False)
    assert (listed.done, left_of(bench, WHO) == []) == (False, False)
    done = forgotten(bench, "7")
    assert [(row.file, row.line, row.lines, row.where) for row in done.rows] == [
        ("people.csv", 3, 2, "superseded"),
        ("people.csv", 6, 1, "superseded"),
        ("people_2.csv", 2, 1, "silver"),
        ("people_2.csv", 3, 1, "duplicate"),
        ("people_2.csv", 5, 1, "quarantine"),
    ]
    assert left_of(bench, WHO, "Quatrepommes", "lines; and") == []
    assert done.searched
    assert done.searched.left == ()
    assert done.sources == ("people.csv", "people_2.csv")
    assert bench.silver("people", "id, name, _file, _line") == [
        ("1", "Ada", "1", "2"),
        ("2", "Bob", "1", "5"),
        ("5", "Fay", "3", "2"),
        ("9", "Eve", "2", "4"),
    ]
    assert bench.gold("everybody", "id") == [("1",), ("2",), ("5",), ("9",)]
    assert [row.line for row in queue(bench, "people")] == [7, 6]
    balanced_people(bench)
    with open_reader(bench.root) as reader:
        assert reader.table("everybody").columns == ["id", "name", "note", "age"]
    with pytest.raises(UsageError, match="is not there any more"), open_reader(bench.root, "r000001") as reader:
        reader.table("everybody").rows()


def balanced_people(bench: Bench) -> None:
    ledgers = bench.ledgers("people").values()
    assert all(ledger.balanced for ledger in ledgers)
    assert sum(ledger.accepted for ledger in ledgers) == len(bench.silver("people"))


def test_what_was_forgotten_does_not_come_back(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    source = bench.put("people.csv", content := csv(HEADER, "1;Ada;;", f"7;{WHO};;"))
    bench.run()
    forgotten(bench, "7")
    before = bench.everything()
    source.unlink()
    bench.put("people.csv", content)  # a new file by its time, the old one by its content
    bench.put("people_copy.csv", content)
    report = bench.run()
    assert [table.new_files for table in report.tables] == [0]
    assert bench.everything() == before
    assert left_of(bench, WHO) == []
    bench.run(full_refresh=True)
    assert bench.everything() == before


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_in_every_encoding_and_packing(tmp_path: Path, encoding: str, packed: bool) -> None:
    bench = shop(tmp_path, encoding)
    content = csv(HEADER, "1;Ada;;", f"7;{WHO};é;", "2;Bob;;").replace("\n", "\r\n").encode(encoding)
    bench.put(f"people.csv{'.gz' if packed else ''}", gzip.compress(content) if packed else content)
    bench.run()
    forgotten(bench, "7")
    assert left_of(bench, WHO) == []
    bench.run(full_refresh=True)
    assert bench.silver("people", "id, _line") == [("1", "2"), ("2", "4")]


def people(bench: Bench) -> list[tuple[Any, ...]]:
    """Everybody who is not one of the good rows."""
    return [row for row in bench.silver("people", "id, name") if not str(row[1]).startswith("Nobody")]


def test_mended_rows_and_waivers_go_too(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.put(
        "people.csv", csv(HEADER, f"x7;{WHO};;5", f"y8;{WHO} junior;;6", f"z;{WHO} senior;;7", "1;Ada;;old", *GOOD)
    )
    bench.run()
    path = sheet(bench, "people", {2: {"id": "7"}, 3: {"id": "8"}})
    kept = fix(bench.workspace, path, "Anne").source
    rows = [str(row.id) for row in queue(bench, "people") if row.line == 4]
    waive(bench.workspace, rows, None, None, "unknown", "Anne")
    bench.run()
    assert people(bench) == [("7", WHO), ("8", f"{WHO} junior")]
    forgotten(bench, "7")
    assert not (bench.root / "lake/bronze" / kept).exists(), "the mended file had the person too"
    bench.run(full_refresh=True)
    assert people(bench) == [("8", f"{WHO} junior")], "what it said of others holds"
    forgotten(bench, "8")
    forgotten(bench, "z")
    assert left_of(bench, "Quatrepommes") == []
    assert [row.line for row in queue(bench, "people")] == [5]


def test_a_check_that_holds_the_release_back_is_told(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.put("people.csv", csv(HEADER, "1;Ada;;", f"7;{WHO};;"))
    bench.run()
    check = bench.root / "checks/two.sql"
    check.write_text("SELECT count(*) AS n FROM silver.people HAVING count(*) <> 2")
    with pytest.raises(DataError, match="gone from bronze and silver, but a check holds the release back"):
        forgotten(bench, "7")
    check.unlink()
    assert forgotten(bench, "7").done
    assert left_of(bench, WHO) == []


@pytest.mark.parametrize(
    ("table", "key", "message"),
    [
        ("people", "99", "no row of `people` has the key 99"),
        ("peopel", "1", "did you mean `people`"),
        ("people", " ", "is no key of `people`: it has id"),
    ],
)
def test_what_cannot_be_forgotten(tmp_path: Path, table: str, key: str, message: str) -> None:
    bench = shop(tmp_path)
    bench.put("people.csv", csv(HEADER, "1;Ada;;"))
    with pytest.raises(UsageError, match=r"was never refined|did you mean|is no key"):
        forgotten(bench, key, table)
    bench.run()
    before = bench.everything()
    with pytest.raises(UsageError, match=message):
        forgotten(bench, key, table)
    assert bench.everything() == before


def test_a_table_without_key(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    bench.put("visits.csv", csv(HEADERS["visits"], "1,hello"))
    bench.run(as_of=AS_OF)
    with pytest.raises(UsageError, match="`visits` has no primary key"):
        forgotten(bench, "1", "visits")


def test_a_date_that_went_back_is_the_one_that_counts(tmp_path: Path) -> None:
    """The newest run judged by an earlier day than the one before it: forgetting judges by that day, too."""
    bench = lab(tmp_path, "keep")
    for number, (as_of, row) in enumerate((("2025-06-23", "2,3,7,2025-06-03"), ("2025-06-02", "4,1,2.50,2025-06-01"))):
        bench.put(f"children_{number}.csv", csv(HEADERS["children"], row))
        bench.run(as_of=as_of)
    forgotten(bench, "2", "children")
    assert bench.everything()["silver.children"] == [("4", "1", "2.50", "2025-06-01", "2", "2")]


@settings(max_examples=10)
@given(
    batches=st.lists(batch, min_size=1, max_size=3),
    table=st.sampled_from(["children", "parents"]),
    key=st.sampled_from(["1", "2", "x"]),
    on_violation=st.sampled_from(["hold", "keep"]),
)
def test_forgetting_ends_as_if_the_rows_had_never_come(
    batches: list[Rows], table: str, key: str, on_violation: str
) -> None:
    lines = [tuple(rows[table]) for rows in batches]
    without = [tuple("" if row.split(",")[0] == key else row for row in rows) for rows in lines]
    assume(
        len(set(without)) == len(set(lines))
    )  # else files are the same without the rows, and the second one is no news
    with tempfile.TemporaryDirectory() as folder:
        bench, never = lab(Path(folder) / "with", on_violation), lab(Path(folder) / "without", on_violation)
        for number, (rows, blanked) in enumerate(zip(batches, without, strict=True)):
            arrive(bench, number, rows)
            arrive(never, number, {**rows, table: list(blanked)})
            for one in (bench, never):
                one.run(as_of=str(rows["as_of"]))
        if not any(row.split(",")[0] == key for rows in batches for row in rows[table]):
            with pytest.raises(UsageError, match="no row of"):
                forgotten(bench, key, table)
            return
        forgotten(bench, key, table)
        assert bench.everything() == never.everything()
        balanced(bench)
        bench.run(as_of=str(batches[-1]["as_of"]), full_refresh=True)
        assert bench.everything() == never.everything()
        with open_queue(bench.workspace, table) as opened:
            assert all(row.text.raw for row in opened.rows())


TWO = """
apiVersion: v3.1.0
kind: DataContract
id: two
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: name, logicalType: string}
      - {name: born, logicalType: date, customProperties: [{property: formats, value: [dd/MM/yyyy]}]}
      - {name: pay, logicalType: number, physicalType: "decimal(12,2)"}
  - name: buys
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: person, logicalType: integer, required: true}
      - {name: city, logicalType: string}
      - {name: day, logicalType: date}
    quality:
      - {name: past, type: custom, engine: dataspark, implementation: "day <= CAST(as_of AS DATE)"}
"""
PEOPLE, BUYS = "id;name;born;pay".replace(";", ","), "id,person,city,day"


def two(root: Path) -> Bench:
    check = "-- severity: warn\nSELECT born, pay FROM silver.people WHERE pay > 1000"
    return Bench.of_files(
        root,
        {
            "contracts/two.odcs.yaml": TWO,
            "models/cities.sql": "SELECT city, count(*) AS n FROM silver.buys GROUP BY city",
            "models/folk.sql": "SELECT id, name, born, pay FROM silver.people",
            "checks/rich.sql": check,
        },
    )


def test_nothing_else_is_judged_by_another_date(tmp_path: Path) -> None:
    bench = two(tmp_path)
    bench.put("people.csv", csv(PEOPLE, "7,Zoe,,1", "8,Ada,,2"))
    bench.run(as_of="2025-01-01")
    bench.put("buys.csv", csv(BUYS, "1,8,Lyon,2025-06-01", "2,8,Paris,2025-07-01"))
    bench.run(as_of="2025-12-31")
    forgotten(bench, "7")
    assert len(bench.silver("buys")) == 2
    assert (bench.workspace.lake.release() or {})["as_of"].startswith("2025-12-31")


def test_what_other_tables_say_is_left_alone(tmp_path: Path) -> None:
    bench = two(tmp_path)
    bench.put("people.csv", csv(PEOPLE, "57,Lyon,,130", "8,Ada,,2", "9,Bob,,3"))
    bench.put("buys.csv", csv(BUYS, "1,57,Lyon,2025-06-01", "130,57,,2025-06-01", "x,57,Lyon,2025-06-01"))
    bench.run()
    other = "table_name NOT IN ('silver.people', 'gold.folk')"
    bounds = f"SELECT minimum, maximum, bins FROM quality.profiles WHERE {other}"
    with open_reader(bench.root) as reader:
        before = sorted(map(repr, reader.sql(bounds).rows()))
    assert forgotten(bench, "57").done
    assert len(bench.silver("buys")) == 2
    assert bench.quarantine("buys", "person") == [("57",)]
    with open_reader(bench.root) as reader:
        assert sorted(map(repr, reader.sql(bounds).rows())) == before


def test_values_as_they_were_read_go_too(tmp_path: Path) -> None:
    bench = two(tmp_path)
    bench.put("people.csv", csv(PEOPLE, "7,Zoe,31/12/1912,99999.5", "8,Ada,01/01/1990,2", "9,Bob,01/01/1991,3"))
    bench.run()
    assert left_of(bench, "1912-12-31")
    forgotten(bench, "7")
    assert left_of(bench, "1912-12-31", "99999.5") == []


def test_a_key_is_found_however_it_is_written(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.put("people.csv", csv(HEADER, f"+7;{WHO};;x", f"007;{WHO};;y", *GOOD, "8;Ada;;1"))
    bench.run()
    fix(bench.workspace, sheet(bench, "people", {3: {"id": "8", "age": "3", "name": "Eve"}}), "Anne")
    bench.run()
    assert [(row.line, row.where) for row in forgotten(bench, "7").rows] == [(2, "quarantine"), (3, "mended")]


def test_a_line_that_only_python_would_split(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.put("people.csv", csv(HEADER, "1;Ada;;1", f"7;{WHO}\u2028x;a;b;c;d", "2;Bob Builder;;40", *GOOD))
    bench.run()
    assert [(row.line, row.lines) for row in forgotten(bench, "7").rows] == [(3, 1)]
    assert ("2", "Bob Builder") in bench.silver("people", "id, name")


def killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def kill_at(moment: str, patched: pytest.MonkeyPatch) -> None:
    patched.setattr(f"dataspark.erasure.{moment}", killed)


@pytest.mark.parametrize(
    "moment", ["_erase", "_forget_decisions", "scrub", "run_project", "vacuum", "_drop_past", "search"]
)
def test_an_interrupted_forget_is_seen_and_finished(
    tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = shop(tmp_path)
    bench.put("people.csv", csv(HEADER, "1;Ada;;120", f"7;{WHO};;130", f"8;{WHO} x;;old", *GOOD))
    bench.run()
    fix(bench.workspace, sheet(bench, "people", {4: {"id": "7", "name": f"{WHO} mended", "age": "131"}}), "Anne")
    bench.run()
    with monkeypatch.context() as patched:
        kill_at(moment, patched)
        with pytest.raises(KeyboardInterrupt):
            forgotten(bench, "7")
    report = bench.run()
    assert any("only half forgotten: give `dataspark forget` again" in notice for notice in report.notices)
    balanced_people(bench)
    again = forgotten(bench, "7")
    assert again.searched
    assert again.searched.values > 0, "the proof knows what it looks for"
    assert left_of(bench, "Quatrepommes") == []
    assert not bench.run().notices


def test_mended_sheets_with_the_row_untouched_go(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.put("people.csv", csv(HEADER, "1;Ada;;120", f"7;{WHO};;x", "8;Bob;;y", *GOOD))
    bench.run()
    fix(bench.workspace, sheet(bench, "people", {4: {"age": "3"}}), "Anne")
    bench.run()
    forgotten(bench, "7")
    assert left_of(bench, WHO) == []
    assert ("8", "Bob") in bench.silver("people", "id, name")


def test_tables_of_removed_models_and_leftovers_of_dead_processes_go(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    model = bench.root / "models/ids.sql"
    model.write_text("SELECT id, name FROM silver.people")
    bench.put("people.csv", csv(HEADER, "1;Ada;;", f"7;{WHO};;"))
    bench.run()
    model.unlink()
    bench.run()
    (bench.root / "lake/bronze/people/.arriving.99.csv").write_text(f"7;{WHO};;\n")
    forgotten(bench, "7")
    assert left_of(bench, WHO) == []
    assert not (bench.root / "lake/gold/ids").exists()


def test_what_waits_to_be_judged_is_judged_first(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.put("people.csv", csv(HEADER, "1;Ada;;", f"8;{WHO};;x", *GOOD, "7;Bob;;"))
    bench.run()
    fix(bench.workspace, sheet(bench, "people", {3: {"id": "7", "age": "4"}}), "Anne")
    assert [row.line for row in forgotten(bench, "7").rows] == [3, 9]
    assert left_of(bench, WHO) == []
