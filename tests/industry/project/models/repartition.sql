-- How many clients have how many orders.
SELECT commandes, count(*) AS clients, min(id_client) AS premier
FROM fiches
GROUP BY commandes
