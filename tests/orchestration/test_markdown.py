"""What Prefect's pages show of a run, from the report alone."""

from __future__ import annotations

from pathlib import Path

from dataspark.rendering.markdown import quality_page, release_page
from orchestration.conftest import SHOP
from workbench import Bench


def test_the_quality_of_a_run(tmp_path: Path) -> None:
    bench = Bench.of_files(tmp_path / "shop", {**SHOP, "dataspark.toml": '[project]\nname = "ma_boutique"\n'})
    report = bench.run()
    lines = quality_page(report).splitlines()
    assert lines[0] == "# ma\\_boutique, as of 2025-12-31"
    assert "Release **r000001** is what readers see now." in lines
    assert "## `ventes`: 1 of 3 rows in the quarantine" in lines
    assert "| `pays.required` | 1 | 100.0 % |" in lines
    assert "| `par_pays` | 2 | 0 |" in release_page(report).splitlines()
    assert release_page(bench.run()).startswith("**r000001** stays: run ")


def test_a_check_that_blocks_and_its_rows_are_not_shown(tmp_path: Path) -> None:
    check = "-- severity: error\nSELECT pays FROM par_pays"
    report = Bench.of_files(tmp_path / "shop", {**SHOP, "checks/vide.sql": check, "dataspark.toml": ""}).run()
    page = quality_page(report)
    assert "**Not released**: a check failed. Readers keep nothing." in page
    assert "| **failed** | `vide` | 2 rows |" in page
    assert "Italie" not in page
