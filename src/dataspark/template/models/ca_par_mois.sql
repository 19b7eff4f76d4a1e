-- Revenue by month and country.
SELECT
    CAST(date_trunc('month', date_vente) AS DATE) AS mois,
    coalesce(pays, 'Inconnu') AS pays,
    CAST(sum(quantite * prix) AS DECIMAL(18, 2)) AS ca_total
FROM silver.ventes
GROUP BY ALL
ORDER BY mois, pays
