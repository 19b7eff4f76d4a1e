"""What `dataspark quality` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dataspark.answers.quality import TableQuality
from dataspark.pipeline.ledger import FileLedger
from dataspark.rendering.text import PLAIN, Paint, grid, moment, most_common, plural, share

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
    return lines


def _people(ledger: FileLedger) -> Iterator[str]:
    if ledger.held:
        yield f"{plural(ledger.held, 'quarantined row')} only wait for their parent"
    if ledger.fixed:
        yield f"{plural(ledger.fixed, 'row')} let in as a person mended them"


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
