-- severity: error
-- Every foreign key of the fact table finds its dimension. Keys of a dimension are unique (see cles_dimensions), so as
-- many rows after the join as before it means that each found one; counting is cheaper than looking for the lost.
WITH liens AS (
    SELECT
        'dim_client_id' AS cle,
        (SELECT count(*) FROM fact_achats AS f INNER JOIN dim_client AS d ON f.dim_client_id = d.dim_client_id) AS liees
    UNION ALL
    SELECT
        'dim_produit_id' AS cle,
        (SELECT count(*) FROM fact_achats AS f INNER JOIN dim_produit AS d ON f.dim_produit_id = d.dim_produit_id)
            AS liees
    UNION ALL
    SELECT
        'dim_temps_id' AS cle,
        (SELECT count(*) FROM fact_achats AS f INNER JOIN dim_temps AS d ON f.dim_temps_id = d.dim_temps_id) AS liees
),

total AS (
    SELECT count(*) AS lignes
    FROM fact_achats
)

SELECT
    liens.cle,
    total.lignes,
    liens.liees
FROM liens
CROSS JOIN total
WHERE liens.liees <> total.lignes
