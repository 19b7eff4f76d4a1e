"""The pictures. One palette that people with any kind of sight can tell apart, in light and in dark."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt

from dataspark.dashboard.formats import Formats

BLUE, ORANGE, GREEN, RED, GREY = "#3A86C8", "#E69F00", "#1FA37B", "#D55E00", "#8A94A6"
SERIES = (BLUE, ORANGE, GREEN, "#B57EBD", RED, "#56B4E9", "#A3A500", GREY)
"""After Okabe and Ito."""
_SHADES = {False: ("#CFE3F4", "#0B4F8A"), True: ("#1F425E", "#8FD0FF")}
"""Little and much on the map, by whether the page is dark."""
_NO_OUTLINES: dict[str, Any] = {"type": "Topology", "objects": {"countries": {}}, "arcs": []}
_SHORT = "replace(replace(format(datum.value, '~s'), 'G', 'B'), '−', '-')"
_TALL = 300
_BAR = 26
Frame = Any


def over_time(frame: Frame, now: str, before: str, formats: Formats, titles: Mapping[str, str]) -> Any:
    """A line with the ground below it (columns day, amount, shown, when), and the period before as a dashed one.

    `before` rows have `of` set to that word; `day` is the day at which both are drawn.
    """
    base = alt.Chart(frame).encode(
        x=alt.X("day:T", title=None, axis=alt.Axis(grid=False, format="%d %b", labelOverlap=True, tickCount=8)),
        y=alt.Y("amount:Q", title=None, axis=alt.Axis(labelExpr=_short(formats), tickCount=5)),
    )
    tips = [alt.Tooltip("when:N", title=titles["period"]), alt.Tooltip("shown:N", title=titles["amount"])]
    tips += [alt.Tooltip("numbers:N", title=titles["number"])]
    colour = alt.Color(
        "of:N", scale=alt.Scale(domain=[now, before], range=[BLUE, GREY]), legend=alt.Legend(orient="top", title=None)
    )
    hover = alt.selection_point(fields=["day"], on="pointerover", nearest=True, empty=False)
    ground = base.transform_filter(alt.datum.of == now).mark_area(opacity=0.16, color=BLUE)
    earlier = base.transform_filter(alt.datum.of == before).mark_line(strokeDash=[4, 4], strokeWidth=1.5)
    line = base.transform_filter(alt.datum.of == now).mark_line(strokeWidth=2.5)
    dots = base.mark_point(filled=True, size=70).encode(
        opacity=alt.condition(hover, alt.value(1), alt.value(0)), tooltip=tips
    )
    layers = [
        ground,
        earlier.encode(color=colour),
        line.encode(color=colour),
        dots.encode(color=colour).add_params(hover),
    ]
    return _localised(alt.layer(*layers).properties(height=_TALL), formats)


def up_and_down(frame: Frame, formats: Formats, titles: Mapping[str, str]) -> Any:
    """Bars above and below a line (columns month, share, shown)."""
    bars = (
        alt.Chart(frame)
        .mark_bar(cornerRadius=3)
        .encode(
            x=alt.X("month:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True, ticks=False)),
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format="+.0%", tickCount=4)),
            color=alt.condition(alt.datum.share >= 0, alt.value(GREEN), alt.value(RED)),
            tooltip=[alt.Tooltip("month:N", title=titles["month"]), alt.Tooltip("shown:N", title=titles["share"])],
        )
    )
    return _localised(bars.properties(height=220), formats)


def ranking(frame: Frame, formats: Formats, titles: Mapping[str, str], colour: str = BLUE) -> Any:
    """Lying bars, the longest first (columns label, amount, shown)."""
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=200)),
        x=alt.X("amount:Q", title=None, axis=None, scale=alt.Scale(domainMax=float(frame["amount"].max()) * 1.22)),
        tooltip=[alt.Tooltip("label:N", title=titles["label"]), alt.Tooltip("shown:N", title=titles["amount"])],
    )
    bars = base.mark_bar(cornerRadius=3, color=colour)
    words = base.mark_text(align="left", dx=5, color=GREY).encode(text="shown:N")
    return _localised((bars + words).properties(height=max(len(frame), 2) * _BAR + 10), formats)


def parts(frame: Frame, order: Sequence[str], formats: Formats, titles: Mapping[str, str]) -> Any:
    """Of each table one lying bar in parts (columns table, outcome, rows, shown, share)."""
    colours = [GREEN, RED, ORANGE, GREY]
    bars = (
        alt.Chart(frame)
        .mark_bar(cornerRadius=2, height=26)
        .encode(
            y=alt.Y("table:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False)),
            x=alt.X("rows:Q", stack="normalize", title=None, axis=alt.Axis(format=".0%", grid=False, tickCount=5)),
            color=alt.Color(
                "outcome:N",
                sort=list(order),
                scale=alt.Scale(domain=list(order), range=colours),
                legend=alt.Legend(orient="top", title=None, columns=2),
            ),
            order="rank:Q",
            tooltip=[
                alt.Tooltip("table:N", title=titles["table"]),
                alt.Tooltip("outcome:N", title=titles["outcome"]),
                alt.Tooltip("shown:N", title=titles["rows"]),
                alt.Tooltip("share:N", title=titles["share"]),
            ],
        )
    )
    return _localised(bars.properties(height=frame["table"].nunique() * 48 + 130), formats)


def several(frame: Frame, order: Sequence[str], formats: Formats, titles: Mapping[str, str]) -> Any:
    """One line for each of several (columns month, label, amount, shown, when)."""
    lines = (
        alt.Chart(frame)
        .mark_line(point=alt.OverlayMarkDef(size=45), strokeWidth=2)
        .encode(
            x=alt.X("when:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("amount:Q", title=None, axis=alt.Axis(labelExpr=_short(formats), tickCount=5)),
            color=alt.Color(
                "label:N",
                sort=list(order),
                scale=alt.Scale(domain=list(order), range=list(SERIES)),
                legend=alt.Legend(orient="top", title=None, columns=3),
            ),
            tooltip=[
                alt.Tooltip("label:N", title=titles["label"]),
                alt.Tooltip("when:N", title=titles["month"]),
                alt.Tooltip("shown:N", title=titles["amount"]),
            ],
        )
    )
    return _localised(lines.properties(height=_TALL + 40), formats)


def shares(frame: Frame, formats: Formats, titles: Mapping[str, str]) -> Any:
    """A line for each table: the quarantined part of each run's rows (columns run, table, share, shown)."""
    lines = (
        alt.Chart(frame)
        .mark_line(point=alt.OverlayMarkDef(size=50), strokeWidth=2)
        .encode(
            x=alt.X("run:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format=".1%", tickCount=4)),
            color=alt.Color(
                "table:N", scale=alt.Scale(range=list(SERIES)), legend=alt.Legend(orient="top", title=None)
            ),
            tooltip=[
                alt.Tooltip("table:N", title=titles["table"]),
                alt.Tooltip("run:N", title=titles["run"]),
                alt.Tooltip("shown:N", title=titles["share"]),
            ],
        )
    )
    return _localised(lines.properties(height=240), formats)


def timeline(frame: Frame, outcomes: Sequence[str], formats: Formats, titles: Mapping[str, str]) -> Any:
    """One bar a run (columns run, seconds, outcome, shown, started)."""
    bars = (
        alt.Chart(frame)
        .mark_bar(cornerRadius=3, size=max(3, min(28, 600 // len(frame))))
        .encode(
            x=alt.X("run:N", sort=None, title=None, axis=alt.Axis(labels=False, ticks=False)),
            y=alt.Y("seconds:Q", title=titles["seconds"], axis=alt.Axis(tickCount=4)),
            color=alt.Color(
                "outcome:N",
                scale=alt.Scale(domain=list(outcomes), range=[GREEN, BLUE, ORANGE, RED]),
                legend=alt.Legend(orient="top", title=None, columns=2),
            ),
            tooltip=[
                alt.Tooltip("run:N", title=titles["run"]),
                alt.Tooltip("started:N", title=titles["started"]),
                alt.Tooltip("outcome:N", title=titles["outcome"]),
                alt.Tooltip("shown:N", title=titles["duration"]),
            ],
        )
    )
    return _localised(bars.properties(height=220), formats)


def world(frame: Frame, dark: bool, formats: Formats, titles: Mapping[str, str]) -> dict[str, Any]:
    """A map of the world (columns code, label, amount, shown, share), as Vega-Lite's JSON."""
    shapes = alt.InlineData(values=_NO_OUTLINES, format=alt.TopoDataFormat(feature="countries", type="topojson"))
    ground = alt.Chart(shapes).mark_geoshape(fill=GREY, fillOpacity=0.16, stroke=GREY, strokeWidth=0.3)
    little, much = _SHADES[dark]
    countries = (
        alt.Chart(shapes)
        .mark_geoshape(stroke="white" if not dark else "#101820", strokeWidth=0.5)
        .transform_lookup("id", from_=alt.LookupData(frame, "code", ["label", "amount", "shown", "share"]))
        .transform_filter("isValid(datum.amount)")
        .encode(
            color=alt.Color(
                "amount:Q",
                scale=alt.Scale(range=[little, much], zero=True),
                legend=alt.Legend(
                    orient="bottom", title=None, labelExpr=_short(formats), gradientLength=180, tickCount=3
                ),
            ),
            tooltip=[
                alt.Tooltip("label:N", title=titles["label"]),
                alt.Tooltip("shown:N", title=titles["amount"]),
                alt.Tooltip("share:N", title=titles["share"]),
            ],
        )
    )
    both = alt.layer(ground, countries).project("naturalEarth1").properties(height=470)
    spec: dict[str, Any] = _localised(both, formats).configure_view(stroke=None).to_dict()
    spec["datasets"][spec["data"]["name"]] = _outlines()  # only now: Altair would walk through every point, each time
    return spec


def on_map(code: str | None) -> bool:
    """Whether a country is large enough to be on the map."""
    return code in _codes()


@cache
def _codes() -> frozenset[str]:
    countries = _outlines()["objects"]["countries"]["geometries"]
    return frozenset(one["id"] for one in countries if "id" in one)


@cache
def _outlines() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((Path(__file__).parent / "static" / "outlines.json").read_text(encoding="utf-8"))
    return read


def _short(formats: Formats) -> str:
    """Large numbers on an axis: `2M`, in French `2 M` and `2 Md`."""
    if formats.language == "fr":
        return "replace(replace(replace(format(datum.value, '~s'), 'G', ' Md'), 'M', ' M'), 'k', ' k')"
    return _SHORT


def _localised(chart: Any, formats: Formats) -> Any:
    return chart.configure(locale=alt.Locale(**formats.for_charts())).configure_axis(labelFontSize=12, titleFontSize=12)
