"""The profile `stack`: what the servers say of themselves that `dataspark up` started."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dataspark.errors import Mistake
from dataspark.project.settings import Place, Setting, folder_of
from dataspark.project.tomlfile import Toml

STACK_PROFILE = "stack"
"""The profile that `dataspark up` writes; one of the same name in the project's own file wins."""
_VARIABLE, _FOLDER = "DATASPARK_STACK", ".dataspark/stack"


def stack_folder(root: Path, environ: Mapping[str, str] | None = None) -> Path:
    """Where the stack of a project keeps its files."""
    given = (os.environ if environ is None else environ).get(_VARIABLE)
    return Path(folder_of(root, given or _FOLDER))


def stack_profile(root: Path, environ: Mapping[str, str], mistakes: list[Mistake]) -> dict[Place, Setting]:
    """What the profile of a stack that is up says."""
    path = stack_folder(root, environ) / "profile.toml"
    try:
        return Toml(path.read_text(encoding="utf-8"), mistakes, str(path)).settings
    except FileNotFoundError:
        message = f"the profile `{STACK_PROFILE}` is there while a stack is up: start one with `dataspark up`"
    except OSError as exc:
        message = f"cannot be read: {exc.strerror or exc}"
    mistakes.append(Mistake(str(path), 0, message))
    return {}
