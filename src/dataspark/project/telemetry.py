"""`[metrics]` and `[openlineage]`: what other systems are told of each run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataspark.errors import Mistake
from dataspark.project.settings import Section, Settings, folder_of, values_of

_HTTP = re.compile(r"https?://[^/\s?#@]+(/[^\s?#]*)?")


@dataclass(frozen=True)
class MetricsSettings:
    """Where the figures of the last run go, as Prometheus reads them."""

    file: str | None = None
    """A file that is replaced after each run, for node_exporter's textfile collector: `…/dataspark.prom`."""
    pushgateway: str | None = None
    """The URL of a Pushgateway."""


@dataclass(frozen=True)
class LineageSettings:
    """Where OpenLineage events go."""

    url: str | None = None
    """The address of a receiver: `http://marquez:5000`. Its key is read from OPENLINEAGE_API_KEY."""
    file: str | None = None
    """A file that events are added to, one a line."""
    namespace: str = "dataspark"
    """The namespace of jobs."""


def read_metrics(root: Path, settings: Settings) -> MetricsSettings:
    """Where figures go."""
    given = values_of("metrics", settings)
    return MetricsSettings(_file(root, given.get("file")), given.get("pushgateway"))


def read_lineage(root: Path, settings: Settings) -> LineageSettings:
    """Where events go."""
    given = values_of("openlineage", settings)
    return LineageSettings(
        given.get("url"), _file(root, given.get("file")), given.get("namespace", LineageSettings.namespace)
    )


def _file(root: Path, given: str | None) -> str | None:
    return folder_of(root, given) if given else None


def _wrong_url(section: str, key: str, settings: Settings) -> Iterator[Mistake]:
    said = settings.get((section, key))
    if said and not _HTTP.fullmatch(said.value.strip()):
        yield said.mistake(f"`{key}` in [{section}] must be http://HOST[:PORT][/PATH] or https://…, without a password")


def _check_metrics(root: Path, settings: Settings) -> Iterator[Mistake]:
    yield from _wrong_url("metrics", "pushgateway", settings)


def _check_lineage(root: Path, settings: Settings) -> Iterator[Mistake]:
    yield from _wrong_url("openlineage", "url", settings)
    url, file = settings.get(("openlineage", "url")), settings.get(("openlineage", "file"))
    if url and file:
        yield file.mistake("[openlineage] has `url` and `file`: events go to one of them")


METRICS = Section("metrics", {"file": str, "pushgateway": str}, _check_metrics)
OPENLINEAGE = Section(
    "openlineage",
    {"url": str, "file": str, "namespace": str},
    _check_lineage,
    where_secrets_are="set OPENLINEAGE_API_KEY",
)
