"""`dataspark docs`: a folder of pages that lead to each other, load nothing, and tell no classified value."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser

from browser import browser, shown
from cli.calling import dataspark
from dataspark.errors import StorageError
from dataspark.folders import MARK, replace_folder
from workbench import Bench, csv

__all__ = ["browser"]
EVIL = "<script>alert('x')</script>"
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: sales
version: 1.0.0
status: active
schema:
  - name: sales
    description: "What was sold, <i>quickly</i>"
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - name: amount
        logicalType: number
        required: true
        description: "In <b>euros</b>"
        logicalTypeOptions: {minimum: 0}
      - {name: shop, logicalType: string}
      - name: buyer
        logicalType: string
        classification: personal
        customProperties: []
        examples: [Ann Secret, "Bob, Secret"]  # as they came
    quality:
      - {type: library, metric: rowCount, mustBeGreaterThan: 1, severity: warning}
"""
MODELS = {
    "models/who.sql": "-- Who bought.\n--\n-- A second paragraph.\nSELECT upper(buyer) AS best, amount FROM silver.sales",
    "models/kpi_shops.sql": 'SELECT shop, sum(amount) AS total, count(*) AS "n<2" FROM silver.sales GROUP BY shop',
    "models/vague.sql": "SELECT CAST(s AS VARCHAR) AS whole FROM silver.sales AS s",
    "checks/big.sql": "-- severity: warn\n-- Nobody buys so much.\nSELECT best AS name, amount FROM who WHERE amount > 5",
}
ROWS = [
    f"1,10,{EVIL},Ann Secret",
    "2,1,Lyon,Bob Secret",
    "x,3,Nice,Cy Secret",
    "3,,Nice,Di Secret",
    "4,-2,Nice,Ed Secret",
]


class Links(HTMLParser):
    """What a page leads to and loads, its anchors, and its elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.hrefs.append(value)
            if name == "id" and value:
                self.ids.append(value)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    bench = Bench.of_files(
        tmp_path_factory.mktemp("site") / "shop", {"contracts/a b/s#1.odcs.yaml": CONTRACT, **MODELS}
    )
    bench.put("sales_1.csv", csv("id,amount,shop,buyer", *ROWS))
    bench.run()
    return bench


@pytest.fixture(scope="module")
def site(bench: Bench) -> Path:
    return written(bench.root, bench.root.parent / "site")


def written(project: Path, target: Path, *options: str) -> Path:
    answer = dataspark("docs", "--output", target, *options, project=project)
    assert answer.code == 0, answer
    return target


def texts(site: Path) -> dict[str, str]:
    return {str(file.relative_to(site)): file.read_text() for file in sorted(site.rglob("*")) if file.is_file()}


def test_there_is_a_page_for_everything(site: Path) -> None:
    pages = {name for name in texts(site) if name.endswith(".html")}
    assert pages == {
        *("index.html", "quality.html", "checks/big.html"),
        *(f"tables/{name}.html" for name in ("gold.kpi_shops", "gold.vague", "gold.who", "quarantine.sales", "silver.sales")),
    }  # fmt: skip
    copied = (site / "contracts/a b/s#1.odcs.yaml").read_text()
    assert copied == CONTRACT.replace('[Ann Secret, "Bob, Secret"]', '["•••", "•••"]')


def test_every_link_leads_somewhere(site: Path) -> None:
    pages = {name: Links(text) for name, text in texts(site).items() if name.endswith((".html", ".svg"))}
    assert len(pages["index.html"].hrefs) > 10
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        for href in page.hrefs:
            parts = urlsplit(href)
            if href == "data:,":
                continue
            assert not parts.scheme, f"{name} loads {href}"
            assert not href.startswith("/"), f"{name} loads {href}"
            target = (site / name).parent.joinpath(unquote(parts.path)).resolve() if parts.path else site / name
            assert target.is_file(), f"{name}: {href}"
            if parts.fragment:
                assert parts.fragment in pages[str(target.relative_to(site.resolve()))].ids, f"{name}: {href}"


def test_words_are_never_markup(site: Path) -> None:
    for name, text in texts(site).items():
        assert "<script>alert" not in text, name
        if name.endswith(".html"):
            tags = Links(text).tags
            assert tags.count("script") == 2, name
    page = (site / "tables/silver.sales.html").read_text()
    assert "What was sold, &lt;i&gt;quickly&lt;/i&gt;" in page
    assert "In &lt;b&gt;euros&lt;/b&gt;" in page
    assert "n&lt;2" in (site / "tables/gold.kpi_shops.html").read_text()
    pictures = [ElementTree.fromstring(text) for name, text in texts(site).items() if name.endswith(".svg")]
    assert len(pictures) >= 6


def test_no_classified_value_is_told(bench: Bench, site: Path, tmp_path: Path) -> None:
    assert [name for name, text in texts(site).items() if "secret" in text.lower()] == []
    assert "<td>•••</td>" in (site / "checks/big.html").read_text()
    assert 'class="tag hidden">classified' in (site / "tables/gold.who.html").read_text()
    unmasked = texts(written(bench.root, tmp_path / "open", "--unmasked"))
    assert "ANN" not in unmasked["index.html"]
    told = unmasked["checks/big.html"]
    assert "ANN SECRET" in told
    assert unmasked["contracts/a b/s#1.odcs.yaml"] == CONTRACT
    assert "Values of classified columns are not shown" not in told


def test_promises_are_told_in_words_with_how_often_they_were_broken(site: Path) -> None:
    page = (site / "tables/silver.sales.html").read_text()
    rows = re.findall(
        r'<tr><td><code>(.*?)</code></td><td class="text">(.*?)</td>.*?<td class="num.*?">(.*?)</td>', page, re.DOTALL
    )
    found = {code: (words, count) for code, words, count in rows}
    assert found["id.type"] == ("id is no integer.", "1")
    assert found["amount.required"] == ("amount is empty.", "1")
    assert found["amount.minimum"] == ("amount is below 0.", "1")
    assert found["table.rowCount"] == ("The number of rows is not more than 1.", "0")
    assert "the row goes to the quarantine" in page


def test_what_could_not_be_followed_is_said(site: Path) -> None:
    assert "gold.vague could not be followed" in (site / "tables/gold.vague.html").read_text()


def test_the_same_project_gives_the_same_bytes(bench: Bench, site: Path, tmp_path: Path) -> None:
    assert texts(written(bench.root, tmp_path / "again")) == texts(site)


def test_a_project_without_a_release(tmp_path: Path) -> None:
    Bench.of_files(tmp_path, {"contracts/s.odcs.yaml": CONTRACT, **MODELS})
    answer: Any = dataspark("docs", "--output", tmp_path / "site", "--json", project=tmp_path).json
    assert (answer["release"], answer["pages"], answer["masked"]) == (None, 8, True)
    assert answer["start"] == str(tmp_path / "site/index.html")
    assert "no release yet" in (tmp_path / "site/index.html").read_text()
    assert "not released yet" in (tmp_path / "site/tables/gold.who.html").read_text()
    assert "No row was read yet" in (tmp_path / "site/quality.html").read_text()
    assert "not judged yet" in (tmp_path / "site/checks/big.html").read_text()


# In a browser


@pytest.mark.parametrize(("page", "width", "scheme"), [
    ("index.html", 1280, "light"), ("tables/silver.sales.html", 360, "dark"), ("quality.html", 360, "light"),
])  # fmt: skip
def test_pages_open_from_a_folder_and_fit(browser: Browser, site: Path, page: str, width: int, scheme: str) -> None:
    with shown(browser, site / page, width, scheme) as seen:
        seen.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert seen.console == []
        root = site.resolve().as_uri()
        assert [url for url in seen.requests if not url.startswith((root, "data:"))] == []
        assert f"{root}/assets/style.css" in seen.requests
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        pictures = "Promise.all([...document.images].map(one => (one.loading = 'eager', one.decode())))"
        seen.page.evaluate(pictures)  # fails for one that is not there


def test_the_search_finds_and_leads_there(browser: Browser, site: Path) -> None:
    with shown(browser, site / "tables/gold.who.html") as seen:
        seen.page.keyboard.press("/")
        seen.page.keyboard.type("shop tot")
        assert seen.page.locator("#found a").all_inner_texts()[0].startswith("gold.kpi_shops.total")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url("**/tables/gold.kpi_shops.html#c-total")
        seen.page.fill("#search", "euros")
        assert "silver.sales.amount" in seen.page.inner_text("#found")
        seen.page.fill("#search", "<b>nothing")
        assert seen.page.inner_text("#found") == "nothing is called like that"
        assert seen.console == []


def test_pointing_at_a_column_shows_its_way(browser: Browser, site: Path) -> None:
    with shown(browser, site / "tables/gold.kpi_shops.html") as seen:
        seen.page.locator('svg.lin [data-column="silver.sales.amount"]').first.hover()
        lit = seen.page.evaluate("[...document.querySelectorAll('svg.lin .lit[data-to]')].map(one => one.dataset.to)")
        assert sorted(lit) == ["gold.kpi_shops.total", "silver.sales.amount"]


# The folder


def test_only_its_own_folder_is_replaced(bench: Bench, tmp_path: Path) -> None:
    mine = tmp_path / "papers"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    answer = dataspark("docs", "--output", mine, project=bench.root)
    assert (answer.code, "is not empty, and `dataspark docs` did not make it" in answer.err) == (2, True)
    assert [file.name for file in mine.iterdir()] == ["letter.txt"]
    assert dataspark("docs", "--output", mine / "letter.txt", project=bench.root).code == 2
    replace_folder(tmp_path / "site", {"a/old.html": "old"})
    replace_folder(tmp_path / "site", {"a/new.html": "new"})
    assert set(texts(tmp_path / "site")) == {MARK, "a/new.html"}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["papers", "site"], "nothing is left beside it"


def test_a_folder_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    replace_folder(tmp_path / "site", {"a.html": "old"})
    with pytest.raises(StorageError, match=r"site cannot be written: Is a directory"):
        replace_folder(tmp_path / "site", {"b/c.html": "new", "b": "new"})
    assert texts(tmp_path / "site")["a.html"] == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["site"]


def test_a_move_that_fails_half_way_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_folder(tmp_path / "site", {"a.html": "old"})
    move = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(28, "No space left on device")
        return move(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(StorageError, match="No space left on device"):
        replace_folder(tmp_path / "site", {"a.html": "new"})
    assert texts(tmp_path / "site")["a.html"] == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["site"]


def test_the_wheel_has_the_pages(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(Path(__file__).parents[1])).build(directory=str(tmp_path), versions=["standard"])
    inside = set(ZipFile(wheel).namelist())
    assert {f"dataspark/rendering/site/{name}" for name in ("site.css", "site.js", "templates/table.html.j2")} <= inside
    assert "dataspark/rendering/lineage/picture.css" in inside
