"""A project's folder, read once into frozen values: its settings, its SQL files, its contracts' paths.

Settings come from `dataspark.toml`, then from its `[profiles.NAME]`, then from the environment
(`DATASPARK_<SECTION>_<KEY>`, for example `DATASPARK_LAKE_GOLD`); the last one that says something wins.

Each section of the settings has a file of its own here: what its keys are, what they may say, and the value they become.
"""

from __future__ import annotations

from dataspark.project.ages import AGE_FORM, age_text, read_age
from dataspark.project.alerts import About, AlertSettings, Channel
from dataspark.project.api import ApiSettings
from dataspark.project.engine import MEMORY_SIZE, EngineSettings, flat
from dataspark.project.lake import LakeSettings
from dataspark.project.prefect import PrefectSettings
from dataspark.project.quality import QualitySettings
from dataspark.project.reading import Project, read_project
from dataspark.project.settings import MEMORY_FOLDER, PROFILE_VARIABLE, SETTINGS_FILE
from dataspark.project.sqlfiles import IDENTIFIER, SqlFile
from dataspark.project.stack import STACK_PROFILE, stack_folder
from dataspark.project.storage import StorageSettings
from dataspark.project.telemetry import LineageSettings, MetricsSettings
from dataspark.project.words import did_you_mean, nearest

__all__ = [
    "AGE_FORM",
    "IDENTIFIER",
    "MEMORY_FOLDER",
    "MEMORY_SIZE",
    "PROFILE_VARIABLE",
    "SETTINGS_FILE",
    "STACK_PROFILE",
    "About",
    "AlertSettings",
    "ApiSettings",
    "Channel",
    "EngineSettings",
    "LakeSettings",
    "LineageSettings",
    "MetricsSettings",
    "PrefectSettings",
    "Project",
    "QualitySettings",
    "SqlFile",
    "StorageSettings",
    "age_text",
    "did_you_mean",
    "flat",
    "nearest",
    "read_age",
    "read_project",
    "stack_folder",
]
