"""A run as Markdown, for pages of other tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dataspark.pipeline.report import CheckReport, RunReport, TableReport
from dataspark.rendering.text import most_common, share

_REASONS = 15
"""Reasons of one table that are listed."""


def quality_page(report: RunReport) -> str:
    """What was rejected and why, table by table, and what the checks found."""
    parts = [f"# {_text(report.project)}, as of {report.as_of[:10]}", _verdict(report)]
    for table in report.tables:
        parts += _rejected(table)
    parts += _checks(report.checks)
    if report.notices:
        parts += ["## Notes", "\n".join(f"- {_text(notice)}" for notice in report.notices)]
    return "\n\n".join(parts) + "\n"


def release_page(report: RunReport) -> str:
    """What a run released: the gold tables, their rows and versions."""
    if not report.published:
        return f"**{report.release}** stays: run `{report.id}` released nothing\n"
    title = f"**{report.release}** is what readers see now: made as of {report.as_of[:10]} by run `{report.id}`"
    rows = [(f"`{built.name}`", f"{built.rows:,}", str(built.version)) for built in report.models]
    return f"{title}\n\n{_table(('table', 'rows', 'version'), rows)}\n"


def _verdict(report: RunReport) -> str:
    if not report.ok:
        return f"**Not released**: a check failed. Readers keep {report.release or 'nothing'}."
    return f"Release **{report.release or 'none'}**" + (" is what readers see now." if report.published else " stays.")


def _rejected(table: TableReport) -> list[str]:
    ledger = table.ledger
    title = f"## `{table.name}`: {ledger.quarantined:,} of {ledger.read:,} rows in the quarantine"
    if not ledger.reasons:
        return [title]
    reasons = most_common(ledger.reasons)
    rows = [(f"`{code}`", f"{rows:,}", share(rows, ledger.quarantined)) for code, rows in reasons[:_REASONS]]
    listed = _table(("because of", "rows", "share"), rows)
    left = len(reasons) - _REASONS
    return [title, listed, *([f"… and {left} more reasons"] if left > 0 else [])]


def _checks(checks: Sequence[CheckReport]) -> list[str]:
    failed = sorted((check for check in checks if check.failed), key=lambda check: not check.blocks)
    title = f"## Checks: {len(checks) - len(failed)} of {len(checks)} passed"
    if not failed:
        return [title]
    rows = [
        (
            "**failed**" if check.blocks else "warning",
            f"`{check.name}`",
            _text(check.message or f"{check.failures:,} rows"),
        )
        for check in failed
    ]
    return [title, _table(("", "check", "found"), rows)]


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(words: str) -> str:
    """Words that mean nothing in Markdown, on one line."""
    escaped = "".join(f"\\{letter}" if letter in "\\`*_|<>[]#" else letter for letter in words)
    return " ".join(escaped.split())
