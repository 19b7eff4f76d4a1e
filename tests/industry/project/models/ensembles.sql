-- Clients by what they did in both years.
WITH a AS (SELECT client FROM silver.commandes WHERE jour < DATE '2024-01-01'),
b AS (SELECT client FROM silver.commandes WHERE jour >= DATE '2024-01-01')

SELECT 'les deux' AS ensemble, count(*) AS clients, sum(client) AS somme FROM (SELECT client FROM a INTERSECT SELECT client FROM b)
UNION ALL
SELECT 'seulement 2023', count(*), sum(client) FROM (SELECT client FROM a EXCEPT SELECT client FROM b)
UNION ALL
SELECT 'au moins un', count(*), sum(client) FROM (SELECT client FROM a UNION SELECT client FROM b)
UNION ALL
SELECT 'aucun', count(*), sum(id_client)
FROM (SELECT id_client FROM silver.clients EXCEPT (SELECT client FROM a UNION ALL SELECT client FROM b))
