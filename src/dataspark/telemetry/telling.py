"""What could not be told, told: a notice in the run's report, or a note to the error that ends the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataspark.pipeline.report import RunReport
    from dataspark.wiring import Workspace


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


def has_classified(workspace: Workspace) -> bool:
    """Whether the project has columns whose values are not for everybody."""
    return any(column.classified for contract in workspace.contracts for column in contract.columns)
