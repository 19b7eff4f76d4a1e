"""Each page against plain pandas over silver: figures, filters together, the address, languages, masks, no release."""

from __future__ import annotations

import re
import shutil
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dataspark
from cli.calling import dataspark as command
from dashboard.conftest import Open, address, figures, go, words
from workbench import AS_OF

PAGES = ("overview", "customers", "products", "quality", "runs", "catalogue", "sql")


def money(amount: Any) -> str:
    return f"€{amount:,.0f}" if amount >= 100_000 else f"€{amount:,.2f}"


def within(sales: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    return sales[(sales["day"] >= first) & (sales["day"] <= last)]


def test_figures_of_the_usual_period_and_their_changes(opened: Open, retail: Path, sales: pd.DataFrame) -> None:
    at = opened(retail)
    last = sales["day"].max()
    now = within(sales, last - timedelta(days=89), last)
    before = within(sales, last - timedelta(days=179), last - timedelta(days=90))
    assert figures(at) == {
        "Revenue": money(now["amount"].sum()),
        "Purchases": f"{len(now):,}",
        "Customers": f"{now['client'].nunique():,}",
        "Average basket": money(now["amount"].sum() / len(now)),
    }
    moved = float(now["amount"].sum() / before["amount"].sum()) - 1
    assert at.metric[0].delta == f"{moved:+.1%}"
    moved = now["client"].nunique() / before["client"].nunique() - 1
    assert at.metric[2].delta == (f"{moved:+.1%}" if moved else "0.0%")


def test_filters_work_together_and_are_in_the_address(opened: Open, retail: Path, sales: pd.DataFrame) -> None:
    at = opened(
        retail, country=["France", "Germany"], product=["Laptop"], **{"from": ["2025-03-01"], "to": ["2025-09-30"]}
    )
    chosen = within(sales, date(2025, 3, 1), date(2025, 9, 30))
    chosen = chosen[chosen["country"].isin(["France", "Germany"]) & (chosen["product"] == "Laptop")]
    assert len(chosen) > 10
    assert figures(at)["Revenue"] == money(chosen["amount"].sum())
    assert figures(at)["Customers"] == f"{chosen['client'].nunique():,}"
    assert at.multiselect(key="choose_country").value == ["France", "Germany"]
    assert at.date_input(key="choose_days").value == (date(2025, 3, 1), date(2025, 9, 30))

    at.multiselect(key="choose_product").set_value(["Laptop", "Mouse"]).run()
    assert address(at)["product"] == ["Laptop", "Mouse"]
    again = opened(retail, **{name: values for name, values in address(at).items() if name != "lang"})
    assert figures(again) == figures(at)
    assert figures(again)["Revenue"] != money(chosen["amount"].sum())


def test_filters_go_along_to_other_pages(opened: Open, retail: Path, sales: pd.DataFrame) -> None:
    at = opened(retail)
    at.selectbox(key="choose_span").select("all").run()
    at.multiselect(key="choose_country").set_value(["France"]).run()
    for page in ("quality", "products"):
        go(at, page)
        at.run()
        assert address(at)["country"] == ["France"]
    shown = at.dataframe[0].value
    expected = sales[sales["country"] == "France"].groupby("product")["amount"].sum().sort_values(ascending=False)
    assert list(shown["Product"]) == list(expected.index)
    assert [round(value, 2) for value in shown["Revenue"]] == [float(value) for value in expected]
    at.button[0].click().run()
    assert address(at) == {"lang": ["en"]}


def test_countries_and_customers(opened: Open, retail: Path, sales: pd.DataFrame) -> None:
    at = opened(retail, "customers", period=["all"], product=["Laptop", "Phone"])
    chosen = sales[sales["product"].isin(["Laptop", "Phone"])]
    spelt = {"Netherland": "Netherlands", "UK": "United Kingdom"}
    by_country = chosen.replace({"country": spelt}).groupby("country")["amount"].agg(["sum", "count"])
    shown = at.dataframe[0].value.set_index("Country")
    assert {country: (round(row["Revenue"], 2), row["Purchases"]) for country, row in shown.iterrows()} == {
        country: (float(row["sum"]), row["count"]) for country, row in by_country.iterrows()
    }
    assert shown["Share"].sum() == pytest.approx(1)
    best = chosen[chosen["client"] != 0].groupby("client")["amount"].sum().sort_values(ascending=False)
    people = at.dataframe[1].value
    assert [round(value, 2) for value in people["Revenue"]] == [float(value) for value in best.head(20)]
    assert set(people["Name"]) == {"•••"}
    assert "Inconnu" in words(at)  # told below the map, as it is no country


def test_values_in_the_address_that_are_none_are_told(opened: Open, retail: Path) -> None:
    at = opened(retail, country=["Frnce", "France"], period=["90w"], by=["hour"], product=["`x`"])
    told = [warning.value for warning in at.warning]
    assert len(told) == 4
    assert "the country `Frnce`" in told[-2]
    assert "the period `90w`" in told[0]
    assert "the step `hour`" in told[1]
    assert at.multiselect(key="choose_country").value == ["France"]
    assert not at.exception
    at = opened(retail, **{"from": ["2025-02-30"], "to": ["2025-03-01"]})
    assert "the day `2025-02-30`" in at.warning[0].value
    at = opened(retail, language="xx")
    assert "the language `xx`" in at.warning[0].value


def test_a_choice_without_rows_says_so(opened: Open, retail: Path) -> None:
    nothing = {"from": ["1999-01-01"], "to": ["1999-01-02"]}
    for page in ("overview", "customers", "products"):
        at = opened(retail, page, **nothing)
        assert not at.exception
        assert "There is nothing in this choice." in words(at), page


def test_every_page_in_french_and_without_a_person(opened: Open, retail: Path) -> None:
    people = pd.read_csv(retail / "data" / "sources" / "clients.csv", dtype=str)
    secrets = {secret for secret in (*people["email"].dropna(), *people["nom"].dropna()) if len(secret) > 4}
    french, english = set(), set()
    for page in PAGES:
        at = opened(retail, page, language="fr")
        assert not at.exception, page
        assert not at.error, page
        shown = words(at) + "".join(frame.value.to_csv() for frame in at.dataframe)
        assert [secret for secret in secrets if secret in shown] == [], page
        french.add(at.title[0].value)
        if page == "overview":
            assert re.fullmatch(r"[\d\u202f]+(,\d\d)?\u00a0€", figures(at)["Chiffre d’affaires"])
            assert at.selectbox(key="choose_span").options[1] == "90 jours"
            at.segmented_control(key="choose_language").set_value("en").run()
            assert address(at)["lang"] == ["en"]
            english.add(at.title[0].value)
    assert english == {"Overview"}
    assert {"Vue d’ensemble", "Clients et pays", "Qualité des données", "Exécutions et versions"} <= french


def test_rows_are_accounted_for(opened: Open, retail: Path) -> None:
    at = opened(retail, "quality")
    ledger = at.dataframe[0].value.set_index("Table")
    sources = retail / "data" / "sources"
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) - 1 for file in sources.glob("achats-*.csv"))
    assert ledger.loc["achats", "Read"] == lines == 3000
    for _, row in ledger.iterrows():
        assert row["Read"] == row["Accepted"] + row["Quarantined"] + row["Duplicates"] + row["Superseded"]
    at.selectbox(key="quarantine_table").select("clients").run()
    rows = at.dataframe[-1].value
    assert len(rows) == ledger.loc["clients", "Quarantined"] > 0
    assert set(rows["nom"]) == set(rows["email"]) == {"•••"}
    assert set(rows["File"]) == {"clients.csv"}
    reason = at.selectbox(key="quarantine_reason_clients").options[1]
    at.selectbox(key="quarantine_reason_clients").select(reason).run()
    assert all(reason in reasons for reasons in at.dataframe[-1].value["Reasons"])


def test_runs_and_two_releases_compared(opened: Open, retail: Path) -> None:
    at = opened(retail, "runs")
    assert figures(at)["Newest release"] == "r000002"
    assert figures(at)["Runs"] == "2"
    listed, compared, releases = (one.value for one in at.dataframe)
    assert list(listed["Release"]) == ["r000002", "r000001"]
    assert list(releases["Release"]) == ["r000002", "r000001"]
    with dataspark.open(retail, "r000001") as old, dataspark.open(retail) as new:
        counts = [lake.sql("SELECT count(*) FROM fact_achats").rows()[0][0] for lake in (old, new)]
    fact = compared.set_index("Table").loc["gold.fact_achats"]
    assert [fact["Rows before"], fact["Rows after"]] == counts
    at.selectbox(key="compare_before").select("r000002").run()
    assert "Choose two different releases." in words(at)


def test_catalogue_tells_columns_and_masks_them(opened: Open, retail: Path) -> None:
    at = opened(retail, "catalogue")
    at.selectbox(key="catalogue_table").select("gold.dim_client").run()
    columns = at.dataframe[0].value.set_index("Column")
    assert "masked" in columns.loc["nom", "Classification"]
    assert columns.loc["pays", "Classification"] == ""
    assert columns.loc["email", "Comes from"] == "silver.clients.email"
    preview = at.dataframe[1].value
    assert set(preview["email"]) == set(preview["nom"]) == {"•••"}
    at.text_input(key="catalogue_search").input("taux_croissance").run()
    assert at.selectbox(key="catalogue_table").options == ["gold.kpi_taux_croissance"]
    at.text_input(key="catalogue_search").input("zzz").run()
    assert "called like `zzz`" in words(at)


def test_sql_reads_and_nothing_else(opened: Open, retail: Path, sales: pd.DataFrame) -> None:
    at = opened(retail, "sql")

    def ask(query: str) -> None:
        at.text_area(key="sql_query").input(query)
        at.button[0].click().run()
        assert not at.exception

    ask("SELECT sum(montant) AS ca, count(email) AS addresses FROM fact_achats JOIN dim_client USING (dim_client_id)")
    row = at.dataframe[0].value.iloc[0]
    assert float(row["ca"]) == float(sales["amount"].sum())
    assert row["addresses"] == 0
    for query, why in (
        ("SELECT * FROM read_csv('/etc/passwd')", "may not use read_csv"),
        ("DELETE FROM fact_achats", "refused|SELECT"),
        ("SELECT * FROM fact_achat", "has no table `fact_achat`"),
        ("SELECT nix FROM fact_achats", "nix"),
    ):
        ask(query)
        assert re.search(why, at.error[0].value), at.error[0].value
    asked = [code.value for code in at.code]
    assert asked[0] == "SELECT nix FROM fact_achats"
    assert len(asked) == 5


def test_a_project_without_a_release_comes_alive(opened: Open, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    command("init", root)
    at = opened(root)
    assert at.title[0].value == "shop has no release yet"
    assert "dataspark run" in at.info[0].value
    assert dataspark.run(root, as_of=AS_OF).published
    at.run()
    assert at.title[0].value == "Overview"
    assert not at.exception


def test_another_project_than_retail(opened: Open, tmp_path: Path) -> None:
    """The template: no fact table, but revenue by month and country."""
    root = tmp_path / "shop"
    command("init", root)
    dataspark.run(root, as_of=AS_OF)
    with dataspark.open(root) as lake:
        months = lake.table("ca_par_mois").to_pandas()
    at = opened(root, period=["all"])
    whole = float(months["ca_total"].sum())
    assert figures(at) == {"Revenue": f"{whole:,.2f}"}
    assert "by" not in address(at)
    at = opened(root, "customers", period=["all"], country=["France"])
    assert at.dataframe[0].value["Revenue"].sum() == float(months[months["pays"] == "France"]["ca_total"].sum())
    assert not opened(root, "products").exception


def test_a_project_without_amounts_shows_its_key_figures(opened: Open, tmp_path: Path) -> None:
    root = tmp_path / "counts"
    command("init", root)
    shutil.rmtree(root / "checks")
    for model in (root / "models").glob("*.sql"):
        model.unlink()
    (root / "models" / "kpi_lignes.sql").write_text(
        "-- How many there are.\nSELECT produit, count(*) AS nb FROM silver.ventes GROUP BY 1"
    )
    assert dataspark.run(root, as_of=AS_OF).published
    at = opened(root)
    assert "no revenue to show" in words(at)
    assert "How many there are." in words(at)
    assert set(at.dataframe[0].value.columns) == {"produit", "nb"}


def test_wrong_settings_are_sentences(opened: Open, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    command("init", root)
    dataspark.run(root, as_of=AS_OF)
    with (root / "dataspark.toml").open("a") as settings:
        settings.write('[dashboard]\nfact = "ca_par_moi"\n')
    at = opened(root)
    assert not at.exception
    assert "fact names `ca_par_moi`, which the release does not have" in at.error[0].value
    assert "ca_par_mois" in at.error[0].value


def test_a_new_release_is_shown_with_its_number(opened: Open, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    command("init", root)
    dataspark.run(root, as_of=AS_OF)
    at = opened(root, period=["all"])
    before = figures(at)["Revenue"]
    (root / "data" / "sources" / "ventes-2.csv").write_text(
        "id_vente,date_vente,produit,quantite,prix,pays\n99,2025-03-20,Thé,1,1000,Suisse\n"
    )
    assert dataspark.run(root, as_of=AS_OF).published
    time.sleep(1.1)  # the newest release is looked for once a second
    at.run()
    assert "r000002" in words(at)
    assert float(figures(at)["Revenue"].replace(",", "")) == float(before.replace(",", "")) + 1000
