"""What a person finds on a run's page in Prefect: the ledger, what was rejected and why, the release."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
from prefect import get_run_logger
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.exceptions import PrefectException

from dataspark.pipeline.report import RunReport
from dataspark.rendering.markdown import quality_page, release_page
from dataspark.wiring import Workspace


def summarise(workspace: Workspace, report: RunReport) -> None:
    """Leave the artifacts of a run. Where Prefect does not take them, the run is none the worse for it."""
    key = re.sub(r"[^a-z0-9]+", "-", report.project.lower()).strip("-") or "project"
    try:
        create_table_artifact(_ledger(report), f"{key}-ledger", "Every row that was read, and what became of it")
        create_markdown_artifact(quality_page(report), f"{key}-quality", "What was rejected, and which checks failed")
        if report.release:
            create_link_artifact(
                _address(workspace, report.release), report.release, f"{key}-release", release_page(report)
            )
    except (httpx.HTTPError, PrefectException, OSError) as error:
        get_run_logger().warning("Prefect did not take the artifacts of this run: %s", error)


def _ledger(report: RunReport) -> list[dict[str, Any]]:
    """A row for each table, the columns in the order of the sum that each run proves."""
    return [
        {
            "table": table.name,
            "new files": table.new_files,
            "read": table.ledger.read,
            "accepted": table.ledger.accepted,
            "quarantined": table.ledger.quarantined,
            "duplicates": table.ledger.duplicates,
            "superseded": table.ledger.superseded,
            "version": table.version,
        }
        for table in report.tables
    ]


def _address(workspace: Workspace, release: str) -> str:
    """Where the release's file is: `s3://…` or `file://…`."""
    place = workspace.lake.gold.location(f"_releases/{release}.json")
    return place if "://" in place else Path(place).as_uri()
