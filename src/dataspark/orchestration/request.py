"""What a caller asks of a run, as plain values that travel to another process."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dataspark.observed import with_metrics_file
from dataspark.wiring import Workspace, open_workspace


@dataclass(frozen=True)
class Request:
    """One run. What is empty is said by the project's settings."""

    project: str
    """The project's folder."""
    profile: str | None = None
    as_of: str | None = None
    """The run's date (ISO); None: when it begins."""
    full_refresh: bool = False
    select: tuple[str, ...] = ()
    engine: str | None = None
    memory_limit: str | None = None
    metrics_file: str | None = None

    def open(self) -> Workspace:
        """The project, with the settings that the request names. Raises ProjectError."""
        workspace = open_workspace(self.project, self.profile, self.memory_limit, self.engine)
        return with_metrics_file(workspace, self.metrics_file)

    def as_json(self) -> dict[str, Any]:
        """The values that differ from what is meant without them; the project's folder in full."""
        values = {**asdict(self), "project": str(Path(self.project).resolve()), "select": list(self.select)}
        return {name: value for name, value in values.items() if value not in (None, False, [])}


def run_name(project: str, as_of: datetime, given: bool) -> str:
    """What a run is called where people read of it: `retail as of 2025-12-31`, `retail 2026-11-27 06:00`."""
    if not given:
        return f"{project} {as_of:%Y-%m-%d %H:%M}"
    return f"{project} as of {as_of:%Y-%m-%d}" + (f" {as_of:%H:%M}" if as_of.time().isoformat() != "00:00:00" else "")
