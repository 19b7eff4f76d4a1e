"""Figures → pictures: seconds of whole runs, one panel a size, with their targets; and seconds over rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from results import Block, Line
from scenarios import HUGE, SIZES

LINES = {"hand-written PySpark": "#8a8f98", "dataspark on Spark": "#c8553d", "dataspark on DuckDB": "#2f6fb5"}
LINES |= {"pandas": "#d9a441"}
COLOURS = {"hand-written": "#8a8f98", "pandas": "#d9a441", "dataspark": "#2f6fb5"}


def draw(blocks: Sequence[Block], path: Path) -> None:
    """Draw the first runs above, what comes after them below."""
    pyplot = _pyplot()
    panels = [block for block in blocks if not block.name.startswith("memory")]
    heights = [len(block.lines) + 1.6 for block in panels]
    figure, axes = pyplot.subplots(
        len(panels), 1, figsize=(8, 0.34 * sum(heights)), height_ratios=heights, squeeze=False, layout="constrained"
    )
    for block, (axis,) in zip(panels, axes, strict=True):
        _panel(axis, block)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def draw_growth(blocks: Sequence[Block], path: Path) -> None:
    """Draw seconds over rows, a line an engine: whole where memory is free, dashed where it is little."""
    pyplot = _pyplot()
    figure, axis = pyplot.subplots(figsize=(8, 4.6), layout="constrained")
    for label, colour in LINES.items():
        for family, style in (("spark-", "-"), ("growth-", "--")):
            points = sorted(_points(blocks, label, family))
            if points:
                named = label if family == "spark-" else None
                axis.plot(*zip(*points, strict=True), style, color=colour, marker="o", markersize=4, label=named)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("rows of achats.csv")
    axis.set_ylabel("seconds of the whole run")
    axis.grid(visible=True, which="major", color="#e3e5e8")
    axis.legend(frameon=False)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _points(blocks: Sequence[Block], label: str, family: str) -> Iterator[tuple[int, float]]:
    for block in blocks:
        if block.name.startswith(family):
            rows = {**SIZES, "50M": HUGE}[block.name.removeprefix(family)]
            yield from ((rows, line.seconds) for line in block.lines if line.label == label)


def _pyplot() -> Any:
    import matplotlib as mpl

    mpl.use("svg")
    # The same figures give the same file.
    mpl.rcParams.update({"svg.hashsalt": "dataspark", "font.size": 9, "svg.fonttype": "none"})
    from matplotlib import pyplot

    return pyplot


def _panel(axis: Any, block: Block) -> None:
    lines = block.lines[::-1]
    colours = [COLOURS[line.label.split()[0]] for line in lines]
    axis.barh([line.label for line in lines], [line.seconds for line in lines], color=colours, height=0.7)
    reach = max(line.seconds for line in lines)
    for place, line in enumerate(lines):
        ratio = f"  × {line.ratio:.2f}" if len(lines) > 1 else ""
        limit = _limit(line)
        end = max(line.seconds, limit)
        axis.text(end + reach * 0.015, place, f"{line.seconds:.2f} s{ratio}", va="center")
        if limit:
            axis.plot([limit, limit], [place - 0.45, place + 0.45], color="#c0392b", linewidth=1.6)
        reach = max(reach, end)
    axis.set_ylim(-0.6, len(lines) - 0.4)
    axis.set_title(block.title, loc="left", fontsize=10, fontweight="bold")
    axis.set_xlim(0, reach * 1.22)
    axis.tick_params(length=0)
    axis.xaxis.set_visible(False)
    for side in ("top", "right", "bottom"):
        axis.spines[side].set_visible(False)


def _limit(line: Line) -> float:
    """The seconds that a target allows; 0 where there is none."""
    for target in line.targets:
        if target.figure == "ratio":
            return target.most * line.seconds / line.ratio
        if target.figure == "seconds":
            return target.most
    return 0
