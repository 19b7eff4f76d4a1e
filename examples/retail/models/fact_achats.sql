-- One row per purchase of silver.achats.
--
-- The client's key is the shop's own number, so that it never changes when other clients arrive; a purchase whose
-- client is not in silver points to the unknown member, 0. Days are counted from the UTC microseconds: casting a
-- timestamp with time zone to a date goes through a calendar and costs seven times as much on ten million rows.
WITH lignes AS (
    SELECT
        id_achat,
        id_client,
        date_achat,
        montant,
        produit,
        CAST(make_timestamp(epoch_us(date_achat)) AS DATE) AS jour
    FROM silver.achats
)

SELECT
    a.id_achat,
    coalesce(c.id_client, 0) AS dim_client_id,
    p.dim_produit_id,
    CAST(year(a.jour) * 10000 + month(a.jour) * 100 + day(a.jour) AS INTEGER) AS dim_temps_id,
    a.date_achat,
    a.montant,
    1 AS quantite
FROM lignes AS a
LEFT JOIN silver.clients AS c ON a.id_client = c.id_client
INNER JOIN dim_produit AS p ON a.produit = p.produit
