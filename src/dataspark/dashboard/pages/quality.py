"""Data quality: where every row went, why rows were rejected, how that moves, and the rejected rows themselves."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dataspark.answers.quality import TableQuality, quality
from dataspark.contracts.contract import Contract
from dataspark.dashboard import charts
from dataspark.dashboard.looks import MASK, Card, cards, chart, downloads, heading, panel, table
from dataspark.dashboard.reasons import label, meaning
from dataspark.dashboard.view import View
from dataspark.sql.text import name, text
from dataspark.tables import Layer, TableRef

_OUTCOMES = ("accepted", "quarantined", "duplicates", "superseded")
_ROWS = 200
_TECHNICAL = ("_file", "_line", "_reasons", "_text")


def show(view: View) -> None:
    """The page."""
    words = view.words
    heading(words("page.quality"), words("quality.lead"))
    found = [one for one in _qualities(view) if one.as_of]
    if not found:
        st.info(words("quality.no_tables"), icon=":material/inbox:")
        return
    _cards(view, found)
    _flow(view, found)
    _reasons(view, found)
    _trend(view, found)
    _rows(view, found)


def _qualities(view: View) -> tuple[TableQuality, ...]:
    """Asked anew after each run, as runs change it that release nothing."""
    workspace = view.source.workspace(view.release.id)
    newest = [record["id"] for record in view.source.now().lake.runs(newest=1)]
    return view.source.remembered(("quality", view.release.id, *newest), lambda: quality(workspace))


def _cards(view: View, found: list[TableQuality]) -> None:
    words, formats = view.words, view.formats
    read = sum(one.ledger.read for one in found)
    shown = [Card(words("quality.read"), formats.number(read))]
    for outcome in _OUTCOMES:
        rows = sum(getattr(one.ledger, outcome) for one in found)
        shown.append(
            Card(words(f"quality.{outcome}"), formats.number(rows), formats.percent(rows / read if read else None))
        )
    cards(shown)


def _flow(view: View, found: list[TableQuality]) -> None:
    words, formats = view.words, view.formats
    rows = []
    for one in found:
        for rank, outcome in enumerate(_OUTCOMES):
            count = getattr(one.ledger, outcome)
            share = formats.percent(count / one.ledger.read if one.ledger.read else None, 2)
            rows.append((one.name, words(f"quality.{outcome}"), count, formats.number(count), share, rank))
    frame = pd.DataFrame(rows, columns=["table", "outcome", "rows", "shown", "share", "rank"])
    with panel(words("quality.flow"), words("quality.flow_note")):
        titles = {key: words(f"quality.{key}") for key in ("table", "rows", "share")} | {
            "outcome": words("runs.outcome")
        }
        order = [words(f"quality.{outcome}") for outcome in _OUTCOMES]
        chart(charts.parts(frame, order, formats, titles), words("quality.flow_alt"))
        ledger = pd.DataFrame(
            {
                words("quality.table"): [one.name for one in found],
                words("quality.read"): [one.ledger.read for one in found],
                **{words(f"quality.{key}"): [getattr(one.ledger, key) for one in found] for key in _OUTCOMES},
            }
        )
        table(ledger, dict.fromkeys(ledger.columns[1:], formats.number))
        downloads(view, ledger, "quality")


def _reasons(view: View, found: list[TableQuality]) -> None:
    words, formats = view.words, view.formats
    contracts = _contracts(view)
    with panel(words("quality.reasons"), words("quality.reasons_note")):
        rows = [
            (one.name, code, label(words, contracts[one.name], code), count, meaning(words, contracts[one.name], code))
            for one in found
            for code, count in one.ledger.reasons.most_common()
            if count
        ]
        if not rows:
            st.success(words("quality.clean"), icon=":material/check_circle:")
            return
        rows.sort(key=lambda row: -row[3])
        shown = pd.DataFrame(rows, columns=["table", "code", "name", "rows", "meaning"])
        bars = shown.head(10).assign(amount=lambda f: f["rows"], label=lambda f: f["table"] + " · " + f["name"])
        bars = bars.assign(shown=bars["amount"].map(formats.number))
        titles = {"label": words("quality.reason"), "amount": words("quality.rows")}
        chart(charts.ranking(bars, formats, titles, charts.RED), words("quality.reasons"))
        listed = shown.drop(columns="name").set_axis(
            [words(f"quality.{key}") for key in ("table", "reason", "rows", "meaning")], axis=1
        )
        table(listed, {words("quality.rows"): formats.number}, height=min(40 + 35 * len(listed), 320))
        downloads(view, listed, "reasons")


def _contracts(view: View) -> dict[str, Contract]:
    return {contract.name: contract for contract in view.source.workspace(view.release.id).plan.tables}


def _trend(view: View, found: list[TableQuality]) -> None:
    words, formats = view.words, view.formats
    with panel(words("quality.trend"), words("quality.trend_note")):
        came = sorted(
            ((batch.started, one.name, batch) for one in found for batch in one.trend.batches), key=lambda row: row[:2]
        )
        rows = [
            (
                formats.moment(started),
                table_name,
                batch.share(batch.quarantined),
                formats.percent(batch.share(batch.quarantined), 2),
            )
            for started, table_name, batch in came
        ]
        if len({row[0] for row in rows}) < 2:
            st.info(words("quality.no_trend"), icon=":material/show_chart:")
            return
        frame = pd.DataFrame(rows, columns=["run", "table", "share", "shown"])
        titles = {key: words(f"quality.{key}") for key in ("run", "table", "share")}
        chart(charts.shares(frame, formats, titles), words("quality.trend_alt"))


def _rows(view: View, found: list[TableQuality]) -> None:
    words = view.words
    able = [one for one in found if TableRef(Layer.QUARANTINE, one.name) in view.release.versions]
    with panel(words("quality.rows_title"), words("quality.rows_note")):
        dirty = sorted((o for o in able if o.ledger.quarantined), key=lambda o: -o.ledger.quarantined) or able
        if not dirty:
            return
        left, right = st.columns(2)
        chosen = left.selectbox(words("quality.choose_table"), [one.name for one in dirty], key="quarantine_table")
        one = next(one for one in dirty if one.name == chosen)
        contract = _contracts(view)[chosen]
        codes = [code for code, count in one.ledger.reasons.most_common() if count]
        reason = right.selectbox(
            words("quality.choose_reason"),
            ["", *codes],
            format_func=lambda code: label(words, contract, code) if code else words("quality.any_reason"),
            key=f"quarantine_reason_{chosen}",
        )
        shown, whole = _quarantined(view, contract, reason or "")
        if not whole:
            st.success(words("quality.clean"), icon=":material/check_circle:")
            return
        st.dataframe(shown, hide_index=True, width="stretch", height=min(40 + 35 * len(shown), 400))
        numbers = {"shown": view.formats.number(len(shown)), "all": view.formats.number(whole)}
        st.caption(words("quality.first_rows", **numbers))
        downloads(view, shown, f"quarantine-{chosen}")


def _quarantined(view: View, contract: Contract, reason: str) -> tuple[Any, int]:
    """The first rows with a reason, classified values masked, and how many there are."""
    words, table_name = view.words, contract.name
    source = f"quarantine.{name(table_name)}"
    where = f"WHERE list_contains(_reasons, {text(reason)})" if reason else ""
    whole = int(view.ask(f"SELECT count(*) AS rows FROM {source} {where}")["rows"].iloc[0])
    rows = view.ask(f"SELECT * FROM {source} {where} ORDER BY _file, _line LIMIT {_ROWS}")
    hidden = view.source.masked(view.release.id, f"quarantine.{table_name}")
    files = {one.number: one.name for one in view.source.now().lake.archive(table_name).files}
    shown = pd.DataFrame({words("quality.file"): rows["_file"].map(files), words("quality.line"): rows["_line"]})
    shown[words("quality.why")] = rows["_reasons"].map(
        lambda reasons: ", ".join(label(words, contract, code) for code in reasons)
    )
    for column in rows.columns:
        if column not in _TECHNICAL:
            shown[column] = MASK if column in hidden else rows[column]
    if "_text" in rows and rows["_text"].notna().any():
        shown["_text"] = rows["_text"]
    return shown, whole
