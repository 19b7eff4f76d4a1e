-- One row per day: how many purchases, how much revenue.
SELECT
    date,
    nb_transactions AS nb_achats,
    ca_total
FROM agregation_jour
