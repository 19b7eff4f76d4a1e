"""Prefect's server with its pages, its metadata in the stack's PostgreSQL (or in a file, where there is none)."""

from __future__ import annotations

import importlib.util
import sys

from dataspark.stack.folder import USER, make_private
from dataspark.stack.parts.part import Kind, Lack, Part, Sections, Site, answers, user_of
from dataspark.stack.parts.postgres import DATABASES, port_of

_PORT = 4200


def api_url(site: Site) -> str:
    """Where this machine reaches the API."""
    return f"http://{site.near}:{site.port(_PORT)}/api"


def _lack() -> Lack | None:
    if all(importlib.util.find_spec(name) for name in ("prefect", "asyncpg")):
        return None
    return Lack("Prefect is not installed", "install it: `pip install 'dataspark[stack]'`")


def _build(site: Site) -> tuple[Part, ...]:
    folder, port = site.folder.path / "prefect", site.port(_PORT)
    database = f"sqlite+aiosqlite:///{folder / 'prefect.db'}"
    if "postgres" in site.chosen:
        user = f"{USER}:{site.secrets['postgres']}"
        database = f"postgresql+asyncpg://{user}@127.0.0.1:{port_of(site)}/{DATABASES[0]}"
    return (
        Part(
            name="prefect",
            title="Prefect",
            command=(
                sys.executable,
                "-P",
                "-m",
                "prefect",
                "server",
                "start",
                "--host",
                site.bind,
                "--port",
                str(port),
            ),
            environment={
                "PREFECT_HOME": str(folder),
                "PREFECT_API_URL": api_url(site),
                "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
                "PREFECT_SERVER_API_AUTH_STRING": f"{USER}:{site.secrets['prefect']}",
                "PREFECT_API_AUTH_STRING": f"{USER}:{site.secrets['prefect']}",
                # A browser asks the server that it has the page from, by whatever name it knows it.
                "PREFECT_SERVER_UI_API_URL": "/api",
                "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(folder / "pages"),
                "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
                "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                "DO_NOT_TRACK": "1",
                "PREFECT_CLI_PROMPT": "false",
                "NO_COLOR": "1",
            },
            folder=folder,
            ports={"Prefect": port},
            address=f"http://{site.near}:{port}",
            ready=lambda: answers(f"{api_url(site)}/ready"),
            needs=("postgres",),
            host=site.bind,
            login=user_of(site, "prefect"),
            prepare=lambda: make_private(folder),
            grace=5,  # it keeps nothing that is not in its database
            patience=180,  # the first start makes some fifty tables
        ),
    )


def _profile(site: Site) -> Sections:
    return {}


PREFECT = Kind("prefect", _lack, _build, _profile)
