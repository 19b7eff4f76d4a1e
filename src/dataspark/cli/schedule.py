"""`dataspark schedule`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataspark.cli.options import EngineOption, JsonOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, calling, describe, note, paint, say, tell_error
from dataspark.cli.run import MemoryOption, OrchestratorOption

if TYPE_CHECKING:
    from dataspark.orchestration.request import Request
    from dataspark.orchestration.timetable import Timetable
    from dataspark.pipeline.report import RunReport
    from dataspark.rendering.text import Call

CronOption = Annotated[
    str | None,
    typer.Option("--cron", metavar="CRON", help='When runs begin: "0 6 * * *" is each day at 6.', show_default=False),
]
TimezoneOption = Annotated[
    str | None,
    typer.Option("--timezone", metavar="ZONE", help="The time zone of --cron.", show_default="this machine's"),
]
WatchOption = Annotated[bool, typer.Option("--watch", help="Run when new files have arrived in `sources`.")]
EveryOption = Annotated[
    float, typer.Option("--every", metavar="SECONDS", min=0.1, help="How often --watch looks for new files.")
]
WriteOption = Annotated[
    bool, typer.Option("--write", help="Only write prefect.yaml, for `prefect deploy` to a work pool.")
]
PoolOption = Annotated[str, typer.Option("--pool", metavar="NAME", help="The work pool that --write names.")]


def schedule(
    cron: CronOption = None,
    timezone: TimezoneOption = None,
    watch: WatchOption = False,
    every: EveryOption = 10,
    write: WriteOption = False,
    pool: PoolOption = "dataspark",
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    memory_limit: MemoryOption = None,
    engine: EngineOption = None,
    orchestrator: OrchestratorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run by the clock, or when files arrive, until stopped. One run at a time.

    By the clock needs a Prefect server. When files arrive works without one, too.
    """
    from dataspark.errors import UsageError
    from dataspark.orchestration.request import Request
    from dataspark.orchestration.running import Orchestrator, chosen
    from dataspark.orchestration.timetable import Timetable, read_timezone

    request = Request(str(project.resolve()), profile, engine=engine, memory_limit=memory_limit)
    name = request.open().project.name
    if not (cron or watch or write):
        raise UsageError("nothing says when runs begin", 'give `--cron "0 6 * * *"`, `--watch`, or both')
    timetable = Timetable(cron, read_timezone(timezone)) if cron else None
    if write:
        _write(request, name, timetable, pool, as_json)
    elif chosen(orchestrator, request) is Orchestrator.PREFECT:
        _serve(request, name, timetable, every if watch else None, as_json)
    elif timetable:
        raise UsageError(
            "a schedule needs a Prefect server, and none is named",
            "set PREFECT_API_URL (`prefect server start` starts one); `--watch` alone works without; or let the "
            "system's cron call `dataspark run`",
        )
    else:
        _watch(request, every, as_json, calling(project, profile))


def _write(request: Request, name: str, timetable: Timetable | None, pool: str, as_json: bool) -> None:
    from dataspark.orchestration.prefect.template import write_template

    if timetable:
        _require_cron(timetable)
    path = write_template(request, name, timetable, pool)
    if as_json:
        answer({"written": str(path), "deployment": f"dataspark run/{name}", "pool": pool})
        return
    say(f"wrote {path}")
    note(f"next: prefect work-pool create {pool} --type process && prefect deploy --all")


def _require_cron(timetable: Timetable) -> None:
    from dataspark.orchestration.prefect.server import prepare, require_prefect

    require_prefect()
    prepare(quiet=False)
    from dataspark.orchestration.prefect.serving import require_cron

    require_cron(timetable)


def _serve(request: Request, name: str, timetable: Timetable | None, every: float | None, as_json: bool) -> None:
    from dataspark.orchestration.prefect.server import prepare, require_server

    if timetable:
        _require_cron(timetable)
    address = require_server()
    request.open().require_plan()  # a project that is wrong would fail at 6 in the morning
    prepare(quiet=False)
    from dataspark.orchestration.prefect.serving import serve_project

    when = [*([str(timetable)] if timetable else []), *(["when files arrive"] if every is not None else [])]
    if as_json:
        answer({"deployment": f"dataspark run/{name}", "server": address, "when": when})
    else:
        say(f"{name} runs: {' and '.join(when)}")
        note(f"deployment `dataspark run/{name}` at {address}; one that comes while another is going on is cancelled")
        note("stop with Ctrl-C")
    serve_project(request, name, timetable, every, note)


def _watch(request: Request, every: float, as_json: bool, call: Call) -> None:
    from dataspark.orchestration.arrivals import watch
    from dataspark.orchestration.running import terminating

    def start() -> bool:
        return _run(request, as_json, call)

    if not as_json:
        say(f"{request.open().project.name} runs: when files arrive")
        note("stop with Ctrl-C")
    try:
        with terminating():
            watch(request, start, every, note, threading.Event())
    except KeyboardInterrupt as stop:
        note(str(stop) or "stopped")


def _run(request: Request, as_json: bool, call: Call) -> bool:
    """Run once and tell it. FALSE where another run was going on."""
    from dataspark.errors import DataSparkError, LakeBusy
    from dataspark.orchestration.running import Orchestrator, run_once

    try:
        report = run_once(request, Orchestrator.NONE, None, note)
    except LakeBusy as error:
        note(f"{error.message}: later")
        return False
    except DataSparkError as error:
        if as_json:
            answer({"error": describe(error)})
        else:
            tell_error(error, as_json=False)
        return True
    _tell(report, as_json, call)
    return True


def _tell(report: RunReport, as_json: bool, call: Call) -> None:
    if as_json:
        answer(report.as_json())
        return
    from dataspark.rendering.run import run_text

    say(run_text(report, paint(), call))
