"""Figures → `docs/benchmarks.svg`: seconds of whole runs, one panel a size, with the targets drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from results import Block, Line

COLOURS = {"hand-written": "#8a8f98", "pandas": "#d9a441", "dataspark": "#2f6fb5"}


def draw(blocks: Sequence[Block], path: Path) -> None:
    """Draw the first runs above, what comes after them below."""
    import matplotlib as mpl

    mpl.use("svg")
    # The same figures give the same file.
    mpl.rcParams.update({"svg.hashsalt": "dataspark", "font.size": 9, "svg.fonttype": "none"})
    from matplotlib import pyplot

    panels = [block for block in blocks if not block.name.startswith("memory")]
    heights = [len(block.lines) + 1.6 for block in panels]
    figure, axes = pyplot.subplots(
        len(panels), 1, figsize=(8, 0.34 * sum(heights)), height_ratios=heights, squeeze=False, layout="constrained"
    )
    for block, (axis,) in zip(panels, axes, strict=True):
        _panel(axis, block)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


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
