"""Streamlit's server with our settings, in this process: nothing is asked, sent, watched or loaded from elsewhere."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dataspark.dashboard.charts import BLUE, SERIES
from dataspark.errors import WorldError

_SCRIPT = Path(__file__).parent / "entry" / "script.py"
_OPTIONS: dict[str, Any] = {
    "global.developmentMode": False,
    "server.headless": True,
    "server.showEmailPrompt": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.enableStaticServing": False,
    "server.maxUploadSize": 1,
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "viewer",
    "runner.magicEnabled": False,
    "logger.level": "warning",
}
_THEME: dict[str, Any] = {
    "theme.light.primaryColor": "#0B5796",
    "theme.light.backgroundColor": "#FFFFFF",
    "theme.light.secondaryBackgroundColor": "#F4F7FA",
    "theme.light.textColor": "#16202C",
    "theme.light.borderColor": "#DCE3EA",
    "theme.light.sidebar.backgroundColor": "#F4F7FA",
    "theme.dark.primaryColor": "#6DB8F2",
    "theme.dark.backgroundColor": "#10161D",
    "theme.dark.secondaryBackgroundColor": "#1A232D",
    "theme.dark.textColor": "#E7EDF3",
    "theme.dark.borderColor": "#2C3947",
    "theme.dark.sidebar.backgroundColor": "#151D26",
    "theme.baseRadius": "0.6rem",
    "theme.showWidgetBorder": True,
}


def serve(folder: Path, profile: str | None, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Show the dashboard until somebody stops it. `ready` is told the address once it answers.

    Raises WorldError where the port is taken or the address is not this machine's.
    """
    from streamlit.web import bootstrap

    from dataspark.dashboard.app import source

    taken = _free(host, port)
    options = {
        **_OPTIONS,
        **_THEME,
        **{f"theme.{scheme}.chartCategoricalColors": list(SERIES) for scheme in ("light", "dark")},
        **{f"theme.{scheme}.linkColor": BLUE for scheme in ("light", "dark")},
        "server.address": host,
        "server.port": taken,
        "browser.serverAddress": host,
        "browser.serverPort": taken,
    }
    flags = {key.replace(".", "_"): value for key, value in options.items()}
    source(str(folder), profile).watch()
    with _told(lambda: ready(_url(host, taken))):
        bootstrap.load_config_options(flags)
        bootstrap.run(str(_SCRIPT), False, [str(folder), profile or ""], flags)


def _free(host: str, port: int) -> int:
    """The port, found free; 0 chooses one."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as asked:
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            asked.bind((host, port))
            found: int = asked.getsockname()[1]
            return found
    except OSError as error:
        raise WorldError(
            f"the dashboard cannot listen at {host}, port {port}: {error.strerror or error}",
            "choose another one: `--port 8502`, or `--port 0` for any free one",
        ) from error


def _url(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


@contextmanager
def _told(ready: Callable[[], None]) -> Iterator[None]:
    """Say in our own words that the server answers, where Streamlit would print its own; and nothing else on stdout."""
    from streamlit import cli_util
    from streamlit.web import bootstrap

    url, write = bootstrap._print_url, cli_util.print_to_cli
    bootstrap._print_url = lambda *_: ready()
    cli_util.print_to_cli = lambda *_, **__: None
    try:
        yield
    finally:
        bootstrap._print_url, cli_util.print_to_cli = url, write
