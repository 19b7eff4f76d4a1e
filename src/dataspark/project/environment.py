"""Settings that environment variables give: `DATASPARK_LAKE_GOLD` is `gold` in [lake]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dataspark.errors import Mistake
from dataspark.project.sections import SECTIONS
from dataspark.project.settings import SETTINGS_FILE, Place, Setting
from dataspark.project.words import did_you_mean

_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_READERS: dict[type, tuple[Callable[[str], Any], str]] = {
    str: (str, "a text"),
    int: (lambda text: _whole(text), "a whole number"),
    float: (float, "a number"),
    bool: (lambda text: _FLAGS[text.strip().lower()], "true or false"),
    list: (lambda text: [word.strip() for word in text.split(",") if word.strip()], "words between commas"),
}
"""Type → how a variable's text becomes a value (ValueError or KeyError where it cannot), and what it must be."""


def read_environment(environ: Mapping[str, str], mistakes: list[Mistake]) -> dict[Place, Setting]:
    """What `DATASPARK_<SECTION>_<KEY>` variables say. What is wrong goes to `mistakes`."""
    found: dict[Place, Setting] = {}
    for variable in sorted(environ):
        prefix, _, rest = variable.partition("_")
        section, _, key = rest.lower().partition("_")
        if prefix != "DATASPARK" or section not in SECTIONS or not key or not environ[variable]:
            continue
        problem = _problem(variable, section, key)
        if problem:
            mistakes.append(Mistake(variable, 0, problem))
            continue
        read, what = _READERS[SECTIONS[section].keys[key]]
        try:
            found[section, key] = Setting(read(environ[variable]), variable, 0)
        except (ValueError, KeyError):
            mistakes.append(Mistake(variable, 0, f"must be {what}, not {environ[variable]!r}"))
    return found


def _problem(variable: str, section: str, key: str) -> str:
    keys = SECTIONS[section].keys
    if key not in keys:
        known = [f"DATASPARK_{section}_{name}".upper() for name in keys]
        return f"unknown environment variable{did_you_mean(variable, known)}"
    return f"cannot be said by the environment: write it in {SETTINGS_FILE}" if keys[key] is dict else ""


def _whole(text: str) -> int:
    if not text.strip().isdecimal():
        raise ValueError(text)
    return int(text)
