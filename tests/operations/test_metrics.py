"""The figures of a run, as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from cli.calling import AS_OF, dataspark
from dataspark.errors import DataSparkError
from dataspark.observed import run_observed, with_metrics_file
from operations.conftest import HEADER
from operations.receiving import Receiver
from workbench import Bench, csv


def read(text: str) -> dict[tuple[str, str], float]:
    """(name, labels without the project) → value."""
    families: Iterable[Metric] = text_string_to_metric_families(text)
    found = {}
    for family in families:
        assert family.documentation, family.name
        for one in family.samples:
            assert one.labels["project"] == "boutique"
            labels = ",".join(f"{key}={value}" for key, value in sorted(one.labels.items()) if key != "project")
            found[one.name, labels] = one.value
    return found


def test_rows_reasons_checks_and_durations(shop: Bench, tmp_path: Path) -> None:
    shop.put("ventes_2.csv", csv(HEADER, "3,Cy,-1", "4,,7", "4,,8"))
    file = tmp_path / "out" / "dataspark.prom"
    said = dataspark("run", "--as-of", AS_OF, "--metrics-file", file, "-q", project=shop.root)
    assert said.code == 0
    found = read(file.read_text())
    assert found["dataspark_run_success", ""] == 1
    assert found["dataspark_table_rows", "outcome=read,table=ventes"] == 5
    assert found["dataspark_table_rows", "outcome=quarantined,table=ventes"] == 3
    assert found["dataspark_table_quarantine_reason_rows", "reason=client.required,table=ventes"] == 2
    assert found["dataspark_table_new_files", "table=ventes"] == 2
    assert found["dataspark_model_rows", "model=par_client"] == 2
    assert found["dataspark_check_failures", "check=pas_trop,severity=error"] == 0
    assert found["dataspark_release_info", "release=r000001"] == 1
    assert found["dataspark_step_duration_seconds", "kind=refine,step=ventes"] > 0
    assert found["dataspark_run_last_success_timestamp_seconds", ""] == found["dataspark_run_timestamp_seconds", ""]
    assert [path.name for path in file.parent.iterdir()] == ["dataspark.prom"], "what was written beside it is gone"


def test_the_last_success_stays_while_runs_fail(shop: Bench) -> None:
    workspace = with_metrics_file(shop.workspace, str(shop.root / "m.prom"))
    run_observed(workspace, AS_OF)
    before = read((shop.root / "m.prom").read_text())
    shop.put("ventes_2.csv", csv(HEADER, "3,Cy,1001"))
    assert not run_observed(workspace, AS_OF).ok
    after = read((shop.root / "m.prom").read_text())
    assert after["dataspark_run_success", ""] == 0
    assert after["dataspark_check_failures", "check=pas_trop,severity=error"] == 1
    last = ("dataspark_run_last_success_timestamp_seconds", "")
    assert after[last] == before[last]
    assert after["dataspark_run_timestamp_seconds", ""] > before["dataspark_run_timestamp_seconds", ""]


def test_a_run_that_cannot_begin_is_a_failure(shop: Bench) -> None:
    (shop.root / "dataspark.toml").write_text('[metrics]\nfile = "m.prom"\n')
    (shop.root / "models" / "total.sql").write_text("SELECT nb FROM silver.ventse")
    with pytest.raises(DataSparkError):
        run_observed(shop.workspace, AS_OF)
    found = read((shop.root / "m.prom").read_text())
    assert found.keys() == {("dataspark_run_success", ""), ("dataspark_run_timestamp_seconds", "")}


def test_a_file_that_cannot_be_written_is_a_notice(shop: Bench) -> None:
    report = run_observed(with_metrics_file(shop.workspace, str(shop.root / "dataspark.toml" / "m.prom")), AS_OF)
    assert report.ok
    assert len(report.notices) == 1
    assert report.notices[0].startswith("metrics: ")
    assert "could not be written" in report.notices[0]
    assert shop.workspace.lake.runs()[-1]["notices"] == report.notices


def test_a_pushgateway(shop: Bench, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATASPARK_METRICS_PUSHGATEWAY", receiver.url)
    assert run_observed(shop.workspace, AS_OF).notices == []
    ((method, path, body),) = receiver.requests
    assert (method, path) == ("POST", "/metrics/job/dataspark_boutique")
    assert read(body)["dataspark_run_success", ""] == 1
    receiver.status = 500
    (told,) = run_observed(shop.workspace, AS_OF).notices
    assert told.startswith(f"metrics: {receiver.url} was not reached: HTTP Error 500")
