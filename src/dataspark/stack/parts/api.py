"""The HTTP API over the stack's lake, or over the project's own where the stack has none."""

from __future__ import annotations

import importlib.util
import sys

from dataspark.stack.folder import make_private
from dataspark.stack.parts.part import LOOPBACK, Kind, Lack, Part, Sections, Site, answers, user_of
from dataspark.stack.parts.s3 import lake_variables

_PORT = 8000
_PACKAGES = ("fastapi", "uvicorn", "uvloop", "httptools", "limits", "prometheus_client", "pyarrow")


def _lack() -> Lack | None:
    if all(importlib.util.find_spec(name) for name in _PACKAGES):
        return None
    return Lack("the API is not installed", "install it: `pip install 'dataspark[api]'`")


def _build(site: Site) -> tuple[Part, ...]:
    folder, port = site.folder.path / "api", site.port(_PORT)
    address = f"http://{LOOPBACK}:{port}"
    return (
        Part(
            name="api",
            title="API",
            command=(
                *(sys.executable, "-P", "-m", "dataspark", "api", "--host", LOOPBACK, "--port", str(port)),
                *("--project", site.project),
            ),
            environment={
                **lake_variables(site),
                "DATASPARK_KEY": site.secrets["api"],
                "DATASPARK_KEY_SCOPES": "read,run",
                "DATASPARK_API_KEYS_FILE": str(folder / "keys.json"),
            },
            folder=folder,
            ports={"API": port},
            address=address,
            page=f"{address}/docs",
            ready=lambda: answers(f"{address}/health"),
            needs=("s3",),
            login=user_of(site, "api"),
            prepare=lambda: make_private(folder),
            grace=40,  # a run that it carries out ends in good order
        ),
    )


def _profile(site: Site) -> Sections:
    return {}


API = Kind("api", _lack, _build, _profile, optional=True)
