"""The dashboard as a person has it: started by the command, seen in a real browser, stopped by Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from browser import browser as browser  # the fixture
from cli.calling import dataspark as command

_WIDE, _PHONE = 1280, 375
_LONG = 60_000
PAGES = {
    "": "Vue d’ensemble",
    "customers": "Clients et pays",
    "products": "Produits",
    "quality": "Qualité des données",
    "runs": "Exécutions et versions",
    "catalogue": "Catalogue",
    "sql": "SQL",
}


@contextmanager
def serving(project: Path, home: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The dashboard of a project at a free port. Its home is empty, and stays so."""
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "PYTHONWARNINGS": "ignore"}
    asked = [sys.executable, "-m", "dataspark", "dashboard", "--project", str(project), "--port", "0", "--json"]
    process = subprocess.Popen(
        asked, env=environment, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        told = "".join(process.stdout.readline() for _ in range(3))
        yield json.loads(told)["url"], process
    finally:
        process.kill()
        process.communicate()


def ready(page: Page) -> None:
    """Wait until the page stands still."""
    expect(page.locator("h1").first).to_be_visible(timeout=_LONG)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=_LONG)


def test_every_page_in_a_browser(browser: Browser, retail: Path, sales: pd.DataFrame, tmp_path: Path) -> None:
    with serving(retail, tmp_path / "home") as (url, process):
        context = browser.new_context(viewport={"width": _WIDE, "height": 900}, locale="fr-FR", color_scheme="dark")
        page = context.new_page()
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{url}/runs")  # a link may be the first thing that a server is asked
        expect(page.locator("h1").first).to_have_text(PAGES["runs"], timeout=_LONG)
        page.goto(f"{url}/?country=France")
        for name, title in PAGES.items():
            page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()
            expect(page.locator("h1").first).to_have_text(title, timeout=_LONG)
            ready(page)
            page.wait_for_url(f"{url}/{name}?country=France", wait_until="commit", timeout=_LONG)
            expect(page.get_by_test_id("stException")).to_have_count(0)
            page.screenshot(path=tmp_path / f"{name or 'overview'}.png")

        page.set_viewport_size({"width": _PHONE, "height": 800})
        page.goto(f"{url}/customers?country=France&period=all")
        ready(page)
        expect(page.locator("canvas, svg.marks").first).to_be_visible(timeout=_LONG)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("box => box.scrollWidth <= box.clientWidth + 1")
        page.screenshot(path=tmp_path / "phone.png")

        page.set_viewport_size({"width": _WIDE, "height": 900})
        page.goto(f"{url}/?period=all")
        ready(page)
        figure = page.get_by_test_id("stMetricValue").nth(1)
        expect(figure).to_have_text(f"{len(sales):,}".replace(",", "\u202f"))
        box = page.get_by_test_id("stMultiSelect").first
        box.click()
        page.get_by_role("option", name="Belgique").click()
        here = len(sales[sales["country"] == "Belgium"])
        expect(figure).to_have_text(f"{here:,}".replace(",", "\u202f"), timeout=_LONG)
        page.wait_for_url("**country=Belgium**")
        page.reload()
        ready(page)
        expect(figure).to_have_text(f"{here:,}".replace(",", "\u202f"), timeout=_LONG)

        outside = [one for one in asked if not one.startswith((url, url.replace("http", "ws"), "data:", "blob:"))]
        assert outside == []
        assert wrong == []
        context.close()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out) == (0, "")
        assert "Traceback" not in err
    assert [path.name for path in (tmp_path / "home").rglob("*")] == []


def test_a_port_that_is_taken(retail: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = command("dashboard", "--port", str(port), project=retail)
    assert answer.code == 3
    assert f"the dashboard cannot listen at 127.0.0.1, port {port}: Address already in use" in answer.err
    assert "--port 0" in answer.err


def test_without_its_packages(retail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataspark.cli.dashboard.find_spec", lambda name: None if name == "streamlit" else name)
    answer = command("dashboard", project=retail)
    assert answer.code == 2
    assert "the dashboard needs streamlit, which is not installed" in answer.err
    assert "pip install 'dataspark[dashboard]'" in answer.err
