-- One row: how the purchases' amounts are spread. Sample standard deviation, interpolated quartiles.
--
-- Amounts are first counted by value. Cents are few (10 million at the contract's maximum) while purchases are many, so
-- the quartiles come from the counts without sorting the purchases: an eighth of the time on ten million rows.
-- Quartile q of n values stands at position q * (n - 1), counted from 0, between its two neighbours.
WITH valeurs AS (
    SELECT
        CAST(montant AS DOUBLE) AS valeur,
        count(*) AS effectif
    FROM fact_achats
    GROUP BY montant
),

rangs AS (
    SELECT
        valeur,
        CAST(sum(effectif) OVER (ORDER BY valeur) AS BIGINT) AS cumul
    FROM valeurs
),

totaux AS (
    SELECT
        CAST(sum(effectif) AS BIGINT) AS n,
        sum(valeur * effectif) / CAST(sum(effectif) AS BIGINT) AS moyenne,
        min(valeur) AS minimum,
        max(valeur) AS maximum
    FROM valeurs
),

ecarts AS (
    SELECT sqrt(sum((v.valeur - t.moyenne) * (v.valeur - t.moyenne) * v.effectif) / nullif(max(t.n) - 1, 0)) AS ecart_type
    FROM valeurs AS v
    CROSS JOIN totaux AS t
),

positions AS (
    SELECT
        q.part,
        q.part * (t.n - 1) AS position
    FROM totaux AS t
    CROSS JOIN (VALUES (CAST(0.25 AS DOUBLE)), (CAST(0.5 AS DOUBLE)), (CAST(0.75 AS DOUBLE))) AS q (part)
),

voisins AS (
    SELECT
        p.part,
        p.position - floor(p.position) AS reste,
        min(CASE WHEN r.cumul > floor(p.position) THEN r.valeur END) AS bas,
        min(CASE WHEN r.cumul > ceil(p.position) THEN r.valeur END) AS haut
    FROM positions AS p
    CROSS JOIN rangs AS r
    GROUP BY p.part, p.position
),

quartiles AS (
    SELECT
        max(CASE WHEN part = 0.25 THEN bas + reste * (haut - bas) END) AS q25,
        max(CASE WHEN part = 0.5 THEN bas + reste * (haut - bas) END) AS mediane,
        max(CASE WHEN part = 0.75 THEN bas + reste * (haut - bas) END) AS q75
    FROM voisins
)

SELECT
    'montant' AS metrique,
    t.moyenne,
    q.mediane,
    e.ecart_type,
    CAST(t.minimum AS DECIMAL(12, 2)) AS min,
    CAST(t.maximum AS DECIMAL(12, 2)) AS max,
    q.q25,
    q.q75
FROM totaux AS t
CROSS JOIN ecarts AS e
CROSS JOIN quartiles AS q
