-- One row per month that has purchases.
SELECT
    annee,
    mois,
    (mois + 2) // 3 AS trimestre,
    CAST(sum(ca_total) AS DECIMAL(18, 2)) AS ca_total,
    CAST(sum(ca_total) AS DOUBLE) / CAST(sum(nb_transactions) AS BIGINT) AS ca_moyen,
    CAST(sum(nb_transactions) AS BIGINT) AS nb_transactions
FROM agregation_jour
GROUP BY annee, mois
