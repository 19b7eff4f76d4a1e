"""A file's header against its contract: columns are found by name or alias, never by position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dataspark.contracts.contract import Column, Contract
from dataspark.errors import HeaderError


@dataclass(frozen=True)
class HeaderMatch:
    """How a header fits."""

    unknown: tuple[str, ...]
    """Columns of the file that the contract does not name: they are kept out and reported."""
    missing: tuple[str, ...]
    """Columns that the file does not have; of those that are not required, the values are NULL."""


def column_name(title: str) -> str:
    """The form in which names are compared: no padding, no letter case."""
    return title.strip().casefold()


def titles_of(column: Column) -> tuple[str, ...]:
    """The titles by which a header may call a column, in the form in which names are compared."""
    return tuple(map(column_name, (column.name, *column.aliases)))


def positions(contract: Contract, header: Sequence[str]) -> dict[str, int]:
    """The contract's columns that a header has → their index in it. Of several the last one counts."""
    owners = _owners(contract)
    found = ((owners.get(column_name(title)), index) for index, title in enumerate(header))
    return {column: index for column, index in found if column is not None}


def match_header(contract: Contract, file: str, header: Sequence[str]) -> HeaderMatch:
    """Fit a header to its contract.

    Raises HeaderError naming both sides when a column comes twice or none of them is there.
    """
    owners = _owners(contract)
    _check_once(contract, file, header, owners)
    there = positions(contract, header)
    if not there:
        raise HeaderError(
            f"{file} has none of the columns of `{contract.path}`; its first line has {_listed(header)}",
            "is it another kind of file, or written with another `delimiter` than the contract's dialect says?",
        )
    unknown = tuple(title for title in header if column_name(title) not in owners)
    return HeaderMatch(unknown, tuple(column.name for column in contract.columns if column.name not in there))


def check_required(contract: Contract, file: str, header: Sequence[str], missing: Sequence[str]) -> None:
    """Raise HeaderError naming both sides when one of the columns that the file lacks is required."""
    if required := [name for name in missing if contract.column(name).required]:
        raise HeaderError(
            f"{file} has no column {_listed(required)} that `{contract.path}` requires; it has {_listed(header)}",
            "take the file out of `sources` or make the column optional in the contract",
        )


def _owners(contract: Contract) -> dict[str, str]:
    return {title: column.name for column in contract.columns for title in titles_of(column)}


def _check_once(contract: Contract, file: str, header: Sequence[str], owners: Mapping[str, str]) -> None:
    by_column: dict[str, list[str]] = {}
    for title in header:
        if owner := owners.get(column_name(title)):
            by_column.setdefault(owner, []).append(title)
    for column, titles in by_column.items():
        if len(titles) == 1:
            continue
        spelled = {column_name(title) for title in titles}
        if len(spelled) == 1:
            message = f"has the column `{titles[0]}` {len(titles)} times; `{contract.path}` names it once"
        else:
            message = f"has {_listed(titles)}, which `{contract.path}` takes for one column, `{column}`"
        raise HeaderError(f"{file} {message}", "have the file sent with one column of that name")


def _listed(titles: Sequence[str]) -> str:
    shown = ", ".join(f"`{title if len(title) < 60 else title[:60] + '…'}`" for title in titles[:12])
    return shown + (f" and {len(titles) - 12} more" if len(titles) > 12 else "")
