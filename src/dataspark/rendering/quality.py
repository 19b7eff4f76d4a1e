"""What `dataspark quality` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dataspark.answers.quality import TableQuality
from dataspark.answers.trends import Batch, Trend, recent
from dataspark.pipeline.ledger import FileLedger
from dataspark.rendering.text import PLAIN, Paint, grid, moment, most_common, plural, share, spark

_REASONS = 6
"""Reasons that a trend lists."""
_HEADS = ("read", "accepted", "quarantined", "duplicates", "superseded")


def quality_text(tables: Sequence[TableQuality], paint: Paint = PLAIN) -> list[str]:
    """The ledger of each table and of each of its files, then every reason."""
    if not tables:
        return ["no table: the project has no contract for raw files"]
    return [line for table in tables for line in (*_table(table, paint), "")][:-1]


def _table(table: TableQuality, paint: Paint) -> list[str]:
    title = paint.strong(f"silver.{table.name}")
    if not table.as_of:
        return [f"{title}: never refined"]
    rows = [[file.name, *_counts(file.ledger)] for file in table.files]
    if len(rows) != 1:
        rows.append(["all files", *_counts(table.ledger)])
    it = table.ledger
    rows.append(["share", *(share(number, it.read) for number in _numbers(it))])
    lines = [f"{title}  as of {moment(table.as_of)}", "", *grid(rows, ["file", *_HEADS], range(1, 6), paint=paint)]
    if it.held or it.fixed:
        lines += ["", *(f"  {line}" for line in _people(it))]
    lines += _section("quarantined because of", it.reasons, it.quarantined, "of the quarantined rows", paint)
    lines += _section("let through with a warning", it.warnings, it.accepted, "of the accepted rows", paint)
    lines += _section("kept without their parent", it.orphans, it.accepted, "of the accepted rows", paint)
    return [*lines, *_trend(table.trend, paint)]


def _trend(trend: Trend, paint: Paint) -> list[str]:
    """What came with the last runs, one line for each thing that can be counted."""
    lines: list[str] = []
    batches = trend.batches
    if len(batches) > 1:
        read = [batch.read for batch in batches]
        rows = [["read", spark(read), f"{read[0]:,}", "→", f"{read[-1]:,}"]]
        rows.append(_shares("quarantined", [batch.quarantined for batch in batches], batches))
        codes = recent(batches, "reasons")
        rows += [_shares(f"  {code}", codes[code], batches) for code in list(codes)[:_REASONS]]
        title = f"trend over the last {len(batches)} runs with new files  (their rows as they were judged then)"
        lines += ["", f"  {paint.faint(title)}", *grid(rows, right=(2, 4), indent=4)]
        if len(codes) > _REASONS:
            lines.append(f"      … and {plural(len(codes) - _REASONS, 'more reason')}")
    if trend.changes:
        lines += ["", f"  {paint.faint('columns, since the version before')}"]
        lines += [f"    {change}" for change in trend.changes]
    return lines


def _people(ledger: FileLedger) -> Iterator[str]:
    if ledger.held:
        yield f"{plural(ledger.held, 'quarantined row waits', 'quarantined rows wait')} for a parent, and for nothing else"
    if ledger.fixed:
        yield f"{plural(ledger.fixed, 'row')} let in, mended by a person"


def _shares(words: str, rows: Sequence[int], batches: Sequence[Batch]) -> list[str]:
    shares = [batch.share(number) for batch, number in zip(batches, rows, strict=True)]
    first, last = (share(rows[n], batches[n].read) for n in (0, -1))
    return [words, spark(shares), first, "→", last]


def _counts(ledger: FileLedger) -> list[str]:
    return [f"{number:,}" for number in _numbers(ledger)]


def _numbers(ledger: FileLedger) -> tuple[int, ...]:
    return ledger.read, ledger.accepted, ledger.quarantined, ledger.duplicates, ledger.superseded


def _section(title: str, found: Mapping[str, int], whole: int, unit: str, paint: Paint) -> list[str]:
    counted = most_common(found)
    if not counted:
        return []
    rows = [[f"{number:,}", share(number, whole), code] for code, number in counted]
    several = ", a row may have several" if sum(number for _code, number in counted) > whole else ""
    heading = paint.faint(f"{title}  ({unit}{several})")
    return ["", f"  {heading}", *grid(rows, right=(0, 1), indent=4)]
