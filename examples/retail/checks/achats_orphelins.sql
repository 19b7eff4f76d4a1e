-- severity: warn
-- Purchases whose client is not there (yet): they count as revenue of 'Inconnu'.
SELECT
    id_achat,
    date_achat,
    montant
FROM fact_achats
WHERE dim_client_id = 0
