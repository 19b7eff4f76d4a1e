"""`dataspark alerts`: who is told when something is wrong."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dataspark.cli.groups import ListByDefault
from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, note, paint, say

app = typer.Typer(
    cls=ListByDefault,
    help="Show who is told when something is wrong, and what is open.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
ChannelArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CHANNEL]...", help="Channels of the settings, by name.", show_default="all of them"),
]


@app.command("list")
def list_alerts(project: ProjectOption = Path(), profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Show the channels, and what is wrong since when and who knows."""
    from dataspark.alerting.standing import standing
    from dataspark.rendering.alerts import standing_text
    from dataspark.wiring import open_workspace

    found = standing(open_workspace(project, profile))
    if as_json:
        answer(asdict(found))
    else:
        say(standing_text(found, paint()))


@app.command("test")
def try_channels(
    channels: ChannelArgument = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send every channel a test message. Ends with exit code 3 where one cannot be told."""
    from dataspark.alerting.standing import send_tests
    from dataspark.observed import require_alerts
    from dataspark.rendering.alerts import sent_text
    from dataspark.wiring import open_workspace

    workspace = open_workspace(project, profile)
    require_alerts()
    sent = send_tests(workspace, channels or ())
    if as_json:
        answer([asdict(one) for one in sent])
    else:
        say(sent_text(sent, paint()))
    failed = [one for one in sent if one.problem]
    if failed:
        if not as_json:
            note(f"error: {len(failed)} of {len(sent)} channels could not be told")
        raise typer.Exit(3)
