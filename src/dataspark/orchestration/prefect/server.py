"""Which Prefect server a run is told to, and whether it answers. Nothing here ever starts one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from dataspark.errors import OrchestratorError, UsageError

VARIABLE = "PREFECT_API_URL"
_PATIENCE = 5.0
"""Seconds that a server may take to answer at all."""
_OURS = {
    # A server that Prefect starts by itself lives as long as the run, and takes ten times as long.
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    # Nobody asked to be counted.
    "DO_NOT_TRACK": "1",
}
_QUIET = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}
"""A command tells its progress itself; Prefect's lines go to its server."""


def named_server(environ: Mapping[str, str] | None = None) -> str | None:
    """The address that the environment names. A profile of Prefect's does not count: a run must be the same without it."""
    return (os.environ if environ is None else environ).get(VARIABLE, "").strip() or None


def require_server() -> str:
    """The address of a server that answers.

    Raises UsageError where Prefect is not installed or no server is named, OrchestratorError where it does not answer.
    """
    if find_spec("prefect") is None:
        raise UsageError("Prefect is not installed", "pip install 'dataspark[prefect]'")
    address = named_server()
    if address is None:
        raise UsageError(
            f"no Prefect server is named: {VARIABLE} is not set",
            "`prefect server start` starts one, then set PREFECT_API_URL=http://127.0.0.1:4200/api; "
            "or run without Prefect: `--orchestrator none`",
        )
    try:
        urlopen(Request(f"{address.rstrip('/')}/health"), timeout=_PATIENCE).close()
    except HTTPError:
        pass  # it answers; whether we may speak to it, Prefect's client will say
    except (URLError, OSError, ValueError) as error:
        raise gone(address, str(getattr(error, "reason", "") or error)) from error
    return address


def gone(address: str, why: str) -> OrchestratorError:
    """What to say where the server does not answer."""
    return OrchestratorError(
        f"the Prefect server at {address} does not answer: {why}",
        f"start it (`prefect server start`), mend {VARIABLE}, or run without it: `--orchestrator none`",
    )


def prepare(quiet: bool) -> None:
    """Tell Prefect, before it is loaded, how to behave in this process. What the user has set stays."""
    for variable, value in {**_OURS, **(_QUIET if quiet else {})}.items():
        os.environ.setdefault(variable, value)
