"""Makes the documentation's pictures from the sample, with the Chromium of this machine: `make pictures`.

A picture is one entry of `PICTURES`: what to look at, how wide, how high, light or dark. What is looked at is a page in a
file (the report), or one that a server shows: add the command that starts it to `SERVERS`, and an entry that names it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "pictures"
LARGEST = 200_000
"""Bytes that a picture may have."""
COMMAND = (sys.executable, "-m", "dataspark")
REPORT = "report.html"
SERVERS: dict[str, tuple[str, ...]] = {
    "dashboard": (*COMMAND, "dashboard", "--port", "{port}"),
}
"""What shows pages → the command that starts it in the sample's project; `{port}` is a free one."""


@dataclass(frozen=True)
class Picture:
    """One picture: `NAME.png`."""

    name: str
    page: str
    """A file of the project, or a server with a path behind it: `dashboard/?page=pays`."""
    width: int = 1200
    height: int = 800
    scheme: str = "light"
    at: str = ""
    """A selector to scroll to; the top without one."""
    wait_for: str = "body"
    """A selector that is there once the page is drawn."""
    settles: float = 0
    """Seconds until a page that draws by itself stands still."""


PICTURES = (
    Picture("report-light", REPORT),
    Picture("report-dark", REPORT, scheme="dark"),
    Picture("report-phone", REPORT, width=390, height=780),
    *(
        Picture(f"dashboard-{name}", f"dashboard/{path}", 1280, 860, wait_for="h1", settles=3)
        for name, path in (("overview", ""), ("quality", "quality"), ("catalogue", "catalogue"))
    ),
)


def main() -> None:
    """Make all pictures, or those whose names are given."""
    wanted = [one for one in PICTURES if not sys.argv[1:] or one.name in sys.argv[1:]]
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dataspark-pictures-") as folder, ExitStack() as started:
        project = make_project(Path(folder))
        places = {REPORT: (project / REPORT).as_uri()}
        for server in {one.page.partition("/")[0] for one in wanted} & set(SERVERS):
            places[server] = started.enter_context(serving(server, project))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
            for picture in wanted:
                take(browser, picture, places)
            browser.close()


def make_project(folder: Path) -> Path:
    """The example with the sample's data, run on the sample's day, with its report."""
    project = folder / "retail"
    leftovers = shutil.ignore_patterns("lake", "data", ".dataspark")
    shutil.copytree(ROOT / "examples" / "retail", project, ignore=leftovers)
    for arguments in (
        ("sample",),
        ("run", "--as-of", "2025-12-31", "--quiet"),
        ("report", "--output", str(project / REPORT)),
    ):
        command = [*COMMAND, *arguments, "--project", str(project)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return project


@contextmanager
def serving(server: str, project: Path) -> Iterator[str]:
    """Start a server on a free port of the loopback; its address once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [part.format(port=port) for part in SERVERS[server]]
    process = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def wait_for(address: str, process: subprocess.Popen[bytes], longest: float = 60) -> None:
    """Wait until something answers there."""
    end = time.monotonic() + longest
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"{address}: the server ended with {process.returncode}")
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(0.3)
        else:
            return
    sys.exit(f"{address} does not answer")


def take(browser: Browser, picture: Picture, places: dict[str, str]) -> None:
    """Take one picture, and see that it is small enough."""
    place, _, path = picture.page.partition("/")
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        locale="en-GB",
    )
    page = context.new_page()
    page.goto(f"{places[place]}/{path}" if path or place in SERVERS else places[place])
    page.locator(picture.wait_for).first.wait_for()
    page.wait_for_timeout(1000 * picture.settles)
    if picture.at:
        page.locator(picture.at).first.scroll_into_view_if_needed()
    target = TARGET / f"{picture.name}.png"
    page.screenshot(path=target)
    context.close()
    size = target.stat().st_size
    print(f"{target.relative_to(ROOT)}  {size / 1000:.0f} kB")
    if size > LARGEST:
        sys.exit(f"{target.name} has more than {LARGEST / 1000:.0f} kB: make it smaller")


def chromium() -> str:
    """The browser of this machine; none is downloaded."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return found or sys.exit("there is no Chromium: `apt-get install chromium`, or name it in CHROMIUM")


if __name__ == "__main__":
    main()
