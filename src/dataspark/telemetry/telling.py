"""What could not be told, told: a notice in the run's report, or a note to the error that ends the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataspark.pipeline.report import RunReport


def notice(text: str, run: RunReport | None, error: BaseException | None) -> None:
    """Add a notice where somebody will read it."""
    if run is not None:
        run.notices.append(text)
    if error is not None:
        error.add_note(text)


def first_line(error: BaseException) -> str:
    """An error of somebody else's code in one line."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
