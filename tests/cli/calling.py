"""Calling the command as a user does, in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """Run `dataspark` with these arguments."""
    given = [str(argument) for argument in arguments]
    if project is not None:
        given += ["--project", str(project)]
    result = CliRunner().invoke(app, given, catch_exceptions=False)
    return Answer(result.exit_code, result.stdout, result.stderr)
