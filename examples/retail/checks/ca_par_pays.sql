-- severity: error
-- Revenue by country adds up to all revenue, and so do the purchases.
WITH pays AS (
    SELECT
        coalesce(sum(nb_achats), 0) AS nb_achats,
        coalesce(sum(ca_total), 0) AS ca_total
    FROM kpi_ca_par_pays
),

faits AS (
    SELECT
        count(*) AS nb_achats,
        coalesce(sum(montant), 0) AS ca_total
    FROM fact_achats
)

SELECT
    pays.nb_achats AS nb_achats_pays,
    faits.nb_achats AS nb_achats_faits,
    pays.ca_total AS ca_pays,
    faits.ca_total AS ca_faits
FROM pays
CROSS JOIN faits
WHERE pays.nb_achats <> faits.nb_achats OR pays.ca_total <> faits.ca_total
