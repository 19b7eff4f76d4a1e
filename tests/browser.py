"""A real browser for tests of pages: the Chromium of this machine, driven by Playwright, which downloads none."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
    *("--disable-component-update", "--disable-sync"),
)


def find_chromium() -> str:
    """Where Chromium is. CI installs it and may not do without; elsewhere the test is skipped where there is none."""
    found = _installed()
    if found is None and os.environ.get("CI"):
        found = _install()
        assert found, "CI must open pages in a browser, and Chromium could not be installed"
    if found is None:
        pytest.skip("no Chromium on this machine: `apt-get install chromium`")
    return found


def _install() -> str | None:
    """Install it, once: tests run in several processes, and the package manager serves one at a time."""
    with (Path(tempfile.gettempdir()) / "dataspark-tests-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if found := _installed():
            return found
        sudo = ["sudo"] if os.geteuid() and shutil.which("sudo") else []
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run([*sudo, "apt-get", "--quiet", *command], check=True, env=quiet, stdin=subprocess.DEVNULL)
        return _installed()


def _installed() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@dataclass
class Seen:
    """What a browser told while it showed a page."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@contextmanager
def shown(browser: Browser, file: Path, width: int = 1280, scheme: str = "light") -> Iterator[Seen]:
    """A page of a file, opened."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    seen = Seen(context.new_page())
    seen.page.on("console", lambda message: seen.console.append(message.text))
    seen.page.on("pageerror", lambda error: seen.console.append(str(error)))
    seen.page.on("request", lambda request: seen.requests.append(request.url))
    try:
        seen.page.goto(file.resolve().as_uri())
        yield seen
    finally:
        context.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once a module: while it is driven, nothing else in the process can use asyncio."""
    path = find_chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield started
        started.close()
