"""Overview: revenue, purchases, customers and the average basket, and how revenue went over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from dataspark.dashboard import charts, state
from dataspark.dashboard.figures import Figures
from dataspark.dashboard.looks import Card, cards, chart, downloads, heading, panel
from dataspark.dashboard.pages.keyfigures import key_figures_of
from dataspark.dashboard.periods import Day, Grain, Period, finest_grain, grain_for, growth, series, total, whole_series
from dataspark.dashboard.subject import Role
from dataspark.dashboard.view import View

_POINTS = 24
"""Points of a card's small curve."""
_FIRST = 8
"""Bars of a ranking on this page."""


def show(view: View) -> None:
    """The page."""
    figures, words = view.figures, view.words
    if figures is None or figures.span is None:
        heading(words("page.overview"), words("overview.no_fact" if figures is None else "error.no_rows"))
        if figures is None:
            st.caption(words("overview.no_fact_hint"))
        key_figures_of(view)
        return
    period = view.period
    heading(words("page.overview"), words("overview.lead", period=view.formats.period(period)))
    days = figures.daily(view.filters)
    figures.count_ahead(view.filters, period)
    fill = _cards(view, figures, days, figures.span)
    if total(days, period).amount:
        _over_time(view, days, figures.span)
        left, right = st.columns(2)
        with left:
            _growth(view, days, figures.span)
        with right:
            _first_of(view, figures)
    else:
        st.info(words("error.no_rows"), icon=":material/search_off:")
    fill()  # to count different customers takes longest: nobody waits for it to see the rest


def _cards(view: View, figures: Figures, days: Sequence[Day], span: Period) -> Callable[[], None]:
    words, formats, period = view.words, view.formats, view.period
    now, before = total(days, period), total(days, period.before())
    whole = period.before().within(span)
    told = words("overview.against", period=formats.period(period.before())) if whole else None
    points = whole_series(days, period, grain_for(period, finest_grain(days)))[-_POINTS:]

    def change(value: float, earlier: float) -> str | None:
        if not whole or not earlier:
            return words("overview.no_before")
        return formats.percent(value / earlier - 1, signed=True)

    found = [
        Card(
            words("overview.revenue"),
            formats.money(now.amount),
            change(now.amount, before.amount),
            told,
            tuple(one.amount for one in points),
        )
    ]
    if figures.subject.counted:
        counts = tuple(float(one.number) for one in points)
        found.append(
            Card(
                words("overview.purchases"), formats.number(now.number), change(now.number, before.number), told, counts
            )
        )

    def customers() -> Card:
        counted = figures.customers(view.filters, period)
        assert counted is not None
        moved = change(counted.now, counted.before)
        return Card(words("overview.customers"), formats.number(counted.now), moved, told)

    if figures.subject.customer:
        found.append(Card(words("overview.customers"), "…", later=customers))
    if figures.subject.counted:
        baskets = [one.amount / one.number if one.number else None for one in (now, before)]
        moved = change(baskets[0] or 0, baskets[1] or 0)
        curve = tuple(one.amount / one.number if one.number else 0.0 for one in points)
        found.append(Card(words("overview.basket"), formats.money(baskets[0]), moved, told, curve))
    return cards(found)


def _over_time(view: View, days: Sequence[Day], span: Period) -> None:
    words, formats, period = view.words, view.formats, view.period
    finest = finest_grain(days)
    with panel(words("overview.over_time")):
        grain = _grain(view, period, finest)
        rows = whole_series(days, period, grain)
        shown = [_point(view, one, one, grain, words("overview.now")) for one in rows]
        if period.before().within(span):
            earlier = whole_series(days, period.before(), grain)
            pairs = zip(reversed(rows), reversed(earlier), strict=False)
            shown += [_point(view, at, one, grain, words("overview.before")) for at, one in pairs]
        titles = {key: words(f"overview.{key}") for key in ("period", "amount", "number")}
        picture = charts.over_time(
            pd.DataFrame(shown), words("overview.now"), words("overview.before"), formats, titles
        )
        first, last = formats.day(period.first), formats.day(period.last)
        chart(picture, words("overview.over_time_alt", first=first, last=last))
        if len(rows) < len(series(days, period, grain)):
            st.caption(words("overview.parts_left_out"))
        frame = pd.DataFrame([(one.day, one.amount, one.number) for one in rows], columns=["day", "amount", "number"])
        downloads(view, frame, f"revenue-by-{grain}")


def _grain(view: View, period: Period, finest: Grain) -> Grain:
    words = view.words
    order = list(Grain)
    able = [grain for grain in order if order.index(grain) >= order.index(finest)]
    wanted = view.filters.grain or grain_for(period, finest)
    wanted = wanted if wanted in able else finest
    if len(able) > 1:
        st.session_state.setdefault(state.BY, wanted.value)
        if view.filters.grain is None:
            st.session_state[state.BY] = wanted.value
        st.segmented_control(
            words("overview.by"),
            [grain.value for grain in able],
            format_func=lambda grain: words(f"overview.{grain}"),
            key=state.BY,
            on_change=state.take_grain,
            label_visibility="collapsed",
        )
    return wanted


def _point(view: View, at: Day, one: Day, grain: Grain, of: str) -> dict[str, object]:
    return {
        "day": pd.Timestamp(at.day),
        "amount": one.amount,
        "of": of,
        "shown": view.formats.money(one.amount),
        "numbers": view.formats.number(one.number) if view.figures and view.figures.subject.counted else "–",
        "when": view.formats.grain(one.day, grain),
    }


def _growth(view: View, days: Sequence[Day], span: Period) -> None:
    words, formats = view.words, view.formats
    with panel(words("overview.growth"), words("overview.growth_note")):
        found = growth(days, span)
        if not found:
            st.info(words("overview.growth_none"), icon=":material/hourglass_empty:")
            return
        rows = [
            (formats.grain(month, Grain.MONTH), share, formats.percent(share, signed=True)) for month, share in found
        ]
        frame = pd.DataFrame(rows, columns=["month", "share", "shown"])
        titles = {"month": words("overview.month"), "share": words("overview.growth")}
        chart(charts.up_and_down(frame, formats, titles), words("overview.growth"))
        downloads(view, pd.DataFrame(found, columns=["month", "growth"]), "growth")


def _first_of(view: View, figures: Figures) -> None:
    words, formats = view.words, view.formats
    role = Role.COUNTRY if figures.subject.country else Role.PRODUCT
    if figures.subject.dimension(role) is None:
        return
    with panel(words("overview.by_country" if role is Role.COUNTRY else "overview.by_product")):
        frame = figures.ranking(role, view.filters, view.period)
        frame = frame[frame["amount"] > 0].head(_FIRST)
        labels = view.country_labels(tuple(frame["member"])) if role is Role.COUNTRY else {}
        frame = frame.assign(
            label=frame["member"].map(lambda member: labels.get(member, member)),
            shown=frame["amount"].map(formats.compact),
        )
        titles = {"label": words("customers.country"), "amount": words("overview.revenue")}
        chart(charts.ranking(frame, formats, titles), words("overview.by_country"))
