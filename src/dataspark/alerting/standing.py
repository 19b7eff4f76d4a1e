"""Who would be told, what is open now, and whether channels work: what `dataspark alerts` answers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataspark.alerting import messages
from dataspark.alerting.memory import Memory
from dataspark.alerting.sending import Post, Unsent, resolve, send
from dataspark.errors import UsageError
from dataspark.plan import nearest_name
from dataspark.project import Channel

if TYPE_CHECKING:
    from dataspark.wiring import Workspace


@dataclass(frozen=True)
class ChannelState:
    """A channel, without its address."""

    name: str
    kind: str
    """What its URL begins with: `mailtos`; `?` where the environment does not say it here."""
    about: tuple[str, ...]
    problem: str
    """Why it cannot be told anything from here, or was not told; empty where nothing is known to be wrong."""


@dataclass(frozen=True)
class OpenMatter:
    """Something that was found and is not over."""

    about: str
    text: str
    since: str
    told: tuple[str, ...]
    """The channels that know."""


@dataclass(frozen=True)
class Standing:
    """Who would be told, and what is open."""

    project: str
    channels: tuple[ChannelState, ...]
    matters: tuple[OpenMatter, ...]


def standing(workspace: Workspace) -> Standing:
    """What is open now, and the channels as they can be reached from here. Nothing is sent."""
    memory = Memory(workspace.lake.alerts())
    matters = tuple(
        OpenMatter(key.partition(":")[0], one.text, one.since, tuple(one.told))
        for key, one in memory.open.items()
        if not one.over
    )
    channels = tuple(_state(channel) for channel in workspace.project.alerts.channels)
    return Standing(workspace.project.name, channels, matters)


def send_tests(workspace: Workspace, names: Sequence[str] = ()) -> list[ChannelState]:
    """Send every channel (or those named) a test message. `problem` says for each why it did not go out.

    Raises UsageError where there is no channel, or none with such a name.
    """
    channels = _chosen(workspace, names)
    message = messages.of_a_test(workspace.project)
    problems = send([Post(channel, message) for channel in channels])
    return [_state(channel, problem) for channel, problem in zip(channels, problems, strict=True)]


def _chosen(workspace: Workspace, names: Sequence[str]) -> list[Channel]:
    channels = {channel.name: channel for channel in workspace.project.alerts.channels}
    if not channels:
        raise UsageError(
            f"{workspace.project.name} has no channel for alerts",
            'write one in dataspark.toml: [alerts] url = "env:DATASPARK_ALERT_URL"',
        )
    for name in names:
        if name not in channels:
            raise UsageError(f"there is no channel `{name}`", nearest_name(name, list(channels)))
    return [channels[name] for name in dict.fromkeys(names or channels)]


def _state(channel: Channel, problem: str = "") -> ChannelState:
    try:
        kind = resolve(channel, os.environ).partition("://")[0]
    except Unsent as reason:
        kind, problem = channel.url.partition("://")[0] if "://" in channel.url else "?", str(reason)
    return ChannelState(channel.name, kind, tuple(sorted(channel.about)), problem)
