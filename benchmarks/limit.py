"""The retail job as a script for DuckDB, written and tuned by hand for these two files: the limit to measure against.

    python benchmarks/limit.py SOURCES OUT [--as-of 2025-12-31]

It copies the CSV files, types and judges every row with reasons, lets the newest row of a key win, and writes silver,
the rejects and the 14 gold tables as plain Parquet. It knows what only these files need, and leaves out what a tool
owes its user: no contract is read, no line is matched to a file, no version, no ledger, no check, no way to run again,
nothing is safe against a crash. What makes it fast:

- the CSV is parsed once, straight into a typed table in memory; padding and other formats are looked at only where the
  plain cast fails, raw text is kept only for rows that fail, and their reasons are listed in a second, small pass;
- a key that rises from row to row cannot come twice; only otherwise are repeated keys counted, and only they ranked;
- purchases are grouped by day, by client and by amount, once each: weeks, months, growth and the calendar come from the
  days, revenue by country from the clients (a join of thousands of sums, not of millions of rows), all quartiles from
  the counts by amount;
- the large Parquet files are written in no order (`preserve_insertion_order`).
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from retail import CLIENT_COLUMNS, COUNTRIES, PURCHASE_COLUMNS

MACROS = r"""
-- Text that needs no trimming: nothing below '!' in front, no blank at the end. A fraction of the cost of `trim`.
CREATE MACRO plain(t) AS t >= '!' AND NOT starts_with(t, chr(160))
    AND NOT ends_with(t, ' ') AND NOT ends_with(t, chr(9)) AND NOT ends_with(t, chr(160));
CREATE MACRO trimmed(t) AS nullif(trim(t, ' ' || chr(9) || chr(10) || chr(13) || chr(160)), '');
CREATE MACRO clean(t) AS CASE WHEN plain(t) THEN t ELSE trimmed(t) END;
-- The way back proves an integer: the cast alone takes '12.5' and '1_000' too.
CREATE MACRO exact_integer(t) AS CASE WHEN regexp_full_match(t, '[+-]?[0-9]+') THEN TRY_CAST(t AS BIGINT) END;
CREATE MACRO integer_of(t, c) AS CASE WHEN CAST(c AS VARCHAR) = t THEN c ELSE exact_integer(trimmed(t)) END;
CREATE MACRO amount_of(t, c) AS CASE WHEN c IS NOT NULL THEN c ELSE TRY_CAST(trimmed(t) AS DECIMAL(12, 2)) END;
CREATE MACRO exact_moment(t) AS CASE
    WHEN regexp_full_match(t, '[0-9]{4}-.*') THEN make_timestamp(epoch_us(TRY_CAST(t AS TIMESTAMPTZ)))
    ELSE try_strptime(t, ['%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M', '%d/%m/%Y', '%Y/%m/%d %H:%M:%S',
                          '%d-%m-%Y %H:%M:%S', '%d.%m.%Y %H:%M:%S']) END;
-- The cast to TIMESTAMP drops a zone without a word; with one, the text is longer.
CREATE MACRO moment_of(t, c) AS CASE WHEN c IS NOT NULL AND strlen(t) = 19 THEN c ELSE exact_moment(trimmed(t)) END;
CREATE MACRO exact_day(t) AS CAST(try_strptime(t, ['%Y-%m-%d', '%Y-%m-%d %H:%M:%S', '%d/%m/%Y', '%Y/%m/%d',
                                                   '%d-%m-%Y', '%d.%m.%Y']) AS DATE);
CREATE MACRO day_of(t, c) AS CASE WHEN c IS NOT NULL AND strlen(t) = 10 THEN c ELSE exact_day(trimmed(t)) END;
CREATE MACRO day_number(d) AS CAST(year(d) * 10000 + month(d) * 100 + day(d) AS INTEGER);
"""

CLIENTS = r"""
CREATE TABLE clients AS
SELECT
    id_client, nom, email, date_inscription, pays, ok,
    CASE WHEN NOT ok THEN [r_id_client, r_nom, r_email, r_date_inscription, r_pays] END AS raw
FROM (
    SELECT
        *,
        coalesce(
            id_client >= 1 AND length(nom) <= 200 AND date_inscription <= as_of() AND is_country(pays)
            AND (email IS NULL OR regexp_matches(email, '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$'))
            AND (email IS NOT NULL OR trimmed(r_email) IS NULL), FALSE
        ) AS ok
    FROM (
        SELECT
            integer_of(id_client, TRY_CAST(id_client AS BIGINT)) AS id_client,
            clean(nom) AS nom,
            clean(email) AS email,
            day_of(date_inscription, TRY_CAST(date_inscription AS DATE)) AS date_inscription,
            clean(pays) AS pays,
            id_client AS r_id_client, nom AS r_nom, email AS r_email,
            date_inscription AS r_date_inscription, pays AS r_pays
        FROM raw_clients
    )
)
"""

CLIENT_REASONS = r"""
SELECT
    line, id_client, nom, email, date_inscription, pays,
    list_filter([
        CASE WHEN id_client IS NULL THEN 'id_client.required' END,
        CASE WHEN id_client IS NOT NULL AND number IS NULL THEN 'id_client.type' END,
        CASE WHEN number < 1 THEN 'id_client.minimum' END,
        CASE WHEN nom IS NULL THEN 'nom.required' END,
        CASE WHEN length(nom) > 200 THEN 'nom.maxLength' END,
        CASE WHEN NOT regexp_matches(email, '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$') THEN 'email.pattern' END,
        CASE WHEN date_inscription IS NULL THEN 'date_inscription.required' END,
        CASE WHEN date_inscription IS NOT NULL AND day IS NULL THEN 'date_inscription.type' END,
        CASE WHEN pays IS NULL THEN 'pays.required' END,
        CASE WHEN pays IS NOT NULL AND NOT is_country(pays) THEN 'pays.enum' END,
        CASE WHEN day > as_of() THEN 'row.date_future' END
    ], lambda reason: reason IS NOT NULL) AS reasons
FROM (
    SELECT *, exact_integer(id_client) AS number, exact_day(date_inscription) AS day
    FROM (
        SELECT
            rowid + 2 AS line, clean(raw[1]) AS id_client, clean(raw[2]) AS nom, clean(raw[3]) AS email,
            clean(raw[4]) AS date_inscription, clean(raw[5]) AS pays
        FROM clients
        WHERE NOT ok
    )
)
"""

PURCHASES = r"""
CREATE TABLE purchases AS
SELECT
    id_achat, id_client, make_timestamptz(epoch_us(moment)) AS date_achat, montant, produit,
    ok,
    CASE WHEN NOT ok THEN [r_id_achat, r_id_client, r_date_achat, r_montant, r_produit] END AS raw
FROM (
    SELECT
        *,
        coalesce(
            id_achat >= 1 AND id_client >= 1 AND moment <= as_of() AND montant > 0 AND montant <= 100000
            AND length(produit) <= 200, FALSE
        ) AS ok
    FROM (
        SELECT
            integer_of(id_achat, TRY_CAST(id_achat AS BIGINT)) AS id_achat,
            integer_of(id_client, TRY_CAST(id_client AS BIGINT)) AS id_client,
            moment_of(date_achat, TRY_CAST(date_achat AS TIMESTAMP)) AS moment,
            amount_of(montant, TRY_CAST(montant AS DECIMAL(12, 2))) AS montant,
            clean(produit) AS produit,
            id_achat AS r_id_achat, id_client AS r_id_client, date_achat AS r_date_achat,
            montant AS r_montant, produit AS r_produit
        FROM raw_purchases
    )
)
"""

PURCHASE_REASONS = r"""
SELECT
    line, id_achat, id_client, date_achat, montant, produit,
    list_filter([
        CASE WHEN id_achat IS NULL THEN 'id_achat.required' END,
        CASE WHEN id_achat IS NOT NULL AND number IS NULL THEN 'id_achat.type' END,
        CASE WHEN number < 1 THEN 'id_achat.minimum' END,
        CASE WHEN id_client IS NULL THEN 'id_client.required' END,
        CASE WHEN id_client IS NOT NULL AND client IS NULL THEN 'id_client.type' END,
        CASE WHEN client < 1 THEN 'id_client.minimum' END,
        CASE WHEN date_achat IS NULL THEN 'date_achat.required' END,
        CASE WHEN date_achat IS NOT NULL AND moment IS NULL THEN 'date_achat.type' END,
        CASE WHEN montant IS NULL THEN 'montant.required' END,
        CASE WHEN montant IS NOT NULL AND amount IS NULL THEN 'montant.type' END,
        CASE WHEN amount <= 0 THEN 'montant.exclusiveMinimum' END,
        CASE WHEN amount > 100000 THEN 'montant.maximum' END,
        CASE WHEN produit IS NULL THEN 'produit.required' END,
        CASE WHEN length(produit) > 200 THEN 'produit.maxLength' END,
        CASE WHEN moment > as_of() THEN 'row.date_future' END
    ], lambda reason: reason IS NOT NULL) AS reasons
FROM (
    SELECT
        *, exact_integer(id_achat) AS number, exact_integer(id_client) AS client,
        exact_moment(date_achat) AS moment, TRY_CAST(montant AS DECIMAL(12, 2)) AS amount
    FROM (
        SELECT
            rowid + 2 AS line, clean(raw[1]) AS id_achat, clean(raw[2]) AS id_client,
            clean(raw[3]) AS date_achat, clean(raw[4]) AS montant, clean(raw[5]) AS produit
        FROM purchases
        WHERE NOT ok
    )
)
"""

# What the small gold tables are made of: thousands of rows. Days are counted from 1970.
GROUPS = """
CREATE TABLE products AS
SELECT CAST(row_number() OVER (ORDER BY produit) AS INTEGER) AS dim_produit_id, produit
FROM (SELECT DISTINCT produit FROM purchases WHERE ok);
CREATE TABLE by_country AS
SELECT dim_pays_id, CAST(sum(ca) AS DECIMAL(18, 2)) AS ca, CAST(sum(n) AS BIGINT) AS n
FROM (SELECT id_client, sum(montant) AS ca, count(*) AS n FROM purchases WHERE ok GROUP BY id_client)
LEFT JOIN known USING (id_client)
GROUP BY dim_pays_id;
CREATE TABLE by_amount AS SELECT montant, count(*) AS n FROM purchases WHERE ok GROUP BY montant;
CREATE TABLE by_day AS
SELECT DATE '1970-01-01' + CAST(number AS INTEGER) AS date, CAST(ca AS DECIMAL(18, 2)) AS ca, n
FROM (
    SELECT epoch_us(date_achat) // 86400000000 AS number, sum(montant) AS ca, count(*) AS n
    FROM purchases WHERE ok GROUP BY number
);
CREATE TABLE days AS
SELECT
    date, CAST(year(date) AS INTEGER) AS annee, CAST(month(date) AS INTEGER) AS mois,
    CAST(day(date) AS INTEGER) AS jour,
    ca AS ca_total, CAST(ca AS DOUBLE) / n AS ca_moyen, n AS nb_transactions
FROM by_day;
CREATE TABLE weeks AS
SELECT
    CAST(isoyear(date) AS INTEGER) AS annee_iso, CAST(week(date) AS INTEGER) AS semaine,
    CAST(sum(ca_total) AS DECIMAL(18, 2)) AS ca_total,
    CAST(sum(ca_total) AS DOUBLE) / CAST(sum(nb_transactions) AS BIGINT) AS ca_moyen,
    CAST(sum(nb_transactions) AS BIGINT) AS nb_transactions
FROM days
GROUP BY ALL;
CREATE TABLE months AS
SELECT
    annee, mois, (mois + 2) // 3 AS trimestre, CAST(sum(ca_total) AS DECIMAL(18, 2)) AS ca_total,
    CAST(sum(ca_total) AS DOUBLE) / CAST(sum(nb_transactions) AS BIGINT) AS ca_moyen,
    CAST(sum(nb_transactions) AS BIGINT) AS nb_transactions
FROM days
GROUP BY ALL;
"""

GOLD = {
    "fact_achats": """
        SELECT
            id_achat, coalesce(k.id_client, 0) AS dim_client_id, dim_produit_id,
            day_number(CAST(make_timestamp(epoch_us(date_achat)) AS DATE)) AS dim_temps_id, date_achat, montant,
            1 AS quantite
        FROM purchases AS p
        LEFT JOIN known AS k ON p.id_client = k.id_client
        JOIN products USING (produit)
        WHERE ok""",
    "dim_client": """
        SELECT id_client AS dim_client_id, id_client, nom, email, date_inscription, pays, dim_pays_id
        FROM clients
        JOIN countries_met USING (pays)
        WHERE ok
        UNION ALL
        SELECT 0, NULL, 'Inconnu', NULL, NULL, 'Inconnu', NULL
        WHERE EXISTS (SELECT 1 FROM by_country WHERE dim_pays_id IS NULL)""",
    "dim_pays": "SELECT dim_pays_id, pays FROM countries_met",
    "dim_produit": "SELECT * FROM products",
    "dim_temps": """
        SELECT
            annee * 10000 + mois * 100 + jour AS dim_temps_id, date, annee, CAST(quarter(date) AS INTEGER) AS trimestre,
            mois,
            (['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre', 'octobre',
              'novembre', 'décembre'])[mois] AS nom_mois,
            CAST(isoyear(date) AS INTEGER) AS annee_iso, CAST(week(date) AS INTEGER) AS semaine, jour,
            CAST(isodow(date) AS INTEGER) AS jour_semaine,
            (['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche'])[isodow(date)] AS nom_jour,
            isodow(date) >= 6 AS est_weekend
        FROM days""",
    "agregation_jour": "SELECT * FROM days",
    "agregation_semaine": "SELECT * FROM weeks",
    "agregation_mois": "SELECT * FROM months",
    "kpi_volumes_jour": "SELECT date, nb_transactions AS nb_achats, ca_total FROM days",
    "kpi_volumes_semaine": "SELECT annee_iso, semaine, nb_transactions AS nb_achats, ca_total FROM weeks",
    "kpi_volumes_mois": "SELECT annee, mois, nb_transactions AS nb_achats, ca_total FROM months",
    "kpi_ca_par_pays": """
        SELECT coalesce(pays, 'Inconnu') AS pays, n AS nb_achats, ca AS ca_total, CAST(ca AS DOUBLE) / n AS ca_moyen
        FROM by_country
        LEFT JOIN countries_met USING (dim_pays_id)""",
    "kpi_taux_croissance": """
        SELECT
            annee, mois, ca_total AS ca,
            round(CAST((ca_total - lag(ca_total) OVER w) * 100 AS DOUBLE) / CAST(lag(ca_total) OVER w AS DOUBLE), 2)
                AS taux_croissance
        FROM months
        WINDOW w AS (ORDER BY annee, mois)""",
    # Quartile q of n values stands at position q * (n - 1) of the sorted values, between its two neighbours.
    "kpi_distributions_statistiques": """
        WITH counted AS (
            SELECT CAST(montant AS DOUBLE) AS v, n, CAST(sum(n) OVER (ORDER BY montant) AS BIGINT) AS up_to
            FROM by_amount
        ),
        totals AS (
            SELECT CAST(sum(n) AS BIGINT) AS n, sum(v * n) / sum(n) AS mean, min(v) AS low, max(v) AS high FROM counted
        ),
        spread AS (
            SELECT sqrt(sum((v - mean) * (v - mean) * c.n) / nullif(max(t.n) - 1, 0)) AS sd
            FROM counted AS c, totals AS t
        ),
        places AS (SELECT q, q * (n - 1) AS place FROM totals, (SELECT unnest([0.25, 0.5, 0.75])::DOUBLE AS q)),
        beside AS (
            SELECT
                q, place - floor(place) AS rest, min(v) FILTER (up_to > floor(place)) AS below,
                min(v) FILTER (up_to > ceil(place)) AS above
            FROM places, counted
            GROUP BY q, place
        ),
        quartiles AS (SELECT map(list(q), list(below + rest * (above - below))) AS of FROM beside)
        SELECT
            'montant' AS metrique, mean AS moyenne, of[0.5] AS mediane, sd AS ecart_type,
            CAST(low AS DECIMAL(12, 2)) AS min, CAST(high AS DECIMAL(12, 2)) AS max, of[0.25] AS q25, of[0.75] AS q75
        FROM totals, spread, quartiles""",
}


def copy_sources(sources: Path, target: Path, table: str, columns: Iterable[str]) -> list[str]:
    """Copy a table's files and return where the copies are, oldest first."""
    copies = []
    for source in sorted(sources.glob(f"{table}*.csv")):
        with source.open(encoding="utf-8") as file:
            header = file.readline().strip()
        if header != ",".join(columns):
            raise SystemExit(f"{source}: the columns are {header}")
        shutil.copyfile(source, target / source.name)
        copies.append(str(target / source.name))
    return copies


def is_country() -> str:
    """A macro that knows the countries.

    With IN, so many values become a hash join, and a join does not keep the order of the rows, which says who is newer.
    """
    names = "|".join(name.strip().replace(".", "[.]").replace("'", "''") for name in COUNTRIES.split("|"))
    return f"CREATE MACRO is_country(t) AS regexp_full_match(t, '{names}')"


def bind_csv(connection: duckdb.DuckDBPyConnection, name: str, files: list[str], columns: Iterable[str]) -> None:
    """Let a name stand for CSV files, every column as text and the dialect fixed."""
    kinds = dict.fromkeys(columns, "VARCHAR")
    connection.execute(
        f"CREATE VIEW {name} AS FROM read_csv({files}, auto_detect = false, header = true, delim = ',', "
        f"quote = '\"', escape = '\"', columns = {kinds})"
    )


def drop_older(connection: duckdb.DuckDBPyConnection, table: str, key: str) -> int:
    """Keep the newest row of every key."""
    rising = f"SELECT bool_and(k > before) FROM (SELECT {key} AS k, lag({key}) OVER () AS before FROM {table} WHERE ok)"
    if value(connection, rising):
        return 0
    connection.execute(
        f"CREATE TABLE older AS SELECT rowid AS row FROM {table} SEMI JOIN "
        f"(SELECT {key} FROM {table} WHERE ok GROUP BY {key} HAVING count(*) > 1) USING ({key}) WHERE ok "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {table}.rowid DESC) > 1"
    )
    return int(value(connection, f"DELETE FROM {table} WHERE rowid IN (SELECT row FROM older); DROP TABLE older") or 0)


def value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The single value of a query."""
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write a query to a Parquet file and return its rows."""
    return int(value(connection, f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION snappy)"))


def refine(connection: duckdb.DuckDBPyConnection, bronze: dict[str, list[str]], out: Path) -> dict[str, int]:
    """Raw files → `clients` and `purchases` in memory, silver and rejects on disk; returns how many rows went where."""
    bind_csv(connection, "raw_clients", bronze["clients"], CLIENT_COLUMNS)
    bind_csv(connection, "raw_purchases", bronze["achats"], PURCHASE_COLUMNS)
    connection.execute(CLIENTS)
    counts = {"clients_rejected": write(connection, CLIENT_REASONS, out / "rejects" / "clients.parquet")}
    drop_older(connection, "clients", "id_client")
    connection.execute(
        "CREATE TABLE countries_met AS SELECT CAST(row_number() OVER (ORDER BY pays) AS INTEGER) AS dim_pays_id, pays "
        "FROM (SELECT DISTINCT pays FROM clients WHERE ok);"
        "CREATE TABLE known AS SELECT id_client, dim_pays_id FROM clients JOIN countries_met USING (pays) WHERE ok"
    )
    connection.execute(PURCHASES)
    counts["rejected"] = write(connection, PURCHASE_REASONS, out / "rejects" / "achats.parquet")
    drop_older(connection, "purchases", "id_achat")
    # From here on every order is made, none is kept.
    connection.execute("SET preserve_insertion_order = false")
    clients = f"SELECT {', '.join(CLIENT_COLUMNS)} FROM clients WHERE ok"
    purchases = f"SELECT {', '.join(PURCHASE_COLUMNS)} FROM purchases WHERE ok"
    counts["clients"] = write(connection, clients, out / "silver" / "clients.parquet")
    counts["accepted"] = write(connection, purchases, out / "silver" / "achats.parquet")
    return counts


def run(sources: Path, out: Path, as_of: str) -> dict[str, int]:
    """Do the whole job."""
    for folder in ("bronze", "silver", "rejects", "gold"):
        (out / folder).mkdir(parents=True)
    bronze = {
        "clients": copy_sources(sources, out / "bronze", "clients", CLIENT_COLUMNS),
        "achats": copy_sources(sources, out / "bronze", "achats", PURCHASE_COLUMNS),
    }
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    connection.execute(MACROS + f"CREATE MACRO as_of() AS TIMESTAMP '{as_of}'; {is_country()}")
    counts = refine(connection, bronze, out)
    connection.execute(GROUPS)
    for table, query in GOLD.items():
        write(connection, query, out / "gold" / f"{table}.parquet")
    return counts


def main() -> None:
    """Read the arguments, do the job, print the counts."""
    parser = argparse.ArgumentParser(description="The retail job, written by hand for DuckDB.")
    parser.add_argument("sources", type=Path)
    parser.add_argument("out", type=Path, help="a folder that is not there yet")
    parser.add_argument("--as-of", default="2025-12-31")
    given = parser.parse_args()
    print(json.dumps(run(given.sources, given.out, given.as_of)))


if __name__ == "__main__":
    main()
