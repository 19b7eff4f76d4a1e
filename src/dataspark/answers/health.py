"""Whether everything that a run needs is in order."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dataspark.engines.spark.jars import installed_jars
from dataspark.engines.spark.java import java_found
from dataspark.engines.spark.session import Session as SparkSession
from dataspark.errors import DataError, DataSparkError, LakeBusy, ProjectError, WorldError
from dataspark.lake.files import FORGETTING, FileLake
from dataspark.lake.storage import Area, Folder
from dataspark.pipeline.heads import Head
from dataspark.project import SETTINGS_FILE
from dataspark.reader import Release, require_files
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace, open_workspace

_LIBRARIES = (
    "duckdb",
    "deltalake",
    "sqlglot",
    "typer",
    "PyYAML",
    "jsonschema",
    "open-data-contract-standard",
    "Jinja2",
)
_OPTIONAL = ("pyarrow", "pandas", "polars", "pyspark")
_LITTLE_DISK = 1 << 30
_GIB = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str
    hint: str = ""
    exit_code: int = 0
    """What the command ends with because of it."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def examine(folder: Path, profile: str | None) -> Iterator[Finding]:
    """Look at the machine, then at the project in `folder`, then at its lake."""
    yield Finding("python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Finding("machine", True, f"{os.cpu_count()} cores, {_memory()}")
    yield Finding("libraries", True, ", ".join(_versions(_LIBRARIES)))
    yield Finding("optional", True, ", ".join(_versions(_OPTIONAL)))
    yield from _spark()
    if not (folder / SETTINGS_FILE).exists():
        yield Finding("project", True, f"none in {folder.resolve()}", "make one: `dataspark init NAME`")
        return
    workspace: list[Workspace] = []
    yield _tried("project", lambda: _project(folder, profile, workspace))
    if not workspace:
        return
    yield from _settled(workspace[0])


def _spark() -> Iterator[Finding]:
    """What Spark needs. Nothing is wrong where it is missing: only a project that runs on Spark misses it."""
    if find_spec("pyspark") is None:
        return
    for what, look in (("java", java_found), ("jars", _jars)):
        found = _tried(what, look)
        yield found if found.ok else Finding(what, True, f"Spark cannot run: {found.found}", found.hint)


def _jars() -> str:
    return f"all of Spark's are in {installed_jars()}"


def _settled(workspace: Workspace) -> Iterator[Finding]:
    yield _tried("contracts", lambda: f"{len(workspace.contracts)} tables")
    yield _tried("plan", lambda: f"{len(workspace.plan.models)} models, {len(workspace.plan.checks)} checks")
    try:
        lake = workspace.lake
    except DataSparkError as error:  # no key for S3, or no client
        yield Finding("lake", False, error.message, error.hint, error.exit_code)
        return
    yield _tried("engine", lambda: _engine(workspace))
    yield from _areas(lake)
    yield _lock(workspace)
    yield _tried("state", lambda: _state(workspace))
    yield _tried("release", lambda: _release(workspace))
    yield from _half_forgotten(workspace)


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except DataSparkError as error:
        mistakes = error.mistakes if isinstance(error, ProjectError) else ()
        found = "; ".join([error.message, *map(str, mistakes)])
        return Finding(what, False, found, error.hint, error.exit_code)


def _versions(packages: tuple[str, ...]) -> Iterator[str]:
    for package in packages:
        try:
            yield f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            yield f"{package} not installed"


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / _GIB:.1f} GiB of memory"
    except (ValueError, OSError, AttributeError):  # not every system tells
        return "unknown memory"


def _project(folder: Path, profile: str | None, opened: list[Workspace]) -> str:
    workspace = open_workspace(folder, profile)
    opened.append(workspace)
    chosen = f", profile {workspace.project.profile}" if workspace.project.profile else ""
    return f"{workspace.project.name} in {workspace.project.root}{chosen}"


def _engine(workspace: Workspace) -> str:
    settings = workspace.project.engine
    if settings.name == "spark":
        session = SparkSession(settings)
        try:
            return f"Spark {session.version()} answers on {settings.master}, {session.cores} tasks at once"
        finally:
            session.close()
    with workspace.engine() as engine:
        engine().rows("SELECT 1")
        return f"{settings.name} starts, scratch in {engine().session.scratch.parent}"


def _areas(lake: FileLake) -> Iterator[Finding]:
    for area, its in zip(("sources", "bronze", "silver", "gold"), lake.areas, strict=True):
        if not isinstance(its, Folder):
            yield _bucket(area, its)
            continue
        folder = its.root
        there = folder if folder.exists() else next(parent for parent in folder.parents if parent.exists())
        if area == "sources":
            yield _sources(folder)
            continue
        ok = os.access(there, os.W_OK | os.X_OK)
        free = shutil.disk_usage(there).free
        found = f"{folder}, {free / _GIB:.1f} GiB free" if ok else f"{folder} cannot be written"
        hint = "little space is left: `dataspark vacuum` frees what old releases hold" if free < _LITTLE_DISK else ""
        yield Finding(area, ok, found, hint, 0 if ok else WorldError.exit_code)


def _bucket(area: str, its: Area) -> Finding:
    """An area in S3 that answers. Whether it may be written to is seen by the lock, which is."""
    try:
        its.names("_state")
    except WorldError as error:
        return Finding(area, False, error.message, error.hint, error.exit_code)
    return Finding(area, True, its.location())


def _sources(folder: Path) -> Finding:
    if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
        return Finding("sources", True, str(folder))
    hint = "make the folder and put raw files there, or set `lake.sources`"
    return Finding("sources", False, f"{folder} cannot be listed", hint, WorldError.exit_code)


def _lock(workspace: Workspace) -> Finding:
    gold = workspace.lake.gold
    try:
        if not (gold.root.exists() if isinstance(gold, Folder) else workspace.lake.release()):
            return Finding("lock", True, "free: there is no lake yet")
        with workspace.lake.hold("doctor"):
            return Finding("lock", True, "free")
    except LakeBusy as error:  # a run at work is no illness
        return Finding("lock", True, error.message, error.hint)
    except DataSparkError as error:
        return Finding("lock", False, error.message, error.hint, error.exit_code)


def _state(workspace: Workspace) -> str:
    """Read everything that the lake remembers. Raises StorageError for what is damaged."""
    lake = workspace.lake
    for contract in workspace.plan.tables:
        lake.archive(contract.name)
        head = Head.from_json(lake.state(TableRef(Layer.SILVER, contract.name)))
        for layer, version in ((Layer.SILVER, head.version), (Layer.QUARANTINE, head.quarantine)):
            if version is not None:
                workspace.tables.files(TableRef(layer, contract.name), version)
    for model in workspace.plan.models:
        lake.state(model.table)
    return f"{len(lake.releases())} releases and {len(lake.runs())} runs are readable"


def _half_forgotten(workspace: Workspace) -> Iterator[Finding]:
    try:
        marks = [one.name for one in workspace.lake.bronze.listing() if one.name.endswith(f"/{FORGETTING}")]
    except WorldError:  # the area itself has been told of
        return
    for table in (mark.partition("/")[0] for mark in marks):
        hint = f"give `dataspark forget {table} KEY --yes` again"
        yield Finding("forget", False, f"rows of {table} are only half forgotten", hint, DataError.exit_code)


def _release(workspace: Workspace) -> str:
    stored = workspace.lake.release()
    if stored is None:
        return "none yet"
    release = Release.from_json(stored)
    for table in release.versions:
        require_files(workspace, release, table)
    return f"{release.id}: every file of {len(release.versions)} tables is there"
