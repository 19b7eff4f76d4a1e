"""Products: ranking, share, and how the largest went month by month."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dataspark.dashboard import charts
from dataspark.dashboard.figures import Figures
from dataspark.dashboard.looks import Card, cards, chart, downloads, heading, panel, table
from dataspark.dashboard.pages.customers import formats_of, ranked
from dataspark.dashboard.periods import Grain
from dataspark.dashboard.subject import Role
from dataspark.dashboard.view import View

_LINES = 5
_BARS = 12


def show(view: View) -> None:
    """The page."""
    figures, words, formats = view.figures, view.words, view.formats
    assert figures is not None
    heading(words("page.products"), words("products.lead", period=formats.period(view.period)))
    if figures.subject.product is None:
        st.info(words("products.none"), icon=":material/category:")
        return
    frame = figures.ranking(Role.PRODUCT, view.filters, view.period)
    sold = frame[frame["amount"] > 0]
    if sold.empty:
        st.info(words("error.no_rows"), icon=":material/search_off:")
        return
    shares = sold["amount"] / sold["amount"].sum()
    first = words("products.first_share", share=formats.percent(shares.iloc[0]))
    cards(
        (
            Card(words("products.count"), formats.number(len(sold))),
            Card(words("products.first"), str(sold["member"].iloc[0]), first),
            Card(words("products.top3"), formats.percent(shares.head(3).sum())),
        )
    )
    with panel(words("products.ranking")):
        bars = sold.head(_BARS)
        bars = bars.assign(label=bars["member"], shown=bars["amount"].map(formats.compact))
        titles = {"label": words("products.product"), "amount": words("customers.amount")}
        chart(charts.ranking(bars, formats, titles), words("products.ranking"))
    _trend(view, figures, list(sold["member"].head(_LINES)))
    with panel(words("products.product")):
        shown = ranked(view, frame, {}, words("products.product"))
        table(shown, formats_of(view), height=min(40 + 35 * len(shown), 460))
        downloads(view, shown, "products")


def _trend(view: View, figures: Figures, first: list[str]) -> None:
    words, formats = view.words, view.formats
    with panel(words("products.trend"), words("products.trend_note", count=len(first))):
        months = figures.months(Role.PRODUCT, view.filters, view.period)
        months = months[months["member"].isin(first)].sort_values("month")
        shown = pd.DataFrame(
            {
                "label": months["member"],
                "amount": months["amount"],
                "shown": months["amount"].map(formats.money),
                "when": months["month"].map(lambda month: formats.grain(month, Grain.MONTH)),
            }
        )
        titles = {
            "label": words("products.product"),
            "month": words("products.month"),
            "amount": words("customers.amount"),
        }
        chart(charts.several(shown, first, formats, titles), words("products.trend_alt"))
        downloads(view, months, "products-by-month")
