"""Plain values → the page. The template has the words, the style the colours, this module what both are about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from dataspark import __version__
from dataspark.answers.report import Profiled, Report, Source
from dataspark.answers.status import RunLine
from dataspark.answers.trends import Batch
from dataspark.pipeline.profiles import ColumnProfile
from dataspark.rendering.report import kpis, sankey, shapes
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


@dataclass(frozen=True)
class ProfileRow:
    """One column of a table, as it is shown."""

    column: str
    type: str
    empty: str
    empty_percent: float
    distinct: str
    range: str
    mean: str
    picture: str
    caption: str
    told: str
    """What is worth telling."""
    moved: str
    """A smaller change."""
    hidden: bool


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
        "profiles": [(one, [_profile(one, column) for column in one.now.columns]) for one in report.profiles],
        "timeline": _timeline(report.run),
        "checks": sorted(report.last["checks"], key=lambda check: (not check["failures"], not check["blocks"])),
        "passed": sum(not check["failures"] for check in report.last["checks"]),
        "batches": [(source, _arrivals(source)) for source in report.sources if len(source.quality.trend.batches) > 1],
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


def _profile(table: Profiled, one: ColumnProfile) -> ProfileRow:
    hidden = one.column in table.classified
    told = [change.split(": ", 1)[1] for change in table.changes if change.startswith(f"`{one.column}`: ")]
    told += ["new column" for change in table.changes if change == f"`{one.column}` is new"]
    drawn = shapes.columns(one.bin_rows, _bin_words(one), f"how {one.column} is spread", "spread") if one.bins else ""
    return ProfileRow(
        one.column,
        one.type.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMP"),
        share(one.nulls, one.rows),
        round(100 * one.nulls / one.rows, 1) if one.rows else 0.0,
        "–" if one.distinct is None else f"{'' if one.exact else '≈ '}{one.distinct:,}",
        "" if one.minimum is None else f"{_short(one.minimum)} – {_short(one.maximum or '')}",
        "" if one.mean is None else f"{one.mean:,.6g}",
        drawn,
        _caption(one),
        "; ".join(told),
        "" if told else _moved(table, one),
        hidden,
    )


def _bin_words(one: ColumnProfile) -> list[str]:
    spread = one.type not in ("VARCHAR", "BOOLEAN")
    return [f"{'from ' if spread else ''}{label}: {rows:,}" for label, rows in zip(one.bins, one.bin_rows, strict=True)]


def _caption(one: ColumnProfile) -> str:
    """The most frequent values of a column of few."""
    return ", ".join(one.bins[:3]) + (" …" if len(one.bins) > 3 else "") if one.type in ("VARCHAR", "BOOLEAN") else ""


def _short(value: str) -> str:
    return value if len(value) <= 24 else f"{value[:23]}…"


def _moved(table: Profiled, one: ColumnProfile) -> str:
    """How the mean moved, where that is too little to be worth a sentence."""
    before = next((c for c in table.before.columns if c.column == one.column), None) if table.before else None
    if before is None or not before.mean or one.mean is None or one.distinct == one.rows:  # a key only counts up
        return ""
    percent = 100 * (one.mean - before.mean) / abs(before.mean)
    return f"mean {percent:+.1f} %" if abs(percent) >= 0.05 else ""


@dataclass(frozen=True)
class Arrivals:
    """What came with the last runs of a table, drawn."""

    rows: str
    quarantined: str
    first: str
    last: str
    newest: str
    newest_share: str


def _arrivals(source: Source) -> Arrivals:
    batches: Sequence[Batch] = source.quality.trend.batches
    read, labels = [float(batch.read) for batch in batches], [moment(batch.started) for batch in batches]
    shares = [100 * batch.share(batch.quarantined) for batch in batches]
    tips = [f"{label}: {batch.read:,} rows read" for label, batch in zip(labels, batches, strict=True)]
    parts = [f"{label}: {part:.1f} % quarantined" for label, part in zip(labels, shares, strict=True)]
    return Arrivals(
        shapes.columns(read, tips, f"rows of {source.quality.name} that came with the last {len(read)} runs"),
        shapes.columns(shares, parts, f"share of them that was quarantined, {shares[-1]:.1f} % at last", "share"),
        labels[0],
        labels[-1],
        f"{batches[-1].read:,}",
        share(batches[-1].quarantined, batches[-1].read),
    )


def _outcome_class(run: RunLine) -> str:
    return {"released": "good", "nothing new": "quiet", "failed": "bad"}.get(run.outcome, "warn")
