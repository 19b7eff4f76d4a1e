"""A project's folder, read once into frozen values: its settings, its SQL files, its contracts' paths.

Settings come from `dataspark.toml`, then from its `[profiles.NAME]`, then from the environment
(`DATASPARK_<SECTION>_<KEY>`, for example `DATASPARK_LAKE_GOLD`); the last one that says something wins.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dataspark.errors import Mistake, ProjectError, UsageError

SETTINGS_FILE = "dataspark.toml"
PROFILE_VARIABLE = "DATASPARK_PROFILE"
IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
"""What tables, models and checks may be called: a word that SQL needs no quotes for."""

_KEYS: dict[str, dict[str, type]] = {
    "project": {"name": str},
    "lake": {"sources": str, "bronze": str, "silver": str, "gold": str},
    "engine": {"name": str, "memory_limit": str, "threads": int, "temp_directory": str, "master": str, "spark": dict},
    "quality": {"profiles": bool},
    "storage": {"endpoint_url": str, "region": str, "path_style": bool, "verify_tls": bool},
    "prefect": {"retries": int, "retry_delay": int, "step_timeout": int, "parallel": int},
}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
"""What an environment variable can say."""
_PROFILE_SECTIONS = ("lake", "engine", "quality", "storage", "prefect")
_SECRET = re.compile(r"key|secret|token|password|credential", re.IGNORECASE)
"""Words that a key in [storage] has when somebody means a secret."""
_WHERE_SECRETS_ARE = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write ~/.aws/credentials"
_AWS = {
    "endpoint_url": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
}
"""What AWS's own tools read, where the project says nothing."""
MEMORY_SIZE = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B|B)", re.IGNORECASE)
_ENDPOINT = re.compile(r"https?://[^/\s?#@]+/?")
_S3_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#\\]*)?")
_TYPE_WORDS = {str: "a text", int: "a whole number", bool: "true or false", dict: "a section of texts"}


@dataclass(frozen=True)
class LakeSettings:
    """Where the four areas of the lake are: absolute folders, or URLs as they were given."""

    sources: str = "data/sources"
    bronze: str = "lake/bronze"
    silver: str = "lake/silver"
    gold: str = "lake/gold"


@dataclass(frozen=True)
class EngineSettings:
    """Which engine runs the SQL and what it may use."""

    name: str = "duckdb"
    memory_limit: str | None = None
    threads: int | None = None
    temp_directory: str | None = None
    master: str = "local[*]"
    """Where Spark runs: `local[*]` on this machine, `spark://host:7077` on a cluster, `sc://host:15002` by Connect."""
    spark: tuple[tuple[str, str], ...] = ()
    """Spark's own settings, handed on as they are."""


@dataclass(frozen=True)
class QualitySettings:
    """What is kept about quality over time."""

    profiles: bool = True
    """Whether a run looks at the columns of each table that changed."""


@dataclass(frozen=True)
class StorageSettings:
    """How the S3 endpoint of areas at `s3://…` is reached. Who one is there is no setting: `lake/credentials.py`."""

    endpoint_url: str | None = None
    """`https://…` or `http://…`; None: AWS's own endpoint of the region."""
    region: str = "us-east-1"
    path_style: bool = True
    """Whether a bucket is the first part of a URL's path, as every server knows it, and not of its host name."""
    verify_tls: bool = True


@dataclass(frozen=True)
class PrefectSettings:
    """How Prefect carries out the steps of a run."""

    retries: int = 3
    """How often a step that failed for a passing reason is tried again."""
    retry_delay: int = 2
    """Seconds before the first of them; twice as many before each next one, and by chance up to a half more or less."""
    step_timeout: int = 21_600
    """Seconds that a step may take; 0: as long as it takes."""
    parallel: int = 4
    """Steps that may be carried out at the same time."""


@dataclass(frozen=True)
class SqlFile:
    """One model or one check."""

    name: str
    path: str
    """Relative to the project's folder, with forward slashes."""
    text: str


@dataclass(frozen=True)
class Project:
    """Everything that a project's folder says, contracts' contents excepted."""

    root: Path
    name: str
    lake: LakeSettings
    engine: EngineSettings
    models: tuple[SqlFile, ...] = ()
    checks: tuple[SqlFile, ...] = ()
    contract_files: tuple[Path, ...] = ()
    """Relative to `root`, sorted."""
    profile: str | None = None
    quality: QualitySettings = QualitySettings()
    storage: StorageSettings = StorageSettings()
    prefect: PrefectSettings = PrefectSettings()


def read_project(folder: Path | str, profile: str | None = None, environ: Mapping[str, str] | None = None) -> Project:
    """Read the project in `folder`.

    Raises UsageError when the folder holds no project, ProjectError with every mistake when it holds a wrong one.
    """
    root = Path(folder).resolve()
    environ = os.environ if environ is None else environ
    text = _settings_text(root)
    mistakes: list[Mistake] = []
    toml = _Toml(text, mistakes)
    chosen = profile or environ.get(PROFILE_VARIABLE) or None
    settings = {**_aws(environ), **toml.settings, **toml.profile(chosen), **_environment(environ, mistakes)}
    _check_values(root, settings, mistakes)
    models = _sql_files(root, "models", mistakes)
    checks = _sql_files(root, "checks", mistakes)
    if mistakes:
        raise ProjectError(f"the project {root.name} cannot be read", mistakes=mistakes)
    values = {place: setting.value for place, setting in settings.items()}
    return Project(
        root=root,
        name=values.get(("project", "name"), root.name),
        lake=_lake(root, values),
        engine=_engine(root, values),
        models=models,
        checks=checks,
        contract_files=_contract_files(root),
        profile=chosen,
        quality=QualitySettings(**_of("quality", values)),
        storage=StorageSettings(**_of("storage", values)),
        prefect=PrefectSettings(**_of("prefect", values)),
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: `, did you mean …?`, or nothing when nothing is close."""
    close = nearest(word, known)
    return f", did you mean `{close}`?" if close else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `word`; None when nothing is close."""
    import difflib  # only mistakes need it

    original = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), original, n=1, cutoff=0.6)
    return original[close[0]] if close else None


@dataclass(frozen=True)
class _Setting:
    """One value and who said it."""

    value: Any
    path: str
    line: int


_Place = tuple[str, str]
"""A section and a key: ("lake", "gold")."""


def _settings_text(root: Path) -> str:
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


class _Toml:
    """The settings file, with the line of each key. What is wrong goes to `mistakes`."""

    def __init__(self, text: str, mistakes: list[Mistake]) -> None:
        self._lines = text.splitlines()
        self._mistakes = mistakes
        self._data: dict[str, Any] = {}
        self.settings: dict[_Place, _Setting] = {}
        """What the file says outside of profiles."""
        self._profiles: dict[str, dict[_Place, _Setting]] = {}
        try:
            self._data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as exc:
            found = re.search(r"at line (\d+)", str(exc))
            line = int(found.group(1)) if found else len(self._lines)
            mistakes.append(Mistake(SETTINGS_FILE, line, f"is not TOML: {exc}"))
        self._broken = bool(mistakes)
        for name, section in self._data.items():
            self._read_section(name, section)

    def profile(self, name: str | None) -> dict[_Place, _Setting]:
        """What `[profiles.NAME]` says."""
        if name is None or self._broken or name in self._profiles:
            return self._profiles.get(name or "", {})
        listed = ", ".join(f"`{known}`" for known in sorted(self._profiles)) or "none"
        close = did_you_mean(name, self._profiles)
        self._mistake(("profiles",), f"unknown profile `{name}`{close or f' (there are: {listed})'}")
        return {}

    def _read_section(self, name: str, section: Any) -> None:
        known = (*_KEYS, "profiles")
        if name in _KEYS:
            self.settings.update(self._section((name,), section))
        elif name != "profiles":
            what = "section" if isinstance(section, dict) else "key"
            self._mistake((name,), f"unknown {what} `{name}`{did_you_mean(name, known)}")
        elif not isinstance(section, dict):
            self._mistake(("profiles",), "`profiles` must be a section: [profiles.NAME]")
        else:
            self._profiles = {profile: self._read_profile(profile, values) for profile, values in section.items()}

    def _read_profile(self, name: str, profile: Any) -> dict[_Place, _Setting]:
        """Every profile is checked, used or not."""
        found: dict[_Place, _Setting] = {}
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

    def _section(self, where: tuple[str, ...], values: Any) -> Iterator[tuple[_Place, _Setting]]:
        section = where[-1]
        known = _KEYS[section]
        title = f"[{'.'.join(where)}]"
        if not isinstance(values, dict):
            self._mistake(where, f"`{section}` must be a section: {title}")
            return
        for key, value in values.items():
            place = (*where, key)
            if section == "storage" and key not in known and _SECRET.search(key):
                self._mistake(place, f"`{key}` in {title}: a secret is no setting; {_WHERE_SECRETS_ARE}")
            elif key not in known:
                self._mistake(place, f"unknown key `{key}` in {title}{did_you_mean(key, known)}")
            elif type(value) is not known[key]:
                self._mistake(place, f"`{key}` in {title} must be {_TYPE_WORDS[known[key]]}, not {value!r}")
            else:
                yield (section, key), _Setting(value, SETTINGS_FILE, self._line(place))

    def _mistake(self, place: tuple[str, ...], message: str) -> None:
        self._mistakes.append(Mistake(SETTINGS_FILE, self._line(place), message))

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


def _words(dotted: str) -> tuple[str, ...]:
    return tuple(word.strip().strip("\"'") for word in dotted.split(".") if word.strip())


def _common(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    """How many leading words two places share."""
    return next((at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


def _aws(environ: Mapping[str, str]) -> dict[_Place, _Setting]:
    """The settings of [storage] that AWS's own variables give."""
    given = ((key, name) for key, names in _AWS.items() for name in reversed(names) if environ.get(name))
    return {("storage", key): _Setting(environ[name], name, 0) for key, name in given}


def _environment(environ: Mapping[str, str], mistakes: list[Mistake]) -> dict[_Place, _Setting]:
    found: dict[_Place, _Setting] = {}
    for variable in sorted(environ):
        prefix, _, rest = variable.partition("_")
        section, _, key = rest.lower().partition("_")
        text = environ[variable]
        if prefix != "DATASPARK" or section not in _KEYS or not key or not text:
            continue
        if key not in _KEYS[section]:
            known = [f"DATASPARK_{section}_{name}".upper() for name in _KEYS[section]]
            mistakes.append(Mistake(variable, 0, f"unknown environment variable{did_you_mean(variable, known)}"))
        elif _KEYS[section][key] is dict:
            mistakes.append(Mistake(variable, 0, f"cannot be said by the environment: write it in {SETTINGS_FILE}"))
        elif _KEYS[section][key] is int and not text.strip().isdecimal():
            mistakes.append(Mistake(variable, 0, f"must be a whole number, not {text!r}"))
        elif _KEYS[section][key] is bool and text.strip().lower() not in _FLAGS:
            mistakes.append(Mistake(variable, 0, f"must be true or false, not {text!r}"))
        else:
            value = _FLAGS[text.strip().lower()] if _KEYS[section][key] is bool else _KEYS[section][key](text)
            found[section, key] = _Setting(value, variable, 0)
    return found


def _check_values(root: Path, settings: Mapping[_Place, _Setting], mistakes: list[Mistake]) -> None:
    """What a right type alone does not show."""
    for (section, key), setting in settings.items():
        if isinstance(setting.value, str) and not setting.value.strip():
            mistakes.append(Mistake(setting.path, setting.line, f"`{key}` in [{section}] is empty"))
    memory = settings.get(("engine", "memory_limit"))
    if memory and not MEMORY_SIZE.fullmatch(memory.value.strip()):
        message = f"`memory_limit` must be a size such as 4GiB or 800MB, not {memory.value!r}"
        mistakes.append(Mistake(memory.path, memory.line, message))
    threads = settings.get(("engine", "threads"))
    if threads and threads.value < 1:
        mistakes.append(Mistake(threads.path, threads.line, f"`threads` must be at least 1, not {threads.value}"))
    endpoint = settings.get(("storage", "endpoint_url"))
    if endpoint and not _ENDPOINT.fullmatch(endpoint.value.strip()):
        message = f"`endpoint_url` must be http://HOST[:PORT] or https://HOST[:PORT], not {endpoint.value!r}"
        mistakes.append(Mistake(endpoint.path, endpoint.line, message))
    mistakes.extend(_prefect(settings))
    mistakes.extend(_spark(settings))
    mistakes.extend(_strange_areas(root, settings))
    mistakes.extend(_shared_areas(root, settings))


def _strange_areas(root: Path, settings: Mapping[_Place, _Setting]) -> Iterator[Mistake]:
    lake = _lake(root, {place: setting.value for place, setting in settings.items()})
    for area in _KEYS["lake"]:
        url = getattr(lake, area)
        if "://" in url and not _S3_URL.fullmatch(url):
            said = settings[("lake", area)]
            message = f"`{area}` in [lake] must be a folder, s3://BUCKET or s3://BUCKET/PREFIX, not {url!r}"
            yield Mistake(said.path, said.line, message)


def _prefect(settings: Mapping[_Place, _Setting]) -> Iterator[Mistake]:
    """What is too small in [prefect]."""
    for (section, key), said in settings.items():
        least = 1 if key == "parallel" else 0
        if section == "prefect" and said.value < least:
            yield Mistake(said.path, said.line, f"`{key}` in [prefect] must be at least {least}, not {said.value}")


_MASTER = re.compile(r"local(\[(\*|\d+)(,\d+)?\])?|spark://.+|sc://.+")


def _spark(settings: Mapping[_Place, _Setting]) -> Iterator[Mistake]:
    """What is wrong about the settings that only Spark has."""
    master = settings.get(("engine", "master"))
    if master and not _MASTER.fullmatch(master.value):
        known = "local[*], local[4], spark://host:7077 or sc://host:15002"
        yield Mistake(master.path, master.line, f"`master` must be {known}, not {master.value!r}")
    given = settings.get(("engine", "spark"))
    if not given:
        return
    for key, value in flat(given.value):
        if not isinstance(value, str):
            yield Mistake(given.path, given.line, f"`{key}` in [engine.spark] must be a text, not {value!r}")
        elif not key.startswith("spark."):
            yield Mistake(given.path, given.line, f"`{key}` in [engine.spark] must begin with `spark.`")


def _shared_areas(root: Path, settings: Mapping[_Place, _Setting]) -> Iterator[Mistake]:
    """Two areas in one folder would take each other's files for their own."""
    lake = _lake(root, {place: setting.value for place, setting in settings.items()})
    owner: dict[str, str] = {}
    for area in _KEYS["lake"]:
        folder = getattr(lake, area).rstrip("/")
        if folder in owner:
            said = settings.get(("lake", area)) or settings[("lake", owner[folder])]
            yield Mistake(said.path, said.line, f"`{owner[folder]}` and `{area}` in [lake] are the same folder")
        for outer in owner:
            if folder != outer and _nested(folder, outer):
                said = settings.get(("lake", area)) or settings[("lake", owner[outer])]
                yield Mistake(said.path, said.line, f"`{owner[outer]}` and `{area}` in [lake] lie one in the other")
        owner.setdefault(folder, area)


def _nested(one: str, other: str) -> bool:
    """Whether one of two places in S3 is below the other: listing the outer one would list both."""
    return one.startswith("s3://") and (f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/"))


def _of(section: str, values: Mapping[_Place, Any]) -> dict[str, Any]:
    return {key: value for (its, key), value in values.items() if its == section}


def _lake(root: Path, values: Mapping[_Place, Any]) -> LakeSettings:
    lake = replace(LakeSettings(), **_of("lake", values))
    return LakeSettings(*(_folder(root, getattr(lake, area)) for area in _KEYS["lake"]))


def _engine(root: Path, values: Mapping[_Place, Any]) -> EngineSettings:
    given = _of("engine", values)
    if "temp_directory" in given:
        given["temp_directory"] = _folder(root, given["temp_directory"])
    if "spark" in given:
        given["spark"] = tuple(sorted(flat(given["spark"])))
    return replace(EngineSettings(), **given)


def flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """A table of tables as (dotted key, value): TOML reads `spark.executor.cores` as a table, too."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _folder(root: Path, value: str) -> str:
    """An absolute folder, or a URL as it is."""
    return value if "://" in value else os.path.normpath(root / Path(value).expanduser())


def _files(root: Path, folder: str, endings: tuple[str, ...]) -> list[Path]:
    """Files below `root/folder` relative to root, sorted; hidden ones (editors' leftovers) are not part of it."""
    found = (path.relative_to(root) for path in (root / folder).rglob("*") if path.name.endswith(endings))
    return sorted(path for path in found if not any(part.startswith(".") for part in path.parts))


def _contract_files(root: Path) -> tuple[Path, ...]:
    return tuple(_files(root, "contracts", (".odcs.yaml", ".odcs.yml")))


def _sql_files(root: Path, folder: str, mistakes: list[Mistake]) -> tuple[SqlFile, ...]:
    found: dict[str, SqlFile] = {}
    for path in _files(root, folder, (".sql",)):
        file = _sql_file(root, path, mistakes)
        if file is None:
            continue
        if file.name in found:
            message = f"`{file.name}` is also the name of {found[file.name].path}: names are unique in {folder}/"
            mistakes.append(Mistake(file.path, 0, message))
        found.setdefault(file.name, file)
    return tuple(found.values())


def _sql_file(root: Path, path: Path, mistakes: list[Mistake]) -> SqlFile | None:
    name, place = path.stem, path.as_posix()
    if not IDENTIFIER.fullmatch(name):
        mistakes.append(Mistake(place, 0, f"`{name}` is no name: use lower-case letters, digits and _, no digit first"))
    try:
        return SqlFile(name, place, (root / path).read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        mistakes.append(Mistake(place, line, "is not UTF-8 text"))
    except OSError as exc:
        mistakes.append(Mistake(place, 0, f"cannot be read: {exc.strerror or exc}"))
    return None
