"""A retail lake with two releases, the same rows as plain pandas sees them, and the dashboard without a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from deltalake import DeltaTable

import dataspark
from cli.calling import dataspark as command
from workbench import AS_OF, EXAMPLES

pytest.importorskip("streamlit")

SCRIPT = "from dataspark.dashboard.app import main\nmain({folder!r})\n"


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3,000 purchases that came in two files, in two releases."""
    root = tmp_path_factory.mktemp("dashboard") / "retail"
    shutil.copytree(EXAMPLES / "retail", root, ignore=shutil.ignore_patterns("lake", "data", ".dataspark"))
    command("sample", "--rows", "3000", "--quiet", project=root)
    sources = root / "data" / "sources"
    header, *lines = (sources / "achats.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (sources / "achats.csv").unlink()
    for number, part in enumerate((lines[:1500], lines[1500:]), 1):
        (sources / f"achats-{number}.csv").write_text(header + "".join(part), encoding="utf-8")
        assert dataspark.run(root, as_of=AS_OF).published
    return root


@pytest.fixture(scope="session")
def sales(retail: Path) -> pd.DataFrame:
    """What was sold, from silver alone: day, amount, product, country, client."""
    bought = DeltaTable(str(retail / "lake" / "silver" / "achats")).to_pandas()
    buyers = DeltaTable(str(retail / "lake" / "silver" / "clients")).to_pandas()[["id_client", "pays"]]
    both = bought.merge(buyers, on="id_client", how="left")
    return pd.DataFrame(
        {
            "day": both["date_achat"].dt.tz_convert("UTC").dt.date,
            "amount": both["montant"],
            "product": both["produit"],
            "country": both["pays"].fillna("Inconnu"),
            "client": both["id_client"].where(both["pays"].notna(), 0),
        }
    )


_HASHES: dict[str, str] = {}
"""Page → what Streamlit calls it; known once a dashboard was opened."""
Open = Callable[..., Any]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens a page of a project's dashboard as a browser with this address would."""
    from streamlit.testing.v1 import AppTest

    def open_page(folder: Path, page: str = "overview", language: str = "en", **params: list[str]) -> Any:
        at = AppTest.from_string(SCRIPT.format(folder=str(folder)), default_timeout=30)
        for name, values in {"lang": [language], **params}.items():
            at.query_params[name] = values
        if page != "overview":
            if page not in _HASHES:
                go(at.run(), page)
            at._page_hash = _HASHES[page]
            for name, values in {"lang": [language], **params}.items():
                at.query_params[name] = values
        return at.run()

    yield open_page
    import streamlit as st

    st.cache_resource.clear()


def go(at: Any, page: str) -> None:
    """Choose a page, as a click beside the page does: the address has no parameters then."""
    _HASHES.update({info["url_pathname"]: key for key, info in at._registered_pages.items()})
    at._page_hash = _HASHES[page]
    at.query_params.clear()


def figures(at: Any) -> dict[str, str]:
    """The cards: label → value."""
    return {metric.label: metric.value for metric in at.metric}


def words(at: Any) -> str:
    """Every text of a page that is no table."""
    kinds = ("title", "caption", "markdown", "info", "warning", "error", "success", "subheader", "text")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(at, kind))


def address(at: Any) -> dict[str, list[str]]:
    """The parameters of the page's address."""
    return {name: [values] if isinstance(values, str) else list(values) for name, values in at.query_params.items()}
