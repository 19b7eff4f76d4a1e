-- Quantities by region and country, with the totals of each level.
SELECT
    p.region,
    c.pays,
    grouping(p.region) AS tout,
    grouping(c.pays) AS region_entiere,
    sum(l.quantite) AS pieces
FROM silver.clients AS c
LEFT JOIN silver.pays AS p ON c.pays = p.code
JOIN silver.commandes AS o ON o.client = c.id_client
JOIN silver.lignes AS l ON l.commande = o.id_commande
GROUP BY ROLLUP (p.region, c.pays)
