-- severity: error
-- Days, weeks and months each add up to all purchases, in the aggregations as in the volumes; no average basket differs
-- from revenue divided by purchases.
WITH faits AS (
    SELECT
        count(*) AS nb,
        coalesce(sum(montant), 0) AS ca
    FROM fact_achats
),

periodes AS (
    SELECT 'agregation_jour' AS modele, sum(nb_transactions) AS nb, sum(ca_total) AS ca
    FROM agregation_jour
    UNION ALL
    SELECT 'agregation_semaine' AS modele, sum(nb_transactions) AS nb, sum(ca_total) AS ca
    FROM agregation_semaine
    UNION ALL
    SELECT 'agregation_mois' AS modele, sum(nb_transactions) AS nb, sum(ca_total) AS ca
    FROM agregation_mois
    UNION ALL
    SELECT 'kpi_volumes_jour' AS modele, sum(nb_achats) AS nb, sum(ca_total) AS ca
    FROM kpi_volumes_jour
    UNION ALL
    SELECT 'kpi_volumes_semaine' AS modele, sum(nb_achats) AS nb, sum(ca_total) AS ca
    FROM kpi_volumes_semaine
    UNION ALL
    SELECT 'kpi_volumes_mois' AS modele, sum(nb_achats) AS nb, sum(ca_total) AS ca
    FROM kpi_volumes_mois
),

paniers AS (
    SELECT 'agregation_jour' AS modele, ca_total, nb_transactions, ca_moyen
    FROM agregation_jour
    UNION ALL
    SELECT 'agregation_semaine' AS modele, ca_total, nb_transactions, ca_moyen
    FROM agregation_semaine
    UNION ALL
    SELECT 'agregation_mois' AS modele, ca_total, nb_transactions, ca_moyen
    FROM agregation_mois
    UNION ALL
    SELECT 'kpi_ca_par_pays' AS modele, ca_total, nb_achats AS nb_transactions, ca_moyen
    FROM kpi_ca_par_pays
)

SELECT
    p.modele,
    'somme' AS regle,
    CAST(coalesce(p.ca, 0) AS DOUBLE) AS trouve,
    CAST(f.ca AS DOUBLE) AS attendu
FROM periodes AS p
CROSS JOIN faits AS f
WHERE coalesce(p.nb, 0) <> f.nb OR coalesce(p.ca, 0) <> f.ca
UNION ALL
SELECT
    modele,
    'panier moyen' AS regle,
    ca_moyen AS trouve,
    CAST(ca_total AS DOUBLE) / nb_transactions AS attendu
FROM paniers
WHERE abs(ca_moyen * nb_transactions - CAST(ca_total AS DOUBLE)) > 0.000000001 * CAST(ca_total AS DOUBLE)
