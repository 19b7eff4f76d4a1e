"""What `dataspark alerts` says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dataspark.rendering.text import PLAIN, Paint, grid, moment, plural

if TYPE_CHECKING:
    from dataspark.alerting.standing import ChannelState, Standing


def standing_text(found: Standing, paint: Paint = PLAIN) -> list[str]:
    """Channels and open matters."""
    return [*_channels(found, paint), "", *_matters(found, paint)]


def _channels(found: Standing, paint: Paint) -> list[str]:
    if not found.channels:
        return [f"{paint.strong(found.project)} tells nobody: [alerts] in dataspark.toml names no channel"]
    rows = [[one.name, one.kind, ", ".join(one.about), one.problem] for one in found.channels]
    return grid(rows, ["channels", "kind", "is told of", ""], paint=paint)


def _matters(found: Standing, paint: Paint) -> list[str]:
    if not found.matters:
        return ["nothing is wrong as far as the last run could tell"]
    lines = [f"{plural(len(found.matters), 'open matter')}"]
    for one in found.matters:
        who = f"told {', '.join(one.told)}" if one.told else paint.warn("told nobody yet")
        lines += [f"  {paint.bad(one.about)}  {one.text}", f"    since {moment(one.since)}, {who}"]
    return lines


def sent_text(sent: Sequence[ChannelState], paint: Paint = PLAIN) -> list[str]:
    """How each channel took its test."""
    rows = [[one.name, one.kind, paint.bad(one.problem) if one.problem else paint.good("sent")] for one in sent]
    return grid(rows, ["channels", "kind", ""], paint=paint)
