"""The parts that a stack can have, in the order in which they are shown. A new one is a module here and a line below."""

from __future__ import annotations

from dataspark.stack.parts.api import API
from dataspark.stack.parts.dashboard import DASHBOARD
from dataspark.stack.parts.part import Kind, Part, Sections, Site
from dataspark.stack.parts.postgres import POSTGRES
from dataspark.stack.parts.prefect import PREFECT, api_url
from dataspark.stack.parts.s3 import S3
from dataspark.stack.parts.spark import SPARK

KINDS: tuple[Kind, ...] = (S3, POSTGRES, PREFECT, SPARK, API, DASHBOARD)


def build(site: Site) -> tuple[Part, ...]:
    """The processes of a stack."""
    return tuple(part for kind in KINDS if kind.name in site.chosen for part in kind.build(site))


def settings(site: Site) -> Sections:
    """What the profile `stack` says."""
    found: Sections = {}
    for kind in KINDS:
        if kind.name in site.chosen:
            found |= kind.profile(site)
    return found


def prefect_api(site: Site) -> str | None:
    """Where Prefect's API is, if the stack has one."""
    return api_url(site) if "prefect" in site.chosen else None
