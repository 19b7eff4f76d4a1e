"""Takes the pictures of the dashboard: `python docs/pictures/dashboard.py http://127.0.0.1:8501 [FOLDER]`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PAGES = {"overview": "", "quality": "quality", "catalogue": "catalogue"}
SIZE = {"width": 1280, "height": 860}
STILL = 3_000
"""Milliseconds after which a page has drawn everything."""


def main(address: str, folder: Path) -> None:
    """Write dashboard-PAGE.png, each below 200 kB."""
    program = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE, locale="en-GB", color_scheme="light")  # type: ignore[arg-type]
        for name, path in PAGES.items():
            page.goto(f"{address.rstrip('/')}/{path}")
            page.get_by_role("heading", level=1).wait_for()
            page.wait_for_timeout(STILL)
            if name == "catalogue":
                page.get_by_text("The model's SQL").scroll_into_view_if_needed()
                page.wait_for_timeout(STILL)
            target = folder / f"dashboard-{name}.png"
            page.screenshot(path=target)
            assert target.stat().st_size < 200_000, f"{target} is too large"
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent)
