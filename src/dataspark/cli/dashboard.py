"""`dataspark dashboard`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, note
from dataspark.errors import UsageError

_LIBRARIES = ("streamlit", "altair", "babel", "pandas", "pyarrow")


def dashboard(
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where it listens.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Its port; 0 is any free one.")
    ] = 8501,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the newest release in a browser.

    Key figures, countries, products, data quality, runs, the catalogue, and SQL. Reads only, and shows no value that a
    contract classifies. Ctrl-C ends it.
    """
    _require_libraries()
    from dataspark.dashboard.server import serve
    from dataspark.wiring import open_workspace

    open_workspace(project, profile).require_plan()
    if host not in ("127.0.0.1", "localhost", "::1"):
        note(f"note: whoever reaches {host} sees the dashboard: it asks for no password")

    def ready(url: str) -> None:
        if as_json:
            answer({"url": url})
        else:
            note(f"dashboard: {url}   (Ctrl-C ends it)")

    serve(project.resolve(), profile, host, port, ready)


def _require_libraries() -> None:
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise UsageError(
            f"the dashboard needs {', '.join(missing)}, which {verb} not installed",
            "install it: `pip install 'dataspark[dashboard]'`",
        )
