"""Matters → the words that people read: short, with figures, and with the command that shows more."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataspark.alerting.matters import Matter
from dataspark.alerting.memory import Open
from dataspark.project import About

if TYPE_CHECKING:
    from dataspark.pipeline.report import RunReport
    from dataspark.project import Project

_SHOWN = 10
"""Matters that one message lists."""


@dataclass(frozen=True)
class Message:
    """What one channel is sent."""

    title: str
    body: str
    about: About | None = None
    """None: a test."""


def of_matters(project: Project, about: About, matters: Sequence[Matter], run: RunReport | None) -> Message:
    """The message that tells matters of one kind."""
    lines = []
    for matter in matters[:_SHOWN]:
        lines += [matter.text, *(f"  - {detail}" for detail in matter.details)]
    if len(matters) > _SHOWN:
        lines.append(f"… and {len(matters) - _SHOWN} more")
    commands = dict.fromkeys(_command(project, matter.command) for matter in matters[:3])
    return Message(
        f"[{project.name}] {_title(about, matters)}",
        "\n".join([*lines, "", *_stand(run), *(f"see: {command}" for command in commands)]),
        about,
    )


def of_the_end(project: Project, over: Sequence[Open], run: RunReport | None) -> Message:
    """The message that says that matters are over."""
    lines = [f"over: {one.text} (since {one.since[:16].replace('T', ' ')} UTC)" for one in over[:_SHOWN]]
    if len(over) > _SHOWN:
        lines.append(f"… and {len(over) - _SHOWN} more")
    title = "recovered" if len(over) == 1 else f"recovered: {len(over)} matters"
    return Message(
        f"[{project.name}] {title}",
        "\n".join([*lines, "", *_stand(run), f"see: {_command(project, 'status')}"]),
        About.RECOVERED,
    )


def of_a_test(project: Project) -> Message:
    """What `dataspark alerts test` sends."""
    return Message(
        f"[{project.name}] a test",
        f"This channel of {project.name} works. It is told when a run stops, a check fails, too many rows are "
        "quarantined or a source is overdue, and when that is over.",
    )


def _title(about: About, matters: Sequence[Matter]) -> str:
    number, first = len(matters), matters[0].subject
    if about is About.FAILED:
        return "a run stopped" if matters[0].text.startswith("the run stopped") else "a run could not begin"
    if about is About.CHECKS:
        return f"check {first} failed" if number == 1 else f"{number} checks failed"
    if about is About.QUARANTINE:
        return f"too many rows of {first if number == 1 else f'{number} tables'} are quarantined"
    return f"{matters[0].text.partition(':')[0] if number == 1 else f'{number} sources'} overdue"


def _stand(run: RunReport | None) -> list[str]:
    """Which run it was, and what readers see."""
    if run is None:
        return []
    readers = f"release {run.release}" if run.release else "no release"
    moved = "new" if run.published else "as before"
    return [
        f"run {run.id} as of {run.as_of[:16].replace('T', ' ')} UTC, on {run.engine}, {run.seconds:.1f} s",
        f"readers see {readers} ({moved})",
    ]


def _command(project: Project, command: str) -> str:
    profile = f" --profile {shlex.quote(project.profile)}" if project.profile else ""
    return f"dataspark {command} --project {shlex.quote(str(project.root))}{profile}"
