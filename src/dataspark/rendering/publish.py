"""What `dataspark publish` says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataspark.publishing.memory import Publication
from dataspark.publishing.publish import Published
from dataspark.rendering.text import PLAIN, Paint, grid, moment, plural, seconds


def published_text(done: Published, paint: Paint = PLAIN) -> Iterator[str]:
    """The tables, and what readers see now."""
    yield f"{paint.strong(done.project)}  release {done.release}, as of {moment(done.as_of)} → {done.database}"
    yield ""
    rows = [
        [one.table, f"{one.rows:,}", one.outcome, seconds(one.seconds) if one.outcome == "loaded" else ""]
        for one in done.tables
    ]
    yield from grid(rows, [f"schema {done.schema}", "rows", "", "time"], right=(1, 3), paint=paint)
    yield ""
    yield from _notes(done, paint)
    now = "readers see it now" if done.changed else "readers saw it before: nothing was to be done"
    yield f"  release  {done.release}: {now}"
    loaded = sum(one.outcome == "loaded" for one in done.tables)
    yield f"  time     {seconds(done.seconds)}, {plural(loaded, 'table')} of {len(done.tables):,} loaded"


def _notes(done: Published, paint: Paint) -> Iterator[str]:
    for one in done.tables:
        if one.masked:
            yield f"  masked   {one.table}: {', '.join(one.masked)} (NULL; `--unmasked` publishes the values)"
    if done.removed:
        yield f"  removed  {_few(done.removed)}"
    if done.views:
        yield f"  views    made again as they were: {_few(done.views)}"
    for reference in done.broken:
        yield f"  {paint.warn('key')}      not every row of {reference} has its parent: PostgreSQL has it as not valid"
    if done.roles:
        yield f"  readers  {', '.join(done.roles)}"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def publication_text(found: Publication, schema: str, newest: str, paint: Paint = PLAIN) -> Iterator[str]:
    """What a schema holds."""
    yield f"{paint.strong(schema)}  release {found.release} of {found.project}, as of {moment(found.as_of)}"
    yield ""
    rows = [
        [table, f"{one.rows:,}", str(one.version), moment(one.loaded)] for table, one in sorted(found.tables.items())
    ]
    yield from grid(rows, ["table", "rows", "version", "loaded"], right=(1, 2), paint=paint)
    yield ""
    if found.roles:
        yield f"  readers    {', '.join(found.roles)}"
    yield f"  published  {moment(found.published)}"
    if newest and newest != found.release:
        yield f"  {paint.warn('newer')}      release {newest} is not published"
