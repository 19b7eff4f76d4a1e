"""Catalogue: the tables and columns that there are, what they mean, where they come from, and their first rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dataspark.answers.catalogue import ColumnEntry, TableEntry
from dataspark.answers.columnlineage import Lineages
from dataspark.dashboard.looks import MASK, Card, cards, downloads, drawing, heading, panel
from dataspark.dashboard.view import View
from dataspark.errors import UsageError
from dataspark.rendering.lineage.picture import WORDS, svg
from dataspark.sql.text import name

_ROWS = 100


def show(view: View) -> None:
    """The page."""
    words = view.words
    heading(words("page.catalogue"), words("catalogue.lead"))
    tables = view.source.tables(view.release.id)
    left, right = st.columns(2)
    sought = left.text_input(
        words("catalogue.search"), key="catalogue_search", placeholder=words("catalogue.search_hint")
    ).strip()
    able = [one for one in tables if _is_like(one, sought)]
    if not able:
        st.info(words("catalogue.nothing", words=sought), icon=":material/search_off:")
        return
    named = {one.name: one for one in able}
    usual = view.figures.subject.fact if view.figures else ""
    first = list(named).index(usual) if usual in named else 0
    chosen = right.selectbox(words("catalogue.choose"), list(named), index=first, key="catalogue_table")
    _table(view, named[chosen])


def _is_like(table: TableEntry, words: str) -> bool:
    wanted = words.lower()
    return wanted in table.name.lower() or any(wanted in column.name.lower() for column in table.columns)


def _table(view: View, one: TableEntry) -> None:
    words, formats = view.words, view.formats
    st.subheader(one.name, anchor=False)
    st.markdown(one.description or f"*{words('catalogue.no_description')}*")
    cards(
        (
            Card(words("catalogue.rows"), formats.number(one.rows)),
            Card(words("catalogue.columns"), formats.number(len(one.columns))),
            Card(words("catalogue.version"), formats.number(one.version)),
        )
    )
    _neighbours(view, one)
    with panel(words("catalogue.columns")):
        frame = _columns(view, one)
        st.dataframe(frame, hide_index=True, width="stretch", height=min(42 + 35 * len(frame), 420))
        downloads(view, frame, f"{one.name}-columns")
    _lineage(view, one)
    if one.sql:
        with st.expander(words("catalogue.sql"), icon=":material/code:"):
            st.code(one.sql, language="sql")
    _preview(view, one)


def _neighbours(view: View, one: TableEntry) -> None:
    words = view.words
    told = (("inputs", one.inputs), ("readers", one.readers), ("checks", one.checks))
    lines = [
        f"**{words(f'catalogue.{key}')}** " + " ".join(f"`{name}`" for name in names) for key, names in told if names
    ]
    if lines:
        st.markdown("  \n".join(lines))


def _columns(view: View, one: TableEntry) -> Any:
    words = view.words
    yes = words("catalogue.yes")
    found = {
        "column": [column.name for column in one.columns],
        "type": [column.type for column in one.columns],
        "description": [column.description for column in one.columns],
        "key": [yes if column.key else "" for column in one.columns],
        "points": [column.references or "" for column in one.columns],
        "classification": [_class(view, column) for column in one.columns],
        "origin": [", ".join(f"{o.table}.{o.column}" for o in column.origins) for column in one.columns],
    }
    wanted = {key: values for key, values in found.items() if any(values)}
    return pd.DataFrame({words(f"catalogue.{key}"): values for key, values in wanted.items()})


def _class(view: View, column: ColumnEntry) -> str:
    masked = view.words("catalogue.masked") if column.classified else ""
    return ", ".join(part for part in (column.classification, masked) if part)


def _lineage(view: View, one: TableEntry) -> None:
    words = view.words
    with panel(words("catalogue.lineage")):
        left, right = st.columns(2, vertical_alignment="bottom")
        column = left.selectbox(
            words("catalogue.column"),
            ["", *(column.name for column in one.columns)],
            format_func=lambda name: name or words("catalogue.whole_table"),
            key=f"lineage_column_{one.name}",
        )
        direction = right.segmented_control(
            words("catalogue.direction"),
            ["up", "down"],
            default="up",
            required=True,
            format_func=lambda way: words(f"catalogue.{way}"),
            label_visibility="collapsed",
            key=f"lineage_direction_{one.name}",
        )
        asked = f"{one.name}.{column}" if column else one.name
        workspace = view.source.workspace(view.release.id)
        lineages: Lineages = view.source.remembered(("lineages", view.release.id), lambda: Lineages(workspace))
        try:
            found = lineages.of(asked, direction == "down")
        except UsageError as error:  # of a table that the project does not make any more nothing is known
            st.info(words.told(error.message), icon=":material/link_off:")
            return
        written = {key: words(f"picture.{key}") for key in WORDS}
        picture = svg(found, theme="dark" if view.dark else "light", words=written)
        drawing(picture, words("catalogue.lineage_alt", table=asked))


def _preview(view: View, one: TableEntry) -> None:
    layer, _, bare = one.name.partition(".")
    with panel(view.words("catalogue.preview")):
        rows = view.ask(f"SELECT * FROM {layer}.{name(bare)} LIMIT {_ROWS}")
        hidden = view.source.masked(view.release.id, one.name)
        shown = rows.assign(**{column: MASK for column in rows.columns if column in hidden})
        st.dataframe(shown, hide_index=True, width="stretch", height=min(42 + 35 * len(shown), 380))
        downloads(view, shown, bare)
