-- One row per product that was bought at least once, numbered in alphabetical order.
SELECT
    CAST(row_number() OVER (ORDER BY produit) AS INTEGER) AS dim_produit_id,
    produit
FROM silver.achats
GROUP BY produit
