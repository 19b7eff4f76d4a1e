"""What a setting and a section of settings are. Each section is declared in a file of its own beside this one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataspark.errors import Mistake

SETTINGS_FILE = "dataspark.toml"
MEMORY_FOLDER = ".dataspark"
"""Below the project: what was parsed and validated before, which can be deleted at any time; and `stack/`, which has data."""
PROFILE_VARIABLE = "DATASPARK_PROFILE"


@dataclass(frozen=True)
class Setting:
    """One value and who said it."""

    value: Any
    path: str
    """The settings file, or the environment variable."""
    line: int

    def mistake(self, message: str) -> Mistake:
        """Something that is wrong with the value."""
        return Mistake(self.path, self.line, message)


Place = tuple[str, str]
"""A section and a key: ("lake", "gold")."""
Settings = Mapping[Place, Setting]


def _nothing_more(root: Path, settings: Settings) -> Iterable[Mistake]:
    return ()


@dataclass(frozen=True)
class Section:
    """One section of the settings: `[lake]`."""

    name: str
    keys: Mapping[str, type]
    """Key → the type of its value: `str`, `int`, `float`, `bool`, `list` (of texts) or `dict`."""
    check: Callable[[Path, Settings], Iterable[Mistake]] = _nothing_more
    """What is wrong although every value has the right type; gets the project's folder and all settings."""
    in_profiles: bool = True
    """Whether a profile may say it otherwise."""
    where_secrets_are: str = ""
    """What to do instead, told to somebody who writes a secret into it; empty where a secret would be any unknown key."""


def values_of(section: str, settings: Settings) -> dict[str, Any]:
    """What is said in one section: key → value."""
    return {key: setting.value for (its, key), setting in settings.items() if its == section}


def folder_of(root: Path, value: str) -> str:
    """An absolute folder or file, or a URL as it is."""
    return value if "://" in value else os.path.normpath(root / Path(value).expanduser())
