-- One row per month: how many purchases, how much revenue.
SELECT
    annee,
    mois,
    nb_transactions AS nb_achats,
    ca_total
FROM agregation_mois
