-- Orders of more than 150 pieces, with their client.
SELECT c.id_client, o.id_commande, o.jour, sum(l.quantite) AS pieces
FROM silver.clients AS c, silver.commandes AS o, silver.lignes AS l
WHERE o.id_commande IN (SELECT commande FROM silver.lignes GROUP BY commande HAVING sum(quantite) > 150)
    AND c.id_client = o.client
    AND o.id_commande = l.commande
GROUP BY c.id_client, o.id_commande, o.jour
