-- The two best clients of each segment and country, by all that they ordered.
WITH achats AS (
    SELECT c.id_client, c.segment, c.pays, sum(l.quantite * l.prix) AS montant, count(*) AS lignes
    FROM silver.clients AS c
    JOIN silver.commandes AS o ON o.client = c.id_client
    JOIN silver.lignes AS l ON l.commande = o.id_commande
    GROUP BY ALL
)

SELECT
    segment,
    pays,
    id_client,
    montant,
    rank() OVER par_groupe AS rang,
    dense_rank() OVER (ORDER BY lignes DESC) AS rang_lignes,
    montant / sum(montant) OVER (PARTITION BY segment, pays) AS part
FROM achats
WINDOW par_groupe AS (PARTITION BY segment, pays ORDER BY montant DESC, id_client)
QUALIFY rank() OVER par_groupe <= 2
