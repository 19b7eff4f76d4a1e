"""`dataspark report` in a real browser: what it shows, what it hides, and that it loads nothing."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser

from browser import browser, shown
from cli.calling import AS_OF, EXAMPLES, dataspark
from workbench import Bench, csv

__all__ = ["browser"]
EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>"
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: sales
version: 1.0.0
status: active
schema:
  - name: sales
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: amount, logicalType: number, description: "Not <b>bold</b>"}
      - {name: shop, logicalType: string}
      - {name: buyer, logicalType: string, classification: personal}
"""
KPI = "SELECT shop, count(*) AS n FROM silver.sales GROUP BY ALL"
CHECK = "-- severity: warn\nSELECT * FROM silver.sales WHERE amount > 5"
ROWS = [f"1,10,{EVIL},Ann Secret", "2,1,Lyon,Bob Secret", f"x,{EVIL},Nice,Cy Secret", "3,1", "2,1,Lyon,Bob Secret"]


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example after three runs with new files."""
    root = tmp_path_factory.mktemp("report") / "retail"
    shutil.copytree(EXAMPLES / "retail", root, ignore=shutil.ignore_patterns("lake", "data", ".dataspark"))
    dataspark("sample", "--rows", 3000, "--quiet", project=root)
    sources = root / "data/sources"
    head, *lines = (sources / "achats.csv").read_text().splitlines()
    (sources / "achats.csv").unlink()
    for number, part in enumerate((lines[:1500], lines[1500:2500], lines[2500:])):
        (sources / f"achats_{number}.csv").write_text("\n".join([head, *part]) + "\n")
        assert dataspark("run", "--as-of", AS_OF, "--quiet", project=root).code == 0
    return root


@pytest.fixture(scope="session")
def page(retail: Path) -> Path:
    return written(retail, retail / "report.html")


def written(project: Path, target: Path, *options: str) -> Path:
    answer = dataspark("report", "--output", target, *options, project=project)
    assert answer.code == 0, answer
    return target


def hostile(root: Path) -> Bench:
    files = {"contracts/s.odcs.yaml": CONTRACT, "models/kpi_shops.sql": KPI, "checks/big.sql": CHECK}
    bench = Bench.of_files(root, files)
    bench.put("sales_<b>1.csv", csv("id,amount,shop,buyer", *ROWS))
    bench.run()
    return bench


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (320, "dark")])
def test_the_page_loads_nothing_and_fits(browser: Browser, page: Path, width: int, scheme: str) -> None:
    with shown(browser, page, width, scheme) as seen:
        seen.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert seen.console == []
        assert seen.requests == [page.resolve().as_uri()]
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        beyond = seen.page.evaluate(
            """width => [...document.querySelectorAll('body *')]
                .filter(one => one.getBoundingClientRect().right > width + 0.5 && !one.closest('.scroll, nav .page, svg'))
                .map(one => one.outerHTML.slice(0, 120))""",
            width,
        )
        assert beyond == []


def test_light_and_dark_differ_and_words_can_be_read(browser: Browser, page: Path) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        with shown(browser, page, scheme=scheme) as seen:
            pairs = seen.page.evaluate(
                """() => [['h1', '.top'], ['.lead', 'body'], ['.facts', '.top'], ['td', '.card'], ['.card small', '.card'],
                          ['.said', '.card'], ['.tile.good .value', '.top'], ['.tile.bad .value', '.top']]
                    .map(([words, ground]) => [getComputedStyle(document.querySelector(words)).color,
                                               getComputedStyle(document.querySelector(ground)).backgroundColor])"""
            )
            grounds.append(pairs[0][1])
            assert [pair for pair in pairs if contrast(*pair) < 3.5] == []
    assert len(set(grounds)) == 2


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG defines it."""

    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dim, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dim + 0.05)


def test_every_picture_is_described_and_headings_are_in_order(browser: Browser, page: Path) -> None:
    with shown(browser, page) as seen:
        ask = seen.page.evaluate
        assert ask("[...document.querySelectorAll('svg')].filter(one => !one.getAttribute('aria-label')).length") == 0
        levels = ask("[...document.querySelectorAll('h1, h2, h3')].map(one => Number(one.tagName[1]))")
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        anchors = ask("[...document.querySelectorAll('nav a')].map(one => one.getAttribute('href'))")
        assert all(ask(f"!!document.querySelector('{anchor}')") for anchor in anchors)
        assert len(anchors) == 6


def test_the_flow_adds_up_to_the_ledger(browser: Browser, retail: Path, page: Path) -> None:
    with shown(browser, page) as seen:
        nodes, links = seen.page.evaluate(
            """() => [[...document.querySelectorAll('[data-node]')].map(one => ({...one.dataset})),
                      [...document.querySelectorAll('[data-from]')].map(one => ({...one.dataset}))]"""
        )
    rows = {node["node"]: int(node["rows"]) for node in nodes}
    into, out = Counter[str](), Counter[str]()
    for link in links:
        out[link["from"]] += int(link["rows"])
        into[link["to"]] += int(link["rows"])
    assert all(into[node] in (0, number) for node, number in rows.items())
    assert all(out[node] in (0, number) for node, number in rows.items())
    bench = Bench(retail)
    for table in ("clients", "achats"):
        ledgers = bench.ledgers(table).values()
        for outcome in ("read", "accepted", "quarantined", "duplicates", "superseded"):
            assert rows.get(f"{table}/{outcome}", 0) == sum(getattr(one, outcome) for one in ledgers), outcome
        of = {
            kind: sum(n for node, n in rows.items() if node.startswith(f"{table}/{kind}/"))
            for kind in ("file", "reason")
        }
        assert of == {"file": rows[f"{table}/read"], "reason": rows[f"{table}/quarantined"]}
        assert (into[f"{table}/read"], out[f"{table}/quarantined"]) == (of["file"], of["reason"])
    assert rows["achats/gold/fact_achats"] == rows["achats/silver"]


def test_the_flow_keeps_its_proportions(browser: Browser, page: Path) -> None:
    with shown(browser, page) as seen:
        found = seen.page.evaluate(
            """() => [...document.querySelectorAll('[data-node]')]
                .map(one => [one.dataset.node, +one.querySelector('rect').getAttribute('height')])"""
        )
        heights: dict[str, float] = dict(found)
        files = [heights[f"achats/file/{number}"] for number in range(3)]
    assert files[0] / files[1] == pytest.approx(1.5, rel=0.02)
    assert sum(files) == pytest.approx(heights["achats/read"], rel=0.01)


def test_raw_data_is_words_and_never_markup(browser: Browser, tmp_path: Path) -> None:
    bench = hostile(tmp_path)
    file = written(bench.root, tmp_path / "report.html", "--unmasked")
    with shown(browser, file) as seen:
        assert seen.console == []
        assert len(seen.requests) == 1
        counted = seen.page.evaluate("['script', 'img', 'b'].map(tag => document.querySelectorAll(tag).length)")
        assert counted[:2] == [0, 0]
        words = seen.page.evaluate("document.body.textContent")
        assert words.count(EVIL) >= 2
        assert "sales_<b>1.csv" in words
        assert "amount is no number." in words
    assert "<script" not in file.read_text()


def test_values_of_classified_columns_are_masked(tmp_path: Path) -> None:
    bench = hostile(tmp_path)
    masked = written(bench.root, tmp_path / "report.html").read_text()
    assert "Secret" not in masked
    assert "•••" in masked
    assert "10.0" in masked  # a row that fails the check, without its buyer
    assert "Nice" in masked  # the other values of the row are there
    assert "Cy Secret" in written(bench.root, tmp_path / "open.html", "--unmasked").read_text()


def test_what_a_boss_looks_for(browser: Browser, page: Path) -> None:
    with shown(browser, page) as seen:
        text: str = seen.page.inner_text("body")
        for words in ("retail", "Released, 1 warning", "release r000003", "as of 2025-12-31", "kpi_ca_par_pays"):
            assert words in text
        assert seen.page.inner_text("#checks").count("✓") == 56
        assert seen.page.locator("#checks details tbody tr").count() == 5
        assert "row.date_future" in seen.page.inner_text("#rejected")
        assert seen.page.locator("#runs .timeline li").count() == 20
        assert seen.page.locator("#figures article").count() == 9
        silver = seen.page.locator("#columns details[open]").all_inner_texts()
        assert any("classified" in one and "silver.clients" in one for one in silver)
        year = seen.page.locator("#figures article", has_text="agregation_mois").locator("td").first
        assert year.text_content() == "2025"


def test_a_run_that_failed_or_was_not_released_says_so(tmp_path: Path) -> None:
    bench = hostile(tmp_path)
    (tmp_path / "checks/big.sql").write_text(CHECK.replace("warn", "error"))
    bench.put("sales_2.csv", csv("id,amount,shop,buyer", "9,99,Nice,Di"))
    bench.run()
    text = written(tmp_path, tmp_path / "report.html").read_text()
    assert "Not released: a check failed" in text
    assert "release <b>r000001</b>" in text
    assert "which is not released: the key figures below are those of r000001" in text
    bench.put("sales_3.csv", "foo,bar\n1,2\n")
    assert "sales_3.csv" in dataspark("run", project=tmp_path).err
    assert "The last run failed" in written(tmp_path, tmp_path / "report.html").read_text()


def test_what_cannot_be_written(tmp_path: Path) -> None:
    bench = Bench.of_files(tmp_path, {"contracts/s.odcs.yaml": CONTRACT})
    assert "has no run yet" in dataspark("report", project=tmp_path).err
    bench.run()  # no file came yet
    answer: Any = dataspark("report", "--output", tmp_path / "r.html", "--json", project=tmp_path).json
    assert answer == {"file": str(tmp_path / "r.html"), "release": "r000001", "masked": True}
    assert "No row was read yet." in (tmp_path / "r.html").read_text()
    folder = dataspark("report", "--output", tmp_path, project=tmp_path)
    assert (folder.code, "is a folder" in folder.err) == (2, True)


def test_the_wheel_has_the_page(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(Path(__file__).parents[1])).build(directory=str(tmp_path), versions=["standard"])
    inside = set(ZipFile(wheel).namelist())
    assert {f"dataspark/rendering/report/{name}" for name in ("page.html.j2", "style.css", "page.py")} <= inside


def test_what_comes_from_a_classified_column_is_masked_whatever_it_is_called(tmp_path: Path) -> None:
    public = CONTRACT.replace("id: sales", "id: shops").replace("name: sales", "name: shops")
    files = {
        "contracts/s.odcs.yaml": CONTRACT,
        "contracts/o.odcs.yaml": public.replace(", classification: personal", ""),
        "models/kpi_best.sql": "SELECT upper(buyer) AS best, amount FROM silver.sales",
        "models/kpi_shops.sql": "SELECT buyer, amount FROM silver.shops",
        "models/later.sql": "SELECT best AS again FROM kpi_best",
        "checks/big.sql": "-- severity: warn\nSELECT again AS who, 7 AS days FROM later",
    }
    bench = Bench.of_files(tmp_path, files)
    bench.put("sales_1.csv", csv("id,amount,shop,buyer", "1,10,Lyon,Ann Secret", "2,11,Lyon,Bob Secret"))
    bench.put("shops_1.csv", csv("id,amount,shop,buyer", "1,10,Lyon,Open Words", "2,11,Lyon,More Words"))
    bench.run()
    text = written(tmp_path, tmp_path / "report.html").read_text()
    assert "secret" not in text.lower()
    assert "Open Words" in text, "a column of the same name that nobody classified"
    assert re.search(r"<td>•••</td><td>7</td>", text), "the failing row of the check, without what comes from the name"
    assert "ANN SECRET" in written(tmp_path, tmp_path / "open.html", "--unmasked").read_text()
    assert not [row for row in bench.quality("profiles") if "secret" in repr(row).lower()], "nor is it kept"
