"""Customers and countries: a map, a ranking, and the largest customers without their names."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dataspark.dashboard import charts
from dataspark.dashboard.countries import code_of
from dataspark.dashboard.figures import Figures
from dataspark.dashboard.looks import MASK, chart, downloads, heading, panel, table
from dataspark.dashboard.subject import Role
from dataspark.dashboard.view import View

_BEST = 20


def show(view: View) -> None:
    """The page."""
    figures, words = view.figures, view.words
    assert figures is not None
    heading(words("page.customers"), words("customers.lead", period=view.formats.period(view.period)))
    if figures.subject.country is None:
        st.info(words("customers.no_country"), icon=":material/public_off:")
    else:
        frame = figures.ranking(Role.COUNTRY, view.filters, view.period)
        frame = frame[(frame["amount"] != 0) | (frame["before"] != 0)]
        if frame.empty:
            st.info(words("error.no_rows"), icon=":material/search_off:")
            return
        _map(view, frame)
        _countries(view, frame)
    if figures.subject.customer is None:
        st.info(words("customers.no_customer"), icon=":material/person_off:")
    else:
        _best(view, figures)


def _map(view: View, frame: Any) -> None:
    words, formats = view.words, view.formats
    labels = view.country_labels(tuple(frame["member"]))
    whole = frame["amount"].sum()
    codes = frame["member"].map(code_of)
    seen = codes.map(charts.on_map)
    with panel(words("customers.map")):
        by_code = frame.assign(code=codes)[seen].groupby("code", as_index=False)["amount"].sum()
        names = {code: labels[member] for member, code in zip(frame["member"], codes, strict=True) if code}
        by_code = by_code.assign(
            label=by_code["code"].map(names),
            shown=by_code["amount"].map(formats.money),
            share=(by_code["amount"] / whole if whole else by_code["amount"] * 0).map(formats.percent),
        )
        titles = {key: words(f"customers.{key}") for key in ("amount", "share")} | {"label": words("customers.country")}
        chart(charts.world(by_code, view.dark, formats, titles), words("customers.map_alt"))
        if missing := [f"{labels[one]} ({formats.compact(amount)})" for one, amount in _elsewhere(frame, seen)]:
            st.caption(words("customers.not_on_map", names=", ".join(missing)))


def _elsewhere(frame: Any, seen: Any) -> list[tuple[str, float]]:
    rows = frame[~seen].head(20)
    return list(zip(rows["member"], rows["amount"], strict=True))


def _countries(view: View, frame: Any) -> None:
    words = view.words
    with panel(words("customers.ranking")):
        shown = ranked(view, frame, view.country_labels(tuple(frame["member"])), words("customers.country"))
        table(shown, formats_of(view), height=min(40 + 35 * len(shown), 460))
        downloads(view, shown, "countries")


def ranked(view: View, frame: Any, labels: dict[str, str], title: str) -> Any:
    """A ranking as a table, with titles in the language."""
    words, whole = view.words, frame["amount"].sum()
    columns: dict[str, Any] = {
        title: frame["member"].map(lambda member: labels.get(member, member)),
        words("customers.amount"): frame["amount"],
        words("customers.share"): frame["amount"] / whole if whole else 0.0,
    }
    if view.figures and view.figures.subject.counted:
        columns[words("customers.number")] = frame["number"]
        columns[words("customers.basket")] = frame["amount"] / frame["number"].where(frame["number"] > 0)
    span = view.figures.span if view.figures else None
    if span and view.period.before().within(span):
        columns[words("customers.change")] = frame["amount"] / frame["before"].where(frame["before"] != 0) - 1
    return pd.DataFrame(columns)


def formats_of(view: View) -> dict[str, Any]:
    """How the columns of a ranking are written."""
    words, formats = view.words, view.formats
    return {
        words("customers.amount"): formats.money,
        words("customers.share"): formats.percent,
        words("customers.number"): formats.number,
        words("customers.basket"): formats.money,
        words("customers.change"): lambda share: formats.percent(share, signed=True),
    }


def _best(view: View, figures: Figures) -> None:
    words, formats = view.words, view.formats
    masked = _masked(view, figures)
    with panel(words("customers.best"), words("customers.best_note") if masked else ""):
        found = figures.best_customers(view.filters, view.period, _BEST)
        if found.empty:
            st.info(words("error.no_rows"), icon=":material/search_off:")
            return
        shown = pd.DataFrame({words("customers.customer"): found["customer"].map(lambda number: f"{number}")})
        if figures.subject.customer_names:
            names = found["name"].map(lambda name: MASK if masked else name)
            shown[words("customers.name")] = names
        shown[words("customers.amount")] = found["amount"]
        shown[words("customers.number")] = found["number"]
        shown[words("customers.newest")] = found["newest"]
        table(shown, {**formats_of(view), words("customers.newest"): formats.day}, height=460)
        downloads(view, shown, "customers")


def _masked(view: View, figures: Figures) -> bool:
    names = figures.subject.customer_names
    return bool(names and names.column in view.source.masked(view.release.id, names.table or figures.subject.fact))
