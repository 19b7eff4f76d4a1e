"""Cursors: where a page ended, signed, and good for nothing but the next page of the same question."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

from dataspark.api.problems import Kind, Problem

_SIGNATURE = 16
_LONGEST = 4096


@dataclass(frozen=True)
class Place:
    """The last row of a page."""

    release: str
    values: tuple[str | None, ...]
    """What it is sorted by, as text."""
    file: int
    row: int


def question_of(table: str, sort: str, filters: list[str], masked: bool) -> str:
    """What a cursor belongs to, besides its release: columns may change from page to page, nothing else."""
    told = json.dumps([table, sort, sorted(filters), masked])
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def seal(secret: bytes, place: Place, question: str) -> str:
    """The cursor of a place."""
    content = json.dumps([question, place.release, list(place.values), place.file, place.row], separators=(",", ":"))
    content_bytes = content.encode()
    signed = _signature(secret, content_bytes) + content_bytes
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def unseal(secret: bytes, cursor: str, question: str, release: str | None) -> Place:
    """The place of a cursor. Raises Problem for one that is not ours, or of another question or release."""
    try:
        signed = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raise _not_ours() from None
    signature, content = signed[:_SIGNATURE], signed[_SIGNATURE:]
    if len(cursor) > _LONGEST or not hmac.compare_digest(signature, _signature(secret, content)):
        raise _not_ours()
    its_question, its_release, values, file, row = json.loads(content)
    if its_question != question:
        raise Problem(
            Kind.WRONG_CURSOR,
            "the cursor belongs to another question",
            "go on with the same table, sort and filters as on the first page, or begin without a cursor",
        )
    if release is not None and release != its_release:
        raise Problem(
            Kind.WRONG_CURSOR, f"the cursor belongs to release {its_release}", "leave `release` out: the cursor has it"
        )
    return Place(its_release, tuple(values), file, row)


def fits(cursor: str) -> bool:
    """Whether a cursor is short enough to be sent back."""
    return len(cursor) <= _LONGEST


def _signature(secret: bytes, content: bytes) -> bytes:
    return hmac.digest(secret, b"cursor:" + content, "sha256")[:_SIGNATURE]


def _not_ours() -> Problem:
    return Problem(Kind.WRONG_CURSOR, "this is no cursor of this API", "take `next` of the page before as it is")
