"""SQL: one SELECT over the release, read-only, within limits; and what was asked before."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dataspark.dashboard.looks import downloads, heading, panel
from dataspark.dashboard.view import View
from dataspark.errors import DataSparkError

ROWS = 1_000
SECONDS = 20.0
_KEPT = 20
_HISTORY, _QUERY, _ASKED = "sql_history", "sql_query", "sql_asked"


@dataclass(frozen=True)
class _Asked:
    query: str
    told: str
    failed: bool


def show(view: View) -> None:
    """The page."""
    words, formats = view.words, view.formats
    heading(words("page.sql"), words("sql.lead"))
    tables = [table.name for table in view.source.tables(view.release.id)]
    if _QUERY not in st.session_state:
        st.session_state[_QUERY] = words("sql.example", table=_usual(view, tables))
    with st.form("sql", border=False):
        st.text_area(words("sql.query"), key=_QUERY, height=150)
        st.caption(words("sql.limit_note", rows=formats.number(ROWS), seconds=formats.number(SECONDS)))
        pressed = st.form_submit_button(words("sql.run"), type="primary", icon=":material/play_arrow:")
    if pressed:
        st.session_state[_ASKED] = st.session_state[_QUERY].strip()
    if st.session_state.get(_ASKED):
        _answer(view, st.session_state[_ASKED], pressed)
    elif pressed:
        st.info(words("sql.empty"), icon=":material/edit:")
    _history(view)
    with st.expander(words("sql.tables"), icon=":material/table:"):
        st.markdown(" ".join(f"`{table}`" for table in tables))


def _usual(view: View, tables: list[str]) -> str:
    return view.figures.subject.fact if view.figures else tables[0]


def _answer(view: View, query: str, fresh: bool) -> None:
    words, formats = view.words, view.formats
    began = time.monotonic()
    try:
        found = view.ask(query, seconds=SECONDS, limit=ROWS + 1)
    except DataSparkError as error:
        said = words.told(error.message)
        _remember(query, said, True, fresh)
        st.error(said + (f"  \n{words.told(error.hint)}" if error.hint else ""), icon=":material/error:")
        return
    shown = found.head(ROWS)
    rows = words("sql.one_row") if len(shown) == 1 else words("sql.many_rows", rows=formats.number(len(shown)))
    told = words("sql.rows", rows=rows, seconds=formats.seconds(time.monotonic() - began))
    _remember(query, told, False, fresh)
    if shown.empty:
        st.info(words("sql.none"), icon=":material/inbox:")
        return
    with panel(told, words("sql.cut", rows=formats.number(ROWS)) if len(found) > ROWS else ""):
        st.dataframe(_plain(shown), hide_index=True, width="stretch")
        downloads(view, shown, "query")


def _plain(frame: Any) -> Any:
    """Two columns of one name cannot be shown: the later ones get a number."""
    seen: dict[str, int] = {}
    named = []
    for column in map(str, frame.columns):
        seen[column] = seen.get(column, 0) + 1
        named.append(column if seen[column] == 1 else f"{column} ({seen[column]})")
    return frame.set_axis(named, axis=1)


def _remember(query: str, told: str, failed: bool, fresh: bool) -> None:
    if fresh:
        before: list[_Asked] = st.session_state.get(_HISTORY, [])
        others = [one for one in before if one.query != query]
        st.session_state[_HISTORY] = [_Asked(query, told, failed), *others][:_KEPT]


def _history(view: View) -> None:
    words = view.words
    asked: list[_Asked] = st.session_state.get(_HISTORY, [])
    with st.expander(words("sql.history"), icon=":material/history:"):
        if not asked:
            st.caption(words("sql.history_none"))
        for number, one in enumerate(asked):
            left, right = st.columns([5, 1], vertical_alignment="center")
            left.code(one.query, language="sql")
            left.caption(one.told)
            right.button(words("sql.again"), key=f"again-{number}", on_click=_again, args=(one.query,))


def _again(query: str) -> None:
    st.session_state[_QUERY] = st.session_state[_ASKED] = query
