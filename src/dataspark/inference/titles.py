"""Titles of a header → names that a contract may use; file names → names of tables."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dataspark.contracts.headers import column_name

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LONGEST = 60
_RESERVED = frozenset({"as_of"})
_DATED = re.compile(r"([-_. ]+)(?:\d[\d_.-]*|v\d+|latest|final|export|part\d*)$")


@dataclass(frozen=True)
class Titles:
    """The names for a header's columns."""

    names: tuple[str | None, ...]
    """One for each title; None for one that no contract can name: it is empty or comes twice."""
    twice: tuple[str, ...]
    empty: int


def column_names(header: Sequence[str]) -> Titles:
    """Names for the columns of a header. A title that can be a name is one, letter by letter."""
    counts = Counter(map(column_name, header))
    usable = [bool(title.strip()) and counts[column_name(title)] == 1 for title in header]
    taken = {column_name(title) for title in header} | _RESERVED
    names: list[str | None] = []
    for title, use in zip(header, usable, strict=True):
        if not use:
            names.append(None)
        elif _NAME.fullmatch(title.strip()) and title.strip().lower() not in _RESERVED:
            names.append(title.strip())
        else:
            names.append(_free(_clean(title) or "column", taken))
            taken.add(names[-1] or "")
    twice = tuple(dict.fromkeys(t for t in header if t.strip() and counts[column_name(t)] > 1))
    return Titles(tuple(names), twice, sum(not title.strip() for title in header))


def table_name(file: str) -> tuple[str, str]:
    """(the table's name, the glob of its files) for the name of a file."""
    stem, dot, endings = file.partition(".")
    base, found = stem, _DATED.search(stem)
    if found:
        base = stem[: found.start()] or stem
    name = _clean(base) or "table"
    if name[0] == "_" or name in ("quarantine", "repeats", "journal", "quality", "silver", "gold", "bronze"):
        name = f"t_{name.lstrip('_')}"
    tail = f"{dot}{_literal(endings)}"
    return name, f"{_literal(base)}{found[1][0]}*{tail}" if found else _literal(file)


def _literal(text: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", text)


def _clean(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:_LONGEST].strip("_")
    return f"c_{name}" if name[:1].isdigit() else name


def _free(name: str, taken: set[str]) -> str:
    if column_name(name) not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
