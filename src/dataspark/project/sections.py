"""Every section that settings can have."""

from __future__ import annotations

from dataspark.project import alerts, api, dashboard, engine, lake, prefect, quality, storage, telemetry
from dataspark.project.settings import Section

SECTIONS: dict[str, Section] = {
    section.name: section
    for section in (
        Section("project", {"name": str}, in_profiles=False),
        lake.SECTION,
        engine.SECTION,
        quality.SECTION,
        storage.SECTION,
        prefect.SECTION,
        alerts.SECTION,
        telemetry.METRICS,
        telemetry.OPENLINEAGE,
        api.SECTION,
        dashboard.SECTION,
    )
}
"""Name → section, in the order in which their mistakes are looked for."""
