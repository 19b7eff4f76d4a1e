"""What is chosen without a page: the subject of a project, periods, addresses, texts, names of countries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dataspark.answers.catalogue import ColumnEntry, TableEntry, catalogue
from dataspark.dashboard.countries import code_of, country_name
from dataspark.dashboard.filters import Filters, Known, Unknown, read_params
from dataspark.dashboard.formats import Formats
from dataspark.dashboard.periods import Day, Grain, Period, growth, series, total, whole_series
from dataspark.dashboard.subject import Role, find_subject, key_figures
from dataspark.dashboard.words import LANGUAGES, nearest_language, texts
from dataspark.errors import ProjectError, UsageError
from dataspark.project import DashboardSettings, read_project
from dataspark.reader import find_release
from dataspark.wiring import open_workspace

SAID = DashboardSettings()


def column(name: str, type_: str, **more: Any) -> ColumnEntry:
    plain = ColumnEntry(name, type_, "", "", False, False, False, None, ())
    return replace(plain, **more)


def table(name: str, rows: int, *columns: ColumnEntry, **more: Any) -> TableEntry:
    return replace(TableEntry(f"gold.{name}", "", 0, rows, columns, (), (), (), (), "", ""), **more)


ORDERS = table(
    "orders",
    9_000,
    column("order_id", "BIGINT"),
    column("shop", "INTEGER", references="gold.shops.shop_id"),
    column("buyer_id", "BIGINT"),
    column("tax", "DECIMAL(10,2)"),
    column("amount", "DECIMAL(10,2)"),
    column("ordered", "TIMESTAMP"),
    primary_key=("order_id",),
)
SHOPS = table("shops", 5, column("shop_id", "INTEGER", key=True), column("place", "INTEGER"), primary_key=("shop_id",))
PLACES = table("dim_place", 5, column("place", "INTEGER"), column("country_name", "VARCHAR"))
BIG = table("wide", 1_000_000, column("day", "DATE"), column("label", "VARCHAR"))
MONTHS = table("by_month", 12, column("month", "DATE"), column("total", "DECIMAL(18,2)"), column("nb_orders", "BIGINT"))


def test_the_subject_is_found_along_keys() -> None:
    found = find_subject((BIG, MONTHS, PLACES, SHOPS, ORDERS), SAID)
    assert found is not None
    assert (found.fact, found.measure, found.time, found.customer) == ("gold.orders", "amount", "ordered", "buyer_id")
    assert found.counted
    assert found.count is None
    assert found.country is not None
    steps = [(step.column, step.table, step.key, step.unique) for step in found.country.path]
    assert steps == [("shop", "gold.shops", "shop_id", True), ("place", "gold.dim_place", "place", False)]
    assert found.country.column == "country_name"
    assert found.dimension(Role.CUSTOMER) is None


def test_a_table_of_sums_counts_by_its_column() -> None:
    found = find_subject((MONTHS, BIG), SAID)
    assert found is not None
    assert (found.fact, found.count, found.counted) == ("gold.by_month", "nb_orders", True)
    assert find_subject((BIG, PLACES), SAID) is None
    assert [one.name for one in key_figures((BIG, PLACES, SHOPS))] == ["gold.wide", "gold.shops"]


def test_settings_have_the_last_word() -> None:
    tables = (ORDERS, MONTHS, SHOPS, PLACES)
    found = find_subject(tables, DashboardSettings(fact="by_month", measure="total", currency="CHF"))
    assert found is not None
    assert (found.fact, found.currency) == ("gold.by_month", "CHF")
    found = find_subject(tables, DashboardSettings(measure="tax", product="dim_place.country_name"))
    assert found is not None
    assert found.product is not None
    assert (found.measure, found.product.table) == ("tax", "gold.dim_place")
    for said, why in (
        (DashboardSettings(fact="order"), "fact names `order`, which the release does not have"),
        (DashboardSettings(measure="amont"), "measure names `amont`, a column that gold.orders does not have"),
        (DashboardSettings(country="wide.label"), "country names `wide.label`, which cannot be reached"),
        (DashboardSettings(fact="shops"), "gold.shops has no column with dates"),
    ):
        with pytest.raises(UsageError, match=why):
            find_subject(tables, said)


def test_retail_is_found_by_itself(retail: Path) -> None:
    workspace = open_workspace(retail)
    found = find_subject(catalogue(workspace, find_release(workspace, None)), SAID)
    assert found is not None
    assert (found.fact, found.measure, found.time) == ("gold.fact_achats", "montant", "date_achat")
    assert found.country is not None
    assert found.product is not None
    assert found.customer_names is not None
    assert (found.country.table, found.country.column) == ("gold.dim_client", "pays")
    assert (found.product.table, found.product.column) == ("gold.dim_produit", "produit")
    assert (found.customer, found.customer_names.column) == ("dim_client_id", "nom")


def test_the_currency_is_a_code(tmp_path: Path) -> None:
    (tmp_path / "dataspark.toml").write_text('[dashboard]\ncurrency = "euro"\n')
    with pytest.raises(ProjectError, match="must be a code of ISO 4217, such as EUR, not 'euro'"):
        read_project(tmp_path)


DAYS = [Day(date(2025, 1, day), float(day), 1) for day in range(1, 32)] + [Day(date(2025, 3, 31), 62.0, 2)]


def test_series_have_no_holes() -> None:
    period = Period(date(2025, 1, 30), date(2025, 3, 2))
    months = series(DAYS, period, Grain.MONTH)
    assert [(one.day, one.amount, one.number) for one in months] == [
        (date(2025, 1, 1), 61.0, 2),
        (date(2025, 2, 1), 0.0, 0),
        (date(2025, 3, 1), 0.0, 0),
    ]
    weeks = series(DAYS, period, Grain.WEEK)
    assert [one.day.isocalendar()[1] for one in weeks] == [5, 6, 7, 8, 9]
    assert [one.day.isocalendar()[1] for one in whole_series(DAYS, period, Grain.WEEK)] == [6, 7, 8, 9]
    assert total(DAYS, period).amount == 61.0
    assert period.before() == Period(date(2024, 12, 29), date(2025, 1, 29))


def test_growth_is_told_of_whole_months() -> None:
    amounts = {date(2025, 1, 1): 100.0, date(2025, 2, 1): 150.0, date(2025, 3, 1): 75.0, date(2025, 4, 1): 9.0}
    days = [Day(day, amount, 1) for day, amount in amounts.items()]
    assert growth(days, Period(date(2025, 1, 1), date(2025, 4, 10))) == [
        (date(2025, 2, 1), 0.5),
        (date(2025, 3, 1), -0.5),
    ]
    assert growth(days, Period(date(2025, 1, 2), date(2025, 2, 28))) == []


KNOWN = Known(("France", "Côte d'Ivoire"), ("a & b", "ü"))


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters("all", countries=("Côte d'Ivoire", "France"), products=("a & b",), grain=Grain.MONTH),
        Filters("days", Period(date(2025, 1, 1), date(2025, 1, 1)), products=("ü",)),
    ],
)
def test_an_address_gives_the_same_filters(filters: Filters) -> None:
    assert read_params(filters.params(), KNOWN) == (filters, [])


def test_an_address_that_says_nothing() -> None:
    found, unknown = read_params({"period": ["1"], "from": ["2025-01-02"], "by": ["x"], "country": ["Spain"]}, KNOWN)
    assert found == Filters()
    assert unknown == [
        Unknown("from", "2025-01-02"),
        Unknown("period", "1"),
        Unknown("by", "x"),
        Unknown("country", "Spain"),
    ]
    _, unknown = read_params({"from": ["2025-02-01"], "to": ["2025-01-01"]}, KNOWN)
    assert unknown == [Unknown("to", "2025-01-01")]


def test_a_period_is_of_the_data() -> None:
    data = Period(date(2025, 1, 19), date(2025, 12, 30))
    assert Filters("30d").period(data) == Period(date(2025, 12, 1), date(2025, 12, 30))
    assert Filters("365d").period(data) == data
    assert Filters("all").period(data) == data


def test_languages_have_the_same_texts() -> None:
    english = texts("en")
    for language in LANGUAGES:
        found = texts(language)
        assert found.keys() == english.keys()
        assert all(found.values())
        for key, text in found.items():
            fields = [sorted(part.split("}")[0] for part in one.split("{")[1:]) for one in (text, english[key])]
            assert fields[0] == fields[1], key
    assert [nearest_language(one) for one in ("fr-CA", "en-US", "de", None)] == ["fr", "en", "en", "en"]


def test_values_as_languages_write_them() -> None:
    english, french = Formats("en", "EUR"), Formats("fr", "EUR")
    assert (english.money(1234.5), french.money(1234.5)) == ("€1,234.50", "1\u202f234,50\u00a0€")
    assert (english.money(-123456.78), Formats("en").money(12.5)) == ("-€123,457", "12.50")
    assert Formats("en", "JPY").compact(2_500_000).endswith("2.5m")
    assert (english.percent(0.1234, signed=True), french.percent(-0.05)) == ("+12.3%", "-5,0\xa0%")
    assert english.grain(date(2024, 12, 30), Grain.WEEK).startswith("W01 2025")
    assert english.money(None) == english.number(float("nan")) == "–"


def test_countries_by_any_of_their_names() -> None:
    names = (
        "Allemagne",
        "Deutschland",
        "germany",
        " GERMANY ",
        "U.S.A.",
        "Etats-Unis",
        "Côte d'Ivoire",
        "UK",
        "Corée du Sud",
    )
    assert [code_of(name) for name in names] == ["DE", "DE", "DE", "DE", "US", "US", "CI", "GB", "KR"]
    assert code_of("Inconnu") is None
    assert country_name("Germany", "fr") == "Allemagne"
    assert country_name("Inconnu", "fr") == "Inconnu"
