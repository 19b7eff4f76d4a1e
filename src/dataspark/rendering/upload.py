"""What an upload did, as text."""

from __future__ import annotations

from collections.abc import Iterator

from dataspark.uploading import Sent, Uploaded


def upload_text(done: Uploaded) -> Iterator[str]:
    """A line for each file and one for all of them."""
    for one in done.files:
        yield f"{one.name}: {_outcome(one)}"
    sent = sum(one.outcome != "there" for one in done.files)
    yield f"{sent:,} of {len(done.files):,} file{'' if len(done.files) == 1 else 's'} sent to {done.sources}"


def _outcome(one: Sent) -> str:
    if one.outcome == "there":
        return "is there already" + (f", as {one.same_as}" if one.same_as != one.name else "")
    return f"{one.outcome}, {one.size:,} bytes" + (
        " (another content had this name)" if one.outcome == "replaced" else ""
    )
