-- Days between a client's orders: the longest pause, by what came before and after it.
WITH ecarts AS (
    SELECT
        client,
        jour,
        lead(jour) OVER (PARTITION BY client ORDER BY jour, id_commande) AS suivant,
        first_value(id_commande) OVER (PARTITION BY client ORDER BY jour, id_commande) AS premiere,
        ntile(4) OVER (ORDER BY id_commande) AS quart
    FROM silver.commandes
)

SELECT client, min(premiere) AS premiere, max(suivant - jour) AS pause, sum(quart) AS quarts
FROM ecarts
GROUP BY client
HAVING count(*) > 1
