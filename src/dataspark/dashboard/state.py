"""What a person chose, kept in the page's address and in the session.

The address is read when a page is opened, and when somebody changes it (or goes back); else the session has the word, as
going from page to page clears the address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dataspark.dashboard.filters import CHOSEN, NAMES, SPANS, Filters, Known, Unknown, read_params
from dataspark.dashboard.periods import Grain, Period
from dataspark.dashboard.words import LANGUAGES, nearest_language

LANGUAGE = "lang"
_FILTERS, _WRITTEN, _UNKNOWN, _SAID, _PAGE = "filters", "written", "unknown", "said_language", "page"
_WIDGETS = {"span": "choose_span", "days": "choose_days", "country": "choose_country", "product": "choose_product"}
BY = "choose_by"


def language() -> str:
    """The language that the address names, or the browser's."""
    _read_language()
    said: str | None = st.session_state.get(_SAID)
    return said or nearest_language(st.context.locale)


def choose_language() -> None:
    """Take over what was chosen."""
    st.session_state[_SAID] = st.session_state["choose_language"]


def filters(known: Known | None) -> Filters:
    """What is looked at."""
    state, params = st.session_state, _params()
    changed = bool(params) and params != state.get(_WRITTEN)
    if _FILTERS not in state or changed:
        found, unknown = read_params(params, known)
        state[_FILTERS], state[_UNKNOWN] = found, [*state.get(_UNKNOWN, []), *unknown]
        for key in (*_WIDGETS.values(), BY):
            state.pop(key, None)
    chosen: Filters = state[_FILTERS]
    return chosen


def unknown() -> Sequence[Unknown]:
    """What the address names and there is not."""
    found: list[Unknown] = st.session_state.get(_UNKNOWN, [])
    return found


def write(page: str) -> None:
    """Bring the address up to what is shown, so that it can be sent to somebody.

    On another page than before it is written in any case: the browser cleared it, and may not have said so yet.
    """
    state = st.session_state
    moved = state.get(_PAGE) != page
    state[_PAGE] = page
    wanted = state[_FILTERS].params() if _FILTERS in state else {}
    if state.get(_SAID):
        wanted[LANGUAGE] = [state[_SAID]]
    if _params() != wanted or (moved and wanted):
        st.query_params.from_dict(wanted)
    state[_WRITTEN] = wanted


def seed(filters: Filters, span: Period) -> None:
    """Give the widgets their values where they have none."""
    period = filters.period(span)
    values = {
        "span": filters.span,
        "days": (period.first, period.last),
        "country": list(filters.countries),
        "product": list(filters.products),
    }
    for name, key in _WIDGETS.items():
        st.session_state.setdefault(key, values[name])


def take() -> None:
    """Take over what the widgets say."""
    state = st.session_state
    old: Filters = state[_FILTERS]
    span = state.get(_WIDGETS["span"]) or old.span
    chosen = old.chosen
    days = state.get(_WIDGETS["days"], ())
    if span == CHOSEN and len(days) == 2:
        chosen = Period(*days)
    state[_FILTERS] = replace(
        old,
        span=span,
        chosen=chosen if span == CHOSEN else None,
        countries=tuple(state.get(_WIDGETS["country"], old.countries)),
        products=tuple(state.get(_WIDGETS["product"], old.products)),
    )
    state[_UNKNOWN] = []


def take_grain() -> None:
    """Take over the step of a series."""
    state = st.session_state
    said = state.get(BY)
    state[_FILTERS] = replace(state[_FILTERS], grain=Grain(said) if said else None)


def reset() -> None:
    """Everything as usual."""
    state = st.session_state
    state[_FILTERS], state[_UNKNOWN] = Filters(), []
    for key in (*_WIDGETS.values(), BY):
        state.pop(key, None)


def spans() -> list[str]:
    """The periods that can be chosen."""
    return [*SPANS, CHOSEN]


def _read_language() -> None:
    said = st.query_params.get(LANGUAGE)
    state = st.session_state
    if not said or [said] == state.get(_WRITTEN, {}).get(LANGUAGE):
        return
    if said in LANGUAGES:
        state[_SAID] = said
        state.pop("choose_language", None)
    elif _WRITTEN not in state:
        state[_UNKNOWN] = [Unknown(LANGUAGE, said)]


def _params() -> dict[str, list[str]]:
    found: dict[str, Any] = {key: st.query_params.get_all(key) for key in st.query_params}
    return {key: values for key, values in found.items() if key in (*NAMES, LANGUAGE)}
