-- What clients of each country paid in 2023, six tables deep, with big exact products.
SELECT
    p.region,
    p.nom AS pays,
    count(DISTINCT c.id_client) AS acheteurs,
    sum(l.quantite * l.prix * (1 - l.remise)) AS ca,
    sum(l.quantite * l.prix * (1 - l.remise) * (1 + l.remise)) AS ca_taxe
FROM silver.lignes AS l, silver.commandes AS o, silver.clients AS c, silver.pays AS p
WHERE l.commande = o.id_commande
    AND o.client = c.id_client
    AND c.pays = p.code
    AND o.jour >= DATE '2023-01-01'
    AND o.jour < DATE '2023-01-01' + INTERVAL 1 YEAR
GROUP BY p.region, p.nom
ORDER BY ca DESC
