"""A project from nothing: `init`, `sample`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cli.calling import dataspark


def test_new_project_runs_at_once(fresh: Path) -> None:
    answer = dataspark("run", "--as-of", "2025-12-31", "--quiet", project=fresh)
    assert answer.code == 0
    assert answer.err == ""
    for words in (
        "boutique",
        "quantite.minimum",
        "row.quantite_elevee",
        "ca_par_produit",
        "r000001 is what readers see",
    ):
        assert words in answer.out
    total = dataspark("query", "select sum(ca_total) from ca_par_produit", "--format", "csv", project=fresh).out
    assert total.splitlines()[1] == "644.30"


def test_new_project_passes_every_question(fresh: Path) -> None:
    assert dataspark("run", "--quiet", project=fresh).code == 0
    for question in (["doctor"], ["status"], ["plan"], ["quality"], ["explain", "ventes"], ["explain", "ca_par_mois"]):
        assert dataspark(*question, project=fresh).code == 0, question


def test_init_leaves_no_placeholder_and_lists_what_it_wrote(tmp_path: Path) -> None:
    answer = dataspark("init", tmp_path / "Ma Boutique!", "--json")
    assert answer.json["name"] == "ma-boutique"
    root = Path(answer.json["folder"])
    assert sorted(answer.json["files"]) == sorted(
        p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()
    )
    assert "{NAME}" not in "".join(path.read_text() for path in root.rglob("*") if path.is_file())
    assert ".gitignore" in answer.json["files"]


def test_init_fills_an_empty_folder_and_refuses_a_full_one(tmp_path: Path) -> None:
    assert dataspark("init", tmp_path).code == 0
    answer = dataspark("init", tmp_path)
    assert answer.code == 2
    assert "is there already and is not empty" in answer.err


def test_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for folder, seed in (("a", 7), ("b", 7), ("c", 8)):
        assert dataspark("sample", "--rows", 500, "--seed", seed, "--to", tmp_path / folder, "--quiet").code == 0
    first, same, other = ((tmp_path / folder / "achats.csv").read_bytes() for folder in "abc")
    assert first == same
    assert first != other


def test_sample_tells_what_it_planted(tmp_path: Path) -> None:
    answer = dataspark("sample", "--rows", 500, "--to", tmp_path, "--json")
    assert answer.err == ""
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert answer.json["truth"]["tables"]["achats"]["read"] == truth["tables"]["achats"]["read"] == 500
    with (tmp_path / "achats.csv").open() as file:
        assert len(list(csv.reader(file))) == 501


def test_sample_shows_progress_on_stderr(tmp_path: Path) -> None:
    answer = dataspark("sample", "--rows", 500, "--to", tmp_path)
    assert answer.err == "clients … 31 of 31 rows\nachats … 500 of 500 rows\n"
    assert "truth.json has every planted line and every count" in answer.out


def test_sample_does_not_replace_your_own_files(tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_text("mine\n")
    answer = dataspark("sample", "--rows", 5, "--to", tmp_path)
    assert answer.code == 2
    assert "clients.csv that is no sample" in answer.err
    assert (tmp_path / "clients.csv").read_text() == "mine\n"
    assert dataspark("sample", "--rows", 5, "--to", tmp_path, "--force").code == 0


@pytest.mark.parametrize("rows", ["0", "-1", "many"])
def test_sample_needs_rows(rows: str, tmp_path: Path) -> None:
    assert dataspark("sample", "--rows", rows, "--to", tmp_path).code == 2
