-- Revenue by product. A model is one SELECT; its file's name is its table's name in gold.
-- It reads `silver.NAME` and other models by their names; DataSpark finds the order.
SELECT
    produit,
    count(*) AS nb_ventes,
    sum(quantite) AS quantite,
    CAST(sum(quantite * prix) AS DECIMAL(18, 2)) AS ca_total
FROM silver.ventes
GROUP BY produit
ORDER BY ca_total DESC
