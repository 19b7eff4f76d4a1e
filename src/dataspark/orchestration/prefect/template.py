"""`prefect.yaml`, for `prefect deploy` to a work pool. Made without Prefect: it is only text."""

from __future__ import annotations

from pathlib import Path

import yaml

from dataspark.errors import UsageError
from dataspark.lake.storage import storage_errors
from dataspark.orchestration.request import Request
from dataspark.orchestration.timetable import Timetable

FILE = "prefect.yaml"
_HEAD = """\
# Written once by `dataspark schedule --write`, yours to change from here on.
#
#   prefect work-pool create {pool} --type process      (or docker, kubernetes, ecs…)
#   prefect deploy --all
#   prefect worker start --pool {pool}
#
# Where a worker runs on another machine, `pull` says how the project gets there (git_clone, for example).
"""


def write_template(request: Request, name: str, timetable: Timetable | None, pool: str) -> Path:
    """Write the file into the project's folder. Raises UsageError where there is one already, StorageError."""
    root = Path(request.project).resolve()
    path = root / FILE
    if path.exists():
        raise UsageError(f"{path} is there already", "delete it first, or change it by hand")
    described = {
        "name": name,
        "pull": [{"prefect.deployments.steps.set_working_directory": {"directory": str(root)}}],
        "deployments": [_deployment(request, name, timetable, pool)],
    }
    text = _HEAD.format(pool=pool) + yaml.safe_dump(described, sort_keys=False, allow_unicode=True)
    with storage_errors(f"writing {path}"):
        path.write_text(text, encoding="utf-8")
    return path


def _deployment(request: Request, name: str, timetable: Timetable | None, pool: str) -> dict[str, object]:
    schedule = [{"cron": timetable.cron, "timezone": timetable.timezone, "active": True}] if timetable else []
    return {
        "name": name,
        "entrypoint": "dataspark.orchestration.prefect.flow.run_flow",
        "tags": ["dataspark", name],
        "parameters": {**request.as_json(), "project": "."},
        "schedules": schedule,
        "concurrency_limit": {"limit": 1, "collision_strategy": "CANCEL_NEW"},
        "enforce_parameter_schema": False,
        "work_pool": {"name": pool},
    }
