"""The retail job as an engineer who knows Spark well writes it for these two files: what DataSpark on Spark is held to.

    python benchmarks/spark_job.py SOURCES OUT [--as-of 2025-12-31] [--memory-limit 4GiB]

The same rows, rejects and 14 gold tables as `limit.py`, as Delta tables that Spark's own writer makes below `OUT/lake`.
It knows what only these files need, and leaves out what a tool owes its user: no contract is read, no row is matched to
its line (a reject tells its file only), nothing is added to what is there, no ledger, no release, no check, no proof
that every row was read. What makes it fast:

- the CSV is parsed once; its typed rows are cached, with the text and the reasons of those that fail, and no others;
- the cache is not packed: it is read three times only;
- keys are numbers counted through, so that bitmaps tell whether one comes twice; only then are they counted and ranked;
- what every purchase is joined with is broadcast;
- days, countries and amounts are grouped once each; weeks, months, growth and the calendar come from the days;
- the small tables are written side by side: each is a commit that mostly waits.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import (
    bitmap_bit_position,
    bitmap_bucket_number,
    bitmap_construct_agg,
    bitmap_count,
    broadcast,
    count,
)

from retail import CLIENT_COLUMNS, COUNTRIES, PURCHASE_COLUMNS

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
from dataspark.engines.spark.jars import installed_jars
from dataspark.engines.spark.settings import heap

SETTINGS = {
    "spark.master": "local[2]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.shuffle.partitions": "4",
    # What is cached is read two or three times: packing it costs more than it saves.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    "spark.databricks.delta.snapshotPartitions": "1",
}

# Nearly no text has blanks around it, and to see that is cheaper than to trim it.
CLEAN = r"""
CASE
    WHEN {0} >= '!' AND NOT startswith({0}, '\u00a0')
        AND NOT endswith({0}, ' ') AND NOT endswith({0}, '\t') AND NOT endswith({0}, '\u00a0') THEN {0}
    ELSE nullif(btrim({0}, ' \t\n\r\u00a0'), '')
END AS t_{0}"""
OTHER_MOMENTS = (
    *("dd/MM/yyyy HH:mm:ss", "dd/MM/yyyy HH:mm", "dd/MM/yyyy"),
    *("yyyy/MM/dd HH:mm:ss", "dd-MM-yyyy HH:mm:ss", "dd.MM.yyyy HH:mm:ss"),
)
OTHER_DAYS = ("yyyy-MM-dd HH:mm:ss", "dd/MM/yyyy", "yyyy/MM/dd", "dd-MM-yyyy", "dd.MM.yyyy")

# Rows that are good, nearly all of them, are known by one condition: reasons are listed only for the others.
CLIENTS = r"""
SELECT
    file, block, row, id_client, nom, email, date_inscription, pays,
    CASE WHEN NOT ok THEN named_struct(
        'id_client', t_id_client, 'nom', nom, 'email', email, 'date_inscription', t_date_inscription, 'pays', pays,
        'reasons', array_compact(array(
            CASE WHEN t_id_client IS NULL THEN 'id_client.required' END,
            CASE WHEN t_id_client IS NOT NULL AND id_client IS NULL THEN 'id_client.type' END,
            CASE WHEN id_client < 1 THEN 'id_client.minimum' END,
            CASE WHEN nom IS NULL THEN 'nom.required' END,
            CASE WHEN length(nom) > 200 THEN 'nom.maxLength' END,
            CASE WHEN NOT email RLIKE r'^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$' THEN 'email.pattern' END,
            CASE WHEN t_date_inscription IS NULL THEN 'date_inscription.required' END,
            CASE WHEN t_date_inscription IS NOT NULL AND date_inscription IS NULL THEN 'date_inscription.type' END,
            CASE WHEN pays IS NULL THEN 'pays.required' END,
            CASE WHEN pays NOT IN ({countries}) THEN 'pays.enum' END,
            CASE WHEN date_inscription > DATE '{as_of}' THEN 'row.date_future' END
        ))
    ) END AS rejected
FROM (
    SELECT
        *,
        coalesce(
            id_client >= 1 AND length(nom) <= 200 AND date_inscription <= DATE '{as_of}' AND pays IN ({countries})
            AND (email IS NULL OR email RLIKE r'^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$'), FALSE
        ) AS ok
    FROM (
        SELECT
            *, try_cast(t_id_client AS BIGINT) AS id_client, t_nom AS nom, t_email AS email,
            {day} AS date_inscription, t_pays AS pays
        FROM text_clients
    )
)
"""
PURCHASES = r"""
SELECT
    file, block, row, id_achat, id_client, date_achat, montant, produit,
    CASE WHEN NOT ok THEN named_struct(
        'id_achat', t_id_achat, 'id_client', t_id_client, 'date_achat', t_date_achat, 'montant', t_montant,
        'produit', t_produit,
        'reasons', array_compact(array(
            CASE WHEN t_id_achat IS NULL THEN 'id_achat.required' END,
            CASE WHEN t_id_achat IS NOT NULL AND id_achat IS NULL THEN 'id_achat.type' END,
            CASE WHEN id_achat < 1 THEN 'id_achat.minimum' END,
            CASE WHEN t_id_client IS NULL THEN 'id_client.required' END,
            CASE WHEN t_id_client IS NOT NULL AND id_client IS NULL THEN 'id_client.type' END,
            CASE WHEN id_client < 1 THEN 'id_client.minimum' END,
            CASE WHEN t_date_achat IS NULL THEN 'date_achat.required' END,
            CASE WHEN t_date_achat IS NOT NULL AND date_achat IS NULL THEN 'date_achat.type' END,
            CASE WHEN t_montant IS NULL THEN 'montant.required' END,
            CASE WHEN t_montant IS NOT NULL AND montant IS NULL THEN 'montant.type' END,
            CASE WHEN montant <= 0 THEN 'montant.exclusiveMinimum' END,
            CASE WHEN montant > 100000 THEN 'montant.maximum' END,
            CASE WHEN produit IS NULL THEN 'produit.required' END,
            CASE WHEN length(produit) > 200 THEN 'produit.maxLength' END,
            CASE WHEN date_achat > TIMESTAMP '{as_of}' THEN 'row.date_future' END
        ))
    ) END AS rejected
FROM (
    SELECT
        *,
        coalesce(
            id_achat >= 1 AND id_client >= 1 AND montant > 0 AND montant <= 100000
            AND date_achat <= TIMESTAMP '{as_of}' AND length(produit) <= 200, FALSE
        ) AS ok
    FROM (
        SELECT
            *, try_cast(t_id_achat AS BIGINT) AS id_achat, try_cast(t_id_client AS BIGINT) AS id_client,
            {moment} AS date_achat, try_cast(t_montant AS DECIMAL(12, 2)) AS montant, t_produit AS produit
        FROM text_achats
    )
)
"""

FACTS = """
SELECT /*+ BROADCAST(c), BROADCAST(p) */
    a.id_achat, coalesce(c.id_client, 0L) AS dim_client_id, p.dim_produit_id,
    year(a.date_achat) * 10000 + month(a.date_achat) * 100 + day(a.date_achat) AS dim_temps_id, a.date_achat,
    a.montant, 1 AS quantite
FROM silver_achats AS a
LEFT JOIN known AS c ON a.id_client = c.id_client
JOIN dim_produit AS p ON a.produit = p.produit
"""
SHARED = {
    "dim_pays": """
        SELECT CAST(row_number() OVER (ORDER BY pays) AS INT) AS dim_pays_id, pays
        FROM (SELECT DISTINCT pays FROM silver_clients)""",
    "known": "SELECT id_client, dim_pays_id FROM silver_clients JOIN dim_pays USING (pays)",
    "dim_produit": """
        SELECT CAST(row_number() OVER (ORDER BY produit) AS INT) AS dim_produit_id, produit
        FROM (SELECT DISTINCT produit FROM silver_achats)""",
    "days": """
        SELECT
            make_date(dim_temps_id DIV 10000, dim_temps_id DIV 100 % 100, dim_temps_id % 100) AS date,
            CAST(dim_temps_id DIV 10000 AS INT) AS annee, CAST(dim_temps_id DIV 100 % 100 AS INT) AS mois,
            dim_temps_id % 100 AS jour, CAST(ca AS DECIMAL(18, 2)) AS ca_total, CAST(ca AS DOUBLE) / n AS ca_moyen,
            n AS nb_transactions
        FROM (SELECT dim_temps_id, sum(montant) AS ca, count(*) AS n FROM fact_achats GROUP BY dim_temps_id)""",
    "by_country": """
        SELECT /*+ BROADCAST(c) */ c.dim_pays_id, sum(f.montant) AS ca, count(*) AS n
        FROM fact_achats AS f LEFT JOIN known AS c ON f.dim_client_id = c.id_client
        GROUP BY c.dim_pays_id""",
    "by_amount": "SELECT CAST(montant AS DOUBLE) AS v, count(*) AS n FROM fact_achats GROUP BY montant",
}
_PERIOD = """
    CAST(sum(ca_total) AS DECIMAL(18, 2)) AS ca_total, CAST(sum(ca_total) AS DOUBLE) / sum(nb_transactions) AS ca_moyen,
    sum(nb_transactions) AS nb_transactions"""
SMALL = {
    "dim_pays": "SELECT * FROM dim_pays",
    "dim_produit": "SELECT * FROM dim_produit",
    "dim_client": """
        SELECT id_client AS dim_client_id, id_client, nom, email, date_inscription, pays, dim_pays_id
        FROM silver_clients JOIN dim_pays USING (pays)
        UNION ALL
        SELECT 0L, NULL, 'Inconnu', NULL, NULL, 'Inconnu', NULL
        WHERE EXISTS (SELECT 1 FROM by_country WHERE dim_pays_id IS NULL)""",
    "dim_temps": """
        SELECT
            annee * 10000 + mois * 100 + jour AS dim_temps_id, date, annee, quarter(date) AS trimestre, mois,
            array('janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre', 'octobre',
                  'novembre', 'décembre')[mois - 1] AS nom_mois,
            CAST(extract(YEAROFWEEK FROM date) AS INT) AS annee_iso, weekofyear(date) AS semaine, jour,
            weekday(date) + 1 AS jour_semaine,
            array('lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche')[weekday(date)] AS nom_jour,
            weekday(date) >= 5 AS est_weekend
        FROM days""",
    "agregation_jour": "SELECT * FROM days",
    "agregation_semaine": f"""
        SELECT CAST(extract(YEAROFWEEK FROM date) AS INT) AS annee_iso, weekofyear(date) AS semaine, {_PERIOD}
        FROM days GROUP BY 1, 2""",
    "agregation_mois": f"""
        SELECT annee, mois, CAST((mois + 2) DIV 3 AS INT) AS trimestre, {_PERIOD}
        FROM days GROUP BY annee, mois""",
    "kpi_volumes_jour": "SELECT date, nb_transactions AS nb_achats, ca_total FROM days",
    "kpi_volumes_semaine": """
        SELECT
            CAST(extract(YEAROFWEEK FROM date) AS INT) AS annee_iso, weekofyear(date) AS semaine,
            sum(nb_transactions) AS nb_achats, CAST(sum(ca_total) AS DECIMAL(18, 2)) AS ca_total
        FROM days GROUP BY 1, 2""",
    "kpi_volumes_mois": """
        SELECT
            annee, mois, sum(nb_transactions) AS nb_achats, CAST(sum(ca_total) AS DECIMAL(18, 2)) AS ca_total
        FROM days GROUP BY annee, mois""",
    "kpi_ca_par_pays": """
        SELECT
            coalesce(pays, 'Inconnu') AS pays, n AS nb_achats, CAST(ca AS DECIMAL(18, 2)) AS ca_total,
            CAST(ca AS DOUBLE) / n AS ca_moyen
        FROM by_country LEFT JOIN dim_pays USING (dim_pays_id)""",
    "kpi_taux_croissance": """
        SELECT
            annee, mois, ca,
            round(CAST((ca - before) * 100 AS DOUBLE) / CAST(before AS DOUBLE), 2) AS taux_croissance
        FROM (
            SELECT annee, mois, ca, lag(ca) OVER (ORDER BY annee, mois) AS before
            FROM (SELECT annee, mois, CAST(sum(ca_total) AS DECIMAL(18, 2)) AS ca FROM days GROUP BY annee, mois)
        )""",
    "kpi_distributions_statistiques": """
        SELECT
            'montant' AS metrique, mean AS moyenne, percentile(v, 0.5, n) AS mediane,
            sqrt(sum((v - mean) * (v - mean) * n) / nullif(sum(n) - 1, 0)) AS ecart_type,
            CAST(min(v) AS DECIMAL(12, 2)) AS min, CAST(max(v) AS DECIMAL(12, 2)) AS max,
            percentile(v, 0.25, n) AS q25, percentile(v, 0.75, n) AS q75
        FROM by_amount CROSS JOIN (SELECT sum(v * n) / sum(n) AS mean FROM by_amount)
        GROUP BY mean""",
}


def start(memory_limit: str | None) -> SparkSession:
    """A session on two cores, with Delta Lake and the heap that DataSpark would take."""
    builder = SparkSession.builder.appName("retail").config(map=SETTINGS)
    builder = builder.config("spark.driver.extraClassPath", f"{installed_jars()}/*")
    return builder.config("spark.driver.memory", f"{heap(memory_limit)}m").getOrCreate()


def bind_csv(spark: SparkSession, bronze: Path, sources: Path, table: str, columns: Iterable[str]) -> None:
    """Copy a table's files, and let `text_…` stand for their trimmed text, empty fields as null."""
    copies = [str(shutil.copyfile(one, bronze / one.name)) for one in sorted(sources.glob(f"{table}*.csv"))]
    raw = spark.read.csv(copies, ", ".join(f"{column} STRING" for column in columns), header=True, escape='"')
    # Where a row stands: the files of a later name are newer, and so are later rows of a file.
    names = ", ".join(f"'{Path(copy).name}'" for copy in copies)
    place = (
        f"CAST(array_position(array({names}), _metadata.file_name) AS INT) AS file",
        "_metadata.file_block_start AS block",
        "monotonically_increasing_id() AS row",
    )
    raw.selectExpr(*(CLEAN.format(column) for column in columns), *place).createOrReplaceTempView(f"text_{table}")


def moment(text: str) -> str:
    """A UTC timestamp: the cast, which is fast, where the text is ISO 8601, else the formats of the tills."""
    others = ", ".join(f"try_to_timestamp({text}, '{form}')" for form in OTHER_MOMENTS)
    return f"CASE WHEN {text} LIKE '____-__-__%' THEN try_cast({text} AS TIMESTAMP) ELSE coalesce({others}) END"


def day(text: str) -> str:
    """A date in one of the forms that the shop writes."""
    others = ", ".join(f"try_to_timestamp({text}, '{form}')" for form in OTHER_DAYS)
    return f"CASE WHEN {text} LIKE '____-__-__' THEN try_cast({text} AS DATE) ELSE CAST(coalesce({others}) AS DATE) END"


def newest(good: DataFrame, key: str) -> DataFrame:
    """The newest row of every key."""
    different = bitmap_count(bitmap_construct_agg(bitmap_bit_position(key)))
    bitmaps = good.groupBy(bitmap_bucket_number(key)).agg(count("*").alias("n"), different.alias("different"))
    if bitmaps.where("n > different").isEmpty():
        return good
    repeated = broadcast(good.groupBy(key).count().where("count > 1").select(key).cache())
    ranked = good.join(repeated, key, "left_semi").selectExpr(
        "*", f"row_number() OVER (PARTITION BY {key} ORDER BY file DESC, block DESC, row DESC) AS rank"
    )
    return good.join(repeated, key, "left_anti").unionByName(ranked.where("rank = 1").drop("rank"))


def write(frame: DataFrame, path: Path) -> None:
    """Make a Delta table."""
    frame.write.format("delta").save(str(path))


def refine(spark: SparkSession, silver: Path, table: str, judged: str, columns: Sequence[str]) -> None:
    """Judge a table's rows; write the good ones, the newest of each key, and the rejects; bind `silver_…`."""
    rows = spark.sql(judged).cache()
    good = newest(rows.where("rejected IS NULL"), columns[0]).select(*columns)
    write(rows.where("rejected IS NOT NULL").select("file", "rejected.*"), silver / "quarantine" / table)
    write(good, silver / table)
    rows.unpersist()
    spark.read.format("delta").load(str(silver / table)).createOrReplaceTempView(f"silver_{table}")


def keep(spark: SparkSession, name: str) -> None:
    """Let a name stand for a few rows, made when they are first asked for and kept."""
    spark.sql(SHARED[name]).coalesce(1).cache().createOrReplaceTempView(name)


def model(spark: SparkSession, gold: Path) -> None:
    """Write the facts, then the small tables side by side."""
    for name in ("dim_pays", "known", "dim_produit"):
        keep(spark, name)
    write(spark.sql(FACTS), gold / "fact_achats")
    spark.read.format("delta").load(str(gold / "fact_achats")).createOrReplaceTempView("fact_achats")
    for name in ("days", "by_country", "by_amount"):
        keep(spark, name)
    with ThreadPoolExecutor(4) as pool:
        written = [pool.submit(write, spark.sql(query).coalesce(1), gold / name) for name, query in SMALL.items()]
        for one in written:
            one.result()


def run(sources: Path, out: Path, as_of: str, memory_limit: str | None) -> None:
    """Do the whole job."""
    (out / "bronze").mkdir(parents=True)
    spark = start(memory_limit)
    bind_csv(spark, out / "bronze", sources, "clients", CLIENT_COLUMNS)
    bind_csv(spark, out / "bronze", sources, "achats", PURCHASE_COLUMNS)
    countries = ", ".join(f'"{name.strip()}"' for name in COUNTRIES.split("|"))
    clients = CLIENTS.format(as_of=as_of, countries=countries, day=day("t_date_inscription"))
    refine(spark, out / "lake" / "silver", "clients", clients, CLIENT_COLUMNS)
    purchases = PURCHASES.format(as_of=as_of, moment=moment("t_date_achat"))
    refine(spark, out / "lake" / "silver", "achats", purchases, PURCHASE_COLUMNS)
    model(spark, out / "lake" / "gold")
    spark.stop()


def main() -> None:
    """Read the arguments, do the job."""
    parser = argparse.ArgumentParser(description="The retail job, written by hand for Spark.")
    parser.add_argument("sources", type=Path)
    parser.add_argument("out", type=Path, help="a folder that is not there yet")
    parser.add_argument("--as-of", default="2025-12-31")
    parser.add_argument("--memory-limit", help="the memory of Spark's process, 4GiB; else half of what the machine has")
    given = parser.parse_args()
    run(given.sources, given.out, given.as_of, given.memory_limit)


if __name__ == "__main__":
    main()
