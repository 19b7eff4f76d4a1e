"""Runs and releases: what runs did and how long they took, and what two releases differ in."""

from __future__ import annotations

from statistics import median

import pandas as pd
import streamlit as st

from dataspark.answers.diff import compare_releases
from dataspark.answers.differences import Diff, State
from dataspark.answers.status import RunLine, runs
from dataspark.dashboard import charts
from dataspark.dashboard.looks import Card, cards, chart, downloads, heading, panel, table
from dataspark.dashboard.view import View

_RUNS = 100
_OUTCOMES = ("released", "nothing new", "not released", "failed")


def show(view: View) -> None:
    """The page."""
    words = view.words
    heading(words("page.runs"), words("runs.lead"))
    lines = runs(view.source.now(), _RUNS)
    if not lines:
        st.info(words("runs.none"), icon=":material/play_circle:")
        return
    _cards(view, lines)
    _timeline(view, lines)
    _compare(view)
    _releases(view)


def outcome(view: View, run: RunLine) -> str:
    """How a run ended, in the language."""
    return view.words(f"runs.{run.outcome.replace(' ', '_')}")


def _cards(view: View, lines: list[RunLine]) -> None:
    words, formats = view.words, view.formats
    well = sum(run.outcome in ("released", "nothing new") for run in lines)
    cards(
        (
            Card(words("runs.newest"), view.release.id, formats.moment(view.release.created)),
            Card(words("runs.count"), formats.number(len(lines))),
            Card(words("runs.success"), formats.percent(well / len(lines), 0)),
            Card(words("runs.median"), formats.seconds(median(run.seconds for run in lines))),
        )
    )


def _timeline(view: View, lines: list[RunLine]) -> None:
    words, formats = view.words, view.formats
    rows = [
        (run.id, formats.moment(run.started), run.seconds, formats.seconds(run.seconds), outcome(view, run), run)
        for run in lines
    ]
    frame = pd.DataFrame([row[:5] for row in rows], columns=["run", "started", "seconds", "shown", "outcome"])
    with panel(words("runs.timeline")):
        titles = {key: words(f"runs.{key}") for key in ("run", "started", "outcome", "duration", "seconds")}
        order = [words(f"runs.{one.replace(' ', '_')}") for one in _OUTCOMES]
        chart(charts.timeline(frame, order, formats, titles), words("runs.timeline_alt"))
    with panel(words("runs.runs")):
        listed = pd.DataFrame(
            {
                words("runs.run"): [run.id for run in lines],
                words("runs.started"): [formats.moment(run.started) for run in lines],
                words("runs.duration"): [run.seconds for run in lines],
                words("runs.outcome"): [outcome(view, run) for run in lines],
                words("runs.release"): [run.release or "" for run in lines],
                words("runs.why"): [words.told(next(iter(run.error.splitlines()), "")) for run in lines],
            }
        )[::-1]
        if not any(run.error for run in lines):
            listed = listed.drop(columns=words("runs.why"))
        table(listed, {words("runs.duration"): formats.seconds}, height=min(40 + 35 * len(listed), 320))
        downloads(view, listed, "runs")


def _compare(view: View) -> None:
    words = view.words
    known = list(reversed(view.source.now().lake.release_ids()))
    with panel(words("runs.compare"), words("runs.masked_note")):
        if len(known) < 2:
            st.info(words("runs.one_release"), icon=":material/difference:")
            return
        left, right = st.columns(2)
        before = left.selectbox(words("runs.before"), known, index=1, key="compare_before")
        after = right.selectbox(words("runs.after"), known, index=0, key="compare_after")
        if before == after:
            st.info(words("runs.same_release"), icon=":material/difference:")
            return
        workspace = view.source.workspace(view.release.id)
        found: Diff = view.source.remembered(
            ("diff", before, after), lambda: compare_releases(workspace, before, after, sample=0)
        )
        _differences(view, found)


def _differences(view: View, found: Diff) -> None:
    words, number = view.words, view.formats.number
    moved = [one for one in found.tables if one.state is not State.UNCHANGED]
    if not moved:
        st.success(words("runs.same"), icon=":material/check_circle:")
        return
    shown = pd.DataFrame(
        {
            words("runs.table"): [one.table for one in moved],
            words("runs.state"): [words(f"runs.{one.state.value}") for one in moved],
            words("runs.rows_before"): [one.rows_before for one in moved],
            words("runs.rows_after"): [one.rows_after for one in moved],
            words("runs.rows_added"): [one.added for one in moved],
            words("runs.rows_removed"): [one.removed for one in moved],
            words("runs.rows_changed"): [one.changed for one in moved],
            words("runs.columns"): [", ".join(move.column for move in one.moves) for one in moved],
        }
    )
    table(shown, dict.fromkeys(shown.columns[2:7], number))
    downloads(view, shown, f"compare-{found.before.id}-{found.after.id}")


def _releases(view: View) -> None:
    words, formats = view.words, view.formats
    with panel(words("runs.releases")):
        stored = list(reversed(view.source.now().lake.releases(_RUNS)))
        shown = pd.DataFrame(
            {
                words("runs.release"): [one["id"] for one in stored],
                words("runs.published"): [formats.moment(one["created"]) for one in stored],
                words("runs.as_of"): [formats.moment(one["as_of"]) for one in stored],
                words("runs.tables"): [len(one["tables"]) for one in stored],
            }
        )
        table(shown, {words("runs.tables"): formats.number}, height=min(40 + 35 * len(shown), 320))
