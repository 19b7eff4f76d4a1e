"""Which Prefect server a run is told to, and whether it answers. Nothing here ever starts one."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from dataspark.errors import OrchestratorError, UsageError

VARIABLE = "PREFECT_API_URL"
_PATIENCE = 5.0
"""Seconds that a server may take to answer at all."""
_RESTART = 10.0
"""Seconds that are waited for a server at the end of a run."""
_OURS = {
    # A server that Prefect starts by itself lives as long as the run, and takes ten times as long.
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    # Nobody asked to be counted.
    "DO_NOT_TRACK": "1",
}
_QUIET = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "CRITICAL",
}
"""A command tells its progress itself; Prefect's lines go to its server."""


def named_server(environ: Mapping[str, str] | None = None) -> str | None:
    """The address that the environment names. A profile of Prefect's does not count: a run must be the same without it."""
    return (os.environ if environ is None else environ).get(VARIABLE, "").strip() or None


def require_prefect() -> None:
    """Raise UsageError where Prefect is not installed."""
    if find_spec("prefect") is None:
        raise UsageError("Prefect is not installed", "pip install 'dataspark[prefect]'")


def require_server() -> str:
    """The address of a server that answers.

    Raises UsageError where Prefect is not installed or no server is named, OrchestratorError where it does not answer.
    """
    require_prefect()
    address = named_server()
    if address is None:
        raise UsageError(
            f"no Prefect server is named: {VARIABLE} is not set",
            "`prefect server start` starts one, then set PREFECT_API_URL=http://127.0.0.1:4200/api; "
            "or run without Prefect: `--orchestrator none`",
        )
    if why := silence(address):
        raise gone(address, why)
    return address


def silence(address: str) -> str:
    """Why nobody answers at an address; empty where somebody does."""
    try:
        urlopen(Request(f"{address.rstrip('/')}/health"), timeout=_PATIENCE).close()
    except HTTPError:
        return ""  # whether we may speak to it, Prefect's client will say
    except (URLError, OSError, ValueError) as error:
        return str(getattr(error, "reason", "") or error)
    return ""


def comes_back(address: str, within: float = _RESTART) -> bool:
    """Whether somebody answers, at once or after a restart that takes up to `within` seconds."""
    end = time.monotonic() + within
    while silence(address):
        if time.monotonic() > end:
            return False
        time.sleep(_PATIENCE / 10)
    return True


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
    if quiet:  # lines that cannot be sent to a server that is gone: that is told once, at the end
        logging.raiseExceptions = False
