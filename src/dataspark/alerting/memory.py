"""Who was told what, so that a matter is told once while it stays, and once when it is over.

A channel that was dead is told as soon as it answers again: what it does not know is remembered for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataspark.alerting.matters import Matter, Newest, Verdicts
from dataspark.project import About, Channel


@dataclass
class Open:
    """A matter that was found and is not over for everybody."""

    text: str
    since: str
    """When the run that found it began (ISO, UTC)."""
    mark: str
    told: list[str] = field(default_factory=list)
    """The channels that believe it is open."""
    over: bool = False


@dataclass(frozen=True)
class Delivery:
    """What one channel is to be told at once: matters of one kind, or those that are over."""

    channel: Channel
    about: About
    keys: tuple[str, ...]


class Memory:
    """What is open, by its key."""

    def __init__(self, stored: dict[str, Any]) -> None:
        self.open = {key: Open(**one) for key, one in stored.get("open", {}).items()}
        self.newest: Newest = {table: list(numbers) for table, numbers in stored.get("newest", {}).items()}
        self.busy = int(stored.get("busy", 0))
        """How many runs in a row found the lake held by another."""

    def as_json(self) -> dict[str, Any]:
        """What the lake keeps."""
        return {
            "open": {key: vars(one) for key, one in self.open.items()},
            "newest": self.newest,
            "busy": self.busy,
        }

    def learn(self, verdicts: Verdicts, moment: str, channels: Sequence[Channel]) -> None:
        """Take in what a run found."""
        there = {channel.name for channel in channels}
        hears_of_end = {channel.name for channel in channels if About.RECOVERED in channel.about}
        for key, matter in verdicts.items():
            known = self.open.get(key)
            if matter is not None:
                self._found(key, matter, moment)
            elif known is not None:
                known.over = True
                known.told = [name for name in known.told if name in hears_of_end]
        for key, one in list(self.open.items()):
            one.told = [name for name in one.told if name in there]
            if one.over and not one.told:
                del self.open[key]

    def _found(self, key: str, matter: Matter, moment: str) -> None:
        known = self.open.get(key)
        if known is None or known.mark != matter.mark:
            self.open[key] = Open(matter.kept, moment, matter.mark)
        else:
            known.over = False

    def deliveries(self, verdicts: Verdicts, channels: Sequence[Channel]) -> Iterator[Delivery]:
        """What each channel does not know yet."""
        for channel in channels:
            for about in About:
                keys = tuple(key for key in self.open if self._is_news(key, about, channel, verdicts))
                if keys and about in channel.about:
                    yield Delivery(channel, about, keys)

    def _is_news(self, key: str, about: About, channel: Channel, verdicts: Verdicts) -> bool:
        one = self.open[key]
        if about is About.RECOVERED:
            return one.over and channel.name in one.told
        matter = verdicts.get(key)
        return matter is not None and matter.about is about and channel.name not in one.told

    def delivered(self, delivery: Delivery) -> None:
        """A channel knows now."""
        for key in delivery.keys:
            told = self.open[key].told
            if delivery.about is About.RECOVERED:
                told.remove(delivery.channel.name)
            else:
                told.append(delivery.channel.name)
        self.open = {key: one for key, one in self.open.items() if one.told or not one.over}
