"""Where each page of the site is, and how to get from one to another."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from dataspark.columns import RAW
from dataspark.tables import Layer

_OTHER = re.compile(r"[^A-Za-z0-9_]+")


def table_page(table: str) -> str:
    """The page of a table; that of raw files is the page of the table that they become."""
    layer, _, name = table.partition(".")
    return f"tables/{Layer.SILVER if layer == RAW else layer}.{name}.html"


def check_page(name: str) -> str:
    """The page of a check."""
    return f"checks/{name}.html"


def picture_file(table: str, number: int) -> str:
    """The picture of a table's column, counted from 0: names of columns may have any letters."""
    return f"lineage/{table}.{number}.svg"


def contract_file(path: str) -> str:
    """The copy of a contract; `path` is where it is in the project."""
    parts = [part for part in path.removeprefix("contracts/").split("/") if part not in ("", ".", "..")]
    return f"contracts/{'/'.join(parts)}"


def anchor(column: str) -> str:
    """The place of a column on its table's page."""
    return f"c-{_OTHER.sub('-', column)}"


def linker(up: str, pages: Collection[str]) -> Callable[[str, str | None], str | None]:
    """What gives the address of a table or a column from a page that is as deep as `up` says, if it has a page."""

    def link(table: str, column: str | None = None) -> str | None:
        page = table_page(table)
        if page not in pages:
            return None
        return f"{up}{page}" + (f"#{anchor(column)}" if column else "")

    return link
