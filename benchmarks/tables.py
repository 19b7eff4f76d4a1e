"""Figures → a table for the terminal, and one for `docs/benchmarks.md`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from results import Block, Line
from scenarios import Target

END = "<!-- end of what was measured -->"
_HEAD = ("", "seconds", "min … max", "CPU s", "peak MiB", "ratio", "target", "")
_NAMES = {"ratio": "ratio", "seconds": "seconds", "peak": "peak memory"}


def terminal(blocks: Iterable[Block]) -> str:
    """All scenarios as plain text."""
    lines: list[str] = []
    for block in blocks:
        rows = [_HEAD, *map(_cells, block.lines)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
        lines += ["", f"{block.title} · {_rounds(block)} · load before {block.load}"]
        lines += ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
        lines += _without_result(block)
    return "\n".join(lines).lstrip("\n")


def markdown(blocks: Iterable[Block], machine: dict[str, str], picture: Sequence[str]) -> str:
    """All scenarios, the machine, and the lines that show and explain the picture, as Markdown."""
    parts = [*picture, "Measured on:"]
    parts += [", ".join(f"{name} {value}" for name, value in machine.items()) + ".", ""]
    for block in blocks:
        parts += [f"**{block.title}** ({_rounds(block)}, {block.measured}, load before: {block.load})", ""]
        parts += [f"| {' | '.join(_HEAD)} |", "|---|--:|--:|--:|--:|--:|---|---|"]
        parts += [f"| {' | '.join(_cells(line))} |" for line in block.lines]
        parts += ["", *(f"{line}\n" for line in _without_result(block))]
    return "\n".join(parts)


def publish(page: Path, begin: str, text: str) -> None:
    """Put the text between the page's markers, of which `begin` is the first."""
    whole = page.read_text(encoding="utf-8")
    before, found, rest = whole.partition(begin)
    _old, end, after = rest.partition(END)
    if not (found and end):
        raise SystemExit(f"{page} has no markers: {begin} … {END}")
    page.write_text(f"{before}{begin}\n\n{text}\n{END}{after}", encoding="utf-8")


def _without_result(block: Block) -> list[str]:
    return [f"{label} ended without a result: {last}" for label, last in block.failed]


def _rounds(block: Block) -> str:
    return "1 round" if block.rounds == 1 else f"medians of {block.rounds} rounds"


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.label,
        f"{line.seconds:.2f}",
        f"{line.fastest:.2f} … {line.slowest:.2f}",
        f"{line.cpu:.2f}",
        f"{line.peak:.0f}",
        f"{line.ratio:.2f}",
        "; ".join(_told(target) for target in line.targets),
        "; ".join(_judged(line, target) for target in line.targets),
    )


def _told(target: Target) -> str:
    aim = f" (aim {target.aim:g})" if target.aim is not None else ""
    return f"{_NAMES[target.figure]} ≤ {target.most:g}{aim}"


def _judged(line: Line, target: Target) -> str:
    reached = f" ({line.peak_ratio:.2f})" if target.figure == "peak" else ""
    if not line.met(target):
        return f"missed{reached}"
    return f"aim reached{reached}" if target.aim is not None and line.value(target) <= target.aim else f"met{reached}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    left = (0, len(row) - 2, len(row) - 1)
    return [
        cell.ljust(width) if column in left else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
