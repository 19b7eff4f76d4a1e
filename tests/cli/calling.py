"""Calling the command as a user does, in this process."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from typer.testing import CliRunner

from dataspark.cli.main import app

EXAMPLES = Path(__file__).parents[2] / "examples"
AS_OF = "2025-12-31"


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def dataspark(*arguments: object, project: Path | None = None) -> Answer:
    """Run `dataspark` with these arguments. What it sets in its environment ends with it, as it does with a process."""
    given = [str(argument) for argument in arguments]
    if project is not None:
        given += ["--project", str(project)]
    with patch.dict(os.environ):
        result = CliRunner().invoke(app, given, catch_exceptions=False)
    return Answer(result.exit_code, result.stdout, result.stderr)
