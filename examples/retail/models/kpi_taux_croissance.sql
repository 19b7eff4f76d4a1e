-- One row per month: its revenue, and its growth in percent over the month before it in the data.
-- The first month has no growth, and neither has a month after one without revenue.
WITH mois_suivis AS (
    SELECT
        annee,
        mois,
        ca_total AS ca,
        lag(ca_total) OVER (ORDER BY annee, mois) AS ca_precedent
    FROM agregation_mois
)

SELECT
    annee,
    mois,
    ca,
    round(CAST((ca - ca_precedent) * 100 AS DOUBLE) / CAST(nullif(ca_precedent, 0) AS DOUBLE), 2) AS taux_croissance
FROM mois_suivis
