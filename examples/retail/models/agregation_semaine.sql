-- One row per ISO week that has purchases. The year is the ISO year: 2024-12-30 is in week 1 of 2025.
SELECT
    CAST(extract(isoyear FROM date) AS INTEGER) AS annee_iso,
    CAST(extract(week FROM date) AS INTEGER) AS semaine,
    CAST(sum(ca_total) AS DECIMAL(18, 2)) AS ca_total,
    CAST(sum(ca_total) AS DOUBLE) / CAST(sum(nb_transactions) AS BIGINT) AS ca_moyen,
    CAST(sum(nb_transactions) AS BIGINT) AS nb_transactions
FROM agregation_jour
GROUP BY extract(isoyear FROM date), extract(week FROM date)
