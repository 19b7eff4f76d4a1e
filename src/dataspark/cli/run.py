"""`dataspark run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataspark.cli.options import (
    EngineOption,
    JsonOption,
    LogFormat,
    LogFormatOption,
    ProfileOption,
    ProjectOption,
    QuietOption,
)
from dataspark.cli.output import answer, calling, note, paint, say
from dataspark.cli.progress import following

if TYPE_CHECKING:
    from dataspark.pipeline.report import RunReport
    from dataspark.rendering.text import Call

FullRefreshOption = Annotated[bool, typer.Option("--full-refresh", help="Rebuild every silver table from bronze.")]
SelectOption = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="PATTERN",
        help="Build only these models: `kpi_*`; `+kpi_*` takes what they are made from too. Can be repeated.",
        show_default="all models",
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="The run's date, for rules that name `as_of`.", show_default="now"),
]
MemoryOption = Annotated[
    str | None,
    typer.Option("--memory-limit", metavar="SIZE", help="What the engine may take: 4GiB.", show_default=False),
]
MetricsFileOption = Annotated[
    str | None,
    typer.Option(
        "--metrics-file",
        metavar="FILE",
        help="Write the run's figures there, as Prometheus reads them.",
        show_default=False,
    ),
]
OrchestratorOption = Annotated[
    str | None,
    typer.Option(
        "--orchestrator",
        metavar="NAME",
        help="What carries out the steps: prefect, or none (this process alone).",
        show_default="prefect if a server is named",
    ),
]


def run(
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    full_refresh: FullRefreshOption = False,
    select: SelectOption = None,
    as_of: AsOfOption = None,
    memory_limit: MemoryOption = None,
    engine: EngineOption = None,
    metrics_file: MetricsFileOption = None,
    log_format: LogFormatOption = None,
    orchestrator: OrchestratorOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Ingest, refine, model, audit and release what is new.

    Readers keep the release they have until everything is in order; then all tables move together.
    """
    from dataspark.orchestration.request import Request
    from dataspark.orchestration.running import chosen, run_once

    request = Request(
        str(project), profile, as_of, full_refresh, tuple(select or ()), engine, memory_limit, metrics_file
    )
    through = chosen(orchestrator, request)
    with following(quiet or as_json, log_format) as watch:
        report = run_once(request, through, watch, note, None if quiet or as_json or log_format else note)
    finish(report, as_json, calling(project, profile), log_format)


def finish(report: RunReport, as_json: bool, call: Call, log_format: LogFormat | None = None) -> None:
    """Tell what a run did, and end with exit code 1 when a check blocks its release."""
    if as_json:
        answer(report.as_json())
    else:
        from dataspark.rendering.run import run_text

        say(run_text(report, paint(), call))
    if not report.ok:
        if not as_json and not log_format:
            note("error: a check that blocks the release failed")
            note("hint: `dataspark quality` shows what was rejected; readers keep the release they had")
        raise typer.Exit(1)
