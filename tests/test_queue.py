"""The quarantine as a work queue: what people decide is judged like anything else, counted once and never forgotten."""

from __future__ import annotations

import csv as csv_module
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataspark.answers.quality import quality
from dataspark.answers.queue import open_queue, summaries
from dataspark.answers.queued import QueuedRow, Status
from dataspark.answers.report import report
from dataspark.errors import RuleStopped, UsageError
from dataspark.rendering.quality import quality_text
from dataspark.rendering.report.page import report_html
from dataspark.stewardship import fix, waive
from test_incremental import HEADERS, Rows, arrive, batch, children, days, lab, parents
from workbench import Bench, csv

AS_OF = "2025-06-15"
STOPPING = (
    "apiVersion: v3.1.0\nkind: DataContract\nid: t\nversion: 1.0.0\nstatus: active\nschema:\n  - name: t\n    properties:\n"
    "      - {name: id, logicalType: integer, primaryKey: true}\n"
    "      - {name: n, logicalType: integer, logicalTypeOptions: {minimum: 0}, "
    "customProperties: [{property: severity, value: {minimum: fail}}]}\n"
)


def queue(bench: Bench, table: str, **chosen: Any) -> list[QueuedRow]:
    with open_queue(bench.workspace, table) as opened:
        return opened.rows(opened.chosen(**chosen) if chosen else "TRUE")


def statuses(bench: Bench, table: str) -> dict[str, int]:
    (found,) = (one for one in summaries(bench.workspace) if one.table == table)
    return {status.value: rows for status, rows in found.statuses.items() if rows}


def sheet(bench: Bench, table: str, changes: dict[int, dict[str, str]]) -> Path:
    """What a person saves: the exported rows, with changes by line."""
    with open_queue(bench.workspace, table) as opened:
        found = opened.rows(opened.chosen((Status.OPEN, Status.HELD, Status.WAIVED)))
        out = io.StringIO()
        writer = csv_module.DictWriter(out, ["_row", "_contract", *opened.columns])
        writer.writeheader()
        for row in found:
            values = {c: v or "" for c, v in row.values.items()} | changes.get(row.line, {})
            writer.writerow({"_row": str(row.id), "_contract": opened.stamp, **values})
    path = bench.root / "mended.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = lab(tmp_path, "hold")
    bench.put("parents.csv", csv(HEADERS["parents"], "1,a"))
    rows = ["1,1,1,2025-06-01", "2,9,2,2025-06-02", "3,1,-1,2025-06-03", "4,1,?,soon", "5,1,1,2025-06-20", "6"]
    bench.put("children.csv", csv(HEADERS["children"], *rows))
    bench.run(as_of=AS_OF)
    return bench


def test_each_row_of_the_queue_says_where_it_is_and_why(bench: Bench) -> None:
    found = {row.line: row for row in queue(bench, "children")}
    content = (bench.sources / "children.csv").read_bytes()
    assert sorted(found) == [3, 4, 5, 6, 7]
    for row in found.values():
        assert row.text.raw == content[row.text.start : row.text.end] == content.split(b"\n")[row.line - 1]
        assert row.file == "children.csv"
        assert str(row.id) == f"children:{row.sha256[:8]}:{row.line}"
        assert row.first_run == row.last_run == bench.workspace.lake.runs()[-1]["id"]
    assert found[3].status is Status.HELD
    assert found[3].reasons == ("parent.relationship",)
    assert {row.status for row in found.values()} == {Status.OPEN, Status.HELD}
    assert found[5].reasons == ("amount.type", "day.type")
    assert found[7].reasons == ("csv.columns",)
    assert [found[line].key for line in (3, 4, 5, 6, 7)] == ["2", "3", "4", "5", None]
    assert statuses(bench, "children") == {"open": 4, "held": 1}


def test_mended_rows_take_the_place_of_the_originals(bench: Bench) -> None:
    path = sheet(
        bench,
        "children",
        {
            4: {"amount": "1"},
            5: {"amount": "2"},
            7: dict(zip(["id", "parent", "amount", "day"], ["6", "1", "3", "2025-06-04"], strict=True)),
        },
    )
    done = fix(bench.workspace, path, "Anne")
    assert (done.rows, done.unchanged, done.by) == (3, 2, "Anne")
    assert bench.silver("children", "id, amount") == [("1", "1.00")], "nothing is judged before a run"
    assert [row.line for row in queue(bench, "children") if row.pending] == [4, 5, 7]
    (report,) = (table for table in bench.run(as_of=AS_OF).tables if table.name == "children")
    assert report.events == {"fixed": 2, "judged": 1}
    assert bench.silver("children", "id, amount, _file, _line") == [
        ("1", "1.00", "1", "2"),
        ("3", "1.00", "1", "4"),
        ("6", "3.00", "1", "7"),
    ]
    ledger = bench.ledgers("children")[1]
    assert (ledger.read, ledger.accepted, ledger.quarantined, ledger.fixed, ledger.held) == (6, 3, 3, 2, 1)
    assert statuses(bench, "children") == {"open": 2, "held": 1, "fixed": 2}
    found = {row.line: row for row in queue(bench, "children")}
    assert found[4].text.raw == b"3,1,-1,2025-06-03", "the original is kept"
    assert found[4].values == {"id": "3", "parent": "1", "amount": "-1", "day": "2025-06-03"}
    assert found[4].fix
    assert (found[4].fix.by, found[4].fix.values["amount"]) == ("Anne", "1")
    assert found[5].values["amount"] == "2", "what is judged is the mended row"
    assert found[5].reasons == ("day.type",)
    assert not any(row.pending for row in found.values())
    archived = bench.root / "lake/bronze" / done.source
    assert archived.read_bytes() == path.read_bytes()
    before = bench.everything()
    bench.run(as_of=AS_OF, full_refresh=True)
    assert bench.everything() == before


def test_mending_the_same_again_changes_nothing(bench: Bench) -> None:
    path = sheet(bench, "children", {4: {"amount": "1"}})
    fix(bench.workspace, path, "Anne")
    assert fix(bench.workspace, path, "Anne").rows == 0, "it waits already"
    bench.run(as_of=AS_OF)
    assert fix(bench.workspace, path, "Anne").rows == 0, "it was let in already"
    path.write_text(path.read_text().replace("3,1,1,", "3,1,7,"))
    with pytest.raises(UsageError, match=r"children:\w+:4 left the quarantine: it was fixed"):
        fix(bench.workspace, path, "Anne")


def test_a_mended_row_whose_key_came_again_loses_to_the_later_one(bench: Bench) -> None:
    bench.put("children_2.csv", csv(HEADERS["children"], "3,1,5,2025-06-05"))
    bench.run(as_of=AS_OF)
    fix(bench.workspace, sheet(bench, "children", {4: {"amount": "1"}}), "Anne")
    bench.run(as_of=AS_OF)
    assert [row for row in bench.silver("children", "id, amount, _file") if row[0] == "3"] == [("3", "5.00", "2")]
    assert bench.repeats("children") == [("3", "1", "4", "superseded")]
    assert statuses(bench, "children")["fixed"] == 1


def test_replaying_twice_changes_nothing(bench: Bench) -> None:
    fix(bench.workspace, sheet(bench, "children", {4: {"amount": "1"}}), "Anne")
    bench.put("children_2.csv", csv(HEADERS["children"], "9,1,1,2025-06-05"))
    first = bench.run(as_of=AS_OF, replay=True, ingest=False)
    assert [table.new_files for table in first.tables] == [0, 0, 0], "a replay reads nothing from sources"
    assert len(bench.silver("children")) == 2
    before, release = bench.versions(), bench.workspace.lake.release()
    second = bench.run(as_of=AS_OF, replay=True, ingest=False)
    assert (bench.versions(), bench.workspace.lake.release()) == (before, release)
    assert not second.published
    last = {row.last_run for row in queue(bench, "children", statuses=(Status.OPEN,)) if row.values}
    assert last == {second.id}, "but it is known that they were judged"


def test_a_waiver_lets_no_row_in_and_can_be_taken_back(bench: Bench) -> None:
    (row,) = (one for one in queue(bench, "children") if one.line == 5)
    before = bench.versions()
    done = waive(bench.workspace, [str(row.id)], None, None, "a test of the tills", "Anne")
    assert (done.rows, done.by, done.at[:4].isdigit()) == (1, "Anne", True)
    assert statuses(bench, "children") == {"open": 3, "held": 1, "waived": 1}
    bench.run(as_of=AS_OF, replay=True, ingest=False)
    bench.run(as_of=AS_OF)
    assert bench.versions() == before
    (waived,) = queue(bench, "children", statuses=(Status.WAIVED,))
    assert waived.waiver
    assert (waived.line, waived.waiver.reason, waived.waiver.by) == (5, "a test of the tills", "Anne")
    waive(bench.workspace, [str(row.id)], None, None, "it was none", "Anne", withdraw=True)
    assert statuses(bench, "children") == {"open": 4, "held": 1}


def test_waiving_by_reason(bench: Bench) -> None:
    assert waive(bench.workspace, (), "children", "amount.*", "too old", "Anne").rows == 2
    assert statuses(bench, "children") == {"open": 2, "held": 1, "waived": 2}


def test_a_late_parent_releases_its_children_by_itself(bench: Bench) -> None:
    bench.put("parents_2.csv", csv(HEADERS["parents"], "9,z"))
    (report,) = (table for table in bench.run(as_of=AS_OF).tables if table.name == "children")
    assert report.events == {"released": 1}
    assert report.ledger.held == 0
    (released,) = queue(bench, "children", statuses=(Status.RELEASED,))
    assert (released.line, released.reasons, released.key) == (3, ("parent.relationship",), "2")
    with open_queue(bench.workspace, "children") as opened:
        history = [(one.event.value, one.run) for one in opened.row(str(released.id)).history]
    runs = [record["id"] for record in bench.workspace.lake.runs()]
    assert history == [("quarantined", runs[0]), ("released", runs[1])]


def test_rows_that_wait_too_long_are_reported_and_go_on_waiting(tmp_path: Path) -> None:
    bench = lab(tmp_path, "hold, holdFor: 10d")
    contract = bench.root / "contracts/lab.odcs.yaml"
    text = contract.read_text()
    both = "[{property: onViolation, value: hold}, {property: holdFor, value: 10d}]"
    contract.write_text(text.replace("[{property: onViolation, value: hold, holdFor: 10d}]", both))
    bench.put("children.csv", csv(HEADERS["children"], "1,7,1,2025-06-01"))
    reports = [bench.run(as_of=f"2025-06-{day:02d}") for day in (5, 14, 15)]
    overdue = [next(check for check in r.checks if check.name.endswith("parent.relationship.overdue")) for r in reports]
    assert [check.failures for check in overdue] == [0, 0, 1]
    assert overdue[2].message == "1 row waits for `parents` longer than 10 d"
    assert overdue[2].sample[0][:3] == ("1", "7", "2")
    assert reports[2].ok
    bench.put("parents.csv", csv(HEADERS["parents"], "7,a"))
    assert not any(check.failures for check in bench.run(as_of="2025-06-16").checks)
    assert bench.gold("by_parent", "parent, n") == [("7", "1")]


def test_keep_repoints_once_the_parent_is_there_and_says_so(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    bench.put("children.csv", csv(HEADERS["children"], "1,7,1,2025-06-01", "2,8,1,2025-06-01"))
    (first,) = (table for table in bench.run(as_of=AS_OF).tables if table.name == "children")
    assert first.ledger.orphans == {"parent.relationship": 2}
    bench.put("parents.csv", csv(HEADERS["parents"], "7,a"))
    (second,) = (table for table in bench.run(as_of=AS_OF).tables if table.name == "children")
    assert (second.ledger.orphans, second.parents_found) == ({"parent.relationship": 1}, 1)
    assert len(bench.silver("children")) == 2


def refused(bench: Bench, path: Path) -> None:
    """What was refused left nothing behind."""
    assert not (bench.root / "lake/bronze/children/_decisions.json").exists()
    assert not (bench.root / "lake/bronze/children/_fixes").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace(":4,", ":99,"), "mended.csv:3: row children:.*:99 was never in the quarantine"),
        (
            lambda text: text.replace("children:", "children:00000000", 1),
            "there is no raw file of `children` whose SHA-256",
        ),
        (lambda text: text + text.splitlines()[2].replace(",-1,", ",5,"), "line 3 too, in another version"),
        (lambda text: text.replace(",c-", ",c-0", 1), "was mended for another contract of `children`"),
        (lambda text: text.replace("_row", "row"), "mended.csv:1: has no column `_row`"),
        (lambda text: text.replace("amount", "montant"), "has a column `montant` that `children` has not"),
        (lambda text: text.replace("children:", "nobody:", 1), "is not of `nobody`, as the first one is"),
        (lambda text: text.replace("children:", "nobody:"), "no contract describes a table `nobody`"),
        (lambda text: text.replace(",-1,", ",-1,,,,9,"), "mended.csv:3: has more cells than the first line"),
        (lambda text: text.splitlines()[0], "mended.csv has no row"),
    ],
)
def test_a_mended_file_that_is_wrong_changes_nothing(bench: Bench, change: Any, message: str) -> None:
    path = sheet(bench, "children", {4: {"amount": "-1"}, 5: {"day": "2025-06-03"}})
    path.write_text(change(path.read_text()))
    with pytest.raises(UsageError, match=message):
        fix(bench.workspace, path, "Anne")
    refused(bench, path)


def test_a_file_mended_before_the_contract_changed_is_refused(bench: Bench) -> None:
    path = sheet(bench, "children", {4: {"amount": "1"}})
    contract = bench.root / "contracts/lab.odcs.yaml"
    contract.write_text(contract.read_text().replace("minimum: 0", "minimum: 1"))
    with pytest.raises(UsageError, match="the contract of `children` has changed since the last run"):
        fix(bench.workspace, path, "Anne")
    bench.run(as_of=AS_OF)
    with pytest.raises(UsageError, match="was mended for another contract"):
        fix(bench.workspace, path, "Anne")
    refused(bench, path)


def test_a_file_that_is_no_utf8_is_named_with_its_line(bench: Bench) -> None:
    path = sheet(bench, "children", {4: {"amount": "1"}})
    path.write_bytes(path.read_bytes().replace(b"soon", b"bient\xf4t"))
    with pytest.raises(UsageError, match=r"mended.csv:\d: is not UTF-8"):
        fix(bench.workspace, path, "Anne")


@pytest.mark.parametrize(
    ("reason", "by", "message"),
    [("", None, "a waiver needs a reason"), ("  ", None, "a waiver needs a reason"), ("late", " ", "needs a name")],
)
def test_a_waiver_needs_a_reason_and_a_name(bench: Bench, reason: str, by: str | None, message: str) -> None:
    (row, *_) = queue(bench, "children")
    with pytest.raises(UsageError, match=message):
        waive(bench.workspace, [str(row.id)], None, None, reason, by)
    with pytest.raises(UsageError, match="is not open or held: nothing was changed"):
        waive(bench.workspace, [str(row.id), f"{row.id}9"], None, None, "why not", "Anne")
    refused(bench, Path())


def test_a_mended_row_that_stops_the_run_is_handed_back(tmp_path: Path) -> None:
    bench = Bench.of_files(tmp_path, {"contracts/t.odcs.yaml": STOPPING})
    bench.put("t.csv", csv("id,n", "1,1", "2,x"))
    bench.run()
    fix(bench.workspace, sheet(bench, "t", {3: {"n": "-5"}}), "Anne")
    with pytest.raises(RuleStopped, match=r"breaks `n\.minimum`, which stops the run"):
        bench.run()
    bench.run()
    assert bench.silver("t", "id, n") == [("1", "1")]


mends = st.fixed_dictionaries({"pick": st.integers(0, 9), "children": children, "parents": parents})
actions = st.one_of(
    batch.map(lambda rows: ("arrive", rows)),
    st.lists(mends, min_size=1, max_size=3).map(lambda found: ("fix", found)),
    st.integers(0, 9).map(lambda pick: ("waive", pick)),
    days.map(lambda day: ("replay", day)),
)


@settings(max_examples=25)
@given(first=batch, steps=st.lists(actions, min_size=1, max_size=5), on_violation=st.sampled_from(["hold", "keep"]))
def test_any_sequence_of_runs_fixes_waivers_and_late_parents_ends_like_a_full_refresh(
    first: Rows, steps: list[tuple[str, Any]], on_violation: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench, day = lab(Path(folder), on_violation), str(first["as_of"])
        arrive(bench, 0, first)
        bench.run(as_of=day)
        for number, (action, given_) in enumerate(steps, 1):
            if action == "arrive":
                arrive(bench, number, given_)
                day = str(given_["as_of"])
            elif action == "replay":
                day = given_
            else:
                decide(bench, action, given_)
            bench.run(as_of=day, replay=action == "replay", ingest=action != "replay")
            balanced(bench)
        incremental = bench.everything()
        bench.run(as_of=day, full_refresh=True)
        assert incremental == bench.everything()
        balanced(bench)
        before = bench.versions()
        bench.run(as_of=day)
        assert bench.versions() == before


def decide(bench: Bench, action: str, given_: Any) -> None:
    """Mend or waive some of the rows that wait."""
    for table in ("children", "parents"):
        waiting = queue(bench, table, statuses=(Status.OPEN, Status.HELD))
        if waiting and action == "waive":
            waive(bench.workspace, [str(waiting[given_ % len(waiting)].id)], None, None, "a test", "Anne")
        elif waiting:
            columns = HEADERS[table].split(",")
            rows = {waiting[one["pick"] % len(waiting)].line: one for one in given_}
            changes = {line: dict(zip(columns, one[table].split(","), strict=True)) for line, one in rows.items()}
            fix(bench.workspace, sheet(bench, table, changes), "Anne")


def balanced(bench: Bench) -> None:
    """Every line that was read is in one place: silver, quarantine, or among the repeats."""
    for table in HEADERS:
        ledgers = bench.ledgers(table)
        assert all(ledger.balanced for ledger in ledgers.values())
        places = [
            *bench.silver(table, "_file, _line"),
            *bench.quarantine(table, "_file, _line"),
            *bench.repeats(table, "_file, _line"),
        ]
        assert len(places) == len(set(places)) == sum(ledger.read for ledger in ledgers.values())
        repeated = [row[-1] for row in bench.repeats(table)]
        assert repeated.count("duplicate") == sum(ledger.duplicates for ledger in ledgers.values())
        assert repeated.count("superseded") == sum(ledger.superseded for ledger in ledgers.values())
        waiting = sum(ledger.quarantined for ledger in ledgers.values())
        assert len(queue(bench, table, statuses=(Status.OPEN, Status.HELD, Status.WAIVED))) == waiting
        json.dumps([row.as_json() for row in queue(bench, table)])


def test_a_mended_row_equal_to_a_later_one_is_the_one_that_counts(bench: Bench) -> None:
    bench.put("children_2.csv", csv(HEADERS["children"], "3,1,1,2025-06-03"))
    bench.run(as_of=AS_OF)
    fix(bench.workspace, sheet(bench, "children", {4: {"amount": "1"}}), "Anne")
    bench.run(as_of=AS_OF)
    assert [row for row in bench.silver("children", "id, _file, _line") if row[0] == "3"] == [("3", "1", "4")]
    assert bench.repeats("children") == [("3", "2", "2", "duplicate")]


def test_a_mended_parent_that_takes_a_unique_value_takes_the_children_of_the_other(tmp_path: Path) -> None:
    bench = lab(tmp_path, "hold")
    bench.put("parents.csv", csv(HEADERS["parents"], "x,a", "2,a"))
    bench.put("children.csv", csv(HEADERS["children"], "1,2,1,2025-06-01"))
    bench.run(as_of=AS_OF)
    assert len(bench.silver("children")) == 1
    fix(bench.workspace, sheet(bench, "parents", {2: {"id": "3"}}), "Anne")
    bench.run(as_of=AS_OF)
    assert bench.silver("parents", "id") == [("3",)]
    assert bench.quarantine("children", "_reasons") == [("[parent.relationship]",)]


def test_an_older_version_of_a_row_that_lies_in_the_future_again(tmp_path: Path) -> None:
    bench = lab(tmp_path, "keep")
    bench.put("children_1.csv", csv(HEADERS["children"], "4,1,1,2025-06-25"))
    bench.put("children_2.csv", csv(HEADERS["children"], "4,1,1,2025-06-08"))
    bench.run(as_of="2025-06-26")
    assert bench.repeats("children", "_file, _verdict") == [("1", "superseded")]
    bench.run(as_of="2025-06-10")
    assert bench.repeats("children") == []
    assert bench.quarantine("children", "_file, _reasons") == [("1", "[row.not_future]")]


def test_a_row_that_waits_for_its_parent_owns_its_unique_value(tmp_path: Path) -> None:
    text = (
        "apiVersion: v3.1.0\nkind: DataContract\nid: t\nversion: 1.0.0\nstatus: active\nschema:\n"
        "  - name: shops\n    properties:\n      - {name: id, logicalType: integer, primaryKey: true}\n"
        "  - name: sales\n    properties:\n      - {name: id, logicalType: integer, primaryKey: true}\n"
        "      - {name: code, logicalType: string, unique: true}\n"
        "      - name: shop\n        logicalType: integer\n        relationships:\n"
        "          - {to: shops.id, customProperties: [{property: onViolation, value: hold}]}\n"
    )
    bench = Bench.of_files(tmp_path, {"contracts/t.odcs.yaml": text})
    bench.put("shops.csv", csv("id", "1"))
    bench.put("sales.csv", csv("id,code,shop", "10,x,9", "11,q,1"))
    bench.run()
    bench.put("sales_2.csv", csv("id,code,shop", "20,x,1"))
    bench.run()
    incremental = bench.everything()
    assert bench.silver("sales", "id") == [("11",)]
    bench.run(full_refresh=True)
    assert bench.everything() == incremental


def test_two_people_mend_rows_of_one_export(bench: Bench) -> None:
    anne = sheet(bench, "children", {4: {"amount": "1"}}).read_text()
    bob = sheet(bench, "children", {5: {"amount": "2", "day": "2025-06-02"}}).read_text()
    path = bench.root / "mended.csv"
    for who, text in (("Anne", anne), ("Bob", bob)):
        path.write_text(text)
        assert fix(bench.workspace, path, who).rows == 1
    path.write_text(anne.replace("3,1,1,", "3,1,7,"))
    with pytest.raises(UsageError, match=r"children:\w+:4 was mended by Anne already"):
        fix(bench.workspace, path, "Bob")
    bench.run(as_of=AS_OF)
    assert bench.silver("children", "id, amount") == [("1", "1.00"), ("3", "1.00"), ("4", "2.00")]


def test_a_waived_row_that_is_let_in_is_told(bench: Bench) -> None:
    waive(bench.workspace, (), "children", "row.not_future", "not ours", "Anne")
    report = bench.run(as_of="2025-06-25")
    assert "children: of the rows that left the quarantine, 1 had been waived" in report.notices
    assert statuses(bench, "children")["released"] == 1


def test_a_mended_row_survives_a_file_that_stops_the_run(tmp_path: Path) -> None:
    bench = Bench.of_files(tmp_path, {"contracts/t.odcs.yaml": STOPPING})
    bench.put("t.csv", csv("id,n", "1,1", "2,x"))
    bench.run()
    fix(bench.workspace, sheet(bench, "t", {3: {"n": "5"}}), "Anne")
    bad = bench.put("t_2.csv", csv("id,n", "3,-1"))
    with pytest.raises(RuleStopped, match=r"breaks `n\.minimum`"):
        bench.run()
    bad.unlink()
    bench.run()
    assert bench.silver("t", "id, n") == [("1", "1"), ("2", "5")]


def test_a_circle_of_keep_is_counted_in_one_run(tmp_path: Path) -> None:
    table = (
        "  - name: {0}\n    properties:\n      - {{name: id, logicalType: integer, primaryKey: true}}\n"
        "      - {{name: other, logicalType: integer, relationships: [{{to: {1}.id}}]}}\n"
    )
    head = "apiVersion: v3.1.0\nkind: DataContract\nid: t\nversion: 1.0.0\nstatus: active\nschema:\n"
    bench = Bench.of_files(
        tmp_path, {"contracts/t.odcs.yaml": head + table.format("aa", "bb") + table.format("bb", "aa")}
    )
    bench.put("aa.csv", csv("id,other", "1,1", "2,9"))
    bench.put("bb.csv", csv("id,other", "1,1", "2,8"))
    first = bench.run()
    assert [table.ledger.orphans.total() for table in first.tables] == [1, 1]
    before = bench.versions()
    assert not bench.run().published
    assert bench.versions() == before


def test_how_long_a_row_waits_is_counted_since_it_waits_for_that(tmp_path: Path) -> None:
    bench = lab(tmp_path, "hold")
    contract = bench.root / "contracts/lab.odcs.yaml"
    both = "[{property: onViolation, value: hold}, {property: holdFor, value: 5d}]"
    contract.write_text(contract.read_text().replace("[{property: onViolation, value: hold}]", both))
    bench.put("children.csv", csv(HEADERS["children"], "1,7,-1,2025-06-01"))
    bench.run(as_of="2025-06-02")
    fix(bench.workspace, sheet(bench, "children", {2: {"amount": "1"}}), "Anne")

    def overdue(day: int) -> int:
        checks = bench.run(as_of=f"2025-06-{day:02d}").checks
        return next(check.failures for check in checks if check.name.endswith(".overdue"))

    assert [overdue(day) for day in (12, 16, 17)] == [0, 0, 1]
    (row,) = queue(bench, "children", statuses=(Status.HELD,))
    waive(bench.workspace, [str(row.id)], None, None, "no such parent", "Anne")
    assert overdue(18) == 0


def test_a_line_that_is_no_record_is_not_judged_again(bench: Bench) -> None:
    first = bench.workspace.lake.runs()[-1]["id"]
    bench.run(as_of=AS_OF, replay=True, ingest=False)
    assert {row.last_run for row in queue(bench, "children") if row.line == 7} == {first}


def test_quality_and_report_of_a_table_with_rows_that_wait(bench: Bench) -> None:
    fix(bench.workspace, sheet(bench, "children", {4: {"amount": "1"}}), "Anne")
    bench.put("children_2.csv", csv(HEADERS["children"], "20,9,1,2025-06-05"))
    bench.run(as_of=AS_OF)
    told = "\n".join(quality_text(quality(bench.workspace, "children")))
    assert "2 quarantined rows wait for a parent, and for nothing else" in told
    assert "1 row let in, mended by a person" in told
    assert "trend over the last 2 runs" in told
    assert "parent.relationship" in report_html(report(bench.workspace))
