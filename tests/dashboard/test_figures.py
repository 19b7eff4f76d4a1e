"""Figures from the small table of a release and from questions of their own are the same; what is remembered is made once."""

from __future__ import annotations

import shutil
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from dashboard.test_choosing import ORDERS, PLACES, SHOPS
from dataspark.dashboard.figures import Figures
from dataspark.dashboard.filters import Filters
from dataspark.dashboard.looks import as_csv, as_parquet
from dataspark.dashboard.periods import Period
from dataspark.dashboard.source import Memory, Source
from dataspark.dashboard.subject import Role, find_subject
from dataspark.errors import UsageError
from dataspark.project import DashboardSettings

PERIOD = Period(date(2025, 6, 1), date(2025, 9, 30))
CHOICES = (
    Filters(),
    Filters(countries=("France", "Inconnu")),
    Filters(countries=("Italy",), products=("Mouse", "Phone")),
)


def told(figures: Figures, filters: Filters) -> list[Any]:
    """Everything that adds up, in cents."""
    ranked = [figures.ranking(role, filters, PERIOD) for role in (Role.COUNTRY, Role.PRODUCT)]
    months = figures.months(Role.PRODUCT, filters, PERIOD).sort_values(["month", "member"])
    return [
        [(one.day, round(one.amount * 100), one.number) for one in figures.daily(filters)],
        *(
            {
                row.member: (round(row.amount * 100), row.number, round(row.before * 100))
                for row in frame.itertuples()
                if row.amount or row.before
            }
            for frame in ranked
        ),
        [(row.month, row.member, round(row.amount * 100)) for row in months.itertuples()],
    ]


def test_with_and_without_the_small_table(retail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(retail)
    release = source.newest()
    assert release is not None
    found = source.figures(release)
    assert found is not None
    small = [told(found, filters) for filters in CHOICES]
    monkeypatch.setattr("dataspark.dashboard.figures.CELLS", 0)
    alone = Figures(found.subject, lambda query: source.ask(release, query))
    assert [told(alone, filters) for filters in CHOICES] == small
    assert all(small[0])
    source.close()


def test_a_question_gets_no_more_than_its_limit(retail: Path) -> None:
    source = Source(retail)
    release = source.newest()
    assert release is not None
    assert len(source.ask(release, "SELECT * FROM fact_achats", limit=7)) == 7
    with pytest.raises(UsageError, match=r"longer than the 0\.2 seconds"):
        source.ask(release, "SELECT count(*) FROM range(1000000000) AS a, range(1000) AS b", seconds=0.2)
    source.close()


def test_what_is_remembered_is_made_once() -> None:
    memory, made, gate = Memory(2), [], threading.Event()

    def slow() -> int:
        gate.wait(5)
        made.append(1)
        return len(made)

    threads = [threading.Thread(target=memory.get, args=("a", slow)) for _ in range(4)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert memory.get("a", slow) == 1
    memory.get("b", lambda: 0)
    memory.get("c", lambda: 0)
    assert memory.get("a", slow) == 2, "the oldest of three is forgotten where two are kept"
    with pytest.raises(ZeroDivisionError):
        memory.get("d", lambda: 1 // 0)
    assert memory.get("d", lambda: 5) == 5


def test_files_have_what_is_shown(tmp_path: Path) -> None:
    frame = pd.DataFrame({"pays": ["Côte d'Ivoire", "=1+1"], "ca": [1.5, -2.0]})
    text = as_csv(frame).decode("utf-8-sig")
    assert text.splitlines() == ["pays,ca", "Côte d'Ivoire,1.5", "'=1+1,-2.0"]
    (tmp_path / "x.parquet").write_bytes(as_parquet(frame))
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "x.parquet"), frame)


def test_a_classification_counts_at_once(retail: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(retail, tmp_path / "retail"))
    source = Source(project)
    source.prepare()
    release = source.newest()
    assert release is not None
    figures = source.figures(release)
    assert figures is not None
    assert "France" in figures.known.countries
    question = "SELECT count(pays) AS told FROM dim_client"
    assert source.ask(release, question)["told"][0] > 0

    contract = project / "contracts" / "clients.odcs.yaml"
    before = contract.read_text(encoding="utf-8")
    contract.write_text(before.replace("- name: pays\n", "- name: pays\n        classification: restricted\n"))
    assert contract.read_text(encoding="utf-8") != before
    end = time.monotonic() + 30
    while source.ask(release, question)["told"][0]:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert source.masked(release, "gold.dim_client") >= {"pays"}
    figures = source.figures(release)
    assert figures is None or figures.subject.country is None or "France" not in figures.known.countries
    source.close()


def test_purchases_that_reach_no_country_are_counted() -> None:
    """Three orders: one of a shop that nobody knows, one of a place that nobody knows, one in France; a fourth has no day."""
    connection = duckdb.connect()
    for statement in (
        "CREATE SCHEMA gold",
        "CREATE TABLE gold.dim_place AS SELECT 1 AS place, 'France' AS country_name",
        "CREATE TABLE gold.shops AS SELECT * FROM (VALUES (1, 1), (2, 9)) AS s(shop_id, place)",
        "CREATE TABLE gold.orders AS SELECT id AS order_id, shop, 7 AS buyer_id, 0.00 AS tax, amount, ordered FROM (VALUES "
        "(1, 1, 10.00, TIMESTAMP '2025-01-01 10:00:00'), (2, 2, 5.00, TIMESTAMP '2025-01-02 10:00:00'), "
        "(3, 3, 2.50, TIMESTAMP '2025-01-02 11:00:00'), (4, 1, 99.00, NULL)) AS o(id, shop, amount, ordered)",
    ):
        connection.execute(statement)
    subject = find_subject((PLACES, SHOPS, ORDERS), DashboardSettings())
    assert subject is not None
    figures = Figures(subject, lambda query: connection.sql(query).to_arrow_table().to_pandas())
    period = Period(date(2025, 1, 1), date(2025, 1, 2))
    ranked = figures.ranking(Role.COUNTRY, Filters(), period)
    assert [(row.member, row.amount, row.number) for row in ranked.itertuples()] == [("France", 10.0, 1), ("?", 7.5, 2)]
    assert [(one.day.day, one.amount, one.number) for one in figures.daily(Filters())] == [(1, 10.0, 1), (2, 7.5, 2)]
    connection.execute("UPDATE gold.orders SET shop = 1")
    again = Figures(subject, lambda query: connection.sql(query).to_arrow_table().to_pandas())
    assert list(again.ranking(Role.COUNTRY, Filters(), period)["amount"]) == [17.5]
