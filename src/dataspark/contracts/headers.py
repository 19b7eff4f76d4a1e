"""A file's header against its contract: columns are found by name, never by position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dataspark.contracts.contract import Contract
from dataspark.errors import HeaderError


@dataclass(frozen=True)
class HeaderMatch:
    """How a header fits."""

    unknown: tuple[str, ...]
    """Columns of the file that the contract does not name: they are kept out and reported."""
    missing: tuple[str, ...]
    """Optional columns that the file does not have: they are NULL."""


def column_name(title: str) -> str:
    """The form in which names are compared: no padding, no letter case."""
    return title.strip().casefold()


def match_header(contract: Contract, file: str, header: Sequence[str]) -> HeaderMatch:
    """Fit a header to its contract.

    Raises HeaderError naming both sides when a column comes twice or a required one is missing.
    """
    counts = Counter(map(column_name, header))
    twice = [title for title in dict.fromkeys(header) if counts[column_name(title)] > 1]
    known = {column_name(column.name): column for column in contract.columns}
    if twice := [title for title in twice if column_name(title) in known]:
        raise HeaderError(
            f"{file} has the column `{twice[0]}` {counts[column_name(twice[0])]} times; `{contract.path}` names it once",
            "have the file sent with one column of that name",
        )
    if not known.keys() & counts.keys():
        raise HeaderError(
            f"{file} has none of the columns of `{contract.path}`; its first line has {_listed(header)}",
            "is it another kind of file, or written with another `delimiter` than the contract's dialect says?",
        )
    missing = [column for spelled, column in known.items() if spelled not in counts]
    if required := [column.name for column in missing if column.required]:
        raise HeaderError(
            f"{file} has no column {_listed(required)} that `{contract.path}` requires; it has {_listed(header)}",
            "take the file out of `sources` or make the column optional in the contract",
        )
    unknown = tuple(title for title in header if column_name(title) not in known)
    return HeaderMatch(unknown, tuple(column.name for column in missing))


def _listed(titles: Sequence[str]) -> str:
    shown = ", ".join(f"`{title if len(title) < 60 else title[:60] + '…'}`" for title in titles[:12])
    return shown + (f" and {len(titles) - 12} more" if len(titles) > 12 else "")
