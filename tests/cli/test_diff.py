"""`dataspark diff`."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.calling import AS_OF, dataspark
from dataspark.answers.differences import Commonest, Diff, Move, Retyped, Sample, Side, State, TableDiff
from dataspark.rendering.diff import diff_text
from dataspark.rendering.text import ANSI

HEADER = "id_achat,id_client,date_achat,montant,produit\n"


@pytest.fixture
def corrected(own: Path) -> Path:
    """A second release: two purchases more, the amount of one corrected, one line for the quarantine."""
    first = dataspark("query", "from silver.achats order by id_achat limit 1", "--json", project=own).json[0]
    when = first["date_achat"].replace("T", " ").removesuffix("+00:00")
    lines = [
        f"{first['id_achat']},{first['id_client']},{when},{first['montant'] + 100:.2f},{first['produit']}",
        "900001,1,2025-03-01 10:00:00,12.50,Mouse",
        "900002,1,2025-03-02 10:00:00,7.50,Mouse",
        "900003,1,2025-03-02 10:00:00,beaucoup,Mouse",
    ]
    (own / "data/sources/achats_2.csv").write_text(HEADER + "\n".join(lines) + "\n")
    assert dataspark("run", "--as-of", AS_OF, "--quiet", project=own).code == 0
    return own


def test_a_small_batch(corrected: Path) -> None:
    answer = dataspark("diff", "--json", project=corrected)
    assert answer.code == 0
    assert (answer.json["before"]["id"], answer.json["after"]["id"]) == ("r000001", "r000002")
    tables = {one["table"]: one for one in answer.json["tables"]}
    assert len(tables) == 14
    assert {one["state"] for name, one in tables.items() if name.startswith("gold.dim_")} == {"unchanged"}
    facts = tables["gold.fact_achats"]
    assert (facts["added"], facts["removed"], facts["changed"]) == (2, 0, 1)
    (montant,) = facts["moves"]
    assert montant["sum_after"] == pytest.approx(montant["sum_before"] + 100)
    assert montant["largest"] == 100
    assert [row["id_achat"] for row in facts["sample"]["added"]] == [900001, 900002]
    (changed,) = facts["sample"]["changed"]
    assert [str(value) for value in changed["key"].values()] == montant["largest_at"]
    assert changed["after"]["montant"] == pytest.approx(changed["before"]["montant"] + 100)
    revenue = {move["column"]: move for move in tables["gold.kpi_ca_par_pays"]["moves"]}["ca_total"]
    assert revenue["sum_after"] == pytest.approx(revenue["sum_before"] + 120)


def test_as_a_person_reads_it(corrected: Path) -> None:
    lines = dataspark("diff", "r000001", "r000002", "fact_achats", "dim_pays", project=corrected).out.splitlines()
    assert lines[0] == "r000001 (as of 2025-12-31) → r000002 (as of 2025-12-31)"
    assert lines[2].startswith("~ fact_achats  + 2 added  ~ 1 changed  (")
    assert lines[3].split()[:3] == ["montant", "1", "row"]
    assert [line.split()[0] for line in lines[5:8]] == ["+", "+", "~"]
    assert lines[-1] == "1 table unchanged: dim_pays"
    assert all(len(line) <= 100 for line in lines)


def test_other_layers(corrected: Path) -> None:
    silver = {
        one["table"]: one for one in dataspark("diff", "--layer", "silver", "--json", project=corrected).json["tables"]
    }
    assert list(silver) == ["silver.achats", "silver.clients"]
    assert silver["silver.clients"]["state"] == "unchanged"
    achats = silver["silver.achats"]
    assert (achats["key"], achats["added"], achats["changed"]) == (["id_achat"], 2, 1)
    assert [move["column"] for move in achats["moves"]] == ["montant"], "where a row stands is no data"
    rejected = dataspark("diff", "quarantine.achats", "--sample", 1, project=corrected).out
    assert "~ quarantine.achats  + 1 added" in rejected
    assert "beaucoup" in rejected


def test_words_are_releases_then_tables(corrected: Path) -> None:
    same = dataspark("diff", "r000002", project=corrected)
    last = same.out.splitlines()[-1]
    assert last.startswith("14 tables unchanged: agregation_jour, agregation_mois")
    assert len(last) == 100, "one line, whatever their number"
    back = dataspark("diff", "r000002", "r000001", "fact_achats", "--json", project=corrected).json
    assert back["tables"][0]["removed"] == 2
    unknown = dataspark("diff", "r000001", "fact_achat", project=corrected)
    assert (unknown.code, unknown.out) == (2, "")
    assert "neither r000001 nor r000002 has a table `fact_achat`" in unknown.err
    assert "did you mean `fact_achats`?" in unknown.err
    assert "there is no release `r000007`" in dataspark("diff", "r000001", "r000007", project=corrected).err


def test_a_rollback_is_no_difference_and_a_vacuumed_release_cannot_be_read(corrected: Path) -> None:
    assert dataspark("rollback", "r000001", project=corrected).code == 0
    states = dataspark("diff", "r000001", "--json", project=corrected).json["tables"]
    assert {one["state"] for one in states} == {"unchanged"}
    assert dataspark("vacuum", "--keep", 1, project=corrected).code == 0
    (corrected / "data/sources/achats_3.csv").write_text(HEADER + "900004,1,2025-03-01 10:00:00,12.50,Mouse\n")
    dataspark("run", "--as-of", AS_OF, "--quiet", project=corrected)
    assert dataspark("vacuum", "--keep", 1, project=corrected).code == 0
    gone = dataspark("diff", "r000001", project=corrected)
    assert gone.code == 2
    assert "release r000001 cannot be read any more: files of gold.agregation_jour" in gone.err


def test_the_first_release_has_nothing_before_it(project: Path) -> None:
    answer = dataspark("diff", project=project)
    assert answer.code == 2
    assert "has no release before r000001: there is nothing to compare it with" in answer.err


def text(*tables: TableDiff) -> list[str]:
    sides = (Side(f"r00000{n}", "2025-12-31T10:00:00+00:00", "2025-12-31T00:00:00+00:00") for n in (1, 2))
    return diff_text(Diff(*sides, tables))[2:]


def test_lines_of_a_table() -> None:
    moves = (
        Move("ca", 2, 1000.5, None, -0.25, ("FR", None)),
        Move("ville", 3, commonest=Commonest(None, "x\ny", 2)),
    )
    found = TableDiff(
        *("gold.t", State.CHANGED, 1200, 1201),
        columns_added=(("neuf", "date"),),
        columns_removed=(("vieux", "string"),),
        retyped=(Retyped("n", "long", "double"),),
        key=("pays", "mois"),
        added=1,
        changed=4,
        moves=moves,
    )
    assert text(found) == [
        "~ t  + 1 added  ~ 4 changed  (1,200 → 1,201 rows, by pays, mois)",
        "    + column  neuf   date",
        "    - column  vieux  string",
        "    ~ column  n      long → double",
        "    ca     2 rows  sum 1,000.5 → NULL  at most -0.25 at pays FR, mois NULL",
        "    ville  3 rows  mostly NULL → x␊y  (2 rows)",
    ]


def test_tables_that_came_went_or_only_changed_columns() -> None:
    tables = (
        TableDiff("gold.a", State.ADDED, None, 3),
        TableDiff("silver.b", State.REMOVED, 1, None),
        TableDiff("gold.c", State.CHANGED, 2, 2, columns_added=(("x", "long"),), key=("id",)),
        TableDiff("gold.d", State.UNCHANGED, 2, 2),
    )
    assert text(*tables) == [
        "+ a  a new table of 3 rows",
        "",
        "- silver.b  is there no more; it had 1 row",
        "",
        "~ c  the same rows  (2 rows, by id)",
        "    + column  x  long",
        "",
        "1 table unchanged: d",
    ]
    assert text() == ["no table of this layer is in either release"]


def test_wide_rows_show_the_key_and_what_moved_first() -> None:
    columns = tuple(f"colonne_{n}" for n in range(20))
    sample = Sample(columns, (False,) * 20, added=(tuple("x" * n for n in range(20)),))
    found = TableDiff("gold.t", State.CHANGED, 1, 2, key=("colonne_19",), added=1, sample=sample)
    _title, head, row = text(found)
    assert "colonne_19  … 14 columns more" in head
    assert "x" * 19 in row
    assert len(head) <= 100
    side = Side("r000001", "2025-01-01", "2025-01-01")
    painted = diff_text(Diff(side, side, (found,)), ANSI)[-1]
    assert painted.startswith("    \x1b[32m+\x1b[0m"), "signs have colour, values none"
