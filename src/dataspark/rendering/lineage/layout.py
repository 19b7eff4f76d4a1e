"""Where boxes stand so that the wires between them can be followed: ranks from left to right, few crossings, short ways.

The usual three steps: the rank of a box is its longest way from a box without inputs; boxes of one rank are put in the
order of their neighbours' mean place, over and over; then each moves to the height where its wires are straightest.
A wire that passes a rank has a place there, so that it goes between the boxes and not through them.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_SWEEPS = 12
_BETWEEN = 26.0
"""The least room between two boxes."""
_BESIDE = 12.0
"""The least room between a wire that passes and what is beside it."""
_LANE = 4.0
"""The room of one of several wires that pass a rank side by side."""
_MARK = "\0"
"""Stands in the names of lanes and of no box."""


@dataclass(frozen=True)
class Wire:
    """From a place at the right of a box to one at the left of another; places are counted from the top of the box."""

    source: str
    leaves: float
    target: str
    enters: float


@dataclass(frozen=True)
class Layout:
    """Where everything is."""

    ranks: Mapping[str, int]
    """Box → its rank, from 0."""
    tops: Mapping[str, float]
    """Box → its upper edge."""
    height: float
    ways: Mapping[Wire, Sequence[tuple[int, float]]]
    """Wire → the ranks that it passes on its way, and how high."""


@dataclass(frozen=True)
class _Segment:
    """A wire between two neighbouring ranks."""

    left: str
    leaves: float
    right: str
    enters: float


@dataclass
class _Graph:
    heights: dict[str, float]
    layers: list[list[str]] = field(default_factory=list)
    segments: list[list[_Segment]] = field(default_factory=list)
    """Those that begin in each rank."""


def layout(heights: Mapping[str, float], wires: Sequence[Wire]) -> Layout:
    """Place boxes of these heights. The same boxes and wires always get the same places; wires form no circle."""
    ranks = _ranks(heights, wires)
    graph = _Graph(dict(heights))
    graph.layers = [[] for _ in range(max(ranks.values(), default=0) + 1)]
    graph.segments = [[] for _ in graph.layers]
    for box in heights:
        graph.layers[ranks[box]].append(box)
    lanes = _add_wires(graph, ranks, wires)
    _order(graph)
    tops = _heights(graph)
    ways = {wire: [(rank, tops[lane] + at) for rank, lane, at in of] for wire, of in lanes.items()}
    tallest = max((tops[box] + heights[box] for box in heights), default=0.0)
    lowest = max((y for of in ways.values() for _rank, y in of), default=0.0)
    return Layout(ranks, {box: tops[box] for box in heights}, max(tallest, lowest), ways)


def _ranks(boxes: Mapping[str, float], wires: Sequence[Wire]) -> dict[str, int]:
    """The longest way of each box from one that nothing goes into; those stand right before the first that they go to."""
    before: dict[str, set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    for wire in wires:
        before[wire.target].add(wire.source)
        after[wire.source].add(wire.target)
    ranks: dict[str, int] = {}

    def rank(box: str) -> int:
        if box not in ranks:
            ranks[box] = max((rank(one) + 1 for one in sorted(before[box])), default=0)
        return ranks[box]

    for box in boxes:
        rank(box)
    nearer = {box: min(ranks[one] for one in after[box]) - 1 for box in boxes if after[box] and not before[box]}
    return ranks | nearer


def _add_wires(
    graph: _Graph, ranks: Mapping[str, int], wires: Sequence[Wire]
) -> dict[Wire, list[tuple[int, str, float]]]:
    """Cut wires at the ranks that they pass. Returns wire → (rank, lane, place in the lane)."""
    taken: dict[str, int] = defaultdict(int)
    found: dict[Wire, list[tuple[int, str, float]]] = {}
    for wire in dict.fromkeys(wires):
        first, last = ranks[wire.source], ranks[wire.target]
        passed = []
        for rank in range(first + 1, last):
            lane = f"{wire.source}{_MARK}{wire.target}{_MARK}{rank}"
            if lane not in graph.heights:
                graph.layers[rank].append(lane)
            passed.append((rank, lane, _LANE * (taken[lane] + 1)))
            taken[lane] += 1
            graph.heights[lane] = _LANE * (taken[lane] + 1)
        stops = [(wire.source, wire.leaves), *((lane, at) for _rank, lane, at in passed), (wire.target, wire.enters)]
        for number, ((left, leaves), (right, enters)) in enumerate(pairwise(stops)):
            graph.segments[first + number].append(_Segment(left, leaves, right, enters))
        found[wire] = passed
    return found


def _order(graph: _Graph) -> None:
    """Put the boxes of each rank in the order with the fewest crossings that was seen."""
    best, fewest = [list(layer) for layer in graph.layers], _crossings(graph)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        forward = sweep % 2 == 0
        for rank in range(1, len(graph.layers)) if forward else range(len(graph.layers) - 2, -1, -1):
            _sort_by_neighbours(graph, rank, forward)
        crossings = _crossings(graph)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in graph.layers], crossings
    graph.layers = best


def _sort_by_neighbours(graph: _Graph, rank: int, forward: bool) -> None:
    place = _places(graph, rank - 1 if forward else rank + 1)
    found: dict[str, list[float]] = defaultdict(list)
    for one in graph.segments[rank - 1 if forward else rank]:
        own, other, at = (one.right, one.left, one.leaves) if forward else (one.left, one.right, one.enters)
        found[own].append(place[other] + at / graph.heights[other])
    own_place = _places(graph, rank)
    mean = {box: sum(of) / len(of) for box, of in found.items()}
    graph.layers[rank].sort(key=lambda box: mean.get(box, own_place[box]))


def _places(graph: _Graph, rank: int) -> dict[str, float]:
    return {box: float(number) for number, box in enumerate(graph.layers[rank])}


def _crossings(graph: _Graph) -> int:
    """How often two wires cross."""
    crossings = 0
    for rank, segments in enumerate(graph.segments[:-1]):
        left, right = _places(graph, rank), _places(graph, rank + 1)
        ends = sorted(
            (
                left[one.left] + one.leaves / (graph.heights[one.left] + 1),
                right[one.right] + one.enters / (graph.heights[one.right] + 1),
            )
            for one in segments
        )
        seen: list[float] = []
        for _start, end in ends:
            crossings += len(seen) - bisect_right(seen, end)
            insort(seen, end)
    return crossings


def _heights(graph: _Graph) -> dict[str, float]:
    """The upper edge of every box and lane, the highest at 0."""
    tops: dict[str, float] = {}
    for layer in graph.layers:
        tops |= zip(layer, _offsets(graph, layer), strict=True)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for rank in range(1, len(graph.layers)) if forward else range(len(graph.layers) - 2, -1, -1):
            _straighten(graph, rank, forward, tops)
    highest = min(tops.values(), default=0.0)
    return {box: top - highest for box, top in tops.items()}


def _offsets(graph: _Graph, layer: Sequence[str]) -> list[float]:
    """Where the boxes of a rank are when they stand as close as they may."""
    found, y = [], 0.0
    for box, after in zip(layer, [*layer[1:], ""], strict=True):
        found.append(y)
        y += graph.heights[box] + (_BESIDE if _MARK in box + after else _BETWEEN)
    return found


def _straighten(graph: _Graph, rank: int, forward: bool, tops: dict[str, float]) -> None:
    """Move the boxes of a rank as near as their order allows to where their wires would be level."""
    wanted: dict[str, list[float]] = defaultdict(list)
    for one in graph.segments[rank - 1 if forward else rank]:
        if forward:
            wanted[one.right].append(tops[one.left] + one.leaves - one.enters)
        else:
            wanted[one.left].append(tops[one.right] + one.enters - one.leaves)
    layer = graph.layers[rank]
    offsets, places = _offsets(graph, layer), []
    for box, offset in zip(layer, offsets, strict=True):
        of = wanted.get(box)
        places.append((sum(of) / len(of) if of else tops[box]) - offset)
    for box, offset, place in zip(layer, offsets, _rising(places), strict=True):
        tops[box] = offset + place


def _rising(values: Sequence[float]) -> list[float]:
    """The numbers nearest to `values` of which none is smaller than the one before (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for value in values:
        total, count = value, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before, many = pools.pop()
            total, count = total + before, count + many
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]
