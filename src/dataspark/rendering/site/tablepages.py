"""What the page of a table shows, and the pictures of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dataspark.answers.catalogue import UNRELEASED, ColumnEntry
from dataspark.answers.columnlineage import ColumnName, Lineage
from dataspark.answers.site import Site, TablePage
from dataspark.columns import POSITION
from dataspark.rendering.lineage.picture import svg
from dataspark.rendering.lineage.words import by_kind, value
from dataspark.rendering.report.profiles import ProfileRow, profile_row
from dataspark.rendering.site.addresses import anchor, contract_file, linker, picture_file, table_page
from dataspark.rendering.site.code import highlighted
from dataspark.tables import Layer


@dataclass(frozen=True)
class Reference:
    """A column or a table that a page leads to."""

    name: str
    address: str | None
    note: str = ""


@dataclass(frozen=True)
class ColumnView:
    """One column, as its row and its lineage are shown."""

    entry: ColumnEntry
    anchor: str
    type: str
    profile: ProfileRow | None
    sources: tuple[Reference, ...]
    """The columns that it is made from, one step back."""
    uses: tuple[Reference, ...]
    """The columns that are made from it, one step on."""
    references: Reference | None
    picture: str
    """The file of its picture; empty where there is nothing to draw."""
    size: tuple[str, str]
    """Of the picture, in pixels."""


class TablePages:
    """The pages of all tables."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.pages = frozenset(table_page(one.entry.name) for one in site.tables)
        self._link = linker("../", self.pages)
        self._followed = {node.name for node in site.nodes}
        self._checks = {check.name: check for check in site.checks}

    def context(self, page: TablePage) -> dict[str, Any]:
        """What the template of a table's page is given."""
        name = page.entry.name
        up = self._lineage(name, downstream=False)
        down = self._lineage(name, downstream=True)
        return {
            "page": page,
            "entry": page.entry,
            "layer": name.partition(".")[0],
            "released": page.entry.version != UNRELEASED,
            "columns": list(self._columns(page, up)),
            "inputs": [Reference(one, self._link(one, None)) for one in page.entry.inputs],
            "readers": [Reference(one, self._link(one, None)) for one in page.entry.readers],
            "checks": [self._checks[one] for one in page.entry.checks],
            "upstream": svg(up, self._link) if up and len(up.tables) > 1 else "",
            "downstream": svg(down, self._link) if down and len(down.tables) > 1 else "",
            "unknown": up.unknown if up else (),
            "deciders": by_kind(one for one in up.deciders if one.table == name) if up else (),
            "decides": by_kind(one for one in down.deciders if one.source.table == name) if down else (),
            "sql": highlighted(page.entry.sql, "sql") if page.entry.sql else "",
            "contract": quote(contract_file(page.contract)) if page.contract else "",
            "judged": any(one.rows is not None for one in page.promises),
        }

    def pictures(self, page: TablePage) -> Iterator[tuple[str, str]]:
        """The picture of each column that is made from others: (file, SVG)."""
        for number, (_column, found) in enumerate(self._column_lineages(page)):
            if found and found.steps:
                yield picture_file(page.entry.name, number), self._picture(found)

    def _picture(self, found: Lineage) -> str:
        return svg(found, self._link, rows=True)

    def _column_lineages(self, page: TablePage) -> Iterator[tuple[ColumnEntry, Lineage | None]]:
        name = page.entry.name
        for column in page.entry.columns:
            known = name in self._followed and column.name not in POSITION
            yield (
                column,
                self._site.lineages.upstream(name, self._site.lineages.spelt(name, column.name)) if known else None,
            )

    def _columns(self, page: TablePage, up: Lineage | None) -> Iterator[ColumnView]:
        name = page.entry.name
        profiles: Mapping[str, ProfileRow] = (
            {one.column: profile_row(page.profile, one) for one in page.profile.now.columns} if page.profile else {}
        )
        down = self._lineage(name, downstream=True)
        for number, (column, found) in enumerate(self._column_lineages(page)):
            here = ColumnName(name, self._site.lineages.spelt(name, column.name))
            drawn = self._picture(found) if found and found.steps else ""
            yield ColumnView(
                column,
                anchor(column.name),
                column.type.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMP").replace(" ", "\N{NO-BREAK SPACE}"),
                profiles.get(column.name),
                self._steps([(one.source, value(one)) for one in found.sources(here)]) if found else (),
                self._steps([(one.target, value(one)) for one in down.uses(here)]) if down else (),
                self._reference(column.references),
                f"../{picture_file(name, number)}" if drawn else "",
                picture_size(drawn),
            )

    def _steps(self, steps: Sequence[tuple[ColumnName, str]]) -> tuple[Reference, ...]:
        return tuple(Reference(str(one), self._link(one.table, one.column), how) for one, how in steps)

    def _reference(self, written: str | None) -> Reference | None:
        if not written:
            return None
        layer, table, column = written.split(".", 2)
        return Reference(written, self._link(f"{layer}.{table}", column))

    def _lineage(self, table: str, downstream: bool) -> Lineage | None:
        if table not in self._followed:
            return None
        lineages = self._site.lineages
        return lineages.downstream(table) if downstream else lineages.upstream(table)


def picture_size(picture: str) -> tuple[str, str]:
    """The width and height of a picture, so that a page keeps its place for it."""
    width, height = (picture.partition(f' {name}="')[2].partition('"')[0] for name in ("width", "height"))
    return width, height


LAYERS = (
    (Layer.GOLD, "Gold", "Facts, dimensions and key figures, made by the models."),
    (Layer.SILVER, "Silver", "The accepted rows of the raw files, typed."),
    (Layer.QUARANTINE, "Quarantine", "The rows that broke their contract, as they came."),
)
"""The tables in the order of who reads them."""
