"""Settings → areas: a folder, or a bucket or a prefix of one. What speaks to S3 is loaded where an area is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from dataspark.errors import UsageError
from dataspark.lake.storage import SCHEME, Area, Folder
from dataspark.project import LakeSettings, StorageSettings

if TYPE_CHECKING:
    from dataspark.lake.access import Access
    from dataspark.lake.objects import Bucket

Areas = tuple[Area, Area, Area, Area]
"""sources, bronze, silver, gold."""


def open_areas(lake: LakeSettings, storage: StorageSettings, scratch: str | None = None) -> Areas:
    """The four areas; `scratch` is the folder for temporary copies. Raises ProjectError, UsageError.

    Nothing is asked of a server yet.
    """
    places = (lake.sources, lake.bronze, lake.silver, lake.gold)
    if not any(place.startswith(SCHEME) for place in places):
        return Folder(lake.sources), Folder(lake.bronze), Folder(lake.silver), Folder(lake.gold)
    access, bucket = _s3(storage)
    opened: list[Area] = [
        bucket(place, access, scratch) if place.startswith(SCHEME) else Folder(place) for place in places
    ]
    return opened[0], opened[1], opened[2], opened[3]


def _s3(storage: StorageSettings) -> tuple[Access, type[Bucket]]:
    from dataspark.lake.access import open_access

    try:
        from dataspark.lake.objects import Bucket
    except ImportError as error:
        raise UsageError(
            f"an area of the lake is in S3 and {error.name} is not installed", "pip install 'dataspark[s3]'"
        ) from error
    return open_access(storage), Bucket


def buckets(areas: Sequence[Area]) -> list[Bucket]:
    """Those of the areas that are in S3."""
    return [cast("Bucket", area) for area in areas if area.is_remote]
