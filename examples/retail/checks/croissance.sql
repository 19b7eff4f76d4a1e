-- severity: error
-- Growth is what the months say: recomputed from the purchases, month by month, by another way (each month is joined to
-- the one before it). Half a hundredth of a percent is what rounding may differ by.
WITH mois AS (
    SELECT
        dim_temps_id // 100 AS numero,
        sum(montant) AS ca
    FROM fact_achats
    GROUP BY dim_temps_id // 100
),

precedents AS (
    SELECT
        suivant.numero,
        max(avant.numero) AS numero_precedent
    FROM mois AS suivant
    INNER JOIN mois AS avant ON avant.numero < suivant.numero
    GROUP BY suivant.numero
),

attendu AS (
    SELECT
        m.numero,
        m.ca,
        (CAST(m.ca AS DOUBLE) / nullif(CAST(a.ca AS DOUBLE), 0) - 1) * 100 AS taux
    FROM mois AS m
    LEFT JOIN precedents AS p ON m.numero = p.numero
    LEFT JOIN mois AS a ON p.numero_precedent = a.numero
)

SELECT
    e.numero AS mois_attendu,
    e.ca AS ca_attendu,
    e.taux AS taux_attendu,
    k.annee,
    k.mois,
    k.ca,
    k.taux_croissance
FROM attendu AS e
FULL OUTER JOIN kpi_taux_croissance AS k ON e.numero = k.annee * 100 + k.mois
WHERE
    e.numero IS NULL
    OR k.annee IS NULL
    OR e.ca <> k.ca
    OR (e.taux IS NULL) <> (k.taux_croissance IS NULL)
    OR abs(e.taux - k.taux_croissance) > 0.00501
