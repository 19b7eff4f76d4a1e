"""Spans of time as contracts and settings write them: `90min`, `36h`, `30d`, `2w`."""

from __future__ import annotations

import re

AGE_FORM = "write a number and min, h, d or w, for example 36h"
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*(min|h|d|w)")
_SECONDS = {"min": 60, "h": 3600, "d": 86_400, "w": 604_800}


def read_age(text: str) -> int | None:
    """The span in seconds; None for a text that is none, or for nothing at all."""
    found = _AGE.fullmatch(text.strip())
    return (round(float(found[1]) * _SECONDS[found[2]]) if found else 0) or None


def age_text(seconds: int) -> str:
    """The span in the largest unit that fits: `36 h`, `30 d`."""
    unit = next((u for u in ("w", "d", "h", "min") if seconds % _SECONDS[u] == 0), "min")
    return f"{seconds / _SECONDS[unit]:g} {unit}"
