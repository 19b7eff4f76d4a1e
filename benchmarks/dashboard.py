"""How long a page of the dashboard takes: `python benchmarks/dashboard.py [--rows 10000000] [--project FOLDER]`.

Measured is what the server does for a page (Streamlit's AppTest, no browser): the first page of a server that has just
been started and of one that had time to prepare, then filters that nobody chose before.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

import dataspark
from dataspark.cli.main import app

EXAMPLE = Path(__file__).parents[1] / "examples" / "retail"
SCRIPT = "from dataspark.dashboard.app import main\nmain({folder!r})\n"


def made(rows: int, root: Path) -> Path:
    """A retail lake with so many purchases."""
    folder = root / "retail"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("lake", "data", ".dataspark"))
    app(["sample", "--rows", str(rows), "--project", str(folder)], standalone_mode=False)
    assert dataspark.run(folder, as_of="2025-12-31").published
    return folder


def opened(folder: Path) -> Any:
    """A person who opens the first page."""
    at = AppTest.from_string(SCRIPT.format(folder=str(folder)), default_timeout=120)
    at.query_params["lang"] = ["en"]
    return at


def timed(what: str, act: Callable[[], Any]) -> float:
    """How long something takes, told; and of all cores together, which others on the machine do not make longer."""
    began, worked = time.perf_counter(), time.process_time()
    at = act()
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    assert not at.exception
    assert not at.error
    print(f"{what:<50} {seconds:6.2f} s   cpu {cpu:6.2f} s", flush=True)
    return seconds


def measure(folder: Path) -> None:
    """Open pages, choose filters."""
    from dataspark.dashboard.app import source

    opened(folder).run()  # imports are paid once, when the server is started
    for _ in range(3):
        source.clear()
        timed("first page, server just started", opened(folder).run)
    source.clear()
    source(str(folder), None).prepare()
    timed("first page, release opened beforehand", opened(folder).run)
    at = opened(folder).run()
    timed("the same page again", at.run)
    filters = [
        *(timed(f"period {span}", at.selectbox(key="choose_span").select(span).run) for span in ("30d", "180d", "all")),
        timed("country France", at.multiselect(key="choose_country").set_value(["France"]).run),
        timed("and Germany", at.multiselect(key="choose_country").set_value(["France", "Germany"]).run),
        timed("product Laptop", at.multiselect(key="choose_product").set_value(["Laptop"]).run),
        timed("period 90d", at.selectbox(key="choose_span").select("90d").run),
    ]
    at._page_hash = next(key for key, one in at._registered_pages.items() if one["url_pathname"] == "customers")
    timed("customers and countries, these filters", at.run)
    more = [
        timed("period 30d", at.selectbox(key="choose_span").select("30d").run),
        timed("without a country", at.multiselect(key="choose_country").set_value([]).run),
        timed("without a product", at.multiselect(key="choose_product").set_value([]).run),
    ]
    at._page_hash = next(key for key, one in at._registered_pages.items() if one["url_pathname"] == "products")
    timed("products", at.run)
    both = filters + more
    print(f"filters: median {statistics.median(both):.2f} s, slowest {max(both):.2f} s")


def main() -> None:
    """Read the call."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--project", type=Path)
    asked = parser.parse_args()
    if asked.project:
        measure(asked.project)
        return
    with tempfile.TemporaryDirectory() as root:
        measure(made(asked.rows, Path(root)))


if __name__ == "__main__":
    main()
