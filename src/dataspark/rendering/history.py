"""What `dataspark status`, `runs`, `releases`, `rollback` and `vacuum` say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataspark.answers.status import RunLine, Status
from dataspark.rendering.text import PLAIN, Paint, grid, moment, plural, seconds, size
from dataspark.upkeep import RolledBack, Vacuumed


def status_text(status: Status, paint: Paint = PLAIN) -> list[str]:
    """The newest release, its tables, the last run."""
    lines = [_title(status, paint), ""]
    rows = [[t.name, f"{t.rows:,}", str(t.version), "a newer one waits" if t.ahead else ""] for t in status.tables]
    lines += [*grid(rows, ["table", "rows", "version", ""], right=(1, 2), paint=paint), ""] if rows else []
    last = status.last_run
    if last is None:
        return [*lines, "  no run yet: dataspark run"]
    dates = f"{moment(last.started)}, as of {moment(last.as_of)}"
    lines.append(f"  last run  {dates}: {last.outcome}, {seconds(last.seconds)}")
    return [*lines, *(f"            {line}" for line in last.error.splitlines() if line)]


def _title(status: Status, paint: Paint) -> str:
    if status.release is None:
        return f"{paint.strong(status.project)}: no release yet"
    release = status.release
    return f"{paint.strong(status.project)}: release {release['id']} of {moment(release['created'])}" + (
        f", as of {moment(release['as_of'])}"
    )


def runs_text(runs: Sequence[RunLine], paint: Paint = PLAIN) -> list[str]:
    """The runs, newest last."""
    rows = [[r.id, moment(r.started), moment(r.as_of), seconds(r.seconds), _outcome(r)] for r in runs]
    return grid(rows, ["run", "started", "as of", "time", "outcome"], right=(3,), paint=paint) or ["no run yet"]


def _outcome(run: RunLine) -> str:
    if run.outcome == "released":
        return f"released {run.release}"
    first = run.error.splitlines()[0] if run.error else ""
    return f"{run.outcome}: {first}" if first else run.outcome


def releases_text(releases: Sequence[Mapping[str, Any]], newest: str | None, paint: Paint = PLAIN) -> list[str]:
    """The releases, newest last."""
    rows = [
        [
            one["id"],
            moment(one["created"]),
            moment(one["as_of"]),
            plural(len(one["tables"]), "table"),
            "what readers see" if one["id"] == newest else "",
            f"rollback to {one['rollback_of']}" if "rollback_of" in one else "",
        ]
        for one in releases
    ]
    return grid(rows, ["release", "created", "as of", "", "", ""], paint=paint) or ["no release yet"]


def rollback_text(done: RolledBack, paint: Paint = PLAIN) -> list[str]:
    """Where readers are after a rollback."""
    if not done.changed:
        return [f"readers see the tables of {done.to} already (release {done.release})"]
    return [
        f"release {paint.good(done.release)} is what readers see now: the tables of {done.to}",
        f"  {done.before} is still there: dataspark rollback {done.before}",
        "  the next run releases its own state again: mend the data or the models first",
    ]


def vacuum_text(done: Vacuumed, paint: Paint = PLAIN) -> list[str]:
    """What was freed, or would be."""
    verb = "would free" if done.dry_run else "freed"
    oldest, newest = done.kept[0], done.kept[-1]
    kept = f"readable releases: {oldest if oldest == newest else f'{oldest} to {newest}'}"
    if not done.freed:
        return [f"nothing to free  ({kept})"]
    files = sum(len(one.files) for one in done.freed)
    rows = [[one.table, plural(len(one.files), "file"), size(one.size)] for one in done.freed]
    total = f"{verb} {plural(files, 'file')}, {size(sum(one.size for one in done.freed))}"
    return [paint.strong(total), *grid(rows, right=(1, 2)), f"  {kept}"]
