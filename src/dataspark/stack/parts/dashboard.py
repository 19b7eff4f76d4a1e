"""The dashboard over the stack's lake, or over the project's own where the stack has none."""

from __future__ import annotations

import importlib.util
import sys

from dataspark.stack.folder import make_private
from dataspark.stack.parts.part import LOOPBACK, Kind, Lack, Part, Sections, Site, answers
from dataspark.stack.parts.s3 import lake_variables

_PORT = 8501
_PACKAGES = ("streamlit", "altair", "babel", "pandas", "pyarrow")


def _lack() -> Lack | None:
    if all(importlib.util.find_spec(name) for name in _PACKAGES):
        return None
    return Lack("the dashboard is not installed", "install it: `pip install 'dataspark[dashboard]'`")


def _build(site: Site) -> tuple[Part, ...]:
    folder, port = site.folder.path / "dashboard", site.port(_PORT)
    address = f"http://{LOOPBACK}:{port}"
    return (
        Part(
            name="dashboard",
            title="Dashboard",
            command=(
                *(sys.executable, "-P", "-m", "dataspark", "dashboard", "--host", LOOPBACK, "--port", str(port)),
                *("--project", site.project),
            ),
            environment=lake_variables(site),
            folder=folder,
            ports={"Dashboard": port},
            address=address,
            ready=lambda: answers(f"{address}/_stcore/health"),
            needs=("s3",),
            prepare=lambda: make_private(folder),
            grace=5,  # it keeps nothing
        ),
    )


def _profile(site: Site) -> Sections:
    return {}


DASHBOARD = Kind("dashboard", _lack, _build, _profile, optional=True)
