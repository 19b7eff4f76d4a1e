"""A small shop that can go wrong in every way: rows that break their contract, a check that fails, a model that stops."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.receiving import Receiver, http_receiver
from workbench import Bench, csv

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of a package that Apprise uses to sign e-mail
    import apprise

    apprise.Apprise.instantiate("json://localhost")

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: ventes
version: 1.0.0
status: active
schema:
  - name: ventes
    quality:
      - {type: custom, engine: dataspark, severity: warning, implementation: {metric: freshness, maxAge: 36h}}
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: client, logicalType: string, required: true, classification: confidential}
      - {name: montant, logicalType: number, physicalType: "decimal(10,2)", logicalTypeOptions: {minimum: 0}}
"""
HEADER = "id,client,montant"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The shop, without a run."""
    for name in [name for name in os.environ if name.startswith(("DATASPARK_", "OPENLINEAGE"))]:
        monkeypatch.delenv(name)
    bench = Bench.of_files(
        tmp_path / "boutique",
        {
            "contracts/ventes.odcs.yaml": CONTRACT,
            "models/total.sql": "SELECT count(*) AS nb, sum(montant) AS ca FROM silver.ventes",
            "models/par_client.sql": "SELECT upper(client) AS nom, sum(montant) AS ca FROM silver.ventes GROUP BY 1",
            "checks/pas_trop.sql": "-- severity: error\nSELECT client, montant FROM silver.ventes WHERE montant > 1000",
        },
    )
    bench.put("ventes_1.csv", csv(HEADER, "1,Ada,10.00", "2,Bob,20.50"))
    return bench


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server that keeps what it is sent."""
    with http_receiver() as running:
        yield running
