"""The sample holds what its truth says: the reference reads every file and must come to the same figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dataspark.sample import Truth, write_sample
from dataspark.sample.kinds import ACHATS, CLIENTS
from dataspark.sample.layout import Outcome, lay_out
from reference.retail import Refined, gold, refine

AS_OF = datetime(2025, 12, 31, tzinfo=UTC)
FILES = ("clients.csv", "achats.csv", "truth.json")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def refined(folder: Path) -> Refined:
    return refine({"clients": [folder / "clients.csv"], "achats": [folder / "achats.csv"]}, AS_OF)


def digests(folder: Path) -> list[str]:
    return [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES]


def assert_true(truth: Truth, folder: Path) -> Refined:
    """Every figure and every listed line of the truth is what the reference finds in the files."""
    result = refined(folder)
    assert result.orphans == truth.orphans
    for table, told in truth.tables.items():
        ledger = result.ledger(table)
        assert ledger.balanced
        assert vars(ledger) == {name: getattr(told, name) for name in vars(ledger)}
        assert dict(result.reasons(table)) == told.reasons
        assert dict(result.warnings[table]) == told.warnings
        assert told.lines is not None
        rejected = {(row.line, row.reasons) for row in result.quarantine if row.table == table}
        assert rejected == {(it.line, it.reasons) for it in told.lines if it.outcome is Outcome.QUARANTINED}
    frames = gold(result.silver)
    figures = {
        "days": len(frames["agregation_jour"]),
        "weeks": len(frames["agregation_semaine"]),
        "months": len(frames["agregation_mois"]),
        "products": len(frames["dim_produit"]),
        "countries": len(frames["dim_pays"]),
        "dim_client": len(frames["dim_client"]),
        "fact_achats": len(frames["fact_achats"]),
    }
    assert figures == vars(truth.gold)
    return result


def test_default_has_the_reference_figures(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    truth = write_sample(tmp_path, execute=connection.execute)
    assert (truth.tables["clients"].read, truth.tables["clients"].accepted) == (1_500, 1_479)
    assert (truth.tables["achats"].read, truth.tables["achats"].accepted) == (23_663, 22_422)
    found = vars(truth.gold)
    assert (found["days"], found["weeks"], found["months"], found["products"], found["countries"]) == (
        *(346, 51, 12),
        *(10, 9),
    )
    assert found["fact_achats"] == 22_422
    assert_true(truth, tmp_path)


@pytest.mark.parametrize(
    ("rows", "seed"), [(1, 1), (7, 2), (50, 3), (215, 4), (400, 5), (3_000, 6), (5_003, 0), (12_000, 12345)]
)
def test_any_size_and_seed(rows: int, seed: int, tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    truth = write_sample(tmp_path, rows, seed, execute=connection.execute)
    assert truth.tables["achats"].read == rows
    assert truth.tables["clients"].read == max(1, rows // 16)
    assert_true(truth, tmp_path)


@pytest.mark.parametrize("seed", range(3))
def test_default_figures_do_not_depend_on_the_seed(
    seed: int, tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    truth = write_sample(tmp_path, seed=seed, execute=connection.execute)
    assert (truth.gold.days, truth.gold.countries, truth.gold.fact_achats) == (346, 9, 22_422)
    assert_true(truth, tmp_path)


def test_same_seed_same_bytes_whatever_the_threads(tmp_path: Path) -> None:
    found = []
    for name, threads in (("one", 1), ("two", 4)):
        with duckdb.connect(config={"threads": threads}) as connection:
            write_sample(tmp_path / name, 30_000, 9, execute=connection.execute)
        found.append(digests(tmp_path / name))
    assert found[0] == found[1]


def test_bytes_do_not_depend_on_the_chunks(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sample(tmp_path / "one", 5_000, execute=connection.execute)
    monkeypatch.setattr("dataspark.sample.CHUNK", 777)
    steps: list[tuple[str, int, int]] = []
    write_sample(tmp_path / "many", 5_000, execute=connection.execute, progress=lambda *step: steps.append(step))
    assert digests(tmp_path / "one") == digests(tmp_path / "many")
    assert steps[0] == ("clients", 312, 312)
    assert [done for table, done, _ in steps if table == "achats"] == [777, 1554, 2331, 3108, 3885, 4662, 5000]


def test_another_seed_gives_other_bytes(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    for seed in (1, 2):
        write_sample(tmp_path / str(seed), 1_000, seed, execute=connection.execute)
    assert not set(digests(tmp_path / "1")) & set(digests(tmp_path / "2"))


def test_repeated_rows_come_after_their_originals(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    truth = write_sample(tmp_path, execute=connection.execute).tables["achats"]
    lines = (tmp_path / "achats.csv").read_text(encoding="utf-8").splitlines()
    later = [line for line in truth.lines or () if line.original is not None]
    assert len(later) == truth.duplicates + truth.superseded
    for line in later:
        assert line.original is not None
        assert line.original < line.line
        one, other = lines[line.original - 1], lines[line.line - 1]
        assert one.split(",")[0] == other.split(",")[0]
        assert (one == other) is (line.outcome is Outcome.DUPLICATE)
    distances = sorted(line.line - (line.original or 0) for line in later)
    assert distances[0] < 500
    assert distances[-1] > 12_000


def test_every_kind_is_planted_in_a_small_sample(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    truth = write_sample(tmp_path, 3_000, execute=connection.execute)
    for told in truth.tables.values():
        assert all(told.planted.values())


def test_empty_fields_are_empty_and_plain_rows_have_no_quotes(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    write_sample(tmp_path, execute=connection.execute)
    for name in ("clients.csv", "achats.csv"):
        lines = (tmp_path / name).read_text(encoding="utf-8").split("\n")
        assert lines[-1] == ""
        assert not any(field == '""' for line in lines for field in line.split(","))
        assert sum('"' in line for line in lines) < 40
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_truth_is_written_as_it_is_returned(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    truth = write_sample(tmp_path, 300, execute=connection.execute)
    told = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert told["as_of"] == "2025-12-31"
    assert told["gold"] == vars(truth.gold)
    lines = truth.tables["achats"].lines or ()
    assert [line["line"] for line in told["tables"]["achats"]["lines"]] == [line.line for line in lines]


def test_large_samples_list_no_lines(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    truth = write_sample(tmp_path, 250_000, execute=connection.execute)
    assert truth.tables["achats"].lines is None
    assert truth.tables["clients"].lines is not None


def test_a_failure_leaves_no_half_file(tmp_path: Path) -> None:
    def fails(sql: str) -> object:
        if sql.startswith("COPY"):
            raise OSError("disk full")
        return None

    with pytest.raises(OSError, match="disk full"):
        write_sample(tmp_path, execute=fails)
    assert not list(tmp_path.iterdir())


def test_no_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        write_sample(tmp_path, 0, execute=lambda sql: None)


@pytest.mark.parametrize("rows", [1, 2, 3, 10, 97, 1_500, 23_663, 100_000_000])
def test_lines_and_slots_are_one_to_one(rows: int) -> None:
    for kinds in (CLIENTS, ACHATS):
        layout = lay_out(kinds, rows, 23_663, seed=3)
        assert layout.planted_end <= rows
        for slot in {0, rows // 2, rows - 1}:
            assert (layout.line(slot) * layout.multiplier + layout.offset) % rows == slot
