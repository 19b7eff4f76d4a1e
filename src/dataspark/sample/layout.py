"""Where in a file each kind of row stands: pure arithmetic, the same in Python and in SQL.

Every line `i` of a file has a slot, `(i * multiplier + offset) mod rows`. As the multiplier shares no factor with the
number of rows, lines and slots are paired one to one, and neighbouring slots are far apart in the file. Kinds of rows
take ranges of slots: so their counts are exact whatever the seed, their lines are spread over the file, and either can
be computed from the other without a list. What is left after the kinds are plain rows.

A repeated row (a duplicate or a conflict) takes two slots of its kind's range, mirrored around the middle, so that
the distances between the two lines differ. The earlier line is the original.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What refine must make of a row."""

    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    """The row repeats an earlier one, value by value."""
    SUPERSEDED = "superseded"
    """A later row has the same key and other values."""
    ACCEPTED = "accepted"


_ORDER = (Outcome.QUARANTINED, Outcome.DUPLICATE, Outcome.SUPERSEDED, Outcome.ACCEPTED)


@dataclass(frozen=True)
class Kind:
    """One kind of planted row."""

    name: str
    count: int
    """In the default sample; other sizes have the same share."""
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    """For a quarantined row, in the contract's order."""
    warning: str = ""
    """The code of the warning that an accepted row gives."""

    @property
    def slots_each(self) -> int:
        """A repeated row needs an original too."""
        return 2 if self.outcome in (Outcome.DUPLICATE, Outcome.SUPERSEDED) else 1


@dataclass(frozen=True)
class Span:
    """The slots of one kind: `start` included, `end` not."""

    kind: Kind
    count: int
    start: int

    @property
    def end(self) -> int:
        """The slot after the last."""
        return self.start + self.count * self.kind.slots_each

    @property
    def mirror(self) -> int:
        """A slot and its partner add up to this."""
        return self.start + self.end - 1


@dataclass(frozen=True)
class Layout:
    """The lines and slots of one file. Lines are counted from 0, the header not included."""

    rows: int
    spans: tuple[Span, ...]
    multiplier: int
    offset: int

    @property
    def inverse(self) -> int:
        """What takes a slot back to its line."""
        return pow(self.multiplier, -1, self.rows)

    def line(self, slot: int) -> int:
        """The line of a slot."""
        return (slot - self.offset) * self.inverse % self.rows

    def line_sql(self, slot: str) -> str:
        """The line of a slot, in SQL."""
        return f"((({slot}) + {self.rows - self.offset}) * {self.inverse} % {self.rows})"

    def slot_sql(self, line: str) -> str:
        """The slot of a line, in SQL."""
        return f"(({line}) * {self.multiplier} + {self.offset}) % {self.rows}"

    def span(self, name: str) -> Span:
        """The slots of the kind called `name`."""
        return next(span for span in self.spans if span.kind.name == name)

    def count(self, outcome: Outcome) -> int:
        """How many rows the ledger has under `outcome`."""
        planted = sum(span.count for span in self.spans if span.kind.outcome is outcome)
        if outcome is not Outcome.ACCEPTED:
            return planted
        return self.rows - sum(self.count(other) for other in _ORDER if other is not outcome)

    @property
    def quarantined_end(self) -> int:
        """Slots below this one are quarantined."""
        return self.count(Outcome.QUARANTINED)

    @property
    def repeated(self) -> int:
        """How many rows are there twice."""
        return self.count(Outcome.DUPLICATE) + self.count(Outcome.SUPERSEDED)

    @property
    def planted_end(self) -> int:
        """Slots from this one on are plain rows."""
        return self.spans[-1].end if self.spans else 0

    def pairs(self, span: Span) -> Iterator[tuple[int, int]]:
        """The (earlier, later) lines of each repeated row of a span."""
        for slot in range(span.start, span.start + span.count):
            one, other = self.line(slot), self.line(span.mirror - slot)
            yield min(one, other), max(one, other)

    def rank_to_line_sql(self, rank: str) -> str:
        """The (first) line of an accepted row, in SQL. Ranks count the accepted rows from 0, without a gap."""
        cases = ""
        first = 0
        for span in self.spans:
            if span.kind.slots_each == 2 and span.count:
                slot = f"{span.start - first} + {rank}"
                pair = f"least({self.line_sql(slot)}, {self.line_sql(f'{span.mirror} - ({slot})')})"
                first += span.count
                cases += f" WHEN {rank} < {first} THEN {pair}"
        plain = self.line_sql(f"{rank} + {self.quarantined_end + self.repeated}")
        return f"CASE{cases} ELSE {plain} END" if cases else plain


def lay_out(kinds: Sequence[Kind], rows: int, default_rows: int, seed: int) -> Layout:
    """Place `kinds` in a file of `rows` rows, each with its share of the default sample's rows."""
    at_least = 1 if rows >= 8 * len(kinds) else 0
    spans: list[Span] = []
    start = 0
    for kind in sorted(kinds, key=lambda kind: _ORDER.index(kind.outcome)):
        count = max(at_least, (kind.count * rows + default_rows // 2) // default_rows)
        spans.append(Span(kind, count, start))
        start = spans[-1].end
    multiplier = max(1, round(rows * 0.6180339887498949))
    while math.gcd(multiplier, rows) != 1:
        multiplier += 1
    return Layout(rows, tuple(spans), multiplier, number(seed, "offset", rows))


def number(seed: int, name: str, below: int) -> int:
    """A number from 0 to `below` that depends on the seed and the name alone, on every machine."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def random_sql(seed: int, name: str, of: str, below: int) -> str:
    """A pseudo-random number from 0 to `below` for each value of `of`, in SQL that every engine computes alike.

    A linear step, a square and another linear step modulo a prime. An engine's own `hash()` may change with its
    version, and the same seed must always give the same bytes.
    """
    prime = 2_147_483_647
    first, second, third, fourth = (1 + number(seed, f"{name}/{part}", prime - 1) for part in range(4))
    linear = f"((({of}) * {first} + {second}) % {prime})"
    return f"((({linear} * {linear} % {prime}) * {third} + {fourth}) % {prime} % {below})"


def case_sql(slot: str, plain: str, by_span: Mapping[Span, str]) -> str:
    """An expression that differs by kind. Slots above every kind are asked for first, so plain rows are cheap."""
    filled = sorted((span for span in by_span if span.count), key=lambda span: span.start)
    if not filled:
        return plain
    whens = "".join(f" WHEN {slot} BETWEEN {span.start} AND {span.end - 1} THEN {by_span[span]}" for span in filled)
    return f"CASE WHEN {slot} >= {filled[-1].end} THEN {plain}{whens} ELSE {plain} END"


def choose_sql(number_sql: str, texts: Sequence[str]) -> str:
    """One of `texts`, by a number in SQL that counts from 0."""
    listed = ", ".join(literal(text) for text in texts)
    return f"([{listed}])[1 + {number_sql}]"


def literal(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"
