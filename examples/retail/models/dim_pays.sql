-- One row per country of the accepted clients, numbered in alphabetical order.
-- The unknown client has no country of its own here: its dim_pays_id is empty.
SELECT
    CAST(row_number() OVER (ORDER BY pays) AS INTEGER) AS dim_pays_id,
    pays
FROM silver.clients
WHERE pays IS NOT NULL
GROUP BY pays
