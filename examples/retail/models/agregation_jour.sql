-- One row per day that has purchases. This is the one place where purchases are grouped by time:
-- weeks, months, growth and the calendar itself are made from these few rows.
WITH totaux AS (
    SELECT
        dim_temps_id,
        sum(montant) AS ca_total,
        count(*) AS nb_transactions
    FROM fact_achats
    GROUP BY dim_temps_id
)

SELECT
    make_date(dim_temps_id // 10000, dim_temps_id // 100 % 100, dim_temps_id % 100) AS date,
    dim_temps_id // 10000 AS annee,
    dim_temps_id // 100 % 100 AS mois,
    dim_temps_id % 100 AS jour,
    CAST(ca_total AS DECIMAL(18, 2)) AS ca_total,
    CAST(ca_total AS DOUBLE) / nb_transactions AS ca_moyen,
    nb_transactions
FROM totaux
