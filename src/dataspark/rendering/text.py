"""Numbers, shares, durations and aligned columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH = 100
"""Columns that every answer fits in, where names and values allow it."""


@dataclass(frozen=True)
class Paint:
    """How emphasis looks. Values are never painted, only the words around them."""

    strong: Callable[[str], str]
    faint: Callable[[str], str]
    good: Callable[[str], str]
    bad: Callable[[str], str]
    warn: Callable[[str], str]


@dataclass(frozen=True)
class Call:
    """How a person calls the command here, so that what is shown as the next step can be copied."""

    program: str = "dataspark"
    options: str = ""
    """` --project DIR` where it was given."""

    def __call__(self, command: str) -> str:
        """A command as it can be typed."""
        return f"{self.program} {command}{self.options}"


HERE = Call()


def _ansi(code: int) -> Callable[[str], str]:
    return lambda text: f"\x1b[{code}m{text}\x1b[0m"


def _as_it_is(text: str) -> str:
    return text


PLAIN = Paint(_as_it_is, _as_it_is, _as_it_is, _as_it_is, _as_it_is)
ANSI = Paint(strong=_ansi(1), faint=_ansi(2), good=_ansi(32), bad=_ansi(31), warn=_ansi(33))


def seconds(value: float) -> str:
    """A duration: `0.04 s`, `1.4 s`, `2 min 05 s`."""
    if value < 0.995:
        return f"{value:.2f} s"
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value) // 60} min {int(value) % 60:02d} s"


def share(part: int, whole: int) -> str:
    """A part of a whole in percent: `4.2 %`; `< 0.1 %` for what would round to nothing."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    return "< 0.1 %" if 0 < percent < 0.05 else f"{percent:.1f} %"


def spark(values: Sequence[float]) -> str:
    """Numbers from 0 up as a picture of one line: `▁▂▅█`."""
    highest = max(values, default=0)
    steps = "▁▂▃▄▅▆▇█"
    return "".join(steps[round(value / highest * (len(steps) - 1)) if highest > 0 else 0] for value in values)


def most_common(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The largest first, equal ones by name; those that count nothing are left out."""
    return sorted(((key, number) for key, number in counts.items() if number), key=lambda pair: (-pair[1], pair[0]))


def size(value: float) -> str:
    """Bytes: `512 B`, `3.4 MiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def moment(iso: str) -> str:
    """A moment as a person reads it: `2025-12-31`, `2025-12-31 18:00:00`. UTC is not said."""
    day, _, clock = iso.replace(" ", "T").partition("T")
    clock = clock.removesuffix("Z").removesuffix("+00:00").split(".")[0]
    return day if clock in ("", "00:00:00") else f"{day} {clock}"


def plural(number: int, one: str, many: str = "") -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shortened(text: str, limit: int) -> str:
    """A text of at most `limit` columns, on one line."""
    text = text.replace("\r", "␍").replace("\n", "␊").replace("\t", "␉").replace("\x1b", "␛").replace("\x00", "␀")
    if width(text) <= limit:
        return text
    while text and width(text) >= limit:
        text = text[:-1]
    return f"{text}…"


def grid(
    rows: Sequence[Sequence[str]],
    heads: Sequence[str] = (),
    right: Iterable[int] = (),
    indent: int = 2,
    paint: Paint = PLAIN,
) -> list[str]:
    """Rows as aligned columns; `right` are the columns that end, not begin, at one place."""
    if not rows:
        return []
    table = [heads, *rows] if heads else list(rows)
    columns = range(max(len(row) for row in table))
    widths = [max((width(row[c]) for row in table if c < len(row)), default=0) for c in columns]
    rightmost = frozenset(right)
    lines = [_line(row, widths, rightmost, indent) for row in table]
    return [paint.faint(lines[0]), *lines[1:]] if heads else lines


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int], indent: int) -> str:
    cells = []
    for column, value in enumerate(row):
        space = " " * (widths[column] - width(value))
        cells.append(space + value if column in right else value + space)
    return (" " * indent + "  ".join(cells)).rstrip()
