"""When runs begin by themselves: a cron expression and the time zone that it is meant in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from dataspark.errors import UsageError
from dataspark.project import nearest


@dataclass(frozen=True)
class Timetable:
    """`0 6 * * *` in Europe/Paris."""

    cron: str
    timezone: str

    def __str__(self) -> str:
        return f"{self.cron} ({self.timezone})"


def read_timezone(given: str | None) -> str:
    """The name of a time zone, this machine's unless one is given. Raises UsageError for one that there is not."""
    name = given or _here()
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        close = nearest(name, available_timezones())
        raise UsageError(
            f"there is no time zone `{name}`", f"did you mean `{close}`?" if close else "write Europe/Paris, or UTC"
        ) from error
    return name


def _here() -> str:
    """This machine's time zone, by its name; UTC where it has none."""
    if name := os.environ.get("TZ", "").lstrip(":"):
        return name
    target = str(Path("/etc/localtime").resolve())
    return target.partition("/zoneinfo/")[2] or "UTC"
