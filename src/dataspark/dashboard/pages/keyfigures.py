"""The key figures of a project that has no amounts over time: its small gold tables, as they are."""

from __future__ import annotations

import streamlit as st

from dataspark.dashboard.looks import downloads, panel
from dataspark.dashboard.subject import key_figures
from dataspark.dashboard.view import View
from dataspark.sql.text import name

_TABLES = 6
_ROWS = 200


def key_figures_of(view: View) -> None:
    """A table each."""
    for table in key_figures(view.source.tables(view.release.id))[:_TABLES]:
        bare = table.name.partition(".")[2]
        with panel(bare, table.description):
            rows = view.ask(f"SELECT * FROM gold.{name(bare)} LIMIT {_ROWS}")
            st.dataframe(rows, hide_index=True, width="stretch", height=min(320, 45 + 35 * len(rows)))
            downloads(view, rows, bare)
