"""`[lake]`: where the four areas are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dataspark.errors import Mistake
from dataspark.project.settings import Section, Settings, folder_of, values_of

AREAS = ("sources", "bronze", "silver", "gold")
_S3_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#\\]*)?")


@dataclass(frozen=True)
class LakeSettings:
    """Where the four areas of the lake are: absolute folders, or URLs as they were given."""

    sources: str = "data/sources"
    bronze: str = "lake/bronze"
    silver: str = "lake/silver"
    gold: str = "lake/gold"


def read_lake(root: Path, settings: Settings) -> LakeSettings:
    """The areas that the settings name."""
    lake = replace(LakeSettings(), **values_of("lake", settings))
    return LakeSettings(*(folder_of(root, getattr(lake, area)) for area in AREAS))


def _check(root: Path, settings: Settings) -> Iterator[Mistake]:
    lake = read_lake(root, settings)
    yield from _strange_areas(lake, settings)
    yield from _shared_areas(lake, settings)


def _strange_areas(lake: LakeSettings, settings: Settings) -> Iterator[Mistake]:
    for area in AREAS:
        url = getattr(lake, area)
        if "://" in url and not _S3_URL.fullmatch(url):
            yield settings["lake", area].mistake(
                f"`{area}` in [lake] must be a folder, s3://BUCKET or s3://BUCKET/PREFIX, not {url!r}"
            )


def _shared_areas(lake: LakeSettings, settings: Settings) -> Iterator[Mistake]:
    """Two areas in one folder would take each other's files for their own."""
    owner: dict[str, str] = {}
    for area in AREAS:
        folder = getattr(lake, area).rstrip("/")
        if folder in owner:
            said = settings.get(("lake", area)) or settings["lake", owner[folder]]
            yield said.mistake(f"`{owner[folder]}` and `{area}` in [lake] are the same folder")
        for outer in owner:
            if folder != outer and _nested(folder, outer):
                said = settings.get(("lake", area)) or settings["lake", owner[outer]]
                yield said.mistake(f"`{owner[outer]}` and `{area}` in [lake] lie one in the other")
        owner.setdefault(folder, area)


def _nested(one: str, other: str) -> bool:
    """Whether one of two places in S3 is below the other: listing the outer one would list both."""
    return one.startswith("s3://") and (f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/"))


SECTION = Section("lake", dict.fromkeys(AREAS, str), _check)
