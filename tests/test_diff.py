"""What two releases differ in: differences counted by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import dataspark as package
from dataspark.answers.differences import Commonest, Move, Retyped, State
from dataspark.errors import UsageError
from dataspark.tables import Layer, TableRef
from releasing import Releases, contract, values

T = TableRef(Layer.GOLD, "t")
COLUMNS = "id, ville::VARCHAR, ca::DECIMAL(12,2)"


@pytest.fixture
def lake(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "own")


def test_rows_by_key_and_what_moved_in_each_column(lake: Releases) -> None:
    before = values(
        COLUMNS, "1, 'Lyon', 10", "2, 'Lyon', 20", "3, 'Nice', 30", "4, NULL, NULL", "5, 'Gap', 50", "6, 'Pau', 1"
    )
    after = values(
        COLUMNS, "1, 'Lyon', 10", "2, 'LYON', 25.5", "3, 'LYON', 30", "4, NULL, NULL", "5, NULL, 10", "7, 'Pau', 1"
    )
    found = lake.of(before, after)
    assert (found.state, found.key, found.note) == (State.CHANGED, ("id",), "")
    assert (found.rows_before, found.rows_after) == (6, 6)
    assert (found.added, found.removed, found.changed) == (1, 1, 3)
    assert not found.schema_changed
    ville, ca = found.moves
    assert ville == Move("ville", 3, commonest=Commonest("Gap", None, 1)), "the first of equally common ones"
    assert ca == Move("ca", 2, Decimal(70), Decimal("35.50"), Decimal("-40.00"), ("5",))
    assert found.sample.columns == ("id", "ville", "ca")
    assert found.sample.added == ((7, "Pau", Decimal(1)),)
    assert found.sample.removed == ((6, "Pau", Decimal(1)),)
    first, second, _third = found.sample.changed
    assert (first.before, first.after) == ((2, "Lyon", Decimal(20)), (2, "LYON", Decimal("25.50")))
    assert [row.differs for row in (first, second)] == [(False, True, True), (False, True, False)]


def test_the_commonest_change_of_a_text(lake: Releases) -> None:
    before = values("id, pays::VARCHAR", "1, 'FR'", "2, 'FR'", "3, 'BE'", "4, 'CH'")
    after = values("id, pays::VARCHAR", "1, 'France'", "2, 'France'", "3, 'France'", "4, 'CH'")
    assert lake.of(before, after).moves == (Move("pays", 3, commonest=Commonest("FR", "France", 2)),)


def test_samples_are_few_and_in_the_order_of_the_key(lake: Releases) -> None:
    before = "SELECT i AS id, i AS n FROM range(100) AS t(i) ORDER BY hash(i)"
    after = "SELECT i AS id, i % 50 AS n FROM range(10, 200) AS t(i) ORDER BY hash(i)"
    found = lake.of(before, after, sample=2)
    assert (found.added, found.removed, found.changed) == (100, 10, 50)
    assert [row[0] for row in found.sample.added] == [100, 101]
    assert [row[0] for row in found.sample.removed] == [0, 1]
    assert [row.after[0] for row in found.sample.changed] == [50, 51]
    assert lake.diff("t", sample=0).tables[0].sample.added == ()


def test_columns_that_came_went_and_changed_their_type(lake: Releases) -> None:
    before = values("id, n, prix::DECIMAL(12,2), vieux::VARCHAR", "1, 5, 2.50, 'x'", "2, 6, 3, 'y'")
    after = values("id, neuf::DATE, n::DECIMAL(9,3), prix::DOUBLE", "1, '2025-01-01', 5, 2.5", "2, NULL, 6.001, 3")
    found = lake.of(before, after)
    assert found.columns_added == (("neuf", "date"),)
    assert found.columns_removed == (("vieux", "string"),)
    assert found.retyped == (Retyped("n", "long", "decimal(9,3)"), Retyped("prix", "decimal(12,2)", "double"))
    assert (found.added, found.removed, found.changed) == (0, 0, 1), "new columns and new types change no row"
    assert found.moves == (Move("n", 1, Decimal(6), Decimal("6.001"), Decimal("0.001"), ("2",)),)
    assert found.sample.columns == ("id", "neuf", "n", "prix", "vieux")


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        (("VARCHAR", "'01'"), ("BIGINT", "1"), 0),
        (("VARCHAR", "'1.7'"), ("BIGINT", "2"), 1),
        (("VARCHAR", "'abc'"), ("BIGINT", "NULL"), 1),
        (("VARCHAR", "'12.50'"), ("DECIMAL(9,2)", "12.5"), 0),
        (("VARCHAR", "'2025-01-02'"), ("DATE", "'2025-01-02'"), 0),
        (("VARCHAR", "'true'"), ("BOOLEAN", "true"), 0),
        (("DATE", "'2025-01-02'"), ("TIMESTAMPTZ", "'2025-01-02'"), 0),
        (("TIMESTAMPTZ", "'2025-01-02 10:00:00'"), ("DATE", "'2025-01-02'"), 1),
        (("BIGINT", "9007199254740993"), ("DECIMAL(38,30)", "1"), 1),
        (("BIGINT", "12345678901"), ("VARCHAR", "'12345678902'"), 1),
        (("DECIMAL(18,2)", "0.30"), ("DOUBLE", "0.1::DOUBLE + 0.2::DOUBLE"), 0),
        (("BIGINT[]", "[1, 2]"), ("VARCHAR", "'[1, 2]'"), 0),
        (("BOOLEAN", "NULL"), ("DATE", "NULL"), 0),
        (("DOUBLE", "'nan'"), ("DOUBLE", "'nan'"), 0),
        (("DOUBLE", "'nan'"), ("DOUBLE", "5"), 1),
        (("DOUBLE", "'inf'"), ("DOUBLE", "5"), 1),
        (("DOUBLE", "'inf'"), ("DOUBLE", "'-inf'"), 1),
        (("DOUBLE", "1e12"), ("DOUBLE", "1e12 + 100"), 0),
        (("DOUBLE", "1e12"), ("DOUBLE", "1e12 + 10000"), 1),
        (("DOUBLE", "0"), ("DOUBLE", "1e-300"), 1),
        (("DOUBLE", "-0.0"), ("DOUBLE", "0.0"), 0),
        (("FLOAT", "0.1"), ("FLOAT", "0.2"), 1),
    ],
)
def test_what_is_the_same_value(before: tuple[str, str], after: tuple[str, str], changed: int, lake: Releases) -> None:
    sides = [f"SELECT 1 AS id, CAST({value} AS {kind}) AS v" for kind, value in (before, after)]
    found = lake.of(*sides)
    assert (found.added, found.removed, found.changed) == (0, 0, changed)
    assert bool(found.retyped) == (before[0] != after[0])
    lake.diff().as_json()
    alone = [
        f"SELECT CAST({value} AS {kind}) AS v, 'x' AS w UNION ALL SELECT NULL, 'y'" for kind, value in (before, after)
    ]
    rows = lake.of(*[f"{one} UNION ALL {one}" for one in alone])
    assert (rows.key, rows.added, rows.removed) == ((), 2 * changed, 2 * changed), "also by whole rows, each twice"


def test_a_key_that_was_retyped_still_tells_rows(lake: Releases) -> None:
    before = values("id::VARCHAR, n", "'1', 1", "'2', 2", "'x', 3")
    found = lake.of(before, values("id, n", "1, 1", "2, 7", "4, 4"))
    assert (found.key, found.added, found.removed, found.changed) == (("id",), 1, 1, 1)
    twice = lake.of(values("id::VARCHAR, n", "'1', 1", "'01', 2"), values("id, n", "1, 1", "2, 2"))
    assert twice.key != ("id",), "two texts that are one number are no key"


def test_the_key_of_the_contract_comes_first(tmp_path: Path) -> None:
    lake = Releases(tmp_path / "own", t=contract("t", "gold", "pays", "mois"))
    before = values("n, pays::VARCHAR, mois::VARCHAR", "1, 'FR', '01'", "2, 'FR', '02'", "3, NULL, '02'")
    after = values("n, pays::VARCHAR, mois::VARCHAR", "9, 'FR', '01'", "2, 'FR', '02'", "3, NULL, '02'")
    found = lake.of(before, after)
    assert (found.key, found.changed, found.added) == (("pays", "mois"), 1, 0), "a NULL in a key is a value like others"
    assert found.moves == (Move("n", 1, 1, 9, 8, ("FR", "01")),)


def test_a_key_that_is_not_unique_multiplies_no_rows(tmp_path: Path) -> None:
    lake = Releases(tmp_path / "own", t=contract("t", "gold", "pays"))
    before = values("pays::VARCHAR, n", "'FR', 1", "'BE', 2", "'CH', 3")
    found = lake.of(before, values("pays::VARCHAR, n", "'FR', 1", "'FR', 1", "'FR', 2", "'BE', 5", "'CH', 3"))
    assert found.key == ()
    assert "pays is not unique in r000002: whole rows are compared" in found.note
    assert (found.added, found.removed, found.changed, found.moves) == (3, 1, 0, ())


@pytest.mark.parametrize(
    ("columns", "rows", "key"),
    [
        ("id, n", ["1, 1", "2, 1"], ("id",)),
        ("annee, mois, ca::DECIMAL(9,2)", ["1, 1, 1", "1, 2, 1", "2, 1, 1"], ("annee", "mois")),
        ("annee, id_achat, n", ["1, 1, 1", "1, 2, 1"], ("id_achat",)),
        ("ca::DOUBLE, n", ["1, 1", "2, 2"], ()),
        (
            "n, ca::DOUBLE, pays::VARCHAR, jour::DATE",
            ["1, 1, 'a', '2025-01-01'", "1, 1, 'a', '2025-01-02'"],
            ("pays", "jour"),
        ),
        ("ca::DOUBLE", ["1", "2"], ()),
        ("tags::VARCHAR[]", ["['a']", "['b']"], ()),
        ("seule::VARCHAR", ["'a'", "NULL"], ("seule",)),
    ],
)
def test_the_smallest_key_that_is_one(columns: str, rows: list[str], key: tuple[str, ...], lake: Releases) -> None:
    found = lake.of(values(columns, *rows), values(columns, *rows[1:]))
    assert (found.key, found.added, found.removed, found.changed) == (key, 0, 1, 0)
    assert found.note == ("" if key else "no key: whole rows are compared, a changed one counts as removed and added")


def test_a_table_of_one_row_needs_no_key(lake: Releases) -> None:
    columns = "nb, ca::DECIMAL(9,2)"
    found = lake.of(values(columns, "5, 10"), values(columns, "6, 12"))
    assert (found.key, found.note) == ((), "")
    assert (found.added, found.removed, found.changed) == (0, 0, 1)
    assert [(move.column, move.largest, move.largest_at) for move in found.moves] == [("nb", 1, ()), ("ca", 2, ())]
    assert found.sample.changed[0].after == (6, Decimal(12))


def test_identifiers_are_not_added_up(lake: Releases) -> None:
    columns = "cle, id_client, pays_id, produitId, paid"
    found = lake.of(
        values(columns, "1, 7, 7, 7, 7", "2, 7, 7, 7, 7"), values(columns, "1, 9, 9, 9, 9", "2, 8, 8, 8, 8")
    )
    assert [move.column for move in found.moves if move.commonest] == ["id_client", "pays_id", "produitId"]
    assert found.moves[0].commonest == Commonest(7, 8, 1)
    assert found.moves[3].sum_after == 17


def test_a_silver_key_that_is_new_tells_nothing_of_older_rows(tmp_path: Path) -> None:
    lake = Releases(tmp_path / "own", t=contract("t", "silver", "id"))
    found = lake.of(values("n", "1", "2"), values("id::VARCHAR, n", "'a', 1", "'b', 2"), "silver.t")
    assert (found.added, found.removed, found.columns_added) == (0, 0, (("id", "string"),))
    assert found.note.startswith("its key, id, is not in both: whole rows are compared")


def test_whole_rows_count_how_often_they_come(lake: Releases) -> None:
    columns = "x::DOUBLE, y::VARCHAR"
    before = values(columns, "1, 'a'", "1, 'a'", "1, 'a'", "NULL, NULL", "NULL, NULL", "2, 'b'")
    found = lake.of(before, values(columns, "1, 'a'", "NULL, NULL", "NULL, NULL", "NULL, NULL", "2, 'c'", "2, 'c'"))
    assert (found.added, found.removed, found.changed) == (3, 3, 0)
    assert set(found.sample.removed) == {(1.0, "a"), (2.0, "b")}


def test_floats_that_round_apart_are_still_close(lake: Releases) -> None:
    before = values("x::DOUBLE, y::VARCHAR", "1.0000000005, 'a'", "1.0000000005, 'a'", "3, 'a'")
    after = values("x::DOUBLE, y::VARCHAR", "1.00000000049, 'a'", "1.00000000051, 'a'", "1.001, 'a'")
    found = lake.of(before, after)
    assert (found.key, found.added, found.removed) == ((), 1, 1)
    assert found.sample.added == ((1.001, "a"),)


def test_nothing_in_common(lake: Releases) -> None:
    found = lake.of(values("a, b", "1, 1", "2, 2"), values("c", "1"))
    assert (found.added, found.removed, found.changed) == (1, 2, 0)
    assert found.note == "no column is in both: every row is another one"


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 3), (3, 0)])
def test_empty_tables(old: int, new: int, lake: Releases) -> None:
    one, two = (values(COLUMNS, *(f"{n}, 'x', 1" for n in range(rows))) for rows in (old, new))
    found = lake.of(one, two)
    assert (found.rows_before, found.rows_after, found.added, found.removed) == (old, new, new, old)
    assert found.state is (State.CHANGED if old + new else State.UNCHANGED)


def test_names_that_sql_has_other_uses_for(lake: Releases) -> None:
    odd = ["é \"q\" 's'", "a b", "here", "gone", "a0", "b1", "select", "x.y", "_file", "{0}", "came", "k0", "times"]
    one, two = (
        ", ".join(f'{n + up} AS "{name.replace(chr(34), chr(34) * 2)}"' for n, name in enumerate(odd)) for up in (0, 1)
    )
    first = odd[0].replace('"', '""')
    other = f'UNION ALL SELECT * REPLACE (99 AS "{first}") FROM (SELECT {one})'
    found = lake.of(f"SELECT {one} {other}", f'SELECT * REPLACE (0 AS "{first}") FROM (SELECT {two}) {other}')
    assert (found.key, found.changed) == ((odd[0],), 1)
    assert [move.column for move in found.moves] == odd[1:]
    assert found.moves[0].largest_at == ("0",)
    more = [f"SELECT * FROM (SELECT {one}) UNION ALL SELECT * FROM (SELECT {side})" for side in (one, two)]
    rows = lake.of(*[f"SELECT 1.5::DOUBLE AS m, * FROM ({one})" for one in more])
    assert (rows.key, rows.added, rows.removed) == ((), 1, 1)


def test_large_numbers_overflow_nothing(lake: Releases) -> None:
    columns = "id, b, d::DECIMAL(38,2), h::DECIMAL(38,0)"
    nines = "9" * 36
    before = values(columns, f"1, {2**63 - 1}, {nines}, {nines}", f"2, {2**63 - 1}, {nines}, {nines}")
    found = lake.of(before, values(columns, f"1, {-(2**63)}, -{nines}, 1", f"2, {-(2**63)}, -{nines}, 1"))
    moved = {move.column: move for move in found.moves}
    assert moved["b"].sum_before == 2 * (2**63 - 1)
    assert moved["b"].largest == -(2**64 - 1)
    assert moved["d"].sum_after == pytest.approx(-2e36)


def test_equal_versions_and_shared_files_are_not_read(tmp_path: Path) -> None:
    lake = Releases(tmp_path / "own", t=contract("t", "silver", "id"))
    table = TableRef(Layer.SILVER, "t")
    lake.publish(u=values("id", "1"), silver__t=values("id, n", "1, 1", "2, 2"))
    base = lake.engine.append(table, lake.versions["silver.t"], values("id, n", "3, 3", "4, 4", "5, 5")).version
    lake.versions["silver.t"] = base
    lake.publish()
    first, second = lake.workspace.tables.files(table, base)
    assert first.rows + second.rows == 5
    kept, old = (first, second) if first.rows == 2 else (second, first)
    fields = lake.workspace.tables.fields(table, base)
    moved = lake.engine._write(table, values("id, n", "3, 3", "5, 6", "6, 6"), fields)
    again = lake.engine._write(table, values("id, n", "4, 4"), fields)
    lake.versions["silver.t"] = lake.workspace.tables.change(table, base, fields, [moved, again], [old])
    lake.publish()
    for unread in (
        lake.workspace.tables.path(table, kept),
        *lake.workspace.tables.paths(TableRef.parse("u"), 0),
    ):
        Path(unread).write_bytes(b"nobody reads this")
    found = {one.table: one for one in lake.diff().tables}
    t = found["silver.t"]
    assert (t.rows_before, t.rows_after) == (5, 6)
    assert (t.added, t.removed, t.changed) == (1, 0, 1), "a row that went to another file is the same row"
    assert found["gold.u"].state is State.UNCHANGED
    assert found["gold.u"].rows_after == 1


def test_a_table_written_anew_with_the_same_rows_is_unchanged(lake: Releases) -> None:
    found = lake.of(values("id", "1", "2"), values("id", "2", "1"))
    assert lake.versions["gold.t"] == 1
    assert found.state is State.UNCHANGED


def test_positions_are_no_data_of_silver_and_tell_rows_of_the_quarantine(tmp_path: Path) -> None:
    lake = Releases(tmp_path / "own", t=contract("t", "silver", "id"))
    silver, judged = "id::VARCHAR, n, _file, _line", "_file, _line, _reasons::VARCHAR[], id::VARCHAR"
    lake.publish(silver__t=values(silver, "'a', 1, 1, 2"), quarantine__t=values(judged, "1, 3, ['n.type'], 'x'"))
    lake.publish(
        silver__t=values(silver, "'a', 1, 2, 7"),
        quarantine__t=values(judged, "1, 3, ['n.type', 'n.minimum'], 'x'", "2, 3, ['n.type'], 'x'"),
    )
    assert lake.diff("silver.t").tables[0].state is State.UNCHANGED
    (found,) = lake.diff("quarantine.t").tables
    assert (found.key, found.added, found.changed) == (("_file", "_line"), 1, 1)
    assert found.moves == (Move("_reasons", 1, commonest=Commonest(["n.type"], ["n.type", "n.minimum"], 1)),)


def test_silver_without_a_key_is_compared_by_whole_rows(lake: Releases) -> None:
    columns = "id, n, _file, _line"
    found = lake.of(values(columns, "1, 1, 1, 2"), values(columns, "1, 2, 1, 2"), "silver.t")
    assert (found.key, found.added, found.removed) == ((), 1, 1)


def test_tables_of_one_release_only(lake: Releases) -> None:
    lake.publish(a=values("id", "1", "2"), b=values("id", "1"))
    lake.publish(a=None, c=values("id", "1", "2", "3"))
    a, b, c = lake.diff().tables
    assert (a.state, a.rows_before, a.rows_after) == (State.REMOVED, 2, None)
    assert (b.state, c.state, c.rows_after) == (State.UNCHANGED, State.ADDED, 3)


def test_which_releases_and_tables(lake: Releases) -> None:
    with pytest.raises(UsageError, match="has no release yet"):
        package.diff(lake.root)
    lake.publish(ventes=values("id", "1"), silver__achats=values("id", "1"))
    with pytest.raises(UsageError, match="has no release before r000001: there is nothing to compare it with"):
        package.diff(lake.root)
    lake.publish(ventes=values("id", "1", "2"))
    lake.publish(ventes=values("id", "1", "2", "3"))
    assert package.diff(lake.root).table("ventes").added == 1
    assert package.diff(lake.root, "r000001").table("gold.ventes").added == 2
    assert package.diff(lake.root, "r000003", "r000001").table("ventes").removed == 2
    assert [one.table for one in package.diff(lake.root, layer="silver").tables] == ["silver.achats"]
    assert [one.table for one in package.diff(lake.root, layer="all").tables] == ["silver.achats", "gold.ventes"]
    assert [one.table for one in package.diff(lake.root, tables=["SILVER.achats"]).tables] == ["silver.achats"]
    with pytest.raises(KeyError):
        package.diff(lake.root).table("achats")


@pytest.mark.parametrize(
    ("arguments", "words", "hint"),
    [
        ({"before": "r000008"}, "there is no release `r000008`", "did you mean `r000002`?"),
        ({"tables": ["vente"]}, "neither r000001 nor r000002 has a table `vente`", "did you mean `ventes`?"),
        ({"tables": ["achats"]}, "has a table `achats`", "did you mean `silver.achats`?"),
        ({"tables": ["bronze.ventes"]}, "has a table `bronze.ventes`", "did you mean `gold.ventes`?"),
        ({"layer": "silvr"}, "there is no layer `silvr`", "did you mean `silver`?"),
    ],
)
def test_names_that_do_not_exist(arguments: dict[str, object], words: str, hint: str, lake: Releases) -> None:
    for rows in (["1"], ["1", "2"]):
        lake.publish(ventes=values("id", *rows), silver__achats=values("id", *rows))
    with pytest.raises(UsageError, match=words) as caught:
        package.diff(lake.root, **arguments)
    assert caught.value.hint == hint


def test_a_release_whose_files_were_vacuumed(lake: Releases) -> None:
    lake.publish(t=values("id", "1"), u=values("id", "1"))
    lake.publish(t=values("id", "1", "2"))
    lake.workspace.tables.vacuum(T, [lake.versions["gold.t"]])
    with pytest.raises(
        UsageError, match=r"release r000001 cannot be read any more: files of gold.t, version 0, are gone"
    ):
        lake.diff()
    assert lake.diff("u").tables[0].state is State.UNCHANGED
