-- One row per client, and the unknown member (0, 'Inconnu') where a purchase points to it.
--
-- Whether one does is asked of the fact table, whose smallest key stands in the statistics of its files; asking silver
-- for an orphan would mean to join every purchase a second time.
SELECT
    c.id_client AS dim_client_id,
    c.id_client,
    c.nom,
    c.email,
    c.date_inscription,
    coalesce(c.pays, 'Inconnu') AS pays,
    p.dim_pays_id
FROM silver.clients AS c
LEFT JOIN dim_pays AS p ON c.pays = p.pays
UNION ALL
SELECT
    CAST(0 AS BIGINT) AS dim_client_id,
    CAST(NULL AS BIGINT) AS id_client,
    'Inconnu' AS nom,
    CAST(NULL AS VARCHAR) AS email,
    CAST(NULL AS DATE) AS date_inscription,
    'Inconnu' AS pays,
    CAST(NULL AS INTEGER) AS dim_pays_id
FROM (SELECT min(dim_client_id) AS premier FROM fact_achats) AS cles
WHERE cles.premier = 0
