"""`dataspark lineage`."""

from __future__ import annotations

from pathlib import Path

from cli.calling import dataspark


def test_lineage_needs_no_release(fresh: Path) -> None:
    answer = dataspark("lineage", "ca_par_mois.ca_total", project=fresh)
    assert answer.code == 0
    assert "raw.ventes.prix" in answer.out
    found = dataspark("lineage", "silver.ventes.prix", "--downstream", "--json", project=fresh).json
    assert found["direction"] == "downstream"
    assert {"gold.ca_par_mois", "gold.ca_par_produit"} <= {part["name"] for part in found["tables"]}
    assert dataspark("lineage", "ca_par_mois", "--format", "json", project=fresh).json["asked"] == "gold.ca_par_mois"


def test_lineage_in_a_file(fresh: Path, tmp_path: Path) -> None:
    for name, beginning in (
        ("a.svg", "<svg "),
        ("a.mmd", "flowchart LR"),
        ("a.json", "{"),
        ("a.txt", "gold.ca_par_mois"),
    ):
        answer = dataspark("lineage", "ca_par_mois", "-o", tmp_path / name, project=fresh)
        assert (answer.code, answer.out) == (0, "")
        assert (tmp_path / name).read_text().startswith(beginning)
    answer = dataspark("lineage", "ca_par_mois", "--output", tmp_path, project=fresh)
    assert (answer.code, "is a folder" in answer.err) == (2, True)


def test_lineage_of_nothing(fresh: Path) -> None:
    answer = dataspark("lineage", "ca_par_moi", project=fresh)
    assert (answer.code, "did you mean `ca_par_mois`?" in answer.err) == (2, True)
