-- severity: error
-- The fact table has every purchase of silver, and its revenue.
WITH faits AS (
    SELECT
        count(*) AS lignes,
        coalesce(sum(montant), 0) AS ca
    FROM fact_achats
),

source AS (
    SELECT
        count(*) AS lignes,
        coalesce(sum(montant), 0) AS ca
    FROM silver.achats
)

SELECT
    faits.lignes AS lignes_faits,
    source.lignes AS lignes_silver,
    faits.ca AS ca_faits,
    source.ca AS ca_silver
FROM faits
CROSS JOIN source
WHERE faits.lignes <> source.lignes OR faits.ca <> source.ca
