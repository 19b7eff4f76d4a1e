"""The settings file and its profiles, with the line of each key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dataspark.errors import Mistake, ProjectError, UsageError
from dataspark.project.sections import SECTIONS
from dataspark.project.settings import SETTINGS_FILE, Place, Section, Setting
from dataspark.project.words import did_you_mean

_TYPE_WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list of texts",
    dict: "a section",
}
_PROFILE_SECTIONS = tuple(section.name for section in SECTIONS.values() if section.in_profiles)
_SECRET = re.compile(r"key|secret|token|password|credential", re.IGNORECASE)
"""Words that a key has when somebody means a secret."""


def settings_text(root: Path) -> str:
    """The text of a project's settings file. Raises UsageError where there is none, ProjectError where it is no text."""
    path = root / SETTINGS_FILE
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(
            f"{root} is no project: it has no {SETTINGS_FILE}",
            hint="make one with `dataspark init NAME`, or name its folder with `--project FOLDER`",
        ) from None
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror or exc}") from exc
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        mistake = Mistake(SETTINGS_FILE, line, "is not UTF-8 text")
        raise ProjectError(f"the project {root.name} cannot be read", mistakes=[mistake]) from exc


class Toml:
    """A file of settings. What is wrong goes to `mistakes`."""

    def __init__(self, text: str, mistakes: list[Mistake], path: str = SETTINGS_FILE) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._mistakes = mistakes
        self._data: dict[str, Any] = {}
        self.settings: dict[Place, Setting] = {}
        """What the file says outside of profiles."""
        self._profiles: dict[str, dict[Place, Setting]] = {}
        try:
            self._data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as exc:
            found = re.search(r"at line (\d+)", str(exc))
            line = int(found.group(1)) if found else len(self._lines)
            mistakes.append(Mistake(self._path, line, f"is not TOML: {exc}"))
        self._broken = bool(mistakes)
        for name, section in self._data.items():
            self._read_section(name, section)

    def has_profile(self, name: str) -> bool:
        """Whether the file has `[profiles.NAME]`, or is too broken to tell."""
        return self._broken or name in self._profiles

    def profile(self, name: str | None) -> dict[Place, Setting]:
        """What `[profiles.NAME]` says."""
        if name is None or self._broken or name in self._profiles:
            return self._profiles.get(name or "", {})
        listed = ", ".join(f"`{known}`" for known in sorted(self._profiles)) or "none"
        close = did_you_mean(name, self._profiles)
        self._mistake(("profiles",), f"unknown profile `{name}`{close or f' (there are: {listed})'}")
        return {}

    def _read_section(self, name: str, section: Any) -> None:
        known = (*SECTIONS, "profiles")
        if name in SECTIONS:
            self.settings.update(self._section((name,), section))
        elif name != "profiles":
            what = "section" if isinstance(section, dict) else "key"
            self._mistake((name,), f"unknown {what} `{name}`{did_you_mean(name, known)}")
        elif not isinstance(section, dict):
            self._mistake(("profiles",), "`profiles` must be a section: [profiles.NAME]")
        else:
            self._profiles = {profile: self._read_profile(profile, values) for profile, values in section.items()}

    def _read_profile(self, name: str, profile: Any) -> dict[Place, Setting]:
        """Every profile is checked, used or not."""
        found: dict[Place, Setting] = {}
        if not isinstance(profile, dict):
            self._mistake(("profiles", name), f"`profiles.{name}` must be a section: [profiles.{name}.lake]")
            return found
        for section, values in profile.items():
            where = ("profiles", name, section)
            if section in _PROFILE_SECTIONS:
                found.update(self._section(where, values))
            else:
                close = did_you_mean(section, _PROFILE_SECTIONS)
                self._mistake(where, f"unknown section `{section}` in profile `{name}`{close}")
        return found

    def _section(self, where: tuple[str, ...], values: Any) -> Iterator[tuple[Place, Setting]]:
        section = SECTIONS[where[-1]]
        if not isinstance(values, dict):
            self._mistake(where, f"`{section.name}` must be a section: [{'.'.join(where)}]")
            return
        for key, value in values.items():
            place = (*where, key)
            if problem := _problem(section, f"[{'.'.join(where)}]", key, value):
                self._mistake(place, problem)
            else:
                yield (section.name, key), Setting(value, self._path, self._line(place))

    def _mistake(self, place: tuple[str, ...], message: str) -> None:
        self._mistakes.append(Mistake(self._path, self._line(place), message))

    def _line(self, place: tuple[str, ...]) -> int:
        """The line of a key or section; that of the nearest section around it where the key has none of its own."""
        best, depth, header = 0, 0, ""
        for number, line in enumerate(self._lines, start=1):
            title = re.match(r"\s*\[+([^\]]+)\]", line)
            key = re.match(r"\s*([\w.\"'\s-]+?)\s*=", line)
            if title:
                header = title.group(1)
                words = _words(header)
            elif key:
                words = (*_words(header), *_words(key.group(1)))
            else:
                continue
            common = _common(words, place)
            if common > depth:
                best, depth = number, common
        return best


def _problem(section: Section, title: str, key: str, value: Any) -> str:
    """What is wrong with one key and its value; empty where nothing is."""
    if key not in section.keys:
        if section.where_secrets_are and _SECRET.search(key):
            return f"`{key}` in {title}: a secret is no setting; {section.where_secrets_are}"
        return f"unknown key `{key}` in {title}{did_you_mean(key, section.keys)}"
    wanted = section.keys[key]
    return "" if _is(value, wanted) else f"`{key}` in {title} must be {_TYPE_WORDS[wanted]}, not {value!r}"


def _is(value: Any, wanted: type) -> bool:
    if wanted is float:
        return type(value) in (int, float)
    if wanted is list:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return type(value) is wanted


def _words(dotted: str) -> tuple[str, ...]:
    return tuple(word.strip().strip("\"'") for word in dotted.split(".") if word.strip())


def _common(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    """How many leading words two places share."""
    return next((at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
