-- One row per ISO week: how many purchases, how much revenue.
SELECT
    annee_iso,
    semaine,
    nb_transactions AS nb_achats,
    ca_total
FROM agregation_semaine
