"""Lineage as a picture: one SVG that needs nothing else, in light and in dark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files

from dataspark.answers.columnlineage import ColumnName, Lineage, Part, TableNode
from dataspark.rendering.lineage.layout import Layout, Wire, layout
from dataspark.rendering.lineage.words import STRENGTH, headline, summary, value
from dataspark.rendering.report.shapes import element, tip
from dataspark.rendering.text import plural

Link = Callable[[str, str | None], str | None]
"""(table, column or None) → the address that a click on it leads to; None: it leads nowhere."""

_GLYPH = 7.25
"""How broad a letter is: those of the fixed-width fonts of 12 pixels are all about 0.6 of it."""
_LONGEST = 34
"""Letters of a name beyond which its middle is left out; the whole name shows where somebody points at it."""
_HEAD, _ROW, _PAD = 38.0, 22.0, 13.0
_GAP, _NARROW, _MARGIN = 92.0, 58.0, 8.0
_RADIUS = 8.0
_SIGNS = {"IDENTITY": "=", "TRANSFORMATION": "ƒ", "AGGREGATION": "Σ"}
WORDS: Mapping[str, str] = {
    "identity": "the value as it is",
    "transformation": "computed from the row",
    "aggregation": "computed from many rows",
    "rows": "decides what rows there are",
    "lost": "not followed: any column may be used",
    "other": "+ 1 other column",
    "others": "+ {} other columns",
    "unfollowed": "could not be followed",
}
"""What is written in a picture besides names. Another language has other words for the same keys."""
_LEGEND = ("identity", "transformation", "aggregation", "rows", "lost")


@dataclass(frozen=True)
class _Line:
    """One wire as it is drawn."""

    wire: Wire
    kind: str
    """A class of the style: `identity`, …, `rows`, `lost`."""
    words: str
    source: str = ""
    target: str = ""


@dataclass
class _Box:
    """A table as it is drawn."""

    name: str
    layer: str
    columns: Sequence[str] = ()
    footer: str = ""
    trouble: str = ""
    words: str = ""
    """What is told when somebody points at it."""
    asked: frozenset[str] = frozenset()
    """The columns that the picture is about."""
    signs: Mapping[str, str] = field(default_factory=dict)
    """Column → the most that is done to what it is made from."""
    is_asked: bool = False
    badge: str = ""

    @property
    def height(self) -> float:
        below = [text for text in (self.footer, self.trouble) if text]
        return _HEAD + _ROW * (len(self.columns) + len(below)) + (6 if self.columns or below else 0)

    @property
    def width(self) -> float:
        texts = [self.name.partition(".")[2], *self.columns, self.footer, self.trouble]
        badge = len(self.badge) + 2 if self.badge else 0
        longest = max(len(_short(text)) + (badge if number == 0 else 0) for number, text in enumerate(texts))
        return max(longest * _GLYPH + 2 * _PAD + 8, 120.0)

    def place(self, column: str) -> float:
        """How far below the upper edge the middle of a column's row is."""
        return _HEAD + 3 + _ROW * (list(self.columns).index(column) + 0.5)


def svg(
    found: Lineage,
    link: Link | None = None,
    theme: str = "auto",
    rows: bool = False,
    words: Mapping[str, str] = WORDS,
) -> str:
    """The picture of a lineage.

    `theme` is `light`, `dark` or what the reader's system has (`auto`). With `rows` the columns that decide what rows
    there are are drawn too. The picture has its own size in pixels; let what holds it scroll.
    """
    boxes = {part.name: _box(part, found, rows, words) for part in found.tables}
    if rows:
        named = {one.table if found.downstream else one.source.table for one in found.deciders}
        for name in sorted(named - set(boxes)):
            boxes[name] = _Box(name, name.partition(".")[0], _added((), found, name))
    lines = [*_steps(found, boxes), *(_deciders(found, boxes) if rows else ()), *_links(found, boxes)]
    return _drawn(boxes, lines, headline(found), summary(found), link, theme, legend=words)


def project_svg(tables: Sequence[TableNode], link: Link | None = None, theme: str = "auto") -> str:
    """The picture of a whole project: every table, and what it is made from."""
    boxes = {
        one.name: _Box(
            one.name,
            one.layer,
            words=f"{one.name}: {plural(one.columns, 'column')}, {one.path}"
            + (f"; checked by {', '.join(one.checks)}" if one.checks else ""),
            badge=f"✓{len(one.checks)}" if one.checks else "",
        )
        for one in tables
    }
    lines = [
        _Line(Wire(source, _HEAD / 2, one.name, _HEAD / 2), "identity", f"{source} → {one.name}", source, one.name)
        for one in tables
        for source in one.inputs
        if source in boxes
    ]
    words = " ".join(f"{one.name} is made from {', '.join(one.inputs)}." for one in tables if one.inputs)
    return _drawn(boxes, lines, "How the tables are made", words, link, theme, gap=_NARROW)


def _box(part: Part, found: Lineage, rows: bool, words: Mapping[str, str]) -> _Box:
    columns = _added(part.columns, found, part.name) if rows else part.columns
    strongest: dict[str, str] = {}
    for step in found.steps:
        if step.target.table == part.name:
            before = strongest.get(step.target.column, step.kind)
            strongest[step.target.column] = max(before, step.kind, key=STRENGTH.index)
    mine = part.name == found.table
    asked = frozenset({found.column} if mine and found.column else ())
    more = part.of - len(columns) if part.followed else 0
    return _Box(
        part.name,
        part.layer,
        columns,
        words["other" if more == 1 else "others"].format(f"{more:,}") if more > 0 else "",
        "" if part.followed else words["unfollowed"],
        f"{part.name}: {part.path}",
        asked,
        strongest,
        mine,
    )


def _added(columns: Sequence[str], found: Lineage, table: str) -> tuple[str, ...]:
    """Columns that take part, and those that decide on rows."""
    if found.downstream:
        return tuple(columns)
    deciding = sorted({one.source.column for one in found.deciders if one.source.table == table})
    return tuple(dict.fromkeys([*columns, *deciding]))


def _steps(found: Lineage, boxes: Mapping[str, _Box]) -> Iterator[_Line]:
    for step in found.steps:
        source, target = step.source, step.target
        wire = Wire(source.table, _place(boxes, source), target.table, _place(boxes, target))
        words = f"{source} → {target}: {value(step)}"
        yield _Line(wire, step.kind.lower(), words, str(source), str(target))


def _deciders(found: Lineage, boxes: Mapping[str, _Box]) -> Iterator[_Line]:
    wires: dict[Wire, list[str]] = defaultdict(list)
    names: dict[Wire, tuple[str, str]] = {}
    for one in found.deciders:
        if one.table in boxes and one.source.table in boxes:
            wire = Wire(one.source.table, _place(boxes, one.source), one.table, _HEAD / 2)
            wires[wire].append(one.kind)
            names[wire] = str(one.source), one.table
    for wire, kinds in wires.items():
        source, target = names[wire]
        how = " and ".join({"FILTER": "filters", "JOIN": "joins", "GROUP": "groups"}[kind] for kind in sorted(kinds))
        yield _Line(wire, "rows", f"{source} {how} the rows of {target}", source, target)


def _links(found: Lineage, boxes: Mapping[str, _Box]) -> Iterator[_Line]:
    for source, target in found.links:
        wire = Wire(source, _HEAD / 2, target, _HEAD / 2)
        yield _Line(wire, "lost", f"{source} → {target}: columns could not be followed", source, target)


def _place(boxes: Mapping[str, _Box], name: ColumnName) -> float:
    return boxes[name.table].place(name.column)


def _drawn(
    boxes: Mapping[str, _Box],
    lines: Sequence[_Line],
    title: str,
    words: str,
    link: Link | None,
    theme: str,
    gap: float = _GAP,
    legend: Mapping[str, str] | None = None,
) -> str:
    placed = layout({name: box.height for name, box in boxes.items()}, [line.wire for line in lines])
    lefts, widths = _columns(boxes, placed, gap)
    drawn = [_wire(line, placed, lefts, widths) for line in lines]
    drawn += [_table(box, lefts[placed.ranks[name]], placed.tops[name], widths[placed.ranks[name]], link)
              for name, box in boxes.items()]  # fmt: skip
    width = lefts[-1] + widths[-1] + _MARGIN if lefts else 2 * _MARGIN
    height = placed.height + 2 * _MARGIN
    kinds = [kind for kind in _LEGEND if any(line.kind == kind for line in lines)] if legend else []
    if kinds:
        assert legend
        width = max(width, _legend_width([legend[kind] for kind in kinds]))
        drawn.append(_legend(kinds, legend, height + 14))
        height += 34
    about = element("title", escape(title)) + element("desc", escape(words))
    return element(
        "svg",
        f"{about}<style>{_style(theme)}</style>{''.join(drawn)}",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        role="group" if link else "img",
        aria_label=title,
        class_=f"lin {theme}",
    )


def _columns(boxes: Mapping[str, _Box], placed: Layout, gap: float) -> tuple[list[float], list[float]]:
    """The left edge and the width of each rank."""
    last = max(placed.ranks.values(), default=-1)
    widths = [
        max((box.width for name, box in boxes.items() if placed.ranks[name] == rank), default=0.0)
        for rank in range(last + 1)
    ]
    lefts, x = [], _MARGIN
    for width in widths:
        lefts.append(x)
        x += width + gap
    return lefts, widths


def _wire(line: _Line, placed: Layout, lefts: Sequence[float], widths: Sequence[float]) -> str:
    wire = line.wire
    first, last = placed.ranks[wire.source], placed.ranks[wire.target]
    start = lefts[first] + widths[first], placed.tops[wire.source] + wire.leaves + _MARGIN
    signed = line.kind in ("identity", "transformation", "aggregation") and bool(line.target.count(".") > 1)
    end = lefts[last] - (_RADIUS if signed else 0), placed.tops[wire.target] + wire.enters + _MARGIN
    path, (x, y) = f"M{start[0]:.1f},{start[1]:.1f}", start
    stops = [(lefts[rank], height + _MARGIN, widths[rank]) for rank, height in placed.ways[wire]]
    for left, height, width in [*stops, (end[0] - (0 if signed else 5), end[1], 0.0)]:
        bend = (x + left) / 2
        path += f"C{bend:.1f},{y:.1f} {bend:.1f},{height:.1f} {left:.1f},{height:.1f}"
        if width:
            path += f"H{left + width:.1f}"
        x, y = left + width, height
    head = "" if signed else element("path", d=f"M{end[0]:.1f},{end[1]:.1f}l-7,-4v8z", class_=f"tip {line.kind}")
    drawn = element("path", d=path, class_=f"wire {line.kind}")
    return element("g", tip(line.words) + drawn + head, data_from=line.source, data_to=line.target)


def _table(box: _Box, x: float, top: float, width: float, link: Link | None) -> str:
    y = top + _MARGIN
    name = box.name.partition(".")[2]
    shape = element("rect", x=x, y=y, width=width, height=box.height, rx=7, class_="box")
    bare = not (box.columns or box.footer or box.trouble)
    # (a head of its own shape, round above only)
    head = f"M{x + 0.5:.1f},{y + _HEAD:.1f}v-{_HEAD - 7:.1f}q0,-6.5 6.5,-6.5h{width - 14:.1f}q6.5,0 6.5,6.5v{_HEAD - 7:.1f}z"
    parts = [shape, "" if bare else element("path", d=head, class_="head asked" if box.is_asked else "head")]
    parts.append(element("rect", x=x + 9, y=y + 10, width=3.5, height=_HEAD - 19, rx=1.7, class_=f"stripe {box.layer}"))
    title = element("text", escape(box.layer.upper()), x=x + 20, y=y + 15.5, class_="layer")
    title += element("text", escape(_short(name)), x=x + 20, y=y + 29, class_="name")
    if box.badge:
        title += element("text", escape(box.badge), x=x + width - 10, y=y + 29, class_="faint", text_anchor="end")
    parts.append(_linked(title + (tip(box.words) if box.words else ""), link, box.name, None))
    parts += [_row(box, column, x, y, width, link) for column in box.columns]
    below = y + _HEAD + 3 + _ROW * len(box.columns)
    for text, class_ in ((box.footer, "faint"), (box.trouble, "trouble")):
        if text:
            parts.append(element("text", escape(text), x=x + _PAD + 4, y=below + _ROW / 2, dy="0.34em", class_=class_))
            below += _ROW
    return element("g", "".join(parts), class_="table unknown" if box.trouble else "table", data_table=box.name)


def _row(box: _Box, column: str, x: float, y: float, width: float, link: Link | None) -> str:
    middle = y + box.place(column)
    asked = column in box.asked
    ground = (
        element("rect", x=x + 1, y=middle - _ROW / 2, width=width - 2, height=_ROW, class_="asked") if asked else ""
    )
    words = element(
        "text", escape(_short(column)), x=x + _PAD + 4, y=middle, dy="0.34em", class_="name" if asked else "column"
    )
    full = f"{box.name}.{column}"
    sign = box.signs.get(column)
    badge = ""
    if sign:
        badge = element("circle", cx=x, cy=middle, r=_RADIUS, class_=f"badge {sign.lower()}")
        badge += element("text", _SIGNS[sign], x=x, y=middle, dy="0.34em", class_="sign")
    row = _linked(ground + words + tip(full), link, box.name, column)
    return element("g", row + badge, data_column=full)


def _linked(content: str, link: Link | None, table: str, column: str | None) -> str:
    address = link(table, column) if link else None
    return element("a", content, href=address) if address else element("g", content)


def _legend_width(texts: Sequence[str]) -> float:
    return _MARGIN + sum(58 + len(text) * 6.7 + 22 for text in texts)


def _legend(kinds: Sequence[str], words: Mapping[str, str], y: float) -> str:
    drawn, x = [], _MARGIN
    for kind in kinds:
        drawn.append(element("path", d=f"M{x:.1f},{y:.1f}h36", class_=f"wire {kind}"))
        sign = _SIGNS.get(kind.upper())
        if sign:
            drawn.append(element("circle", cx=x + 44, cy=y, r=_RADIUS, class_=f"badge {kind}"))
            drawn.append(element("text", sign, x=x + 44, y=y, dy="0.34em", class_="sign"))
        else:
            drawn.append(element("path", d=f"M{x + 44:.1f},{y:.1f}l-7,-4v8z", class_=f"tip {kind}"))
        drawn.append(element("text", escape(words[kind]), x=x + 58, y=y, dy="0.34em"))
        x += 58 + len(words[kind]) * 6.7 + 22
    return element("g", "".join(drawn), class_="legend")


def _style(theme: str) -> str:
    """The style for one theme, or for both."""
    text = files(__package__).joinpath("picture.css").read_text("utf-8").replace("\n", " ")
    start, end = text.index("@media"), text.index("} }") + 3
    light, dark, rest = text[:start], text[start:end], text[end:]
    if theme == "auto":
        return text
    # Two pictures of different themes on one page must not take each other's colours.
    chosen = light if theme == "light" else dark.partition("{")[2].rstrip().removesuffix("}")
    return chosen.replace(".lin {", f".lin.{theme} {{") + rest


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    half = (_LONGEST - 1) // 2
    return f"{text[: _LONGEST - 1 - half]}…{text[-half:]}"
