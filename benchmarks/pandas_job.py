"""The retail job as an analyst who knows pandas well writes it: everything in memory, column by column.

    python benchmarks/pandas_job.py SOURCES OUT [--as-of 2025-12-31]

The same rows, rejects and 14 gold tables as `limit.py`. Text columns are backed by Arrow, files are parsed by Arrow,
amounts are whole cents until they are written as decimals.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from retail import CLIENT_COLUMNS, COUNTRIES, PURCHASE_COLUMNS

MOMENT_FORMATS = (
    *("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y"),
    *("%Y/%m/%d %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"),
)
DAY_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d.%m.%Y")
EMAIL = r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+"
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

Masks = Mapping[str, "pd.Series[bool]"]


def read(sources: Path, bronze: Path, table: str, columns: Sequence[str]) -> pd.DataFrame:
    """Copy a table's files and read the copies as trimmed text, empty fields as missing."""
    frames = []
    for source in sorted(sources.glob(f"{table}*.csv")):
        copied = shutil.copyfile(source, bronze / source.name)
        kinds = arrow_csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), include_columns=columns)
        read_quoted = arrow_csv.ParseOptions(newlines_in_values=True)
        frames.append(arrow_csv.read_csv(copied, parse_options=read_quoted, convert_options=kinds).to_pandas())
    text = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    for column in columns:
        trimmed = text[column].astype("str").str.strip()
        text[column] = trimmed.mask(trimmed == "")
    return text


def to_integer(text: pd.Series) -> pd.Series:
    """Whole numbers; missing where the text is none."""
    return text.where(text.str.fullmatch(r"[+-]?[0-9]{1,18}", na=False)).astype("int64[pyarrow]")


def to_cents(text: pd.Series) -> pd.Series:
    """Amounts in cents, rounded half away from zero; missing where there is no number of at most ten digits."""
    amount = pd.to_numeric(text, errors="coerce").astype("float64") * 100
    cents = np.sign(amount) * np.floor(np.abs(amount) + 0.5)
    return cents.where(np.abs(cents) < 1e12)


def to_moment(text: pd.Series, formats: Sequence[str], iso: bool) -> pd.Series:
    """UTC timestamps: the plain form first, the others where it does not fit."""
    moment = pd.to_datetime(text, format="%Y-%m-%d %H:%M:%S" if iso else formats[0], errors="coerce", utc=True)
    left = text[moment.isna() & text.notna()]
    if iso:
        dashed = left[left.str.match(r"\d{4}-\d\d-\d\d")]
        moment = moment.fillna(pd.to_datetime(dashed, format="ISO8601", errors="coerce", utc=True))
    for known in formats:
        moment = moment.fillna(pd.to_datetime(left, format=known, errors="coerce", utc=True))
    return moment


def judge_clients(text: pd.DataFrame, as_of: pd.Timestamp) -> tuple[pd.DataFrame, Masks]:
    """Typed clients, and for each reason the rows that have it."""
    countries = {name.strip() for name in COUNTRIES.split("|")}
    key = to_integer(text["id_client"])
    joined = to_moment(text["date_inscription"], DAY_FORMATS, iso=False)
    typed = text.assign(id_client=key, date_inscription=joined)
    return typed, {
        "id_client.required": text["id_client"].isna(),
        "id_client.type": text["id_client"].notna() & key.isna(),
        "id_client.minimum": (key < 1).fillna(False).astype(bool),
        "nom.required": text["nom"].isna(),
        "nom.maxLength": text["nom"].str.len() > 200,
        "email.pattern": text["email"].notna() & ~text["email"].str.fullmatch(EMAIL, na=False),
        "date_inscription.required": text["date_inscription"].isna(),
        "date_inscription.type": text["date_inscription"].notna() & joined.isna(),
        "pays.required": text["pays"].isna(),
        "pays.enum": text["pays"].notna() & ~text["pays"].isin(countries),
        "row.date_future": joined > as_of,
    }


def judge_purchases(text: pd.DataFrame, as_of: pd.Timestamp) -> tuple[pd.DataFrame, Masks]:
    """Typed purchases, and for each reason the rows that have it."""
    key, client = to_integer(text["id_achat"]), to_integer(text["id_client"])
    moment = to_moment(text["date_achat"], MOMENT_FORMATS, iso=True)
    cents = to_cents(text["montant"])
    typed = text.assign(id_achat=key, id_client=client, date_achat=moment, montant=cents)
    return typed, {
        "id_achat.required": text["id_achat"].isna(),
        "id_achat.type": text["id_achat"].notna() & key.isna(),
        "id_achat.minimum": (key < 1).fillna(False).astype(bool),
        "id_client.required": text["id_client"].isna(),
        "id_client.type": text["id_client"].notna() & client.isna(),
        "id_client.minimum": (client < 1).fillna(False).astype(bool),
        "date_achat.required": text["date_achat"].isna(),
        "date_achat.type": text["date_achat"].notna() & moment.isna(),
        "montant.required": text["montant"].isna(),
        "montant.type": text["montant"].notna() & cents.isna(),
        "montant.exclusiveMinimum": cents <= 0,
        "montant.maximum": cents > 10_000_000,
        "produit.required": text["produit"].isna(),
        "produit.maxLength": text["produit"].str.len() > 200,
        "row.date_future": moment > as_of,
    }


def settle(text: pd.DataFrame, typed: pd.DataFrame, masks: Masks, key: str, rejects: Path) -> tuple[pd.DataFrame, int]:
    """Write the rejects with their reasons; return the newest good row of every key, and how many were rejected."""
    bad = np.logical_or.reduce([mask.to_numpy(dtype=bool) for mask in masks.values()])
    failing = pd.DataFrame({code: mask.to_numpy(dtype=bool)[bad] for code, mask in masks.items()})
    codes = np.array(list(masks), dtype=object)
    rejected = text[bad].assign(reasons=[list(codes[row]) for row in failing.to_numpy()])
    rejected.insert(0, "line", np.flatnonzero(bad) + 2)
    rejected.to_parquet(rejects, index=False)
    good = typed[~bad].drop_duplicates(key, keep="last")
    return good, int(bad.sum())


def decimals(cents: pd.Series, digits: int) -> pa.Array:
    """Cents as exact decimals."""
    whole = pa.array(cents.to_numpy(dtype="int64")).cast(pa.decimal128(19, 0))
    return pa.compute.multiply(whole, pa.scalar(Decimal("0.01"))).cast(pa.decimal128(digits, 2))


def write(frame: pd.DataFrame, path: Path, money: Mapping[str, int]) -> None:
    """Write a frame to a Parquet file; `money` are its columns in cents and their digits as decimals."""
    table = pa.Table.from_pandas(frame.drop(columns=list(money)), preserve_index=False)
    for column, digits in money.items():
        table = table.append_column(column, decimals(frame[column], digits))
    parquet.write_table(table.select(list(frame.columns)), path)


def sums(purchases: pd.DataFrame, by: str | list[str]) -> pd.DataFrame:
    """Revenue in cents, average basket and number of purchases of each group."""
    grouped = purchases.groupby(by, sort=False)["montant"].agg(ca_total="sum", nb_transactions="size").reset_index()
    grouped["ca_total"] = grouped["ca_total"].astype("int64")
    return grouped


def totals(days: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Days added up to longer periods."""
    summed = days.groupby(by, as_index=False)[["ca_total", "nb_transactions"]].sum()
    return with_basket(summed)


def with_basket(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the average basket, before the number of purchases."""
    position = int(frame.columns.get_indexer(["nb_transactions"])[0])
    frame.insert(position, "ca_moyen", frame["ca_total"] / 100 / frame["nb_transactions"])
    return frame


def calendar(days: pd.DataFrame) -> pd.DataFrame:
    """The calendar of the days that have purchases."""
    date = pd.to_datetime(days["date"])
    week = date.dt.isocalendar()
    return pd.DataFrame(
        {
            "dim_temps_id": days["annee"] * 10_000 + days["mois"] * 100 + days["jour"],
            "date": days["date"],
            "annee": days["annee"],
            "trimestre": date.dt.quarter,
            "mois": days["mois"],
            "nom_mois": [MONTHS[month - 1] for month in days["mois"]],
            "annee_iso": week["year"].astype("int32"),
            "semaine": week["week"].astype("int32"),
            "jour": days["jour"],
            "jour_semaine": date.dt.day_of_week + 1,
            "nom_jour": [WEEKDAYS[day] for day in date.dt.day_of_week],
            "est_weekend": date.dt.day_of_week >= 5,
        }
    )


def numbered(values: pd.Series, key: str, name: str) -> pd.DataFrame:
    """A dimension: the distinct values, numbered in their order."""
    distinct = np.sort(values.dropna().unique().astype(object))
    return pd.DataFrame({key: np.arange(1, len(distinct) + 1, dtype="int32"), name: pd.Series(distinct, dtype="str")})


def star(clients: pd.DataFrame, purchases: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The dimensions and the facts."""
    countries = numbered(clients["pays"], "dim_pays_id", "pays")
    products = numbered(purchases["produit"], "dim_produit_id", "produit")
    dim_client = clients.merge(countries, on="pays", how="left")
    dim_client.insert(0, "dim_client_id", dim_client["id_client"])
    known = purchases["id_client"].isin(clients["id_client"])
    if not known.all():
        unknown = {"dim_client_id": [0], "nom": ["Inconnu"], "pays": ["Inconnu"]}
        dim_client = pd.concat([dim_client, pd.DataFrame(unknown)], ignore_index=True)
        dim_client["dim_pays_id"] = dim_client["dim_pays_id"].astype("Int32")
    number_of = products.set_index("produit")["dim_produit_id"]
    date = purchases["date_achat"].dt
    facts = pd.DataFrame(
        {
            "id_achat": purchases["id_achat"],
            "dim_client_id": purchases["id_client"].where(known, 0),
            "dim_produit_id": purchases["produit"].map(number_of),
            "dim_temps_id": (date.year * 10_000 + date.month * 100 + date.day).astype("int32"),
            "date_achat": purchases["date_achat"],
            "montant": purchases["montant"],
            "quantite": np.int32(1),
        }
    )
    return {"dim_pays": countries, "dim_produit": products, "dim_client": dim_client, "fact_achats": facts}


def figures(facts: pd.DataFrame, dim_client: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The calendar, the aggregations and the KPIs."""
    grouped = with_basket(sums(facts, "dim_temps_id"))
    number = grouped.pop("dim_temps_id")
    grouped.insert(0, "date", pd.to_datetime(number.astype("str"), format="%Y%m%d").dt.date)
    grouped.insert(1, "annee", number // 10_000)
    grouped.insert(2, "mois", number // 100 % 100)
    grouped.insert(3, "jour", number % 100)
    dates = calendar(grouped)
    weeks = totals(grouped.assign(annee_iso=dates["annee_iso"], semaine=dates["semaine"]), ["annee_iso", "semaine"])
    months = totals(grouped, ["annee", "mois"])
    months.insert(2, "trimestre", (months["mois"] + 2) // 3)
    volumes = {"nb_transactions": "nb_achats"}
    growth = months[["annee", "mois"]].assign(ca=months["ca_total"])
    growth["taux_croissance"] = (growth["ca"].pct_change() * 100).round(2)
    return {
        "dim_temps": dates,
        "agregation_jour": grouped,
        "agregation_semaine": weeks,
        "agregation_mois": months,
        "kpi_volumes_jour": grouped[["date", "nb_transactions", "ca_total"]].rename(columns=volumes),
        "kpi_volumes_semaine": weeks[["annee_iso", "semaine", "nb_transactions", "ca_total"]].rename(columns=volumes),
        "kpi_volumes_mois": months[["annee", "mois", "nb_transactions", "ca_total"]].rename(columns=volumes),
        "kpi_ca_par_pays": by_country(facts, dim_client),
        "kpi_taux_croissance": growth,
        "kpi_distributions_statistiques": spread(facts["montant"]),
    }


def by_country(facts: pd.DataFrame, dim_client: pd.DataFrame) -> pd.DataFrame:
    """Revenue by country, from revenue by client."""
    clients = sums(facts, "dim_client_id").merge(dim_client[["dim_client_id", "pays"]], on="dim_client_id")
    countries = clients.groupby("pays", as_index=False)[["nb_transactions", "ca_total"]].sum()
    countries["ca_moyen"] = countries["ca_total"] / 100 / countries["nb_transactions"]
    return countries.rename(columns={"nb_transactions": "nb_achats"})


def spread(cents: pd.Series) -> pd.DataFrame:
    """How the amounts are spread."""
    low, middle, high = np.quantile(cents.to_numpy() / 100, [0.25, 0.5, 0.75])
    euros = cents / 100
    row = {"metrique": "montant", "moyenne": euros.mean(), "mediane": middle, "ecart_type": euros.std()}
    return pd.DataFrame([row | {"min": cents.min(), "max": cents.max(), "q25": low, "q75": high}])


MONEY = {"ca_total": 18, "ca": 18, "montant": 12, "min": 12, "max": 12}
"""Columns in cents and their digits as decimals."""


def save(frame: pd.DataFrame, path: Path) -> None:
    """Write a table, its money as decimals."""
    write(frame, path, {column: digits for column, digits in MONEY.items() if column in frame.columns})


def run(sources: Path, out: Path, as_of: str) -> dict[str, int]:
    """Do the whole job."""
    for folder in ("bronze", "silver", "rejects", "gold"):
        (out / folder).mkdir(parents=True)
    moment = pd.Timestamp(as_of, tz="UTC")
    text = read(sources, out / "bronze", "clients", CLIENT_COLUMNS)
    clients, bad_clients = settle(text, *judge_clients(text, moment), "id_client", out / "rejects" / "clients.parquet")
    clients["date_inscription"] = clients["date_inscription"].dt.date
    save(clients, out / "silver" / "clients.parquet")
    text = read(sources, out / "bronze", "achats", PURCHASE_COLUMNS)
    purchases, bad = settle(text, *judge_purchases(text, moment), "id_achat", out / "rejects" / "achats.parquet")
    del text
    purchases["montant"] = purchases["montant"].astype("int64")
    save(purchases, out / "silver" / "achats.parquet")
    tables = star(clients, purchases)
    tables |= figures(tables["fact_achats"], tables["dim_client"])
    for name, frame in tables.items():
        save(frame, out / "gold" / f"{name}.parquet")
    return {"clients_rejected": bad_clients, "rejected": bad, "clients": len(clients), "accepted": len(purchases)}


def main() -> None:
    """Read the arguments, do the job, print the counts."""
    parser = argparse.ArgumentParser(description="The retail job in pandas.")
    parser.add_argument("sources", type=Path)
    parser.add_argument("out", type=Path, help="a folder that is not there yet")
    parser.add_argument("--as-of", default="2025-12-31")
    given = parser.parse_args()
    print(json.dumps(run(given.sources, given.out, given.as_of)))


if __name__ == "__main__":
    main()
