"""The documentation is built strictly, as a site that is whole: no dead link, no page left out, nothing from elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser

from browser import browser, shown

__all__ = ["browser"]
ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
"""What a browser fetches by itself."""


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site as `make docs` does, from a copy."""
    shutil.copy(ROOT / "zensical.toml", folder)
    shutil.copytree(ROOT / "docs", folder / "docs", dirs_exist_ok=True)
    return rebuild(folder)


def rebuild(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = build(folder)
    assert built.returncode == 0, built.stdout
    return folder / "site"


class Links(HTMLParser):
    """What a page links to, what it loads, and which places it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        if tag in LOADED and LOADED[tag] in given:
            self.loaded.append(given[LOADED[tag]])
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Links]:
    return {path.resolve(): Links(path) for path in site.rglob("*.html") if path.name != "404.html"}


def nav_pages(entries: list[object]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict):
            for inner in entry.values():
                yield from nav_pages(inner if isinstance(inner, list) else [inner])


def test_every_page_stands_in_the_navigation_once() -> None:
    told = sorted(nav_pages(SETTINGS["nav"]))
    there = sorted(path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md"))
    assert told == there, "docs/*.md and `nav` in zensical.toml are not the same pages"


def test_no_link_is_dead(pages: dict[Path, Links]) -> None:
    dead = [
        f"{page.name}: {link}" for page, found in pages.items() for link in found.links if not leads(page, link, pages)
    ]
    assert dead == []


def leads(page: Path, link: str, pages: dict[Path, Links]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return parts.scheme == "https"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target not in pages:
        return target.is_file() and target.is_relative_to(page.parent)
    return not parts.fragment or unquote(parts.fragment) in pages[target].places


def test_everything_that_a_page_loads_is_in_the_site(pages: dict[Path, Links]) -> None:
    loaded = [(page, what) for page, found in pages.items() for what in found.loaded if not what.startswith("data:")]
    lacking = [
        f"{page.name}: {what}" for page, what in loaded if not (page.parent / unquote(urlsplit(what).path)).is_file()
    ]
    assert len(loaded) > len(pages)
    assert [what for _page, what in loaded if urlsplit(what).netloc] == []
    assert lacking == []


def test_pictures_are_small_and_shown(pages: dict[Path, Links]) -> None:
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()}
    shown_ones = {Path(what).name for found in pages.values() for what in found.loaded}
    assert sorted(set(pictures) - shown_ones) == []
    assert [name for name, size in pictures.items() if size > 200_000] == []


def test_a_dead_link_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    (tmp_path / "docs" / "index.md").write_text("# A\n\n[b](b.md) [c](c.md#here)\n", encoding="utf-8")
    (tmp_path / "docs" / "c.md").write_text("# C\n\n## There\n", encoding="utf-8")
    built = rebuild(tmp_path)
    assert built.returncode != 0
    assert "2 issues found" in built.stdout + built.stderr


def test_the_search_finds_pages_from_a_folder_and_asks_nobody(browser: Browser, site: Path) -> None:
    with shown(browser, site / "index.html") as seen:
        seen.page.locator(".md-search__button").first.click()
        seen.page.get_by_placeholder("Search").fill("mend waive replay")
        seen.page.locator("a[href*='quarantine.html?h=']").first.wait_for(timeout=10_000)
    assert [url for url in seen.requests if not url.startswith(("file:", "data:", "blob:", "about:"))] == []
    assert seen.console == []


@pytest.mark.parametrize("page", ["contracts.html", "cli.html"])
def test_pages_fit_a_phone(browser: Browser, site: Path, page: str) -> None:
    with shown(browser, site / page, width=390, scheme="dark") as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert seen.page.locator("body").get_attribute("data-md-color-scheme") == "slate"
