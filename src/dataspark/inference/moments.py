"""Texts → the date and time formats in which they are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from dataspark.contracts.contract import LogicalType
from dataspark.contracts.formats import ISO, format_mistake
from dataspark.inference.values import moments

_DAY = (
    r"(?:(?P<y1>\d{4})(?P<sep1>[-/.])\d{1,2}(?P=sep1)\d{1,2}"
    r"|(?P<a>\d{1,2})(?P<sep2>[-/.])(?P<b>\d{1,2})(?P=sep2)\d{4}"
    r"|(?P<compact>(?:19|20)\d{2}[01]\d[0-3]\d))"
)
_CLOCK = r"(?P<hour>\d{1,2}):\d{2}(?P<second>:\d{2}(?:\.(?P<fraction>\d{1,6}))?)?"
_ZONE = r"(?P<zone>Z|[+-]\d{2}:\d{2})"
_MOMENT = re.compile(f"{_DAY}(?:(?P<between>[T ]){_CLOCK}{_ZONE}?)?")
_TIME = re.compile(_CLOCK)
_MANY = 200
"""Values from which on a way of writing that comes only once is rather a mistake than a format."""


@dataclass(frozen=True)
class Written:
    """How a column's moments are written."""

    type: LogicalType
    formats: tuple[str, ...]
    """The most common first; empty where it is ISO 8601 alone."""
    counts: Mapping[str, int]
    """Format → values that only it reads, or that it reads first."""
    note: str = ""
    """What is to be said of the order of day and month."""


def written(values: Mapping[str, int], explicit: bool = False) -> Written | None:
    """The formats that read most of `values` (text → how often); None where they are no moments.

    `explicit`: with a time of day, ISO 8601 is spelt out, because a column of dates does not read it as `iso`.
    """
    days = {text: found for text in values if (found := _MOMENT.fullmatch(text))}
    if not days:
        return _times(values)
    first, note = _order(days, values)
    ways: Counter[str] = Counter()
    for text, found in days.items():
        ways[_format(found, first, explicit)] += values[text]
    formats = _joined(ways)
    kind = LogicalType.TIMESTAMP if any(found["between"] for found in days.values()) else LogicalType.DATE
    return _settled(kind, formats, values, note)


def month_order(values: Mapping[str, int]) -> tuple[int, int, int]:
    """Of dates such as 03/04/2025: (values that must be day first, that must be month first, that could be either)."""
    found = Counter[str]()
    for text, count in values.items():
        if (match := _MOMENT.fullmatch(text)) and match["a"]:
            found[_sure(match)] += count
    return found["d"], found["M"], found[""]


def _sure(match: re.Match[str]) -> str:
    first, second = int(match["a"]), int(match["b"])
    if first > 12 >= second:
        return "d"
    return "M" if second > 12 >= first else ""


def _order(days: Mapping[str, re.Match[str]], values: Mapping[str, int]) -> tuple[str, str]:
    """Whether the day or the month comes first, and what to say about it."""
    day, month, either = month_order(values)
    if not day + month + either:
        return "d", ""
    example = next((text for text, found in days.items() if found["a"] and not _sure(found)), "")
    could = f"{example} could be either; " if example else ""
    if day and month:
        return ("d", f"{could}{_say(day)} day first, but {month:,} month first") if day >= month else (
            "M", f"{could}{_say(month)} month first, but {day:,} day first",
        )  # fmt: skip
    if day:
        return "d", f"{could}{_values(day)} with a day above 12 {'says' if day == 1 else 'say'} day first"
    if month:
        return "M", f"{could}{_values(month)} with a day above 12 {'says' if month == 1 else 'say'} month first"
    return "d", f"{could}no value has a day above 12: day first is a guess"


def _say(count: int) -> str:
    return f"{_values(count)} {'says' if count == 1 else 'say'}"


def _values(count: int) -> str:
    return f"{count:,} value{'' if count == 1 else 's'}"


def _format(found: re.Match[str], first: str, explicit: bool) -> str:
    """The format of one text, with `M`, `d` and `H` once where the text has one digit."""
    text = found.group()
    day, _, _clock_text = text.partition(found["between"] or "\0")
    if found["compact"]:
        written_day = "yyyyMMdd"
    else:
        mark = found["sep1"] or found["sep2"]
        letters = "yMd" if found["y1"] else f"{first}{'M' if first == 'd' else 'd'}y"
        pieces = zip(letters, day.split(mark), strict=True)
        written_day = mark.join("yyyy" if letter == "y" else letter * len(part) for letter, part in pieces)
    if not found["between"]:
        return ISO if written_day == "yyyy-MM-dd" else written_day
    own = written_day + ("'T'" if found["between"] == "T" else " ") + _clock(found)
    iso = not explicit and written_day == "yyyy-MM-dd" and len(found["hour"]) == 2
    return ISO if iso else own


def _clock(found: re.Match[str]) -> str:
    zone = found.re.groupindex.get("zone") and found["zone"]
    second = ":ss" if found["second"] else ""
    fraction = "." + "S" * len(found["fraction"]) if found["fraction"] else ""
    return f"{'H' * len(found['hour'])}:mm{second}{fraction}{'XXX' if zone else ''}"


def _times(values: Mapping[str, int]) -> Written | None:
    ways: Counter[str] = Counter()
    for text, count in values.items():
        if found := _TIME.fullmatch(text):
            ways[ISO if len(found["hour"]) == 2 else _clock(found)] += count
    return _settled(LogicalType.TIME, _joined(ways), values, "") if ways else None


def _joined(ways: Counter[str]) -> list[str]:
    """The formats, the most common first; `d/M/yyyy` reads what `dd/MM/yyyy` reads, so of the two it stays alone."""
    merged: Counter[str] = Counter()
    loose = {_tight(form): form for form in ways if form != _tight(form)}
    widest = {tight: re.sub(r"(?<![dMH])(dd|MM|HH)(?![dMH])", lambda m: m[0][0], form) for tight, form in loose.items()}
    for form, count in ways.items():
        merged[widest.get(_tight(form), form)] += count
    return [form for form, _count in sorted(merged.items(), key=lambda pair: (-pair[1], pair[0]))]


def _tight(form: str) -> str:
    """A format with every day, month and hour in two digits."""
    return form if form == ISO else re.sub(r"([dMH])\1?", r"\1\1", form)


def _settled(kind: LogicalType, formats: list[str], values: Mapping[str, int], note: str) -> Written | None:
    """Only the formats that read something beyond those before them, and not just a stray value or two."""
    total = sum(values.values())
    left = dict(values)
    counts: dict[str, int] = {}
    for form in formats:
        if format_mistake(form, kind):
            continue
        fit = moments(kind, (form,))
        read = {text: count for text, count in left.items() if fit(text)}
        if sum(read.values()) > (total >= _MANY):
            counts[form] = sum(read.values())
            left = {text: count for text, count in left.items() if text not in read}
    if not counts:
        return None
    found = tuple(counts)
    return Written(kind, () if found == (ISO,) else found, counts, note)
