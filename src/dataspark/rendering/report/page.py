"""Plain values → the page. The template has the words, the style the colours, this module what both are about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from dataspark import __version__
from dataspark.answers.report import Report
from dataspark.answers.status import RunLine
from dataspark.rendering.report import kpis, sankey, shapes
from dataspark.rendering.report.arrivals import arrivals
from dataspark.rendering.report.profiles import profile_row
from dataspark.rendering.text import moment, plural, seconds, share

_RUNS = 12
"""Runs that the list shows."""


@dataclass(frozen=True)
class Tile:
    """One large figure."""

    value: str
    words: str
    note: str = ""
    class_: str = ""


def report_html(report: Report) -> str:
    """The whole page."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    template, style = (files(__package__).joinpath(name).read_text("utf-8") for name in ("page.html.j2", "style.css"))
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters.update(moment=moment, seconds=seconds, share=share, svg=Markup)
    environment.filters.update(n=lambda value: f"{value:,}", rows=lambda value: plural(value, "row"), utc=_utc)
    return environment.from_string(template).render(style=Markup(style), version=__version__, **_context(report))


def _utc(value: str) -> str:
    """A moment as the engine writes it, without its zone: all are in UTC."""
    return re.sub(r"(\d\d:\d\d:\d\d(\.\d+)?)\+00$", r"\1", value)


def _context(report: Report) -> dict[str, Any]:
    return {
        "report": report,
        "headline": _headline(report),
        "tiles": _tiles(report),
        "flow": sankey.sankey(report.sources),
        "ledger": list(sankey.ledger_rows(report.sources)),
        "reasons": [source for source in report.sources if source.reasons],
        "cards": sorted(map(kpis.card, report.kpis), key=lambda card: (not card.broad, bool(card.bars))),
        "profiles": [(one, [profile_row(one, column) for column in one.now.columns]) for one in report.profiles],
        "timeline": _timeline(report.run),
        "checks": sorted(report.last["checks"], key=lambda check: (not check["failures"], not check["blocks"])),
        "passed": sum(not check["failures"] for check in report.last["checks"]),
        "batches": [(source, arrivals(source)) for source in report.sources if len(source.quality.trend.batches) > 1],
        "runs": list(reversed(report.runs))[:_RUNS],
        "outcome_class": _outcome_class,
    }


def _sum(report: Report, outcome: str) -> int:
    return sum(getattr(source.quality.ledger, outcome) for source in report.sources)


def _headline(report: Report) -> tuple[str, str]:
    """The verdict in a word, and its class."""
    if report.last["error"]:
        return "The last run failed", "bad"
    if not report.last["ok"]:
        return "Not released: a check failed", "bad"
    warned = sum(bool(check["failures"]) for check in report.last["checks"])
    return (f"Released, {plural(warned, 'warning')}", "warn") if warned else ("Released, every check passed", "good")


def _tiles(report: Report) -> list[Tile]:
    read, accepted, quarantined = (_sum(report, outcome) for outcome in ("read", "accepted", "quarantined"))
    files_ = sum(len(source.quality.files) for source in report.sources)
    checks = report.last["checks"]
    failed = sum(bool(check["failures"]) for check in checks)
    return [
        Tile(f"{read:,}", "rows read", f"from {plural(files_, 'file')}"),
        Tile(share(accepted, read), "accepted", f"{accepted:,} rows", "good"),
        Tile(share(quarantined, read), "quarantined", f"{quarantined:,} rows", "bad" if quarantined else ""),
        Tile(f"{len(checks) - failed} of {len(checks)}", "checks passed", "", "warn" if failed else "good"),
        Tile(seconds(report.run["seconds"]), "run time", f"on {report.run['engine']}"),
    ]


def _timeline(run: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Each step: (kind, name, picture, time). A step of no time is a hair."""
    whole = sum(step["seconds"] for step in run["steps"]) or 1.0
    start, found = 0.0, []
    for step in run["steps"]:
        part = step["seconds"] / whole
        words = f"{step['kind']} {step['name']}: {seconds(step['seconds'])}"
        drawn = shapes.steps([(min(start, 0.998), part, f"step-{step['kind']}", words)], words)
        found.append((step["kind"], step["name"], drawn, seconds(step["seconds"])))
        start += part
    return found


def _outcome_class(run: RunLine) -> str:
    return {"released": "good", "nothing new": "quiet", "failed": "bad"}.get(run.outcome, "warn")
