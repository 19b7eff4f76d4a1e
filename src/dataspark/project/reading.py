"""A project's folder → a Project, or every mistake in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dataspark.errors import Mistake, ProjectError
from dataspark.project.alerts import AlertSettings, read_alerts
from dataspark.project.api import ApiSettings, read_api
from dataspark.project.dashboard import DashboardSettings, read_dashboard
from dataspark.project.engine import EngineSettings, read_engine
from dataspark.project.environment import read_environment
from dataspark.project.lake import LakeSettings, read_lake
from dataspark.project.prefect import PrefectSettings, read_prefect
from dataspark.project.quality import QualitySettings, read_quality
from dataspark.project.sections import SECTIONS
from dataspark.project.settings import PROFILE_VARIABLE, Settings, layered
from dataspark.project.sqlfiles import SqlFile, contract_files, sql_files
from dataspark.project.stack import STACK_PROFILE, stack_profile
from dataspark.project.storage import StorageSettings, read_storage, said_by_aws
from dataspark.project.telemetry import LineageSettings, MetricsSettings, read_lineage, read_metrics
from dataspark.project.tomlfile import Toml, settings_text


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
    quality: QualitySettings = field(default_factory=QualitySettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    prefect: PrefectSettings = field(default_factory=PrefectSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    openlineage: LineageSettings = field(default_factory=LineageSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    dashboard: DashboardSettings = field(default_factory=DashboardSettings)


def read_project(folder: Path | str, profile: str | None = None, environ: Mapping[str, str] | None = None) -> Project:
    """Read the project in `folder`.

    Raises UsageError when the folder holds no project, ProjectError with every mistake when it holds a wrong one.
    """
    root = Path(folder).resolve()
    environ = os.environ if environ is None else environ
    text = settings_text(root)
    mistakes: list[Mistake] = []
    toml = Toml(text, mistakes)
    chosen = profile or environ.get(PROFILE_VARIABLE) or None
    own = chosen != STACK_PROFILE or toml.has_profile(chosen)
    settings = layered(
        said_by_aws(environ),
        toml.settings,
        toml.profile(chosen) if own else stack_profile(root, environ, mistakes),
        read_environment(environ, mistakes),
    )
    mistakes += _wrong_values(root, settings)
    models = sql_files(root, "models", mistakes)
    checks = sql_files(root, "checks", mistakes)
    if mistakes:
        raise ProjectError(f"the project {root.name} cannot be read", mistakes=mistakes)
    named = settings.get(("project", "name"))
    return Project(
        root=root,
        name=named.value if named else root.name,
        lake=read_lake(root, settings),
        engine=read_engine(root, settings),
        models=models,
        checks=checks,
        contract_files=contract_files(root),
        profile=chosen,
        quality=read_quality(settings),
        storage=read_storage(root, settings),
        prefect=read_prefect(settings),
        alerts=read_alerts(settings),
        metrics=read_metrics(root, settings),
        openlineage=read_lineage(root, settings),
        api=read_api(root, settings),
        dashboard=read_dashboard(settings),
    )


def _wrong_values(root: Path, settings: Settings) -> Iterator[Mistake]:
    """What a right type alone does not show."""
    for (section, key), setting in settings.items():
        if isinstance(setting.value, str) and not setting.value.strip():
            yield setting.mistake(f"`{key}` in [{section}] is empty")
    for one in SECTIONS.values():
        yield from one.check(root, settings)
