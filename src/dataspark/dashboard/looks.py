"""What pages have in common: their style, cards of figures, tables, downloads."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from dataspark.dashboard.view import View

_STYLE = """
<style>
.block-container {padding-top: 3.2rem; padding-bottom: 4rem; max-width: 1240px}
[data-testid="stMetric"] {border-radius: .75rem}
[class*="st-key-cards"] [data-testid="stMetric"] {height: 100%}
[data-testid="stMetricValue"] {font-variant-numeric: tabular-nums; font-size: 1.75rem; font-weight: 600}
[data-testid="stMetricLabel"] p {font-size: .9rem; opacity: .8}
[class*="st-key-cards"] {display: grid; grid-template-columns: repeat(auto-fit, minmax(148px, 1fr)); gap: .9rem}
[class*="st-key-cards"] > div {min-width: 0 !important; width: auto !important; max-width: none !important}
h1 {font-size: 1.9rem !important; padding-bottom: .2rem !important}
h3 {font-size: 1.08rem !important; padding-top: .4rem !important}
[data-testid="stCaptionContainer"] p {line-height: 1.45}
.picture {overflow-x: auto} .picture img {max-width: max(100%, 820px); height: auto}
@media (max-width: 640px) {
  .block-container {padding-left: 1rem; padding-right: 1rem; padding-top: 3.4rem}
  [class*="st-key-cards"] {grid-template-columns: repeat(2, 1fr); gap: .6rem}
  [data-testid="stMetricValue"] {font-size: 1.25rem}
  h1 {font-size: 1.5rem !important}
}
</style>
"""
MASK = "•••"
"""What stands in place of a value that is not for everybody."""


@dataclass(frozen=True)
class Card:
    """One figure."""

    label: str
    value: str
    change: str | None = None
    """With its sign, where there is something to compare with."""
    against: str | None = None
    """What it is compared with."""
    trend: tuple[float, ...] = ()
    later: Callable[[], Card] | None = None
    """Makes the card itself, where its figure takes a while: this one stands in its place until then."""


def style() -> None:
    """Write the pages' style."""
    st.html(_STYLE)


def heading(title: str, lead: str) -> None:
    """What the page is, and what one sees on it."""
    st.title(title, anchor=False)
    st.caption(lead)


def cards(found: Iterable[Card], key: str = "cards") -> Callable[[], None]:
    """Figures side by side; on a phone two in a row. What is returned fills in those that come later."""
    waiting: list[tuple[Any, Callable[[], Card]]] = []
    with st.container(horizontal=True, key=key, gap="small"):
        for card in found:
            place = st.empty()
            _metric(place, card)
            if card.later:
                waiting.append((place, card.later))

    def fill() -> None:
        for place, later in waiting:
            _metric(place, later())

    return fill


def _metric(place: Any, card: Card) -> None:
    moved = card.change is not None and card.change[:1] in ("+", "-")
    place.metric(
        card.label,
        card.value,
        card.change,
        border=True,
        delta_color="normal" if moved else "off",
        delta_arrow="auto" if moved else "off",
        chart_data=list(card.trend) or None,
        chart_type="area",
        help=card.against,
        height="stretch",
    )


def panel(title: str, note: str = "") -> AbstractContextManager[Any]:
    """A box with a title."""
    box = st.container(border=True)
    box.subheader(title, anchor=False)
    if note:
        box.caption(note)
    return box


def chart(picture: Any, words: str) -> None:
    """A picture, by Altair or as Vega-Lite's JSON, with its meaning for those who cannot see it."""
    show = st.vega_lite_chart if isinstance(picture, dict) else st.altair_chart
    show(picture, width="stretch", alt=words)


def drawing(svg: str, words: str) -> None:
    """A picture that has a size of its own: what is too wide can be pushed aside."""
    data = base64.b64encode(svg.encode()).decode()
    st.html(f'<div class="picture"><img src="data:image/svg+xml;base64,{data}" alt="{escape(words)}"></div>')


def table(frame: Any, formats: Mapping[str, Callable[[Any], str]], height: int | None = None) -> None:
    """Rows with numbers as the language writes them; they are still sorted as numbers."""
    shown = frame.style.format({**formats}, na_rep="–")
    st.dataframe(shown, hide_index=True, width="stretch", height=height or "auto")


def downloads(view: View, frame: Any, name: str) -> None:
    """What is shown, as files."""
    words = view.words
    title = f"{view.source.name}-{name}-{view.release.id}"
    with st.container(horizontal=True, horizontal_alignment="right", gap="small", key=f"files-{name}"):
        for kind, mime, write in (
            ("csv", "text/csv", as_csv),
            ("parquet", "application/vnd.apache.parquet", as_parquet),
        ):
            st.download_button(
                words(f"download.{kind}"),
                data=lambda write=write: write(frame),  # type: ignore[misc]
                file_name=f"{title}.{kind}",
                mime=mime,
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
                help=words("download.help"),
                key=f"{name}-{kind}",
            )


def as_csv(frame: Any) -> bytes:
    """A frame as CSV: UTF-8 with its mark, so that spreadsheets read accents. Text that they would run is quoted."""
    safe = frame.copy()
    for column in safe.columns:
        if safe[column].dtype == object or str(safe[column].dtype) == "str":
            safe[column] = safe[column].map(_inert)
    return bytes(safe.to_csv(index=False).encode("utf-8-sig"))


def _inert(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def as_parquet(frame: Any) -> bytes:
    """A frame as Parquet."""
    out = io.BytesIO()
    frame.to_parquet(out, index=False)
    return out.getvalue()
