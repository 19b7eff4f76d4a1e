"""The hidden commands that write docs/cli.md from the commands themselves, and docs/python.md from docstrings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from dataspark.cli.output import say

_HEAD = """\
# The command line

This page is made from `--help` by `dataspark docs-cli > docs/cli.md`; a test compares them.

Data goes to stdout, everything else to stderr. `--json` gives every command's answer to a program, errors too:
`{"error": {"kind", "message", "hint", "mistakes", "exit_code"}}`. Progress moves on a terminal, is a line for each
step elsewhere, and is silent with `--json` or `--quiet`.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | the data failed: a check that blocks the release, a rule with severity `fail`, or files that changed (drift) |
| 2 | the project or the call is wrong |
| 3 | the world failed: storage, engine, or another process that holds the lake |
| 130 | interrupted |
"""


def docs_cli() -> None:
    """Print docs/cli.md."""
    say("\n".join(page()))


def docs_python() -> None:
    """Print docs/python.md."""
    from dataspark.cli.python_page import page as python_page

    say("\n".join(python_page()))


def page() -> Iterator[str]:
    """The page, from what `--help` says."""
    from dataspark.cli.main import commands

    yield _HEAD
    for name in ("", *commands()):
        yield f"## dataspark {name}".rstrip()
        yield f"```text\n{_help(name)}\n```\n"


def _help(command: str) -> str:
    # In a process of its own: the width of a help text is fixed when the command line library is loaded.
    call = [sys.executable, "-m", "dataspark", *command.split(), "--help"]
    environment = {**os.environ, "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    found = subprocess.run(call, capture_output=True, text=True, check=True, env=environment)
    return found.stdout.strip()
