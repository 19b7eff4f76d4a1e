"""`dataspark rollback` and `vacuum`."""

from __future__ import annotations

from pathlib import Path

import pytest

import dataspark as package
from cli.calling import AS_OF, dataspark

HEADER = "id_achat,id_client,date_achat,montant,produit\n"


def add_purchase(root: Path, number: int) -> None:
    line = f"{number},1,2025-03-01 10:00:00,12.50,Mouse\n"
    (root / f"data/sources/achats_{number}.csv").write_text(HEADER + line)
    assert dataspark("run", "--as-of", AS_OF, "--quiet", project=root).code == 0


def sold(root: Path, *options: str) -> int:
    answer = dataspark("query", "select count(*) n from fact_achats", "--json", *options, project=root)
    assert answer.code == 0, answer
    number: int = answer.json[0]["n"]
    return number


@pytest.fixture
def three(own: Path) -> Path:
    """A lake with three releases."""
    add_purchase(own, 900_001)
    add_purchase(own, 900_002)
    return own


def test_rollback_makes_a_new_release_of_old_versions(three: Path) -> None:
    before = sold(three)
    answer = dataspark("rollback", "r000001", project=three)
    assert answer.code == 0
    assert "r000004 is what readers see now: the tables of r000001" in answer.out
    assert sold(three) == before - 2
    assert sold(three, "--release", "r000003") == before
    assert "rollback to r000001" in dataspark("releases", project=three).out
    again = dataspark("rollback", "r000001", "--json", project=three).json
    assert again == {"release": "r000004", "to": "r000001", "before": "r000004", "changed": False}


def test_after_a_rollback_the_next_run_releases_its_own_state(three: Path) -> None:
    before = sold(three)
    dataspark("rollback", "r000002", project=three)
    add_purchase(three, 900_003)
    assert sold(three) == before + 1


def test_rollback_to_nowhere(three: Path) -> None:
    answer = dataspark("rollback", "r000007", project=three)
    assert answer.code == 2
    assert "there is no release `r000007`" in answer.err


def test_vacuum_keeps_what_kept_releases_need(three: Path) -> None:
    planned = dataspark("vacuum", "--keep", 1, "--dry-run", "--json", project=three).json
    assert planned["kept"] == ["r000003"]
    assert {one["table"] for one in planned["freed"]} >= {"gold.fact_achats", "gold.dim_temps"}
    assert sold(three, "--release", "r000001") == sold(three) - 2, "a dry run frees nothing"
    done = dataspark("vacuum", "--keep", 2, "--json", project=three).json
    assert done["kept"] == ["r000002", "r000003"]
    assert sold(three, "--release", "r000002") == sold(three) - 1
    gone = dataspark("query", "select * from fact_achats", "--release", "r000001", project=three)
    assert gone.code == 2
    assert "release r000001 cannot be read any more" in gone.err
    refused = dataspark("rollback", "r000001", project=three)
    assert refused.code == 2
    assert "are gone" in refused.err
    assert dataspark("doctor", project=three).code == 0


def test_vacuum_changes_nothing_that_runs_see(three: Path) -> None:
    before = sold(three)
    shown = dataspark("vacuum", "--keep", 1, project=three).out
    assert shown.startswith("freed ")
    assert "nothing new" in dataspark("run", "--as-of", AS_OF, "--quiet", project=three).out
    assert dataspark("vacuum", "--keep", 1, project=three).out.startswith("nothing to free")
    add_purchase(three, 900_004)
    assert sold(three) == before + 1
    refreshed = dataspark("run", "--as-of", AS_OF, "--full-refresh", "--quiet", project=three)
    assert refreshed.code == 0
    assert sold(three) == before + 1


def test_vacuum_keeps_an_unreleased_state(three: Path) -> None:
    (three / "checks" / "jamais.sql").write_text("SELECT 1 AS n")
    line = "900009,1,2025-03-01 10:00:00,12.50,Mouse\n"
    (three / "data/sources/achats_9.csv").write_text(HEADER + line)
    assert dataspark("run", "--as-of", AS_OF, "--quiet", project=three).code == 1
    waiting = [table["name"] for table in dataspark("status", "--json", project=three).json["tables"] if table["ahead"]]
    assert "gold.fact_achats" in waiting
    dataspark("vacuum", "--keep", 1, project=three)
    before = sold(three)
    (three / "checks" / "jamais.sql").unlink()
    report = dataspark("run", "--as-of", AS_OF, "--json", project=three).json
    assert report["published"]
    assert not any(model["changed"] for model in report["models"])
    assert sold(three) == before + 1


def test_a_reader_keeps_its_release(three: Path) -> None:
    with package.open(three) as reader:
        before = reader.sql("select count(*) from fact_achats").rows()
        add_purchase(three, 900_005)
        assert reader.sql("select count(*) from fact_achats").rows() == before
        assert reader.table("dim_client").rows(), "also tables that were not read before"
    assert sold(three) == before[0][0] + 1
