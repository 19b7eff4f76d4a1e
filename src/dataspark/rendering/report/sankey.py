"""The flow of rows: files → read → what became of them → silver and reasons → gold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from dataspark.answers.report import Source
from dataspark.rendering.report.shapes import element, picture, tip
from dataspark.rendering.text import shortened

_WIDTH = 1120.0
_PLACES = (0.0, 205.0, 415.0, 655.0, 925.0)
"""Where each rank of nodes stands."""
_THICK = 10.0
_TALL = 400.0
"""The height of all rows together."""
_SLOT = 18.0
"""The least room of a node, so that words do not meet."""
_LEAST = 1.5
"""The least height of a node: a single row of a million is still to be seen."""
_BETWEEN = 34.0
_FILES = 8
_REASONS = 8
_LONGEST = 25


@dataclass
class Node:
    """Rows in one place."""

    key: str
    words: str
    rows: int
    rank: int
    class_: str
    top: float = 0.0
    height: float = 0.0
    left: float = 0.0
    """How much of its height the ribbons that come in have taken."""
    taken: float = 0.0
    """The same of those that go out."""


@dataclass(frozen=True)
class Ribbon:
    """Rows on their way from one place to another."""

    source: Node
    target: Node
    rows: int


@dataclass
class Flow:
    """The flow of one table."""

    nodes: dict[str, Node] = field(default_factory=dict)
    ribbons: list[Ribbon] = field(default_factory=list)

    def node(self, key: str, words: str, rows: int, rank: int, class_: str) -> Node:
        """Add a node."""
        self.nodes[key] = Node(key, words, rows, rank, class_)
        return self.nodes[key]

    def link(self, source: Node, target: Node, rows: int) -> None:
        """Add a ribbon; none for no rows."""
        if rows:
            self.ribbons.append(Ribbon(source, target, rows))


def flow(source: Source) -> Flow:
    """The flow of one table. What goes into a node is what it holds, and what goes out of it."""
    made, it, table = Flow(), source.quality.ledger, source.quality.name
    read = made.node(f"{table}/read", f"{table}: read", it.read, 1, "read")
    for number, (name, rows) in enumerate(
        _few([(f.name, f.ledger.read) for f in source.quality.files], _FILES, "files")
    ):
        made.link(made.node(f"{table}/file/{number}", name, rows, 0, "file"), read, rows)
    for outcome, rows in (
        ("accepted", it.accepted),
        ("quarantined", it.quarantined),  # beside its reasons, so that ribbons do not cross
        ("duplicates", it.duplicates),
        ("superseded", it.superseded),
    ):
        if rows:
            made.link(read, made.node(f"{table}/{outcome}", outcome, rows, 2, outcome), rows)
    if it.accepted:
        silver = made.node(f"{table}/silver", f"silver.{table}", it.accepted, 3, "accepted")
        made.link(made.nodes[f"{table}/accepted"], silver, it.accepted)
        for name, rows in source.facts:
            arrived = min(rows, it.accepted)
            made.link(silver, made.node(f"{table}/gold/{name}", f"gold.{name}", arrived, 4, "gold"), arrived)
    for number, (code, rows) in enumerate(_few(_first_reasons(source), _REASONS, "reasons")):
        made.link(
            made.nodes[f"{table}/quarantined"],
            made.node(f"{table}/reason/{number}", code, rows, 3, "quarantined"),
            rows,
        )
    return made


def _first_reasons(source: Source) -> list[tuple[str, int]]:
    """The quarantined rows by their first reason, so that they add up."""
    found = [(reason.code, reason.first) for reason in source.reasons if reason.first]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _few(pairs: Sequence[tuple[str, int]], most: int, what: str) -> list[tuple[str, int]]:
    """The first ones, and the rest as one."""
    if len(pairs) <= most:
        return list(pairs)
    kept, rest = pairs[: most - 1], pairs[most - 1 :]
    return [*kept, (f"{len(rest)} other {what}", sum(rows for _name, rows in rest))]


def sankey(sources: Sequence[Source]) -> str:
    """The picture of all tables, one below the other, in one scale. Empty where no row was read."""
    flows = [flow(source) for source in sources if source.quality.ledger.read]
    whole = sum(source.quality.ledger.read for source in sources)
    if not whole:
        return ""
    top, drawn = 4.0, []
    for one in flows:
        tall = _place(one, top, _TALL / whole)
        drawn += [*map(_ribbon, one.ribbons), *map(_node, one.nodes.values())]
        top += tall + _BETWEEN
    rows = " ".join(f"{s.quality.name}: {s.quality.ledger.read:,} rows read." for s in sources)
    return picture(
        _WIDTH,
        top - _BETWEEN + 4,
        f"The flow of rows. {rows} The table below has the numbers.",
        "".join(drawn),
        "sankey",
    )


def _place(flow: Flow, top: float, scale: float) -> float:
    """Put the nodes in their places. Returns the height that they take."""
    tallest = 0.0
    for rank in range(len(_PLACES)):
        y = top
        for node in (node for node in flow.nodes.values() if node.rank == rank):
            node.height = max(node.rows * scale, _LEAST)
            slot = max(node.height, _SLOT)
            node.top = y + (slot - node.height) / 2
            y += slot + 5
        tallest = max(tallest, y - top - 5)
    return tallest


def _ribbon(one: Ribbon) -> str:
    """A band that keeps its share of both nodes' heights."""
    source, target = one.source, one.target
    out, into = source.height * one.rows / source.rows, target.height * one.rows / target.rows
    x1, x2 = _PLACES[source.rank] + _THICK, _PLACES[target.rank]
    y1, y2 = source.top + source.taken, target.top + target.left
    source.taken, target.left = source.taken + out, target.left + into
    bend = (x1 + x2) / 2
    path = (
        f"M{x1:.1f},{y1:.2f}C{bend:.1f},{y1:.2f} {bend:.1f},{y2:.2f} {x2:.1f},{y2:.2f}"
        f"V{y2 + into:.2f}C{bend:.1f},{y2 + into:.2f} {bend:.1f},{y1 + out:.2f} {x1:.1f},{y1 + out:.2f}Z"
    )
    words = tip(f"{source.words} → {target.words}: {one.rows:,} rows")
    data = {"data_from": source.key, "data_to": target.key, "data_rows": one.rows}
    return element("path", words, d=path, class_=f"ribbon {target.class_}", **data)


def _node(node: Node) -> str:
    x, middle = _PLACES[node.rank], node.top + node.height / 2
    block = element("rect", x=x, y=node.top, width=_THICK, height=node.height, rx=2, class_=node.class_)
    number = element("tspan", f"{node.rows:,}", class_="number")
    words = f"{escape(shortened(node.words, _LONGEST))} {number}"
    label = element("text", words, x=x + _THICK + 6, y=middle, dy="0.35em")
    return element(
        "g", tip(f"{node.words}: {node.rows:,} rows") + block + label, data_node=node.key, data_rows=node.rows
    )


def ledger_rows(sources: Sequence[Source]) -> Iterator[tuple[str, str, int, int, str]]:
    """The same as rows of a table: (table, outcome, rows, of, class)."""
    for source in sources:
        it = source.quality.ledger
        for outcome in ("accepted", "quarantined", "duplicates", "superseded"):
            yield source.quality.name, outcome, getattr(it, outcome), it.read, outcome
