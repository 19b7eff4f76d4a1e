-- Each month with its running total, the month before and how much it grew, in percent.
WITH mois AS (
    SELECT date_trunc('month', o.jour)::DATE AS mois, sum(l.quantite * l.prix) AS ca
    FROM silver.commandes AS o JOIN silver.lignes AS l ON l.commande = o.id_commande
    GROUP BY 1
)

SELECT
    mois,
    ca,
    sum(ca) OVER (PARTITION BY extract(year FROM mois) ORDER BY mois ROWS UNBOUNDED PRECEDING) AS cumul,
    lag(ca) OVER (ORDER BY mois) AS avant,
    CASE WHEN lag(ca) OVER (ORDER BY mois) > 0
        THEN round(100.0 * (ca - lag(ca) OVER (ORDER BY mois)) / lag(ca) OVER (ORDER BY mois), 2)
    END AS croissance,
    avg(ca) OVER (ORDER BY mois ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS moyenne_3
FROM mois
