"""Who bought, told from the purchases in memory: the same as plain Python and pandas count, and as the fact itself says."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.conftest import Open
from dataspark.dashboard.figures import Figures
from dataspark.dashboard.filters import Filters
from dataspark.dashboard.periods import Period
from dataspark.dashboard.purchases import Purchases
from dataspark.dashboard.source import Source
from dataspark.dashboard.subject import Role

FIRST = date(2025, 1, 1)
SPAN = Period(FIRST, FIRST + timedelta(days=9))
COUNTRIES, PRODUCTS = ("France", "Italy", "?"), ("Mouse", "Phone")
MEMBERS = {Role.COUNTRY: COUNTRIES, Role.PRODUCT: PRODUCTS}
ROWS = st.lists(
    st.tuples(
        st.integers(0, 9),  # day
        st.one_of(st.none(), st.just(-1), st.integers(10**15, 10**15 + 6)),  # customer, -1 is the unknown one
        st.integers(-500, 500).map(lambda cents: cents / 100),
        st.integers(-1, 2),  # country, -1 where it cannot be chosen
        st.integers(-1, 1),
    ),
    max_size=40,
)
PERIODS = st.tuples(st.integers(-15, 15), st.integers(0, 15)).map(
    lambda days: Period(FIRST + timedelta(days=days[0]), FIRST + timedelta(days=days[0] + days[1]))
)
CHOSEN = st.builds(
    Filters,
    countries=st.sets(st.sampled_from(COUNTRIES)).map(tuple),
    products=st.sets(st.sampled_from(PRODUCTS)).map(tuple),
)


def in_memory(rows: list[tuple[Any, ...]], kind: pa.DataType) -> Purchases:
    columns = list(zip(*rows, strict=True)) or [()] * 5
    types = (pa.int32(), kind, pa.float64(), pa.int16(), pa.int16())
    arrays = [pa.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
    found = Purchases.of(pa.table(arrays, ["day", "customer", "amount", "country", "product"]), SPAN, MEMBERS, 2)
    assert found
    return found


@given(ROWS, PERIODS, CHOSEN, st.integers(1, 4), st.booleans())
def test_any_purchases(rows: list[Any], period: Period, filters: Filters, most: int, words: bool) -> None:
    if words:
        rows = [(day, None if customer is None else str(customer), *more) for day, customer, *more in rows]
    purchases = in_memory(rows, pa.string() if words else pa.int64())
    bought: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for day, customer, amount, country, product in rows:
        if not period.has(FIRST + timedelta(days=day)) or customer is None:
            continue
        if filters.countries and (country < 0 or COUNTRIES[country] not in filters.countries):
            continue
        if filters.products and (product < 0 or PRODUCTS[product] not in filters.products):
            continue
        bought[customer].append((day, round(amount * 100)))
    assert purchases.customers(filters, period) == len(bought)
    wanted = [
        (-sum(cents for _day, cents in theirs), customer, len(theirs), FIRST + timedelta(days=max(theirs)[0]))
        for customer, theirs in bought.items()
        if customer not in (-1, "-1")
    ]
    best = purchases.best(filters, period, most)
    found = [(-round(row.amount * 100), row.customer, row.number, row.newest) for row in best.itertuples()]
    assert found == sorted(wanted)[:most]
    assert list(best["amount"]) == [-cents / 100 for cents, *_ in sorted(wanted)[:most]], "not a hair beside"


def test_numbers_that_no_question_can_name_are_not_kept() -> None:
    columns = {"day": [0], "customer": [1.5], "amount": [1.0], "country": [0], "product": [0]}
    assert Purchases.of(pa.table(columns), SPAN, MEMBERS, None) is None


@pytest.fixture(scope="module")
def both(retail: Path) -> Any:
    """The figures with and without the purchases in memory."""
    source = Source(retail)
    source.prepare()
    release = source.newest()
    assert release is not None
    found = source.figures(release)
    assert found is not None
    assert [one for one, _contracts in source._purchases] == [release]
    yield found, Figures(found.subject, lambda query: source.ask(release, query))
    source.close()


@pytest.mark.parametrize(
    "filters", [Filters(), Filters(countries=("France", "Inconnu")), Filters(countries=("Italy",), products=("Mouse",))]
)
@pytest.mark.parametrize("span", ["30d", "180d", "all"])
def test_the_same_as_the_fact_says(
    both: tuple[Figures, Figures], sales: pd.DataFrame, filters: Filters, span: str
) -> None:
    kept, asked = both
    assert kept.span is not None
    period = Filters(span=span).period(kept.span)
    rows = sales[sales["day"].between(period.first, period.last)]
    if filters.countries:
        rows = rows[rows["country"].isin(filters.countries)]
    if filters.products:
        rows = rows[rows["product"].isin(filters.products)]
    counted = kept.customers(filters, period)
    assert counted == asked.customers(filters, period)
    assert counted is not None
    assert counted.now == rows["client"].nunique()
    best = kept.best_customers(filters, period, 10)
    pd.testing.assert_frame_equal(best, asked.best_customers(filters, period, 10))
    assert len(best) == min(10, rows.loc[rows["client"] != 0, "client"].nunique())


def test_a_newer_release_takes_the_place_of_the_older_one(retail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(retail)
    monkeypatch.setattr("dataspark.dashboard.source._LOOKS", 0.05)
    newest = source.newest()
    shown = ["r000001"]
    monkeypatch.setattr(source, "_newest", lambda: shown[0])
    watching = source.watch()
    _until(lambda: [one for one, _contracts in source._purchases] == ["r000001"])
    assert newest is not None
    shown[0] = newest
    _until(lambda: [one for one, _contracts in source._purchases] == [newest])
    source.close()
    watching.join(30)
    assert not watching.is_alive()


def test_pages_are_the_same_before_and_after(retail: Path, opened: Open) -> None:
    from dataspark.dashboard.app import source

    def shown() -> list[str]:
        pages = [opened(retail, page, country=["France"]) for page in ("overview", "customers")]
        assert not any(page.exception or page.error for page in pages)
        return [str(one.value) for page in pages for one in (*page.metric, *page.dataframe)]

    before = shown()
    assert len(before) >= 6
    source(str(retail), None).prepare()
    assert source(str(retail), None)._purchases
    assert shown() == before


def _until(holds: Any) -> None:
    import time

    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
