"""Plain values → the files of the site. The same values always give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from dataspark import __version__
from dataspark.answers.catalogue import UNRELEASED
from dataspark.answers.site import CheckPage, Site, TablePage
from dataspark.rendering.lineage.picture import project_svg
from dataspark.rendering.report import sankey
from dataspark.rendering.report.arrivals import arrivals
from dataspark.rendering.report.page import Tile, utc
from dataspark.rendering.site.addresses import anchor, check_page, contract_file, linker, table_page
from dataspark.rendering.site.code import highlighted
from dataspark.rendering.site.tablepages import LAYERS, Reference, TablePages, picture_size
from dataspark.rendering.text import moment, plural, share

_SMALLEST = 0.78
"""How far the picture of the whole project may shrink to fit; beyond it scrolls."""


def site_files(site: Site) -> dict[str, str]:
    """Every file of the site: its path → its text."""
    return dict(sorted(_Pages(site).all()))


class _Pages:
    def __init__(self, site: Site) -> None:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
        from markupsafe import Markup

        self._site, self._tables = site, TablePages(site)
        self._environment = Environment(
            loader=FunctionLoader(lambda name: _resource(f"templates/{name}")),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._environment.filters.update(moment=moment, share=share, markup=Markup, utc=utc)
        self._environment.filters.update(n=lambda value: f"{value:,}", plural=plural, page=table_page, check=check_page)
        self._environment.globals.update(
            site=site,
            version=__version__,
            layers=[(layer, title, words, self._of(layer)) for layer, title, words in LAYERS],
            verdict=_verdict,
            unreleased=UNRELEASED,
        )

    def all(self) -> Iterator[tuple[str, str]]:
        """Every file."""
        yield "index.html", self._written("index.html.j2", "", **self._start())
        yield "quality.html", self._written("quality.html.j2", "", **self._quality())
        for page in self._site.tables:
            yield table_page(page.entry.name), self._written("table.html.j2", "../", **self._tables.context(page))
            yield from self._tables.pictures(page)
        for check in self._site.checks:
            yield check_page(check.name), self._written("check.html.j2", "../", **self._check(check))
        for path, text in self._site.contracts:
            yield contract_file(path), text
        yield (
            "assets/style.css",
            (files("dataspark.rendering.report") / "style.css").read_text("utf-8") + _resource("site.css"),
        )
        yield "assets/site.js", _resource("site.js")
        index = json.dumps(list(self._index()), ensure_ascii=False, separators=(",", ":"))
        yield "assets/search.js", f"window.DATASPARK_INDEX = {index};\n"

    def _written(self, template: str, up: str, **context: Any) -> str:
        return self._environment.get_template(template).render(up=up, **context) + "\n"

    def _of(self, layer: str) -> list[TablePage]:
        return [page for page in self._site.tables if page.entry.name.startswith(f"{layer}.")]

    def _start(self) -> Mapping[str, Any]:
        picture = project_svg(self._site.nodes, linker("", self._tables.pages))
        return {
            "picture": picture,
            "least": round(int(picture_size(picture)[0]) * _SMALLEST),
            "tiles": _tiles(self._site),
            "contracts": [Reference(path, quote(contract_file(path))) for path, _text in self._site.contracts],
        }

    def _quality(self) -> Mapping[str, Any]:
        found = self._site.report
        sources = found.sources if found else ()
        return {
            "flow": sankey.sankey(sources),
            "ledger": list(sankey.ledger_rows(sources)),
            "sources": sources,
            "trends": [(one, arrivals(one)) for one in sources if len(one.quality.trend.batches) > 1],
        }

    def _check(self, check: CheckPage) -> Mapping[str, Any]:
        link = linker("../", self._tables.pages)
        columns = []
        for name in check.columns:
            layer, table, column = name.split(".", 2)
            columns.append(Reference(name, link(f"{layer}.{table}", column)))
        reads = [Reference(one, link(one, None)) for one in check.reads]
        return {"check": check, "reads": reads, "columns": columns, "sql": highlighted(check.sql, "sql")}

    def _index(self) -> Iterator[dict[str, str]]:
        """What the search looks through: n(ame), k(ind), d(escription), u: the address."""
        for page in self._site.tables:
            name, address = page.entry.name, table_page(page.entry.name)
            yield {"n": name, "k": "table", "d": page.entry.description, "u": address}
            for column in page.entry.columns:
                where = f"{address}#{anchor(column.name)}"
                yield {"n": f"{name}.{column.name}", "k": "column", "d": column.description, "u": where}
        for check in self._site.checks:
            yield {"n": check.name, "k": "check", "d": check.description, "u": check_page(check.name)}


def _tiles(site: Site) -> list[Tile]:
    """The figures of the start page."""
    gold = [page for page in site.tables if page.entry.name.startswith("gold.")]
    columns = sum(len(page.entry.columns) for page in gold)
    tiles = [Tile(str(len(gold)), "gold tables" if len(gold) != 1 else "gold table", plural(columns, "column"))]
    if not site.report:
        promised = sum(len(page.promises) for page in site.tables)
        return [*tiles, Tile(str(promised), "promises", plural(len(site.contracts), "contract")),
                Tile(str(len(site.checks)), "checks", "none was judged yet")]  # fmt: skip
    ledgers = [source.quality.ledger for source in site.report.sources]
    read, accepted = (sum(getattr(one, what) for one in ledgers) for what in ("read", "accepted"))
    quarantined = sum(one.quarantined for one in ledgers)
    checks = site.report.last["checks"]
    failed = sum(bool(check["failures"]) for check in checks)
    return [
        *tiles,
        Tile(f"{read:,}", "rows read", plural(sum(len(s.quality.files) for s in site.report.sources), "file")),
        Tile(share(accepted, read), "accepted", plural(accepted, "row"), "good"),
        Tile(share(quarantined, read), "quarantined", plural(quarantined, "row"), "bad" if quarantined else ""),
        Tile(f"{len(checks) - failed} of {len(checks)}", "checks passed", "", "warn" if failed else "good"),
    ]


def _verdict(found: Mapping[str, Any] | None, blocks: bool) -> tuple[str, str]:
    """What a check found, in a word, and its class."""
    if found is None:
        return "not judged yet", "quiet"
    if not found["failures"]:
        return "passed", "good"
    return plural(found["failures"], "row"), "bad" if blocks else "warn"


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
