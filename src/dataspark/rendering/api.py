"""What `dataspark api key list` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataspark.rendering.text import PLAIN, Paint, grid, moment


def keys_text(keys: Sequence[Mapping[str, Any]], paint: Paint = PLAIN) -> list[str]:
    """The keys, oldest first."""
    if not keys:
        return ["there is no key: `dataspark api key create NAME --scope read` makes one"]
    rows = [
        [
            paint.strong(one["name"]),
            f"…{one['ending']}",
            ", ".join(one["scopes"]),
            moment(one["created"]),
            moment(one["expires"]) if one["expires"] else "never",
        ]
        for one in keys
    ]
    return grid(rows, ["key", "ends with", "scopes", "made", "expires"], paint=paint)
